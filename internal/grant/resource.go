package grant

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// Refused is an answer by which an API refused a call, and what the call was made with.
type Refused struct {
	URL    string
	Status int
	Header http.Header
	Token  secret.Secret
	Scheme string // the token was sent with: Bearer (also ""), or DPoP
	// Certificate is the x5t#S256 of the one that was presented; empty where there was none.
	Certificate string
	Who         string // answered; empty: the API
	Now         time.Time
	Login       string // the command that signs in, such as "oauthctl login -p staging"
	Again       bool   // the token is of the login that the API asked for before
}

// Explain says why: what the API's challenge asks for, and what the token says of itself. The token is only decoded
// here, so that what it says is a lead and no proof (RFC 6750 §3, RFC 9470 §3).
func (r Refused) Explain() *problem.Error {
	challenges := oauth.ParseChallenges(r.Header)
	challenge := pick(challenges)
	p := &problem.Error{
		Kind: problem.Provider, Code: "resource.status", Answer: &problem.Answer{
			Error: challenge.Params["error"], Description: challenge.Params["error_description"],
			URI: challenge.Params["error_uri"], Status: r.Status, Endpoint: "resource",
		},
	}
	p.Message = strings.TrimSpace(fmt.Sprintf("%s answered %d %s", cmp.Or(r.Who, "the API"), r.Status, http.StatusText(r.Status)))
	if p.Answer.Error == "" && r.Status != http.StatusUnauthorized && r.Status != http.StatusForbidden {
		p.Hint = r.unrelated()
		return p
	}
	p.Spec = "RFC 6750 §3.1"
	if code := p.Answer.Error; code != "" {
		p.Code = "oauth." + text.Escape(code)
		p.Message += ": " + text.Escape(code)
		if words := p.Answer.Description; words != "" {
			p.Message += fmt.Sprintf(" (%s)", text.Escape(words))
		}
	}
	var e explanation
	token, _, err := jose.Inspect(r.Token.Reveal())
	if err != nil {
		token = nil
	}
	switch p.Answer.Error {
	case "insufficient_scope":
		e = r.scope(challenge, token)
	case "use_dpop_nonce", "invalid_dpop_proof":
		p.Spec = "RFC 9449 §7.1"
		e = r.proof(p.Answer.Error)
	case "insufficient_user_authentication":
		p.Spec = "RFC 9470 §3"
		e = r.stepUp(token)
	case "":
		e = r.token(challenges, token, "")
		if r.Status == http.StatusForbidden && (e.why == "" || e.why == forAnother) {
			e = forbidden(token, e)
		}
	default:
		e = r.token(challenges, token, p.Answer.Error)
	}
	if e.why != "" {
		p.Message += ": " + e.why
	}
	p.Want, p.Got = e.want, e.got
	p.Hint = strings.Join(append(e.fixes, r.metadata(challenges)...), "\n")
	return p
}

// explanation is what is made of a refusal.
type explanation struct {
	why, want, got string
	fixes          []string
}

// pick returns the challenge to explain: the first with an error, else the first for our scheme, else the first.
func pick(challenges []oauth.Challenge) oauth.Challenge {
	for _, fits := range []func(oauth.Challenge) bool{
		func(c oauth.Challenge) bool { return c.Params["error"] != "" },
		func(c oauth.Challenge) bool { return strings.EqualFold(c.Scheme, oauth.TypeBearer) },
		func(c oauth.Challenge) bool { return strings.EqualFold(c.Scheme, oauth.TypeDPoP) },
		func(oauth.Challenge) bool { return true },
	} {
		if i := slices.IndexFunc(challenges, fits); i >= 0 {
			return challenges[i]
		}
	}
	return oauth.Challenge{}
}

