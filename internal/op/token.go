package op

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"time"
)

// grantRow is one grant of the token endpoint.
type grantRow struct {
	name    string
	feature Feature
	run     func(*exchange) (document, *refusal) // by the provider's lock
}

func grants() []grantRow {
	return []grantRow{
		{grantCode, "", (*exchange).redeem},
		{grantRefresh, "", (*exchange).refresh},
		{grantCredentials, "", (*exchange).credentials},
		{grantDevice, FeatureDevice, (*exchange).poll},
		{grantCIBA, FeatureCIBA, (*exchange).pollBackchannel},
		{grantExchange, FeatureTokenExchange, (*exchange).exchangeToken},
		{grantJWTBearer, FeatureJWTBearer, (*exchange).bearerAssertion},
		{grantPassword, FeaturePassword, (*exchange).passwordGrant},
	}
}

// grantTypes are the supported ones, as they are advertised.
func (p *Provider) grantTypes() []string {
	var names []string
	for _, g := range grants() {
		if p.on(g.feature) {
			names = append(names, g.name)
		}
	}
	if p.on(FeatureImplicit) {
		names = append(names, grantImplicit)
	}
	return names
}

// token answers a token request (RFC 6749 §3.2).
func (x *exchange) token() answer {
	bad := x.clientForm("resource", "audience")
	if bad != nil {
		return x.refuse(bad)
	}
	kind := x.form.Get("grant_type")
	x.event.GrantType = kind
	if kind == grantJWTBearer && x.p.on(FeatureJWTBearer) && x.anonymous() {
		x.client, bad = x.assertionIssuer()
	} else {
		x.client, bad = x.authenticate(x.form)
	}
	if bad == nil {
		bad = x.bind()
	}
	if bad != nil {
		return x.refuse(bad)
	}
	rows, supported := grants(), x.p.grantTypes()
	at := slices.IndexFunc(rows, func(g grantRow) bool { return g.name == kind && x.p.on(g.feature) })
	switch {
	case kind == "":
		return x.refuse(refused("invalid_request", "grant_type is missing"))
	case at < 0:
		return x.refuse(refused("unsupported_grant_type", "grant_type '%s' is not supported here; %s", kind,
			only(slices.DeleteFunc(supported, func(s string) bool { return s == grantImplicit }))))
	}
	if bad = x.client.allowed(kind); bad != nil {
		return x.refuse(bad)
	}
	x.p.mu.Lock()
	response, bad := x.disturbed(rows[at])
	x.p.mu.Unlock()
	if bad != nil {
		return x.refuse(bad)
	}
	for _, f := range x.p.faults {
		if f.token != nil {
			f.token(x, &response)
		}
	}
	return x.json(http.StatusOK, response).noStore()
}

// disturbed runs a grant, unless a fault refuses it.
func (x *exchange) disturbed(row grantRow) (document, *refusal) {
	for _, f := range x.p.faults {
		if f.grant == nil {
			continue
		}
		if bad := f.grant(x); bad != nil {
			return nil, bad
		}
	}
	return row.run(x)
}

// clientForm reads the form that a client posts, and keeps it.
func (x *exchange) clientForm(mayRepeat ...string) (bad *refusal) {
	x.form, bad = x.readForm(mayRepeat...)
	if bad == nil && x.r.URL.RawQuery != "" {
		bad = refused("invalid_request", "parameters belong in the body, never in the query of the %s endpoint", x.event.Endpoint)
	}
	return bad
}

// redeem exchanges a code (RFC 6749 §4.1.3). Whatever comes of it, the code is used up.
func (x *exchange) redeem() (document, *refusal) {
	refuse := func(format string, args ...any) (document, *refusal) {
		return nil, refused("invalid_grant", format, args...)
	}
	value := x.form.Get("code")
	if value == "" {
		return nil, refused("invalid_request", "code is missing")
	}
	c, ok := x.p.state.codes.get(value, x.now)
	switch {
	case !ok:
		return refuse("this code was never issued, or long ago")
	case !c.grant.client.is(x.client):
		return refuse("this code was issued to another client than '%s'", x.client.ID)
	case c.used:
		c.grant.revoked = "its code was used twice"
		return refuse("this code was used before; the tokens issued for it are now revoked (RFC 6749 section 4.1.2)")
	}
	c.used = true
	if !x.now.Before(c.expires) {
		return refuse("this code expired %s ago; codes live %s", x.now.Sub(c.expires).Round(time.Second), x.p.config.Lifetimes.Code)
	}
	if got := x.form.Get("redirect_uri"); got != c.redirectURI {
		if c.redirectURI == "" {
			return refuse("redirect_uri was sent, but not in the authorization request")
		}
		return refuse("redirect_uri is '%s', but was '%s' in the authorization request", got, c.redirectURI)
	}
	if bad := verifyPKCE(c.challenge, x.form.Get("code_verifier")); bad != nil {
		return nil, bad
	}
	if wrong := x.codeKey(c); wrong != "" {
		return refuse("%s", wrong)
	}
	audiences, bad := x.narrow(c.grant.audiences)
	if bad != nil {
		return nil, bad
	}
	details, bad := x.narrowDetails(c.grant.details)
	if bad != nil {
		return nil, bad
	}
	x.grant = c.grant
	return x.issue(issuance{scopes: c.grant.scopes, audiences: audiences, details: details, nonce: c.grant.nonce, refresh: x.wantsRefresh()})
}

