package op

import (
	"mime"
	"net/http"
	"strings"
	"time"
)

// accessPresented judges the access token of a request to a protected resource, and whether its sender may use it
// (RFC 6750 §2, RFC 9449 §7, RFC 8705 §3).
func (x *exchange) accessPresented() (*access, *refusal) {
	scheme, token, bad := x.credential()
	if bad != nil {
		return nil, bad
	}
	x.p.mu.Lock()
	t, ok := x.p.state.accesses.get(token, x.now)
	revoked := ""
	if ok {
		revoked = t.dead()
	}
	x.p.mu.Unlock()
	refuse := func(why string) (*access, *refusal) {
		return nil, &refusal{code: "invalid_token", status: http.StatusUnauthorized, description: why, dpop: ok && t.bound.jkt != ""}
	}
	switch {
	case !ok:
		return refuse("this access token is not one of this provider's, or expired (they live " + x.p.config.Lifetimes.AccessToken.String() + ")")
	case !x.now.Before(t.expires):
		return refuse("this access token expired " + x.now.Sub(t.expires).Round(time.Second).String() + " ago")
	case revoked != "":
		return refuse("this access token is revoked: " + revoked)
	}
	return t, x.possession(t, scheme, token)
}

// credential finds the access token: in the header, or in the form of a POST (RFC 6750 §2); in exactly one of them.
func (x *exchange) credential() (scheme, token string, bad *refusal) {
	headers := x.r.Header["Authorization"]
	inForm := ""
	if media, _, _ := mime.ParseMediaType(x.r.Header.Get("Content-Type")); x.r.Method == http.MethodPost &&
		media == "application/x-www-form-urlencoded" {
		form, bad := x.readForm()
		if bad != nil {
			return "", "", bad
		}
		inForm = form.Get("access_token")
	}
	switch {
	case x.r.URL.Query().Has("access_token"):
		return "", "", refused("invalid_request", "an access token in the query ends up in logs; send it in the Authorization header")
	case len(headers) > 1 || len(headers) == 1 && inForm != "":
		return "", "", refused("invalid_request", "the access token was sent more than once")
	case inForm != "":
		return "Bearer", inForm, nil
	case len(headers) == 0:
		return "", "", &refusal{status: http.StatusUnauthorized}
	}
	scheme, token, _ = strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") && !(strings.EqualFold(scheme, "DPoP") && x.p.on(FeatureDPoP)) {
		return "", "", &refusal{status: http.StatusUnauthorized}
	}
	return scheme, token, nil
}

// bearer is credential where tokens are bound to nothing.
func (x *exchange) bearer() (string, *refusal) {
	scheme, token, bad := x.credential()
	if bad == nil && !strings.EqualFold(scheme, "Bearer") {
		bad = &refusal{status: http.StatusUnauthorized}
	}
	return token, bad
}

// refuseBearer answers with a challenge for a bearer token (RFC 6750 §3).
func (x *exchange) refuseBearer(r *refusal) answer {
	return x.challenged(r, []string{`Bearer realm="` + x.p.config.Issuer + `"`}, "")
}

// refuseToken answers with a challenge for each way to send a token that will do (RFC 6750 §3, RFC 9449 §7.1).
func (x *exchange) refuseToken(r *refusal, scope string) answer {
	challenges := []string{`Bearer realm="` + x.p.config.Issuer + `"`}
	switch {
	case r.dpop:
		challenges = []string{x.challengeDPoP()}
	case r.code == "" && x.p.on(FeatureDPoP):
		challenges = append(challenges, x.challengeDPoP())
	}
	return x.challenged(r, challenges, scope)
}

// challenged puts the error into the first challenge; one who sent no token is told of no error (RFC 6750 §3.1).
func (x *exchange) challenged(r *refusal, challenges []string, scope string) answer {
	if r.code == "" {
		a := x.plain(r.status, "send an access token: Authorization: Bearer ...\n")
		a.header["Www-Authenticate"] = challenges
		return a.noStore()
	}
	r.challenge = challenges[0] + r.demands + `, error="` + r.code + `", error_description="` + printable(r.description) + `"`
	if r.code == "insufficient_scope" {
		r.challenge += `, scope="` + scope + `"`
	}
	return x.refuse(r)
}