// unrelated is what to do about a status that is no word on the token (RFC 9110 §10.2.3, §15.5, §15.6).
func (r Refused) unrelated() string {
	if after := r.Header.Get("Retry-After"); after != "" && (r.Status == http.StatusTooManyRequests || r.Status == http.StatusServiceUnavailable) {
		if _, err := strconv.ParseUint(after, 10, 32); err == nil {
			after += " s"
		}
		return "the API asks to be left alone for a while; Retry-After: " + text.Escape(after)
	}
	allowed, ok := word(strings.TrimSpace(strings.Split(r.Header.Get("Allow"), ",")[0]))
	switch {
	case r.Status == http.StatusNotFound || r.Status == http.StatusGone:
		return "nothing is at that address: check it; some APIs answer so for what the token may not see"
	case r.Status == http.StatusMethodNotAllowed && ok && r.Who == "":
		return "the address is there for another method: -X " + allowed
	case r.Status == http.StatusUnsupportedMediaType && r.Who == "":
		return "the API wants another kind of body: -H 'Content-Type: …'"
	case r.Status >= 500:
		return "the server failed, whatever the token is: try again later"
	case r.Status == http.StatusTooManyRequests:
		return "the API asks to be left alone for a while"
	case r.Who == "":
		return "this is no word on the token: the API's answer, on stdout, may say more"
	}
	return ""
}

// forbidden is about a refusal that blames nothing: mostly the token is good, and allows less than the call wants.
func forbidden(token *jose.Token, found explanation) explanation {
	e := explanation{fixes: []string{"mostly the token is good, and allows less than this wants: a scope, a role or another user may be missing; the answer and the API's documentation say more"}}
	if token != nil {
		if scopes := scopesOf(token); len(scopes) > 0 {
			e.fixes = append(e.fixes, "the token's scopes: "+text.Escape(strings.Join(scopes, " ")))
		}
	}
	if found.why != "" {
		e.fixes = append(e.fixes, "perhaps "+found.why+": "+found.got)
	}
	return e
}

// token looks for what is wrong with the token itself (RFC 6750 §3.1, invalid_token).
func (r Refused) token(challenges []oauth.Challenge, token *jose.Token, code string) explanation {
	if token != nil {
		if e, ok := r.bound(token); ok && r.Scheme != oauth.TypeDPoP {
			return e
		}
	}
	if e, ok := r.otherScheme(challenges); ok {
		return e
	}
	if code != "" && code != "invalid_token" {
		return explanation{}
	}
	if token == nil {
		return explanation{fixes: []string{"the token is opaque, so that only its issuer can say more: oauthctl introspect --token-file FILE"}}
	}
	if found := r.faults(token); len(found) > 0 {
		e := found[0]
		for _, more := range found[1:] {
			e.fixes = append(e.fixes, "also: "+more.why+", "+more.got)
		}
		return e
	}
	iss, _ := token.Claims.String("iss")
	return explanation{
		fixes: []string{
			fmt.Sprintf("decoded here, the token looks good: of %s, for %s, and not expired; it may be revoked, or the API trusts another issuer",
				cmp.Or(text.Escape(iss), "no named issuer"), cmp.Or(strings.Join(escaped(claimList(token.Claims, "aud")), ", "), "no named audience")),
			"the issuer can say more: oauthctl introspect, oauthctl jwt verify",
		},
	}
}

// proof says what a refusal of a DPoP proof means (RFC 9449 §7.1, §9).
func (r Refused) proof(code string) explanation {
	switch {
	case r.Scheme != oauth.TypeDPoP:
		return explanation{
			why: "the API wants a DPoP proof", want: oauth.TypeDPoP, got: oauth.TypeBearer,
			fixes: []string{"a token that is bound to a key is used with it: --dpop-key FILE"},
		}
	case code == "use_dpop_nonce":
		return explanation{
			why:   "it demands a nonce in the proof, and again after it got the one that it gave",
			fixes: []string{"the API is at fault, or several that share no nonces answer under its name: --trace shows what each answer gave"},
		}
	}
	return explanation{
		why: "the proof was refused",
		fixes: []string{
			"compare the clocks: a proof is good for seconds or minutes",
			"where a proxy changes scheme, host or path, the API sees another address than the one that was proven: " + text.URL(r.URL),
		},
	}
}