// verifyPKCE compares verifier and challenge (RFC 7636 §4.6); a verifier without a challenge is refused, as it shows
// that the challenge was lost on the way (RFC 9700 §4.8.2).
func verifyPKCE(challenge, verifier string) *refusal {
	sum := sha256.Sum256([]byte(verifier))
	switch {
	case challenge == "" && verifier == "":
		return nil
	case challenge == "":
		return refused("invalid_grant", "code_verifier was sent, but the authorization request had no code_challenge")
	case verifier == "":
		return refused("invalid_grant", "code_verifier is missing; the authorization request had a code_challenge")
	case len(verifier) < 43 || len(verifier) > 128 || !visible(verifier, unreserved):
		return refused("invalid_grant", "code_verifier has %d characters; 43 to 128 of A-Z a-z 0-9 - . _ ~ are allowed", len(verifier))
	case !equal(challenge, b64(sum[:])):
		return refused("invalid_grant", "code_verifier does not match: its SHA-256 is not the code_challenge of the authorization request")
	}
	return nil
}

// wantsRefresh says whether a code brings a refresh token.
func (x *exchange) wantsRefresh() bool {
	return slices.Contains(x.client.GrantTypes, grantRefresh) &&
		(x.client.Refresh == RefreshAlways || slices.Contains(x.grant.scopes, "offline_access"))
}

// narrow applies the resource and audience of a token request to what was granted (RFC 8707 §2.2).
func (x *exchange) narrow(granted []string) ([]string, *refusal) {
	asked, bad := targets(x.form)
	if bad != nil || len(asked) == 0 {
		return granted, bad
	}
	if len(granted) == 0 {
		granted = []string{x.p.config.Audience}
	}
	if !covers(granted, asked) {
		return nil, refused("invalid_target", "the authorization request was for %s, not for %s", strings.Join(granted, " "), strings.Join(asked, " "))
	}
	return asked, nil
}

// refresh exchanges a refresh token for new tokens and the next refresh token (RFC 6749 §6). One that was used
// before has two holders, one of whom stole it: both lose (RFC 9700 §4.14.2).
func (x *exchange) refresh() (document, *refusal) {
	refuse := func(format string, args ...any) (document, *refusal) {
		return nil, refused("invalid_grant", format, args...)
	}
	value := x.form.Get("refresh_token")
	if value == "" {
		return nil, refused("invalid_request", "refresh_token is missing")
	}
	r, ok := x.p.state.refreshes.get(value, x.now)
	switch {
	case !ok:
		return refuse("this refresh token was never issued, or expired (they live %s)", x.p.config.Lifetimes.RefreshToken)
	case !r.grant.client.is(x.client):
		return refuse("this refresh token was issued to another client than '%s'", x.client.ID)
	case r.grant.dead() != "":
		return refuse("this refresh token is revoked: %s", r.grant.dead())
	case !x.now.Before(r.expires):
		return refuse("this refresh token expired %s ago; it lived %s", x.now.Sub(r.expires).Round(time.Second), r.expires.Sub(r.issued))
	case r.used:
		r.grant.revoked = "one of its refresh tokens was used twice"
		return refuse("this refresh token was used before; all tokens of this login are now revoked (RFC 9700 section 4.14.2)")
	}
	if wrong := x.holds(r.bound); wrong != "" {
		return refuse("%s", wrong)
	}
	scopes := r.grant.scopes
	if asked := strings.Fields(x.form.Get("scope")); len(asked) > 0 {
		if !covers(scopes, asked) {
			return nil, refused("invalid_scope", "scope '%s' goes beyond what was granted: %s", x.form.Get("scope"), strings.Join(scopes, " "))
		}
		scopes = among(scopes, asked)
	}
	audiences, bad := x.narrow(r.grant.audiences)
	if bad != nil {
		return nil, bad
	}
	details, bad := x.narrowDetails(r.grant.details)
	if bad != nil {
		return nil, bad
	}
	r.used = !x.p.config.FAPI2 // which forbids rotation (FAPI 2.0 Security Profile §5.3.2.1-9)
	x.grant = r.grant
	return x.issue(issuance{scopes: scopes, audiences: audiences, details: details, refresh: r.used})
}

// credentials issues a token to a client of its own (RFC 6749 §4.4).
func (x *exchange) credentials() (document, *refusal) {
	scopes, audiences, bad := x.asked()
	if bad != nil {
		return nil, bad
	}
	scopes = withoutPerson(scopes)
	details, bad := x.detailsOf(x.client, x.form)
	if bad != nil {
		return nil, bad
	}
	x.grant = &grant{client: x.client, scopes: scopes, audiences: audiences, details: details}
	return x.issue(issuance{scopes: scopes, audiences: audiences, details: details})
}
