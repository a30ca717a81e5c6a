package op

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// maxRequestObject is how long after its nbf a request object may end (FAPI 2.0 Message Signing §5.3.1).
const maxRequestObject = time.Hour

// unwrapped takes a request out of the JWT that holds it. Only what stands inside counts then (RFC 9101 §6.3). Where the
// object can be read and is refused, what it says is returned all the same: whom to tell is found out from it, as from
// any request that nobody signed.
func (x *exchange) unwrapped(form url.Values) (url.Values, *refusal) {
	if !x.p.on(FeatureJAR) || !form.Has("request") {
		return form, nil
	}
	refuse := func(format string, args ...any) *refusal {
		return refused("invalid_request_object", "the request object is refused: "+format, args...)
	}
	client := x.p.client(form.Get("client_id"))
	switch {
	case len(form["request"]) > 1 || len(form["client_id"]) > 1 || form.Has("request_uri"):
		return form, refused("invalid_request", "request and client_id are sent once, and request_uri not beside them")
	case client == nil:
		return form, nil // which is told for any request
	}
	compact := form.Get("request")
	if strings.Count(compact, ".") == 4 && x.p.on(FeatureEncryption) {
		plaintext, bad := x.p.decrypt(compact)
		if bad != nil {
			return form, bad
		}
		compact = string(plaintext)
	}
	t, wrong := parseJWS(compact)
	if wrong != "" {
		return form, refuse("%s", wrong)
	}
	inner := apart(inside(t.claims))
	for _, rule := range []func(*exchange, *Client, jws, url.Values) string{
		objectSignature, objectType, objectParties, objectTimes, objectContents,
	} {
		if wrong := rule(x, client, t, form); wrong != "" {
			return inner, refuse("%s", wrong)
		}
	}
	return inner, nil
}

// inside returns the claims of a request object as the parameters that they stand for (RFC 9101 §4).
func inside(claims strictjson.Object) url.Values {
	out := make(url.Values)
	for _, m := range claims.Members() {
		switch m.Name {
		case "iss", "aud", "exp", "nbf", "iat", "jti", "sub":
			continue
		}
		list, err := claims.Strings(m.Name)
		one, notText := claims.String(m.Name)
		switch {
		case m.Name != "authorization_details" && m.Value.Kind() == '[' && err == nil:
			out[m.Name] = list
		case notText == nil:
			out.Set(m.Name, one)
		default:
			out.Set(m.Name, string(m.Value))
		}
	}
	return out
}

// objectSignature wants what the client registered: its algorithm, where it named one, and its key or secret.
func objectSignature(x *exchange, c *Client, t jws, _ url.Values) string {
	switch {
	case t.alg == "none" || t.alg == "":
		return "it is not signed"
	case c.RequestObjectAlg != "" && t.alg != c.RequestObjectAlg:
		return fmt.Sprintf("its alg is '%s'; client '%s' registered %s", t.alg, c.ID, c.RequestObjectAlg)
	}
	return x.verifies(c, t)
}

// objectType keeps other tokens of the client from being taken for a request (RFC 9101 §10.8).
func objectType(_ *exchange, c *Client, t jws, _ url.Values) string {
	typ := strings.TrimPrefix(strings.ToLower(t.typ), "application/")
	if typ != "" && typ != "jwt" && typ != "oauth-authz-req+jwt" {
		return "its typ is '" + t.typ + "', not oauth-authz-req+jwt"
	}
	if sub, _ := t.claims.String("sub"); sub == c.ID {
		return "its sub is the client_id, as in a client assertion (RFC 9101 section 10.8)"
	}
	return ""
}

// objectParties: it is from the client, and for this provider (RFC 9101 §4, §5).
func objectParties(x *exchange, c *Client, t jws, form url.Values) string {
	iss, _ := t.claims.String("iss")
	id, _ := t.claims.String("client_id")
	aud, _ := t.audiences() // another type names nobody
	kind, _ := t.claims.String("response_type")
	switch {
	case iss != c.ID:
		return "its iss is '" + iss + "', not the client_id '" + c.ID + "'"
	case id != c.ID:
		return "its client_id is '" + id + "', but '" + c.ID + "' beside it"
	case !slices.Contains(aud, x.p.config.Issuer):
		return "its aud is '" + strings.Join(aud, " ") + "', not '" + x.p.config.Issuer + "'"
	case form.Has("response_type") && !sameWords(kind, strings.Fields(form.Get("response_type"))):
		return "its response_type is '" + kind + "', but '" + form.Get("response_type") + "' beside it"
	}
	return ""
}

// objectTimes wants one that is good now, and not for long.
func objectTimes(x *exchange, _ *Client, t jws, _ url.Values) string {
	times, wrong := t.times()
	exp, iat, nbf := times["exp"], times["iat"], times["nbf"]
	start := nbf
	if start.IsZero() {
		start = x.now
	}
	switch {
	case wrong != "":
		return wrong
	case exp.IsZero():
		return "it has no exp"
	case nbf.IsZero() && x.p.config.FAPI2:
		return "it has no nbf, which FAPI 2.0 Message Signing requires (section 5.3.1)"
	case !x.now.Before(exp.Add(clockSkew)):
		return fmt.Sprintf("it expired %s ago", x.now.Sub(exp).Round(time.Second))
	case exp.Sub(start) > maxRequestObject+clockSkew:
		return fmt.Sprintf("it is good for %s; %s is the most", exp.Sub(start).Round(time.Second), maxRequestObject)
	case x.now.Sub(nbf) > maxRequestObject+clockSkew && !nbf.IsZero():
		return fmt.Sprintf("its nbf is %s ago; %s is the most", x.now.Sub(nbf).Round(time.Second), maxRequestObject)
	case iat.Sub(x.now) > clockSkew, nbf.Sub(x.now) > clockSkew:
		return "its iat or nbf lies ahead"
	}
	return ""
}

// objectContents: no request inside the request, and no member whose type says nothing (RFC 9101 §4).
func objectContents(_ *exchange, _ *Client, t jws, _ url.Values) string {
	for _, m := range t.claims.Members() {
		switch {
		case m.Name == "request" || m.Name == "request_uri":
			return m.Name + " stands inside it"
		case m.Name == "jti" && m.Value.Kind() != '"':
			return "its jti is no string"
		case !objectMember(m.Name, m.Value.Kind()):
			return "its " + m.Name + " is of the wrong type"
		}
	}
	return ""
}

// objectMember says whether a claim has the type that its parameter has in a request object.
func objectMember(name string, kind jsontext.Kind) bool {
	switch name {
	case "max_age":
		return kind == '0' || kind == '"'
	case "claims", "registration":
		return kind == '{' || kind == '"'
	case "authorization_details":
		return kind == '['
	case "resource", "audience", "aud":
		return kind == '"' || kind == '['
	case "client_id", "response_type", "response_mode", "redirect_uri", "scope", "state", "nonce", "prompt",
		"code_challenge", "code_challenge_method", "login_hint", "acr_values", "id_token_hint", "ui_locales":
		return kind == '"'
	}
	return true // extensions are not judged
}

// unsigned refuses a request that had to be signed (RFC 9101 §10.5).
func (x *exchange) unsigned(client *Client, form url.Values) *refusal {
	if form.Has("request") || !x.p.on(FeatureJAR) || !x.p.config.RequireSignedRequest && !client.RequireSignedRequest {
		return nil
	}
	who := "this provider takes"
	if !x.p.config.RequireSignedRequest {
		who = "client '" + client.ID + "' registered"
	}
	return refused("invalid_request", "%s signed requests only: send a request object in 'request' (RFC 9101 section 10.5)", who)
}
