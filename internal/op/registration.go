package op

import (
	"crypto/sha256"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// register makes a client of what it says of itself (RFC 7591 §3).
func (x *exchange) register() answer {
	if bad := x.initial(); bad != nil {
		return x.refuseBearer(bad)
	}
	object, bad := x.readJSON()
	if bad != nil {
		return x.refuse(bad)
	}
	id := "reg-" + random()[:20]
	c, metadata, bad := x.p.clientFrom(id, object, authBasic)
	if bad == nil {
		c.ensureSecret(secret.Secret{})
		bad = c.complete()
	}
	if bad != nil {
		return x.refuse(bad)
	}
	c.registered = &registered{issued: x.now, metadata: metadata}
	token := c.registered.renew()
	if !x.p.admit(c) {
		return x.refuse(&refusal{
			code: "temporarily_unavailable", status: http.StatusServiceUnavailable, description: "too many clients are registered; restart the provider",
		})
	}
	x.event.ClientID = id
	return x.reply(http.StatusCreated, x.information(c, token))
}

// initial wants the initial access token, where one is configured (RFC 7591 §3).
func (x *exchange) initial() *refusal {
	want := x.p.config.InitialAccessToken
	if want.IsZero() {
		return nil
	}
	token, bad := x.bearer()
	if bad == nil && !equal(want.Reveal(), token) {
		bad = &refusal{code: "invalid_token", status: http.StatusUnauthorized, description: "this is not the initial access token of this provider"}
	}
	return bad
}

// ensureSecret gives the client its secret: the one that it had, else a new one.
func (c *Client) ensureSecret(had secret.Secret) {
	if !c.needsSecret() {
		return
	}
	if c.Secret = had; had.IsZero() {
		c.Secret = secret.New(random())
	}
}

// renew makes a new registration access token. Of it, only the hash stays.
func (r *registered) renew() string {
	token := random()
	r.token = sha256.Sum256([]byte(token))
	return token
}

// information is what a client is told of itself (RFC 7591 §3.2.1, RFC 7592 §3).
func (x *exchange) information(c *Client, token string) document {
	doc := document{{"client_id", c.ID}, {"client_id_issued_at", c.registered.issued.Unix()}}
	if !c.Secret.IsZero() {
		doc = append(doc, document{{"client_secret", c.Secret.Reveal()}, {"client_secret_expires_at", 0}}...)
	}
	doc = append(doc, document{
		{"registration_client_uri", x.p.endpoint(atClient) + "?" + url.Values{"client_id": {c.ID}}.Encode()},
		{"registration_access_token", token},
	}...)
	return append(doc, c.registered.metadata...)
}

// clientConfiguration lets a client read, change and delete what is registered of it (RFC 7592 §2).
func (x *exchange) clientConfiguration() answer {
	query, err := url.ParseQuery(x.r.URL.RawQuery)
	token, bad := x.bearer()
	if bad != nil {
		return x.refuseBearer(bad)
	}
	c := x.p.managed(query.Get("client_id"), token)
	if err != nil || c == nil { // also of a client that is not there (RFC 7592 §2.1)
		return x.refuseBearer(&refusal{
			code: "invalid_token", status: http.StatusUnauthorized,
			description: "this is not the registration access token of a client at this address",
		})
	}
	x.event.ClientID = c.ID
	switch x.r.Method {
	case http.MethodDelete:
		x.p.dismiss(c)
		return answer{status: http.StatusNoContent, header: http.Header{}}.noStore()
	case http.MethodPut:
		if c, bad = x.replace(c); bad != nil {
			return x.refuse(bad)
		}
	}
	x.p.registry.mu.Lock()
	defer x.p.registry.mu.Unlock()
	if x.p.config.RotateRegistration {
		token = c.registered.renew()
	}
	return x.reply(http.StatusOK, x.information(c, token))
}

// replace puts new metadata in the place of all that was registered (RFC 7592 §2.2).
func (x *exchange) replace(old *Client) (*Client, *refusal) {
	refuse := func(description string) (*Client, *refusal) {
		return nil, refused(badMetadata, "%s", description)
	}
	object, bad := x.readJSON()
	if bad != nil {
		return nil, bad
	}
	for _, name := range []string{"registration_access_token", "registration_client_uri", "client_secret_expires_at", "client_id_issued_at"} {
		if object.Has(name) {
			return refuse(name + " is the provider's to say, and may not be sent (RFC 7592 section 2.2)")
		}
	}
	if id, err := object.String("client_id"); err != nil || id != old.ID {
		return refuse("client_id must be '" + old.ID + "' in an update (RFC 7592 section 2.2)")
	}
	if value, err := object.String("client_secret"); err != nil || object.Has("client_secret") && !equal(old.Secret.Reveal(), value) {
		return refuse("client_secret is not the one that the client has; a client cannot choose it (RFC 7592 section 2.2)")
	}
	c, metadata, bad := x.p.clientFrom(old.ID, object, authBasic)
	if bad == nil {
		c.ensureSecret(old.Secret)
		bad = c.complete()
	}
	if bad != nil {
		return nil, bad
	}
	c.registered = old.registered
	x.p.registry.mu.Lock()
	defer x.p.registry.mu.Unlock()
	c.registered.metadata = metadata
	if x.p.registry.clients[c.ID] != nil { // it may have been deleted in between
		x.p.registry.clients[c.ID] = c
	}
	return c, nil
}

// readJSON reads a body that is one JSON object.
func (x *exchange) readJSON() (strictjson.Object, *refusal) {
	contentType := x.r.Header.Get("Content-Type")
	if media, _, _ := mime.ParseMediaType(contentType); media != "application/json" {
		return strictjson.Object{}, refused(badMetadata, "the body must be application/json, not '%s'", contentType)
	}
	body, err := io.ReadAll(x.r.Body) // bounded where the request came in
	if err != nil {
		return strictjson.Object{}, &refusal{code: badMetadata, description: "the body is larger than 64 KiB", status: http.StatusRequestEntityTooLarge}
	}
	object, err := strictjson.Parse(body)
	if err != nil {
		return object, refused(badMetadata, "the body is no JSON object: %v", err)
	}
	return object, nil
}
