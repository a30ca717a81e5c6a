package op

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// userinfo answers with the claims about the person (OpenID Connect Core §5.3).
func (x *exchange) userinfo() answer {
	t, bad := x.accessPresented()
	if bad == nil && (t.grant.user == nil || !slices.Contains(t.scopes, "openid")) {
		bad = &refusal{
			code: "insufficient_scope", status: http.StatusForbidden, dpop: t.bound.jkt != "",
			description: "userinfo needs the scope openid; this access token has: " + strings.Join(t.scopes, " "),
		}
	}
	if bad != nil {
		return x.refuseToken(bad, "openid")
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
