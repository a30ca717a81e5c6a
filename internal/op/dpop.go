package op

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"net/http"
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
	return idTokenAlgs[:len(idTokenAlgs)-1]
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
	return &refusal{code: "invalid_dpop_proof", description: fmt.Sprintf(format, args...)}
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

// proofNonce wants one of our own nonces that is fresh, where nonces are wanted at all. One that is getting old is
// replaced with the answer (RFC 9449 §8, §8.2, §9).
func (x *exchange) proofNonce(t jws, at server) *refusal {
	if x.p.config.DPoPNonce == 0 {
		return nil
	}
	nonce, err := t.claims.String("nonce")
	age, known := x.p.nonceAge(nonce, at, x.now)
	why := ""
	switch {
	case err != nil || nonce == "":
		why = "the DPoP proof has no nonce"
	case !known:
		why = "the nonce of the DPoP proof is none of this server's"
	case age >= x.p.config.DPoPNonce:
		why = fmt.Sprintf("the nonce of the DPoP proof is %s old; they live %s", age.Round(time.Second), x.p.config.DPoPNonce)
	case age >= x.p.config.DPoPNonce/2:
		x.nonce = x.p.newNonce(at, x.now)
	}
	if why == "" {
		return nil
	}
	x.nonce = x.p.newNonce(at, x.now)
	return &refusal{code: "use_dpop_nonce", description: why + ": make a new proof with that of the DPoP-Nonce header"}
}

// rotate makes a nonce good for one proof, and gives the next with a good answer. A key is told of the demand once: who
// does not keep what came with a good answer is lost (RFC 9449 §8.2).
func (x *exchange) rotate(t jws, at server, jkt string, bad *refusal) *refusal {
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	used := func(key string) bool {
		_, known := x.p.state.proofs.get(key, x.now)
		x.p.state.proofs.put(key, struct{}{}, x.now)
		return known
	}
	nonce, _ := t.claims.String("nonce")
	if bad == nil && used("nonce "+nonce) {
		bad = &refusal{code: "use_dpop_nonce", description: "the nonce of the DPoP proof was used before: take the one that came with the last answer"}
	}
	x.nonce = x.p.newNonce(at, x.now)
	if bad != nil && used("demand "+string(at)+jkt) {
		x.nonce = ""
	}
	return bad
}

// newNonce makes a nonce that nobody else can make, and that need not be kept.
func (p *Provider) newNonce(at server, now time.Time) string {
	var stamp [16]byte
	randomInto(stamp[8:])
	binary.BigEndian.PutUint64(stamp[:], uint64(now.UnixNano()))
	return b64(append(stamp[:], p.nonceMark(stamp[:], at)...))
}

func (p *Provider) nonceMark(stamp []byte, at server) []byte {
	mac := hmac.New(sha256.New, p.nonces[:])
	mac.Write(append([]byte(at), stamp...))
	return mac.Sum(nil)[:16]
}

