package jose

import (
	"crypto"
	_ "crypto/sha1" //nolint:gosec // linked in for RSA-OAEP, where it need not resist collisions (RFC 8017 appendix B.1)
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// keyFamily is how the key that encrypts the content is found.
type keyFamily int

const (
	rsaPKCS1  keyFamily = iota + 1 // RFC 7518 §4.2
	rsaOAEP                        // RFC 7518 §4.3
	agreement                      // RFC 7518 §4.6
	aesWrap                        // RFC 7518 §4.4
	gcmWrap                        // RFC 7518 §4.7
	direct                         // RFC 7518 §4.5
)

// management is an alg of JWE: how the content's key reaches the reader.
type management struct {
	name   string
	family keyFamily
	kty    string
	hash   crypto.Hash // of RSA-OAEP
	size   int         // octets of the key that wraps; 0 where nothing is wrapped
}

// takes says whether keys of the kind are for it: an agreement is made on the curves of NIST, and on X25519
// (RFC 7518 §4.1, RFC 8037 §3.2).
func (m management) takes(k *Key) bool {
	return k.KeyType == m.kty || m.family == agreement && k.KeyType == "OKP" && k.Curve == curveX25519
}

// managements is the table of every alg that is read, in the order in which one is chosen to encrypt with. PBES2 is
// left out: nobody signs in with a password that a provider knows, and it lets a stranger set the reader's work.
var managements = [...]management{
	{"RSA-OAEP-256", rsaOAEP, "RSA", crypto.SHA256, 0},
	{"ECDH-ES+A256KW", agreement, "EC", 0, 32},
	{"ECDH-ES+A192KW", agreement, "EC", 0, 24},
	{"ECDH-ES+A128KW", agreement, "EC", 0, 16},
	{"ECDH-ES", agreement, "EC", 0, 0},
	{"RSA-OAEP", rsaOAEP, "RSA", crypto.SHA1, 0},
	{"A256GCMKW", gcmWrap, "oct", 0, 32},
	{"A192GCMKW", gcmWrap, "oct", 0, 24},
	{"A128GCMKW", gcmWrap, "oct", 0, 16},
	{"A256KW", aesWrap, "oct", 0, 32},
	{"A192KW", aesWrap, "oct", 0, 24},
	{"A128KW", aesWrap, "oct", 0, 16},
	{"dir", direct, "oct", 0, 0},
	{rsa15, rsaPKCS1, "RSA", 0, 0},
}

// rsa15 is accepted only by name: whoever may ask often enough opens what it protects (RFC 8725 §3.2, RFC 7516 §11.5).
const rsa15 = "RSA1_5"

// contentEncryption is an enc of JWE (RFC 7518 §5.1).
type contentEncryption struct {
	name string
	size int         // octets of the key
	mac  crypto.Hash // of AES-CBC with HMAC; 0 for AES-GCM
}

var contentEncryptions = [...]contentEncryption{
	{"A256GCM", 32, 0},
	{"A192GCM", 24, 0},
	{"A128GCM", 16, 0},
	{"A256CBC-HS512", 64, crypto.SHA512},
	{"A192CBC-HS384", 48, crypto.SHA384},
	{"A128CBC-HS256", 32, crypto.SHA256},
}

func managementOf(name string) (management, bool) {
	i := slices.IndexFunc(managements[:], func(m management) bool { return m.name == name })
	if i < 0 {
		return management{}, false
	}
	return managements[i], true
}

func contentEncryptionOf(name string) (contentEncryption, bool) {
	i := slices.IndexFunc(contentEncryptions[:], func(e contentEncryption) bool { return e.name == name })
	if i < 0 {
		return contentEncryption{}, false
	}
	return contentEncryptions[i], true
}

// Encrypts says whether the name is that of an algorithm for encryption with a key pair (RFC 7518 §4.1).
func (a Algorithm) Encrypts() bool {
	m, ok := managementOf(string(a))
	return ok && m.kty != "oct"
}

// Use is what a key for the algorithm is used for: enc, or sig (RFC 7517 §4.2).
func (a Algorithm) Use() string {
	if a.Encrypts() {
		return "enc"
	}
	return "sig"
}

// EncryptionAlgorithms returns every alg with a key pair but RSA1_5 (RFC 7518 §4.1).
func EncryptionAlgorithms() Algorithms {
	var out Algorithms
	for i := range managements {
		if managements[i].kty != "oct" && managements[i].name != rsa15 {
			out = append(out, Algorithm(managements[i].name))
		}
	}
	return out
}

// ParseEncryptionAlgorithms reads an allow-list of names of alg and enc; an unknown name is a usage error. A list that
// names only the one or the other allows every one of the other but RSA1_5 (RFC 7518 §4.1, §5.1).
func ParseEncryptionAlgorithms(names []string) ([]string, error) {
	var out []string
	known := encryptionNames()
	for _, name := range names {
		name = strings.TrimSpace(name)
		if slices.Contains(known, name) {
			out = append(out, name)
			continue
		}
		e := problem.Usagef("usage.algs", "unknown encryption algorithm %q", text.Escape(name))
		if near := text.Suggest(name, known); near != "" {
			return nil, e.WithHint("did you mean %s?", near)
		}
		return nil, e.WithHint("supported: %s", strings.Join(known, " "))
	}
	if len(out) == 0 {
		return nil, problem.Usagef("usage.algs", "the list of encryption algorithms is empty").
			WithHint("leave the list out, or name some of: %s", strings.Join(known, " "))
	}
	return out, nil
}

func encryptionNames() []string {
	var out []string
	for i := range managements {
		out = append(out, managements[i].name)
	}
	for i := range contentEncryptions {
		out = append(out, contentEncryptions[i].name)
	}
	return out
}

// NeedsKey names the first alg of a list that takes key pairs alone; empty where a shared secret may do.
func (d Decryption) NeedsKey() string {
	first := ""
	for _, name := range d.Allow {
		m, ok := managementOf(name)
		switch {
		case ok && m.kty == "oct":
			return ""
		case ok && first == "":
			first = name
		}
	}
	return first
}

// managementAllowed and encryptionAllowed ask the reader's list.
func (d Decryption) managementAllowed(name string) bool {
	named := slices.ContainsFunc(d.Allow, func(n string) bool { _, ok := managementOf(n); return ok })
	if !named {
		return name != rsa15
	}
	return slices.Contains(d.Allow, name)
}

func (d Decryption) encryptionAllowed(name string) bool {
	named := slices.ContainsFunc(d.Allow, func(n string) bool { _, ok := contentEncryptionOf(n); return ok })
	return !named || slices.Contains(d.Allow, name)
}
