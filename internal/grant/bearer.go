package grant

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// faults are the reasons that a decoded token itself gives for being refused as a bearer token at an address, the most
// likely first.
func (r Refused) faults(token *jose.Token) []explanation {
	var out []explanation
	if oidc.Detect(token, "") == oidc.ID {
		out = append(out, explanation{
			why: "this is an ID token", want: "an access token", got: "a token with the claims of an ID token",
			fixes: []string{"send the access token: oauthctl token … -o token"},
		})
	}
	for _, check := range oidc.Judge(token, oidc.Access, oidc.Expected{Now: r.Now}) {
		if check.Status != verdict.Fail {
			continue
		}
		switch check.Rule {
		case "jwt.exp":
			if !token.Claims.Has("exp") {
				continue
			}
			out = append(out, explanation{
				why: "the token is expired", got: "exp " + check.Got,
				fixes: []string{"get a new one: oauthctl token refresh, or sign in again: " + r.login()},
			})
		case "jwt.nbf":
			out = append(out, explanation{why: "the token is not valid yet", got: "nbf " + check.Got, fixes: []string{"compare the clocks"}})
		}
	}
	if e, ok := r.bound(token); ok {
		out = append(out, e)
	}
	if e, ok := r.audience(token); ok {
		out = append(out, e)
	}
	return out
}

// bound says that the token is good together with a key only (RFC 7800 §3.1, RFC 9449 §7.2, RFC 8705 §3).
func (r Refused) bound(token *jose.Token) (explanation, bool) {
	cnf, ok, err := token.Claims.Object("cnf")
	switch {
	case !ok || err != nil:
	case cnf.Has("jkt") && r.Scheme != oauth.TypeDPoP:
		return explanation{
			why: "the token is bound to a DPoP key, and was sent as a bearer token", want: "DPoP", got: "Bearer",
			fixes: []string{"prove that you have the key that it was asked for with: --dpop-key FILE", "or ask for one that is not bound: --dpop=none"},
		}, true
	case cnf.Has("x5t#S256"):
		return r.certificate(cnf)
	}
	return explanation{}, false
}

// certificate says that the token is good together with a certificate only (RFC 8705 §3).
func (r Refused) certificate(cnf strictjson.Object) (explanation, bool) {
	want, _ := cnf.String("x5t#S256")
	e := explanation{
		why: "the token is bound to a client certificate", want: "the certificate with which the token was asked for", got: "cnf x5t#S256",
		fixes: []string{"present it: --cert FILE --key FILE"},
	}
	if r.Certificate != "" {
		e.why = "the token is bound to another client certificate than the one given"
		e.want, e.got = "x5t#S256 "+text.Escape(want), "x5t#S256 "+r.Certificate
	}
	return e, r.Certificate != want
}

const forAnother = "the token is for another API"

// audience says that the token names other APIs than the one that was called. Names that are no addresses are never
// judged, nor is a token at its own issuer.
func (r Refused) audience(token *jose.Token) (explanation, bool) {
	target, err := url.Parse(r.URL)
	named := claimList(token.Claims, "aud")
	if iss, _ := token.Claims.String("iss"); err != nil || len(named) == 0 || sameHost(iss, target) {
		return explanation{}, false
	}
	for _, aud := range named {
		if u, err := url.Parse(aud); err != nil || u.Scheme != "https" && u.Scheme != "http" || sameHost(aud, target) {
			return explanation{}, false
		}
	}
	api := target.Scheme + "://" + target.Host
	return explanation{
		why: forAnother, want: "an audience for " + text.Escape(api), got: "aud " + strings.Join(escaped(named), ", "),
		fixes: []string{"ask for a token for this API, by the name that it has at the provider: --audience or --resource"},
	}, true
}

func sameHost(address string, target *url.URL) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, target.Host)
}

// clientOnly says that a token was issued to a client for itself (RFC 9068 §2.2).
func clientOnly(token *jose.Token) bool {
	sub, _ := token.Claims.String("sub")
	client, _ := token.Claims.String("client_id")
	azp, _ := token.Claims.String("azp")
	return sub != "" && (sub == client || sub == azp)
}

// scopesOf returns the scopes of a token, in each of the ways in which providers write them (RFC 9068 §2.2.3).
func scopesOf(token *jose.Token) []string {
	var out []string
	for _, name := range []string{"scope", "scp", "scopes"} {
		for _, value := range claimList(token.Claims, name) {
			for s := range strings.FieldsSeq(value) {
				if !slices.Contains(out, s) {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

// claimList returns a claim that is a string or a list of strings.
func claimList(claims strictjson.Object, name string) []string {
	if one, err := claims.String(name); err == nil {
		if one == "" {
			return nil
		}
		return []string{one}
	}
	list, _ := claims.Strings(name) // anything else names nothing
	return list
}

func escaped(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = text.Escape(s)
	}
	return out
}

// word spells a value of somebody else as one word of a shell, so that the command in a hint does what it says. What
// cannot be spelled harmlessly is not: a hint is copied without being read.
func word(value string) (string, bool) {
	const most = 512
	if value == "" || len(value) > most || value[0] == '-' || strings.ContainsAny(value, "'\\") || text.Line(value) != value {
		return "", false
	}
	plain := func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("-._:/@%+,=", r)
	}
	if !strings.ContainsFunc(value, func(r rune) bool { return !plain(r) }) {
		return value, true
	}
	return "'" + value + "'", true
}

// moment is a NumericDate claim; zero where there is none.
func moment(claims strictjson.Object, name string) time.Time {
	seconds, ok, err := claims.Number(name)
	if !ok || err != nil || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}
