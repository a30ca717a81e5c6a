package op

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// userinfo answers with the claims about the person (OpenID Connect Core §5.3).
func (x *exchange) userinfo() answer {
	token, bad := x.bearer()
	if bad != nil {
		return x.refuseBearer(bad)
	}
	x.p.mu.Lock()
	t, ok := x.p.state.accesses.get(token, x.now)
	revoked := ""
	if ok {
		revoked = t.dead()
	}
	x.p.mu.Unlock()
	switch {
	case !ok:
		return x.refuseBearer(&refusal{
			code: "invalid_token", status: http.StatusUnauthorized,
			description: "this access token is not one of this provider's, or expired (they live " + x.p.config.Lifetimes.AccessToken.String() + ")",
		})
	case !x.now.Before(t.expires):
		return x.refuseBearer(&refusal{
			code: "invalid_token", status: http.StatusUnauthorized,
			description: "this access token expired " + x.now.Sub(t.expires).Round(time.Second).String() + " ago",
		})
	case revoked != "":
		return x.refuseBearer(&refusal{
			code: "invalid_token", status: http.StatusUnauthorized,
			description: "this access token is revoked: " + revoked,
		})
	case t.grant.user == nil || !slices.Contains(t.scopes, "openid"):
		return x.refuseBearer(&refusal{
			code: "insufficient_scope", status: http.StatusForbidden,
			description: "userinfo needs the scope openid; this access token has: " + strings.Join(t.scopes, " "),
		})
	}
	x.client, x.grant, x.event.ClientID = t.grant.client, t.grant, t.grant.client.ID
	claims := t.grant.user.claims(t.scopes)
	for _, f := range x.p.faults {
		if f.userinfo != nil {
			f.userinfo(x, &claims)
		}
	}
	if x.client.UserInfoAlg == "" && x.client.UserInfoEncryption.Alg == "" {
		return x.json(http.StatusOK, claims).noStore()
	}
	return x.userInfoJWT(claims)
}

// claims returns what the scopes allow to know (OpenID Connect Core §5.4).
func (u *User) claims(scopes []string) document {
	claims := document{{"sub", u.Subject}}
	if slices.Contains(scopes, "profile") {
		claims = append(claims, document{
			{"name", u.Name}, {"given_name", u.GivenName}, {"family_name", u.FamilyName}, {"preferred_username", u.Username},
		}...)
	}
	if slices.Contains(scopes, "email") {
		claims = append(claims, document{{"email", u.Email}, {"email_verified", true}}...)
	}
	return claims
}

// userInfoJWT answers with a JWT: signed, encrypted, or both (OpenID Connect Core §5.3.2).
func (x *exchange) userInfoJWT(claims document) answer {
	if x.client.UserInfoAlg != "" {
		claims.add("iss", x.p.config.Issuer)
		claims.add("aud", x.client.ID)
		f := x.forgery("userinfo", "", x.client.UserInfoAlg, claims)
		return x.answerJWT(FeatureSignedUserInfo, "application/jwt", f, x.client.UserInfoEncryption)
	}
	plain, err := json.Marshal(claims)
	if err != nil {
		return x.refuse(failed(err))
	}
	return x.encrypted("application/jwt", "userinfo", "", string(plain), x.client.UserInfoEncryption)
}

// answerJWT answers with a token that is signed, and encrypted where the client registered for that.
func (x *exchange) answerJWT(signing Feature, mediaType string, f *forgery, to Encryption) answer {
	if !x.p.on(signing) {
		return x.refuse(x.off(signing))
	}
	for _, fault := range x.p.faults {
		if fault.signed != nil {
			fault.signed(x, f)
		}
	}
	compact, err := f.sign()
	if err != nil {
		return x.refuse(failed(err))
	}
	return x.encrypted(mediaType, f.kind, "JWT", compact, to)
}

func (x *exchange) encrypted(mediaType, kind, cty, token string, to Encryption) answer {
	compact, bad := x.encrypt(kind, cty, token, to)
	if bad != nil {
		return x.refuse(bad)
	}
	return answer{status: http.StatusOK, header: baseHeader(mediaType), body: []byte(compact)}.noStore()
}

// bearer finds the access token: in the header, or in the form of a POST (RFC 6750 §2); in exactly one of them.
func (x *exchange) bearer() (string, *refusal) {
	headers := x.r.Header["Authorization"]
	inForm := ""
	if media, _, _ := mime.ParseMediaType(x.r.Header.Get("Content-Type")); x.r.Method == http.MethodPost &&
		media == "application/x-www-form-urlencoded" {
		form, bad := x.readForm()
		if bad != nil {
			return "", bad
		}
		inForm = form.Get("access_token")
	}
	switch {
	case x.r.URL.Query().Has("access_token"):
		return "", &refusal{code: "invalid_request", description: "an access token in the query ends up in logs; send it in the Authorization header"}
	case len(headers) > 1 || len(headers) == 1 && inForm != "":
		return "", &refusal{code: "invalid_request", description: "the access token was sent more than once"}
	case inForm != "":
		return inForm, nil
	case len(headers) == 0:
		return "", &refusal{status: http.StatusUnauthorized}
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", &refusal{status: http.StatusUnauthorized}
	}
	return token, nil
}

// refuseBearer answers with a challenge (RFC 6750 §3); one who sent no token is told of no error.
func (x *exchange) refuseBearer(r *refusal) answer {
	r.challenge = `Bearer realm="` + x.p.config.Issuer + `"`
	if r.code == "" {
		a := x.plain(r.status, "send an access token: Authorization: Bearer ...\n")
		a.header.Set("WWW-Authenticate", r.challenge)
		return a.noStore()
	}
	r.challenge += `, error="` + r.code + `", error_description="` + printable(r.description) + `"`
	if r.code == "insufficient_scope" {
		r.challenge += `, scope="openid"`
	}
	return x.refuse(r)
}
