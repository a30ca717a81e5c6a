package op

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// errorAs is errors.AsType with the order of results that an if wants.
func errorAs[E error](err error) (E, bool) { return errors.AsType[E](err) }

// authenticate finds out which client sends a token request, by exactly one method (RFC 6749 §2.3).
func (x *exchange) authenticate(form url.Values) (*Client, *refusal) {
	id, password, method, bad := x.presented(form)
	if bad != nil {
		return nil, bad
	}
	x.event.AuthMethod = method
	if id == "" {
		return nil, x.unauthenticated("no client authenticated: send client_id in the body, or Basic credentials")
	}
	client := x.p.clients[id]
	if client == nil {
		return nil, x.unauthenticated("no client '" + id + "' is registered" + x.suggestClient(id))
	}
	x.event.ClientID = id
	allowed := client.authMethods()
	if method != authNone && client.public() {
		return nil, x.unauthenticated("client '" + id + "' is public and has no secret; send client_id in the body alone")
	}
	if !slices.Contains(allowed, method) {
		return nil, x.unauthenticated("client '" + id + "' authenticated by " + method + ", but is registered for " + strings.Join(allowed, " or "))
	}
	if method == authNone || equal(client.Secret.Reveal(), password.value) {
		return client, nil
	}
	if method == authBasic && equal(client.Secret.Reveal(), password.raw) {
		return nil, x.unauthenticated("the secret inside Basic is not form-encoded: encode client_id and client_secret " +
			"before they are joined by a colon (RFC 6749 section 2.3.1)")
	}
	return nil, x.unauthenticated("the secret of client '" + id + "' is wrong")
}

// password is a secret as it was presented: decoded, and inside Basic also raw, to tell people what they forgot.
type password struct{ value, raw string }

// presented returns the credentials of a request and the method that carried them.
func (x *exchange) presented(form url.Values) (id string, pass password, method string, bad *refusal) {
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
		return "", pass, "", &refusal{code: "invalid_request", description: "more than one client authentication: " +
			strings.Join(used, ", ") + "; use exactly one (RFC 6749 section 2.3)"}
	case form.Has("client_assertion"):
		return "", pass, "", x.unauthenticated("client assertions are not supported; client_secret_basic, client_secret_post and none are")
	case basic:
		id, pass, bad = x.basic(header[0])
		if bad == nil && form.Has("client_id") && form.Get("client_id") != id {
			bad = &refusal{code: "invalid_request", description: "client_id is '" + form.Get("client_id") +
				"' in the body, but '" + id + "' inside Basic"}
		}
		return id, pass, authBasic, bad
	case form.Has("client_secret"):
		return form.Get("client_id"), password{value: form.Get("client_secret")}, authPost, nil
	}
	return form.Get("client_id"), pass, authNone, nil
}

// basic decodes Basic credentials, form-encoded within (RFC 6749 §2.3.1).
func (x *exchange) basic(header string) (string, password, *refusal) {
	refuse := func(why string) (string, password, *refusal) { return "", password{}, x.unauthenticated(why) }
	scheme, encoded, found := strings.Cut(header, " ")
	if !found {
		return refuse("the Authorization header has no scheme") // and may be a secret as it is
	}
	if !strings.EqualFold(scheme, "Basic") {
		return refuse("the Authorization scheme '" + scheme + "' is not supported here; Basic is")
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return refuse("what follows Basic is not base64")
	}
	rawID, rawSecret, found := strings.Cut(string(decoded), ":")
	if !found {
		return refuse("there is no colon inside Basic")
	}
	id, err := url.QueryUnescape(rawID)
	if err != nil {
		return refuse("the client_id inside Basic is not form-encoded (RFC 6749 section 2.3.1)")
	}
	value, err := url.QueryUnescape(rawSecret)
	if err != nil {
		value = "" // matches nothing: no client has an empty secret
	}
	return id, password{value, rawSecret}, nil
}

// unauthenticated refuses a client (RFC 6749 §5.2); a 401 always says how to authenticate (RFC 9110 §15.5.2).
func (x *exchange) unauthenticated(why string) *refusal {
	return &refusal{
		code: "invalid_client", description: why, status: http.StatusUnauthorized,
		challenge: `Basic realm="` + x.p.config.Issuer + `", charset="UTF-8"`,
	}
}