// otherScheme says that the API wants another kind of authentication than the token's.
func (r Refused) otherScheme(challenges []oauth.Challenge) (explanation, bool) {
	var schemes []string
	if slices.ContainsFunc(challenges, func(c oauth.Challenge) bool {
		return strings.EqualFold(c.Scheme, oauth.TypeBearer) || strings.EqualFold(c.Scheme, r.Scheme)
	}) {
		return explanation{}, false
	}
	for _, c := range challenges {
		if strings.EqualFold(c.Scheme, oauth.TypeDPoP) {
			return explanation{
				why: "the API wants a token that is bound to a DPoP key", want: oauth.TypeDPoP, got: oauth.TypeBearer,
				fixes: []string{"ask for one with --dpop-key FILE, and use it with the same key"},
			}, true
		}
		schemes = append(schemes, text.Escape(c.Scheme))
	}
	if len(schemes) == 0 {
		return explanation{}, false
	}
	return explanation{
		why: "the API does not ask for a bearer token", want: strings.Join(schemes, ", "), got: "Bearer",
		fixes: []string{"check the address: the API takes another kind of authentication there"},
	}, true
}

// scope compares the scopes that the API wants with the token's (RFC 6750 §3.1, insufficient_scope).
func (r Refused) scope(c oauth.Challenge, token *jose.Token) explanation {
	wanted := strings.Fields(c.Params["scope"])
	e := explanation{want: text.Escape(strings.Join(wanted, " ")), got: "an opaque token, whose scopes only its issuer knows"}
	var have []string
	if token != nil {
		have = scopesOf(token)
		e.got = cmp.Or(text.Escape(strings.Join(have, " ")), "a token without scopes")
	}
	if len(wanted) == 0 {
		e.want = ""
		e.fixes = []string{"the API does not say which scope it wants: see its documentation, and ask for it with --scope"}
		return e
	}
	missing := slices.DeleteFunc(slices.Clone(wanted), func(s string) bool { return slices.Contains(have, s) })
	if len(missing) == 0 {
		e.why = "the token has the scope already"
		e.fixes = []string{"the API may want a role or another user beside it: see its documentation"}
		return e
	}
	all, ok := word(strings.Join(slices.Concat(have, missing), " "))
	if !ok {
		e.fixes = []string{"ask for a token with that scope: --scope"}
		return e
	}
	if token != nil && clientOnly(token) && slices.Contains(missing, "openid") {
		e.why = "the token is of a client for itself, and no person is behind it"
		e.fixes = []string{fmt.Sprintf("sign in for it: %s -s openid", r.login())}
		return e
	}
	if token != nil && clientOnly(token) {
		e.fixes = []string{"get a token with it: oauthctl token client-credentials -s " + all}
		return e
	}
	e.fixes = []string{fmt.Sprintf("sign in for it: %s -s %s", r.login(), all)}
	return e
}

func (r Refused) login() string { return cmp.Or(r.Login, "oauthctl login") }

// metadata names where the API describes itself, and who issues its tokens. Nothing is fetched from there: the address
// is the API's word alone (RFC 9728 §5.1, §7.7).
func (r Refused) metadata(challenges []oauth.Challenge) []string {
	for _, c := range challenges {
		address := c.Params["resource_metadata"]
		if address == "" {
			continue
		}
		u, err := url.Parse(address)
		safe := err == nil && u.User == nil && u.Host != ""
		if safe && u.Scheme == "http" { // on this machine, where the API is on it too
			target, err := url.Parse(r.URL)
			safe = err == nil && wire.IsLoopback(u.Hostname()) && wire.IsLoopback(target.Hostname())
		}
		if !safe || u.Scheme != "https" && u.Scheme != "http" {
			return []string{fmt.Sprintf("the API names metadata of its own at %s: ignored, as that is no https URL (RFC 9728 §3)", text.Escape(address))}
		}
		return []string{fmt.Sprintf("where its tokens come from, the API says at %s (RFC 9728 §5.1)", text.Escape(address))}
	}
	return nil
}
