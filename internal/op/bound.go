package op

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
)

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
		return refused("invalid_request", "client '%s' is registered for tokens bound to its certificate, but no client certificate came: "+
			"send the request to %s with the certificate (RFC 8705 section 5)", x.client.ID, x.p.alias(x.event.Endpoint))
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
func pushedKey(form url.Values, jkt string) *refusal {
	if jkt == "" {
		return nil
	}
	if named := form.Get("dpop_jkt"); named != "" && named != jkt {
		return badProof("dpop_jkt is '%s', and the key of the DPoP proof is '%s'", named, jkt)
	}
	form.Set("dpop_jkt", jkt)
	return nil
}

// judgeKey takes the key that the code is to be bound to (RFC 9449 §10).
func judgeKey(x *exchange, a *authorization, form url.Values) *refusal {
	if !x.p.on(FeatureDPoP) {
		return nil
	}
	a.jkt = form.Get("dpop_jkt")
	if raw, err := base64.RawURLEncoding.Strict().DecodeString(a.jkt); a.jkt != "" && (err != nil || len(raw) != sha256.Size) {
		return refused("invalid_request", "dpop_jkt is no SHA-256 thumbprint of a key, which has 43 characters of base64url")
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
