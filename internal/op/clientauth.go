package op

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authMethods are those that the provider offers, as they are advertised; without none they are for the endpoints
// that want to know who asks.
func (p *Provider) authMethods() []string {
	methods := []string{authBasic, authPost}
	if p.on(FeatureSecretJWT) {
		methods = append(methods, authSecretJWT)
	}
	if p.on(FeaturePrivateKeyJWT) {
		methods = append(methods, authPrivateKey)
	}
	if p.on(FeatureMTLS) {
		methods = append(methods, authTLS, authSelfSigned)
	}
	return methods
}

// credentials are what a request brought to show which client sends it.
type credentials struct {
	id, method string
	password   password
	assertion  string
}

// password is a secret as it was presented: decoded, and inside Basic also raw, to tell people what they forgot.
type password struct{ value, raw string }

// authenticate finds out which client sends a request, by exactly one method (RFC 6749 §2.3).
func (x *exchange) authenticate(form url.Values) (*Client, *refusal) {
	c, bad := x.presented(form)
	if bad != nil {
		return nil, bad
	}
	x.event.AuthMethod = c.method
	if c.id == "" {
		return nil, x.unauthenticated("no client authenticated: send client_id in the body, or Basic credentials")
	}
	client, err := x.clientNamed(c.id)
	if err != nil {
		return nil, x.unauthenticated(err.Error())
	}
	x.event.ClientID = c.id
	allowed := client.authMethods()
	if c.method == authNone && byCertificate(allowed[0]) {
		c.method, x.event.AuthMethod = allowed[0], allowed[0]
	}
	switch {
	case c.method != authNone && client.public():
		return nil, x.unauthenticated("client '" + c.id + "' is public and has no secret; send client_id in the body alone")
	case c.method == "assertion":
		return x.asserted(client, c)
	case !slices.Contains(allowed, c.method):
		return nil, x.wrongMethod(client, c.method)
	case c.method == authNone:
		return client, nil
	case byCertificate(c.method):
		return x.certified(client, c.method)
	case equal(client.Secret.Reveal(), c.password.value):
		return client, nil
	case c.method == authBasic && equal(client.Secret.Reveal(), c.password.raw):
		return nil, x.unauthenticated("the secret inside Basic is not form-encoded: encode client_id and client_secret " +
			"before they are joined by a colon (RFC 6749 section 2.3.1)")
	}
	return nil, x.unauthenticated("the secret of client '" + c.id + "' is wrong")
}

func (x *exchange) wrongMethod(client *Client, method string) *refusal {
	return x.unauthenticated("client '" + client.ID + "' authenticated by " + method + ", but is registered for " +
		strings.Join(client.authMethods(), " or "))
}

// confidential is authenticate at an endpoint where a public client has no business.
func (x *exchange) confidential(form url.Values) (*Client, *refusal) {
	client, bad := x.authenticate(form)
	if bad == nil && client.public() {
		return nil, x.unauthenticated("client '" + client.ID + "' is public, and anybody can use its name: the " +
			x.event.Endpoint + " endpoint wants a client that authenticates")
	}
	return client, bad
}

// presented returns the credentials of a request and the method that carried them.
func (x *exchange) presented(form url.Values) (credentials, *refusal) {
	header, basic := x.r.Header["Authorization"]
	var used []string
	if basic {
		used = append(used, "an Authorization header")
	}
	for _, name := range []string{"client_secret", "client_assertion"} {
		if form.Has(name) {
			used = append(used, name+" in the body")
		}
	}
	switch {
	case len(used) > 1 || len(header) > 1:
		return credentials{}, refused("invalid_request", "more than one client authentication: %s; use exactly one (RFC 6749 section 2.3)", strings.Join(used, ", "))
	case form.Has("client_assertion") || form.Has("client_assertion_type"):
		return x.presentedAssertion(form)
	case basic:
		c, bad := x.basic(header[0])
		if bad == nil && form.Has("client_id") && form.Get("client_id") != c.id {
			bad = refused("invalid_request", "client_id is '%s' in the body, but '%s' inside Basic", form.Get("client_id"), c.id)
		}
		return c, bad
	case form.Has("client_secret"):
		return credentials{id: form.Get("client_id"), method: authPost, password: password{value: form.Get("client_secret")}}, nil
	}
	return credentials{id: form.Get("client_id"), method: authNone}, nil
}

// basic decodes Basic credentials, form-encoded within (RFC 6749 §2.3.1).
func (x *exchange) basic(header string) (credentials, *refusal) {
	c := credentials{method: authBasic}
	scheme, encoded, found := strings.Cut(header, " ")
	if !found {
		return c, x.unauthenticated("the Authorization header has no scheme") // and may be a secret as it is
	}
	if !strings.EqualFold(scheme, "Basic") {
		return c, x.unauthenticated("the Authorization scheme '" + scheme + "' is not supported here; Basic is")
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return c, x.unauthenticated("what follows Basic is not base64")
	}
	rawID, rawSecret, found := strings.Cut(string(decoded), ":")
	if !found {
		return c, x.unauthenticated("there is no colon inside Basic")
	}
	if c.id, err = url.QueryUnescape(rawID); err != nil {
		return c, x.unauthenticated("the client_id inside Basic is not form-encoded (RFC 6749 section 2.3.1)")
	}
	value, err := url.QueryUnescape(rawSecret)
	if err != nil {
		value = "" // matches nothing: no client has an empty secret
	}
	c.password = password{value, rawSecret}
	return c, nil
}

// unauthenticated refuses a client (RFC 6749 §5.2); a 401 always says how to authenticate (RFC 9110 §15.5.2).
//
//go:noinline
func (x *exchange) unauthenticated(why string) *refusal {
	return &refusal{
		code: "invalid_client", description: why, status: http.StatusUnauthorized,
		challenge: `Basic realm="` + x.p.config.Issuer + `", charset="UTF-8"`,
	}
}
