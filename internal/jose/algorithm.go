// Package jose reads, verifies and makes signed JSON Web Tokens: strict parsing, keys and key sets, an allow-list of
// algorithms that cannot be left out, and verification on top of crypto/* (RFC 7515 to 7519, 7638, 8037, 8725, 9864).
//
// A Token is what somebody claims; only Verify makes a Verified one. Keys in a token's own header are never used.
package jose

import (
	"crypto"
	_ "crypto/sha256" // linked in for crypto.SHA256
	_ "crypto/sha512" // linked in for crypto.SHA384 and crypto.SHA512
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// Algorithm is a JWS signature algorithm by its registered name; "none" is not one (RFC 7518 §3.1).
type Algorithm string

// The algorithms that can be verified and made (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2).
const (
	RS256   Algorithm = "RS256"
	RS384   Algorithm = "RS384"
	RS512   Algorithm = "RS512"
	PS256   Algorithm = "PS256"
	PS384   Algorithm = "PS384"
	PS512   Algorithm = "PS512"
	ES256   Algorithm = "ES256"
	ES384   Algorithm = "ES384"
	ES512   Algorithm = "ES512"
	EdDSA   Algorithm = "EdDSA" // the older name of Ed25519
	Ed25519 Algorithm = "Ed25519"
	HS256   Algorithm = "HS256"
	HS384   Algorithm = "HS384"
	HS512   Algorithm = "HS512"
)

// family is the kind of primitive behind an algorithm.
type family int

const (
	pkcs1 family = iota + 1
	pss
	ecdsaFamily
	edwards
	hmacFamily
)

// suite is what an algorithm consists of.
type suite struct {
	name   Algorithm
	family family
	hash   crypto.Hash
	kty    string
	curve  string
}

// suites is the table of everything that this package can verify, in the order in which it is listed to people.
var suites = [...]suite{
	{RS256, pkcs1, crypto.SHA256, "RSA", ""},
	{RS384, pkcs1, crypto.SHA384, "RSA", ""},
	{RS512, pkcs1, crypto.SHA512, "RSA", ""},
	{PS256, pss, crypto.SHA256, "RSA", ""},
	{PS384, pss, crypto.SHA384, "RSA", ""},
	{PS512, pss, crypto.SHA512, "RSA", ""},
	{ES256, ecdsaFamily, crypto.SHA256, "EC", "P-256"},
	{ES384, ecdsaFamily, crypto.SHA384, "EC", "P-384"},
	{ES512, ecdsaFamily, crypto.SHA512, "EC", "P-521"},
	{Ed25519, edwards, crypto.SHA512, "OKP", "Ed25519"},
	{EdDSA, edwards, crypto.SHA512, "OKP", "Ed25519"},
	{HS256, hmacFamily, crypto.SHA256, "oct", ""},
	{HS384, hmacFamily, crypto.SHA384, "oct", ""},
	{HS512, hmacFamily, crypto.SHA512, "oct", ""},
}

func (a Algorithm) suite() (suite, bool) {
	for i := range suites {
		if suites[i].name == a {
			return suites[i], true
		}
	}
	return suite{}, false
}

// Supported says whether tokens under the algorithm can be verified here (RFC 7518 §3.1).
func (a Algorithm) Supported() bool { _, ok := a.suite(); return ok }

// Symmetric says whether the algorithm needs a shared secret instead of a public key (RFC 7518 §3.2).
func (a Algorithm) Symmetric() bool {
	s, ok := a.suite()
	return ok && s.family == hmacFamily
}

// Hash returns the hash function of the algorithm, zero for an unknown one; Ed25519's is SHA-512 (RFC 8032 §5.1).
func (a Algorithm) Hash() crypto.Hash {
	s, _ := a.suite()
	return s.hash
}

// Equal says whether two names mean the same algorithm: EdDSA and Ed25519 do (RFC 9864 §2.2).
func (a Algorithm) Equal(b Algorithm) bool { return a.canonical() == b.canonical() }

func (a Algorithm) canonical() Algorithm {
	if a == EdDSA {
		return Ed25519
	}
	return a
}

// Algorithms is an allow-list; the empty one allows nothing (RFC 8725 §3.1).
type Algorithms []Algorithm

// Asymmetric returns every supported algorithm with a public key (RFC 7518 §3.1, RFC 9864 §2.2).
func Asymmetric() Algorithms {
	var out Algorithms
	for i := range suites {
		if suites[i].family != hmacFamily {
			out = append(out, suites[i].name)
		}
	}
	return out
}

// Symmetric returns the HMAC algorithms (RFC 7518 §3.2).
func Symmetric() Algorithms { return Algorithms{HS256, HS384, HS512} }

// ParseAlgorithms reads an allow-list of names; an unknown name and "none" are usage errors (RFC 7518 §3.1, RFC 8725 §3.1).
func ParseAlgorithms(names []string) (Algorithms, error) {
	out := make(Algorithms, 0, len(names))
	for _, name := range names {
		a := Algorithm(strings.TrimSpace(name))
		switch {
		case a.Supported():
			if !slices.Contains(out, a) {
				out = append(out, a)
			}
		case strings.EqualFold(string(a), "none"):
			return nil, problem.Usagef("usage.algs", "the algorithm none is never accepted: such a token is not signed").
				WithHint("name a signature algorithm, such as RS256")
		default:
			return nil, unknownAlgorithm(a)
		}
	}
	if len(out) == 0 {
		return nil, problem.Usagef("usage.algs", "the list of algorithms is empty").
			WithHint("leave the list out, or name one of: %s", supportedNames())
	}
	return out, nil
}

func unknownAlgorithm(a Algorithm) error {
	e := problem.Usagef("usage.algs", "unknown signature algorithm %q", text.Escape(string(a)))
	if near := text.Suggest(string(a), strings.Fields(supportedNames())); near != "" {
		return e.WithHint("did you mean %s?", near)
	}
	return e.WithHint("supported: %s", supportedNames())
}

func supportedNames() string {
	all := make(Algorithms, 0, len(suites))
	for i := range suites {
		all = append(all, suites[i].name)
	}
	return all.String()
}

// Allows says whether the list has the algorithm; EdDSA and Ed25519 are equal (RFC 8725 §3.1, RFC 9864 §2.2).
func (l Algorithms) Allows(a Algorithm) bool {
	return slices.ContainsFunc(l, func(b Algorithm) bool { return a.Equal(b) })
}

// String returns the names, separated by spaces.
func (l Algorithms) String() string {
	names := make([]string, len(l))
	for i, a := range l {
		names[i] = string(a)
	}
	return strings.Join(names, " ")
}