// nonceAge says how old a nonce is, if it is one of ours for that server.
func (p *Provider) nonceAge(nonce string, at server, now time.Time) (time.Duration, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(raw) != 32 || !hmac.Equal(raw[16:], p.nonceMark(raw[:16], at)) {
		return 0, false
	}
	return now.Sub(time.Unix(0, int64(binary.BigEndian.Uint64(raw)))), true
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

// bind finds out what the tokens of a request are to be bound to: the key of its proof, and the certificate of its
// connection (RFC 9449 §5, §5.2, RFC 8705 §3).
func (x *exchange) bind() (bad *refusal) {
	if x.jkt, bad = x.proof(authorizationServer, ""); bad != nil {
		return bad
	}
	if x.jkt == "" && x.client.DPoPBound && x.p.on(FeatureDPoP) {
		return badProof("client '%s' is registered for tokens bound to a DPoP key, and the request has no DPoP header", x.client.ID)
	}
	if !x.client.CertificateBound || !x.p.on(FeatureCertificateBound) {
		return nil
	}
	if x.x5t = x.certificate(); x.x5t == "" {
		return &refusal{code: "invalid_request", description: "client '" + x.client.ID + "' is registered for tokens bound to its certificate, but no client certificate came: send the request to " +
			x.p.alias(x.event.Endpoint) + " with the certificate (RFC 8705 section 5)"}
	}
	return nil
}

// certificate is the thumbprint of the certificate with which the client set up the connection; empty where there is
// none (RFC 8705 §3.1).
func (x *exchange) certificate() string {
	if x.r.TLS == nil || len(x.r.TLS.PeerCertificates) == 0 {
		return ""
	}
	sum := sha256.Sum256(x.r.TLS.PeerCertificates[0].Raw)
	return b64(sum[:])
}

// bound is what a token is bound to; nothing makes it a bearer token.
type bound struct{ jkt, x5t string }

// confirmation is the cnf of a token; empty where it is bound to nothing (RFC 9449 §6, RFC 8705 §3.1).
func (b bound) confirmation() document {
	var cnf document
	if b.jkt != "" {
		cnf.add("jkt", b.jkt)
	}
	if b.x5t != "" {
		cnf.add("x5t#S256", b.x5t)
	}
	return cnf
}

// tokenType is how a token is used (RFC 9449 §5, §7.1).
func (b bound) tokenType() string {
	if b.jkt != "" {
		return "DPoP"
	}
	return "Bearer"
}

// holds says what is wrong where a refresh token of a public client comes without the key or the certificate that it
// was issued to: nothing else shows whose it is (RFC 9449 §5, RFC 8705 §4).
func (x *exchange) holds(b bound) (wrong string) {
	switch {
	case !x.client.public():
		return ""
	case b.jkt != "" && b.jkt != x.jkt:
		return "this refresh token is bound to another DPoP key than that of this request: send a proof by the key with which it was issued"
	case b.x5t != "" && b.x5t != x.x5t:
		return "this refresh token is bound to another client certificate than that of this request"
	}
	return ""
}

// codeKey refuses a code that is bound to another key than that of the request (RFC 9449 §10).
func (x *exchange) codeKey(c *code) (wrong string) {
	switch {
	case c.jkt == "" || c.jkt == x.jkt:
		return ""
	case x.jkt == "":
		return "the authorization request had dpop_jkt, and this request has no DPoP proof"
	}
	return "the DPoP proof is by another key than that of dpop_jkt in the authorization request"
}

// pushedKey binds a pushed request to the key of the proof beside it, which dpop_jkt may name too (RFC 9449 §10.1).
func (x *exchange) pushedKey() *refusal {
	jkt, bad := x.proof(authorizationServer, "")
	if bad != nil || jkt == "" {
		return bad
	}
	if named := x.form.Get("dpop_jkt"); named != "" && named != jkt {
		return badProof("dpop_jkt is '%s', and the key of the DPoP proof is '%s'", named, jkt)
	}
	x.form.Set("dpop_jkt", jkt)
	return nil
}

// judgeKey takes the key that the code is to be bound to (RFC 9449 §10).
func judgeKey(x *exchange, a *authorization, form url.Values) *refusal {
	if !x.p.on(FeatureDPoP) {
		return nil
	}
	a.jkt = form.Get("dpop_jkt")
	if raw, err := base64.RawURLEncoding.Strict().DecodeString(a.jkt); a.jkt != "" && (err != nil || len(raw) != sha256.Size) {
		return &refusal{code: "invalid_request", description: "dpop_jkt is no SHA-256 thumbprint of a key, which has 43 characters of base64url"}
	}
	return nil
}

// possession checks that who sends a token has what it is bound to (RFC 9449 §7.1, §7.2, RFC 8705 §3).
func (x *exchange) possession(t *access, scheme, token string) *refusal {
	refuse := func(why string) *refusal {
		return &refusal{code: "invalid_token", status: http.StatusUnauthorized, description: why, dpop: t.bound.jkt != ""}
	}
	dpop := strings.EqualFold(scheme, "DPoP")
	switch {
	case t.bound.jkt == "" && dpop:
		return refuse("this access token is bound to no DPoP key: it is a bearer token")
	case t.bound.jkt != "" && !dpop:
		return refuse("this access token is bound to a DPoP key, and came as a bearer token (RFC 9449 section 7.2)")
	case t.bound.x5t != "" && x.certificate() != t.bound.x5t:
		return refuse("this access token is bound to another client certificate than that of the connection, or there is none (RFC 8705 section 3)")
	case !dpop:
		return nil
	}
	if len(x.r.Header.Values("DPoP")) == 0 {
		return onAPI(badProof("the request has no DPoP header beside Authorization: DPoP"))
	}
	jkt, bad := x.proof(resourceServer, token)
	if bad == nil && jkt != t.bound.jkt {
		bad = refuse("this access token is bound to another DPoP key than that of the proof")
	}
	return onAPI(bad)
}

// onAPI makes a refusal of a proof one of an API (RFC 9449 §7.1, §9).
func onAPI(bad *refusal) *refusal {
	if bad != nil {
		bad.status, bad.dpop = http.StatusUnauthorized, true
	}
	return bad
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
