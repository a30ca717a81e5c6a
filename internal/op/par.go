package op

import (
	"net/http"
	"net/url"
	"time"
)

// pushed is an authorization request that waits to be used (RFC 9126).
type pushed struct {
	client  *Client
	form    url.Values
	expires time.Time
	used    bool
}

const requestURIPrefix = "urn:ietf:params:oauth:request_uri:"

// push takes an authorization request from the client itself, and judges it as the authorization endpoint would
// (RFC 9126 §2.1).
func (x *exchange) push() answer {
	bad := x.clientForm("resource", "audience")
	if bad == nil {
		x.client, bad = x.authenticate(x.form)
	}
	var jkt string
	if bad == nil {
		jkt, bad = x.proof(authorizationServer, "")
	}
	var form url.Values
	if bad == nil {
		form, bad = x.judgePushed(jkt)
	}
	if bad != nil {
		return x.refuse(bad)
	}
	value := requestURIPrefix + random()
	lifetime := x.p.config.Lifetimes.PAR
	x.p.mu.Lock()
	x.p.state.pushed.put(value, &pushed{client: x.client, form: form, expires: x.now.Add(lifetime)}, x.now)
	x.p.mu.Unlock()
	return x.reply(http.StatusCreated, document{{"request_uri", value}, {"expires_in", int(lifetime.Seconds())}})
}

// judgePushed returns the request that is pushed: the parameters, or what stands in a request object, beside which
// nothing may be but what authenticates the client (RFC 9126 §3). The key of the proof beside it is bound to it.
func (x *exchange) judgePushed(jkt string) (url.Values, *refusal) {
	if x.form.Has("request_uri") {
		return nil, refused("invalid_request", "request_uri cannot be pushed; push the parameters themselves (RFC 9126 section 2.1)")
	}
	form := make(url.Values, len(x.form)+1)
	for name, values := range x.form {
		switch name {
		case "client_secret", "client_assertion", "client_assertion_type":
		default:
			form[name] = values
		}
	}
	form.Set("client_id", x.client.ID) // where Basic or a certificate names the client, the body may leave it out
	if bad := x.unsigned(x.client, form); bad != nil {
		return nil, bad
	}
	if x.p.on(FeatureJAR) && form.Has("request") && len(form) > 2 {
		return nil, refused("invalid_request", "beside 'request' only what authenticates the client may be pushed; "+
			"all else belongs into the request object (RFC 9126 section 3)")
	}
	form, bad := x.unwrapped(form)
	if bad == nil {
		bad = pushedKey(form, jkt)
	}
	if bad != nil {
		return nil, bad
	}
	a, bad := x.recipient(form)
	if bad == nil {
		bad = x.judge(a, form)
	}
	return form, bad
}

// pushedRequest finds what a request_uri stands for. The refusal is for the person: whom to tell is not known.
func (x *exchange) pushedRequest(form url.Values) (*pushed, *refusal) {
	refuse := func(format string, args ...any) (*pushed, *refusal) {
		return nil, refused("invalid_request_uri", format, args...)
	}
	if len(form["request_uri"]) > 1 || len(form["client_id"]) > 1 {
		return refuse("client_id or request_uri was sent more than once")
	}
	x.p.mu.Lock()
	p, ok := x.p.state.pushed.get(form.Get("request_uri"), x.now)
	x.p.mu.Unlock()
	switch {
	case !ok:
		return refuse("this request_uri was never issued, or long ago; they live %s", x.p.config.Lifetimes.PAR)
	case form.Get("client_id") == "":
		return refuse("client_id is missing beside request_uri (RFC 9126 section 4)")
	case form.Get("client_id") != p.client.ID:
		return refuse("this request_uri was pushed by another client than %q", form.Get("client_id"))
	}
	return p, nil
}

// redeemPushed uses a pushed request up: it is good for one use (RFC 9126 §4). Its client is known and was
// authenticated, so it is told of what is wrong.
func (x *exchange) redeemPushed(p *pushed) *refusal {
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	for _, f := range x.p.faults {
		if f.pushed != nil {
			f.pushed(x, p)
		}
	}
	refuse := func(format string, args ...any) *refusal {
		return refused("invalid_request_uri", format, args...)
	}
	switch {
	case p.used:
		return refuse("this request_uri was used before; push the request anew")
	case !x.now.Before(p.expires):
		return refuse("this request_uri expired %s ago; they live %s", x.now.Sub(p.expires).Round(time.Second), x.p.config.Lifetimes.PAR)
	}
	p.used = true
	return nil
}
