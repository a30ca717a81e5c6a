package op

import (
	"crypto/sha256"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxProof = 8 << 10         // characters of a proof
	maxJTI   = 256             // characters of its jti
	proofAge = 5 * time.Minute // how old a proof may be
)

// proofAlgs sign proofs, as they are advertised: asymmetric ones alone (RFC 9449 §4.3).
func (p *Provider) proofAlgs() []string {
	if len(p.config.DPoPAlgs) > 0 {
		return p.config.DPoPAlgs
	}
	return keyAlgs
}

// server is who judges a proof: the authorization server or an API. Each has nonces of its own (RFC 9449 §9).
type server string

const (
	authorizationServer server = "as"
	resourceServer      server = "rs"
)

// proof judges the DPoP proof of a request, and returns the thumbprint of its key; empty where the request has none.
// The token is the one that goes with it, to an API alone (RFC 9449 §4.3).
func (x *exchange) proof(at server, token string) (jkt string, bad *refusal) {
	headers := x.r.Header.Values("DPoP")
	switch {
	case !x.p.on(FeatureDPoP) || len(headers) == 0:
		return "", nil
	case len(headers) > 1:
		return "", badProof("the request has %d DPoP headers; exactly one is allowed", len(headers))
	case len(headers[0]) > maxProof:
		return "", badProof("the DPoP proof has %d characters; %d are allowed", len(headers[0]), maxProof)
	}
	t, wrong := parseJWS(headers[0])
	if wrong != "" {
		return "", badProof("the DPoP proof cannot be read: %s", wrong)
	}
	if jkt, wrong = x.proofSignature(t); wrong == "" {
		wrong = x.proofTarget(t)
	}
	if wrong == "" && at == resourceServer {
		wrong = proofToken(t, token)
	}
	if wrong != "" {
		return "", badProof("the DPoP proof is refused: %s", wrong)
	}
	if bad = x.proofNonce(t, at); x.p.config.nonceOnce {
		bad = x.rotate(t, at, jkt, bad)
	}
	if bad != nil {
		return "", bad
	}
	if wrong = x.proofTime(t, jkt); wrong != "" {
		return "", badProof("the DPoP proof is refused: %s", wrong)
	}
	return jkt, nil
}

func badProof(format string, args ...any) *refusal {
	return refused("invalid_dpop_proof", format, args...)
}

// proofSignature checks that a proof is one, and that the key in its header signed it (RFC 9449 §4.3, 4 to 7).
func (x *exchange) proofSignature(t jws) (jkt, wrong string) {
	if t.typ != "dpop+jwt" {
		return "", "its typ is '" + t.typ + "', not dpop+jwt"
	}
	if !slices.Contains(x.p.proofAlgs(), string(t.alg)) {
		return "", "its alg is '" + string(t.alg) + "'; " + strings.Join(x.p.proofAlgs(), " ") + " are taken"
	}
	jwk, ok, err := t.header.Object("jwk")
	if !ok || err != nil {
		return "", "its header has no jwk, the public key"
	}
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if jwk.Has(name) {
			return "", "the jwk in its header has '" + name + "', which belongs to a private key: make a new key, this one is known now"
		}
	}
	key, members, wrong := publicFromJWK(jwk)
	if wrong != "" {
		return "", "the jwk in its header: " + wrong
	}
	if !t.verifiedBy(key) {
		return "", "its signature by " + string(t.alg) + " was not made with the key in its header"
	}
	return thumbprint(members), ""
}

// proofTarget checks that a proof is for this request (RFC 9449 §4.3, 3, 8, 9).
func (x *exchange) proofTarget(t jws) (wrong string) {
	var claims [3]string
	for i, name := range []string{"jti", "htm", "htu"} {
		var err error
		if claims[i], err = t.claims.String(name); err != nil || claims[i] == "" {
			return "it has no " + name
		}
	}
	if len(claims[0]) > maxJTI {
		return fmt.Sprintf("its jti has %d characters; %d are allowed", len(claims[0]), maxJTI)
	}
	if claims[1] != x.r.Method {
		return "its htm is '" + claims[1] + "', and the request is a " + x.r.Method
	}
	want := url.URL{Scheme: x.p.issuer.Scheme, Host: x.r.Host, Path: x.r.URL.Path, RawPath: x.r.URL.RawPath}
	if x.r.TLS != nil {
		want.Scheme = "https"
	}
	got, err := url.Parse(claims[2])
	if err != nil || got.RawQuery != "" || got.Fragment != "" || sameAddress(got) != sameAddress(&want) {
		return "its htu is '" + claims[2] + "', and the request is to '" + want.String() + "'; query and fragment are left out"
	}
	return ""
}

// sameAddress spells an address in the one way of its kind (RFC 3986 §6.2.2, §6.2.3).
func sameAddress(u *url.URL) string {
	c := url.URL{Scheme: strings.ToLower(u.Scheme), Host: strings.ToLower(u.Host), Path: u.Path}
	c.Host = strings.TrimSuffix(c.Host, map[string]string{"https": ":443", "http": ":80"}[c.Scheme])
	if c.Path == "" {
		c.Path = "/"
	}
	return c.String()
}

// proofToken checks that a proof was made for the token beside it (RFC 9449 §4.3, 12).
func proofToken(t jws, token string) (wrong string) {
	sum := sha256.Sum256([]byte(token))
	switch ath, err := t.claims.String("ath"); {
	case err != nil || ath == "":
		return "it has no ath, the hash of the access token"
	case !equal(ath, b64(sum[:])):
		return "its ath is not the hash of the access token that came with it"
	}
	return ""
}

// proofTime checks when a proof was made, and that it comes once (RFC 9449 §4.3, 11, §11.1).
func (x *exchange) proofTime(t jws, jkt string) (wrong string) {
	seconds, ok, err := t.claims.Number("iat")
	if !ok || err != nil || math.Abs(seconds) > 1<<40 {
		return "it has no iat, the seconds since 1970"
	}
	switch age := x.now.Sub(time.Unix(int64(seconds), 0)); {
	case age > proofAge:
		return fmt.Sprintf("it was made %s ago; %s are allowed", age.Round(time.Second), proofAge)
	case -age > clockSkew:
		return fmt.Sprintf("its iat is %s ahead", (-age).Round(time.Second))
	}
	id, _ := t.claims.String("jti")
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	if _, used := x.p.state.proofs.get(jkt+id, x.now); used {
		return "its jti was used before: make a new proof for every request"
	}
	x.p.state.proofs.put(jkt+id, struct{}{}, x.now)
	return ""
}

// challengeDPoP says which algorithms proofs may be signed with (RFC 9449 §7.1).
func (x *exchange) challengeDPoP() string {
	return `DPoP algs="` + strings.Join(x.p.proofAlgs(), " ") + `"`
}

// thumbprint names a public key by its members, which stand in the order of their names (RFC 7638 §3).
func thumbprint(members document) string {
	raw, err := members.MarshalJSON()
	if err != nil {
		return "" // strings can be marshaled
	}
	sum := sha256.Sum256(raw)
	return b64(sum[:])
}
