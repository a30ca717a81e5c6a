package op

import (
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

const (
	// maxAssertion is how far in the future an assertion may end: it is made for one request.
	maxAssertion = time.Hour
	// clockSkew is how far a client's clock may be off.
	clockSkew = 30 * time.Second
)

// presentedAssertion takes the client from the assertion's sub; client_id may say the same (RFC 7521 §4.2).
func (x *exchange) presentedAssertion(form url.Values) (credentials, *refusal) {
	c := credentials{method: "assertion", assertion: form.Get("client_assertion")}
	if !x.p.on(FeaturePrivateKeyJWT) && !x.p.on(FeatureSecretJWT) {
		methods := append(x.p.authMethods(), authNone)
		return c, x.unauthenticated("client assertions are not supported; " + strings.Join(methods[:len(methods)-1], ", ") + " and " + authNone + " are")
	}
	if kind := form.Get("client_assertion_type"); kind != assertionType {
		return c, refused("invalid_request", "client_assertion_type is '%s', not '%s'", kind, assertionType)
	}
	t, wrong := parseJWS(c.assertion)
	if wrong != "" {
		return c, x.unauthenticated("client_assertion cannot be read: " + wrong)
	}
	c.id, _ = t.claims.String("sub")
	if c.id == "" {
		return c, x.unauthenticated("client_assertion has no sub; iss and sub are the client_id")
	}
	if form.Has("client_id") && form.Get("client_id") != c.id {
		return c, refused("invalid_request", "client_id is '%s' in the body, but '%s' in client_assertion", form.Get("client_id"), c.id)
	}
	return c, nil
}

// asserted verifies a client's assertion (RFC 7523 §3, OpenID Connect Core §9).
func (x *exchange) asserted(client *Client, c credentials) (*Client, *refusal) {
	t, _ := parseJWS(c.assertion) // it was read before
	method, feature := authPrivateKey, FeaturePrivateKeyJWT
	if t.alg.Symmetric() {
		method, feature = authSecretJWT, FeatureSecretJWT
	}
	x.event.AuthMethod = method
	if !slices.Contains(client.authMethods(), method) {
		return nil, x.wrongMethod(client, method)
	}
	if !x.p.on(feature) {
		return nil, x.unauthenticated(method + " is not supported; " + strings.Join(x.p.authMethods(), ", ") + " are")
	}
	wrong := x.verifies(client, t)
	if wrong == "" && t.typ != "" && !strings.EqualFold(t.typ, "JWT") && !strings.EqualFold(strings.TrimPrefix(t.typ, "application/"), "client-authentication+jwt") {
		wrong = "its typ is '" + t.typ + "', not client-authentication+jwt or JWT"
	}
	if iss, _ := t.claims.String("iss"); wrong == "" && iss != client.ID {
		wrong = "its iss is '" + iss + "', not the client_id '" + client.ID + "' as its sub is"
	}
	if wrong == "" {
		x.p.mu.Lock()
		wrong = x.assertionClaims(t, client)
		x.p.mu.Unlock()
	}
	if wrong != "" {
		return nil, x.unauthenticated("client_assertion is refused: " + wrong)
	}
	return client, nil
}

// verifies checks the signature of what a client signed. A symmetric one is made with the client's secret.
func (x *exchange) verifies(c *Client, t jws) (wrong string) {
	if wrong = x.strictAlg(t.alg); wrong != "" {
		return wrong
	}
	switch {
	case t.alg.Symmetric():
		if c.Secret.IsZero() || !t.verifiedWith([]byte(c.Secret.Reveal())) {
			return "its signature by " + string(t.alg) + " was not made with the secret of client '" + c.ID + "'"
		}
		return ""
	case keyFor[t.alg] == "":
		return "its alg is '" + string(t.alg) + "', which is not supported"
	}
	var known []string
	for _, key := range c.keys.keys {
		if key.use == "enc" {
			continue
		}
		known = append(known, key.id)
		if t.keyID != "" && key.id != "" && key.id != t.keyID {
			continue
		}
		if (key.alg == "" || key.alg == t.alg) && t.verifiedBy(key.public) {
			return ""
		}
	}
	if t.keyID != "" && !slices.Contains(known, t.keyID) && !slices.Contains(known, "") {
		return "client '" + c.ID + "' has no key '" + t.keyID + "'; it has: " + strings.Join(known, " ")
	}
	return "its signature by " + string(t.alg) + " fits no key of client '" + c.ID + "'"
}

// assertionClaims checks what holds for every assertion: for whom it is, until when, and that it comes once. The caller
// holds the lock.
func (x *exchange) assertionClaims(t jws, client *Client) (wrong string) {
	if wrong = x.assertionAudience(t); wrong != "" {
		return wrong
	}
	times, wrong := t.times()
	exp, iat, nbf := times["exp"], times["iat"], times["nbf"]
	switch {
	case wrong != "":
		return wrong
	case exp.IsZero():
		return "it has no exp"
	case !x.now.Before(exp.Add(clockSkew)):
		return fmt.Sprintf("it expired %s ago", x.now.Sub(exp).Round(time.Second))
	case exp.Sub(x.now) > maxAssertion+clockSkew:
		return fmt.Sprintf("its exp is %s ahead; an assertion is for one request, %s is the most", exp.Sub(x.now).Round(time.Second), maxAssertion)
	case iat.Sub(x.now) > clockSkew:
		return fmt.Sprintf("its iat is %s ahead", iat.Sub(x.now).Round(time.Second))
	case nbf.Sub(x.now) > clockSkew:
		return fmt.Sprintf("its nbf is %s ahead", nbf.Sub(x.now).Round(time.Second))
	}
	id, err := t.claims.String("jti")
	if err != nil || id == "" {
		return "it has no jti, by which a replay would be known"
	}
	key := client.ID + "\x00" + id
	if _, used := x.p.state.assertions.get(key, x.now); used {
		return "its jti was used before: make a new one for every request"
	}
	x.p.state.assertions.put(key, struct{}{}, x.now)
	return ""
}

// times reads the claims that are times; what is not there is zero (RFC 7519 §4.1).
func (t *jws) times() (times map[string]time.Time, wrong string) {
	times = make(map[string]time.Time)
	for _, name := range []string{"exp", "iat", "nbf"} {
		seconds, ok, err := t.claims.Number(name)
		switch {
		case err != nil || math.Abs(seconds) > 1<<40:
			return times, "its " + name + " is no number of seconds since 1970"
		case ok:
			times[name] = time.Unix(int64(seconds), 0)
		}
	}
	return times, ""
}

// assertionAudience wants one audience: the issuer, the token endpoint or the endpoint that is called. Several would
// let another server use the assertion here (draft-ietf-oauth-rfc7523bis §4).
func (x *exchange) assertionAudience(t jws) (wrong string) {
	if wrong = x.strictAudience(t); wrong != "" {
		return wrong
	}
	aud, err := t.audiences()
	if err != nil {
		return "its aud is neither a string nor a list of strings"
	}
	accepted := x.audiences()
	switch {
	case len(aud) == 0 || aud[0] == "":
		return "it has no aud; send '" + x.p.config.Issuer + "'"
	case len(aud) > 1:
		return "its aud names several: " + strings.Join(aud, " ") + "; send '" + x.p.config.Issuer + "' alone"
	case !slices.Contains(accepted, aud[0]):
		return "its aud is '" + aud[0] + "'; send '" + accepted[0] + "'"
	}
	return ""
}

// audiences are the names by which assertions may mean this provider; a fault may leave fewer.
func (x *exchange) audiences() []string {
	accepted := []string{x.p.config.Issuer, x.p.endpoint(atToken)}
	if called := x.p.paths[x.event.Endpoint]; called != "" {
		accepted = append(accepted, x.p.below(called))
		if x.p.config.MTLS != "" {
			accepted = append(accepted, x.p.alias(x.event.Endpoint), x.p.alias(atToken))
		}
	}
	for _, f := range x.p.faults {
		if f.audiences != nil {
			accepted = f.audiences(x, accepted)
		}
	}
	return accepted
}
