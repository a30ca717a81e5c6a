package op

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxBinding is how long a binding message may be: it must fit on the device of the person.
const maxBinding = 64

// backchannel takes the request of a client to have somebody asked (CIBA Core §7).
func (x *exchange) backchannel() answer {
	bad := x.clientForm("resource", "audience")
	if bad == nil {
		x.client, bad = x.authenticate(x.form)
	}
	if bad == nil {
		bad = x.client.allowed(grantCIBA)
	}
	form := x.form
	if bad == nil && x.form.Has("request") {
		form, bad = x.signedBackchannel()
	}
	var d *device
	if bad == nil {
		d, bad = x.judgeBackchannel(form)
	}
	if bad != nil {
		return x.refuse(bad)
	}
	id := random()
	x.p.mu.Lock()
	x.p.state.backchannels.put(id, d, x.now)
	x.p.mu.Unlock()
	if !x.p.config.AutoApprove {
		x.event.Confirm = "confirm as " + printable(d.user.Username) + ": " + x.p.endpoint(atCIBAPage)
		if d.message != "" {
			x.event.Confirm += " (message: " + d.message + ")"
		}
	}
	return x.reply(http.StatusOK, document{
		{"auth_req_id", id},
		{"expires_in", int(d.expires.Sub(x.now).Seconds())},
		{"interval", int(d.interval.Seconds())},
	})
}

// judgeBackchannel checks a request, signed or not (CIBA Core §7.1, §7.2, §13).
func (x *exchange) judgeBackchannel(form url.Values) (*device, *refusal) {
	refuse := func(code, description string) (*device, *refusal) {
		return nil, refused(code, "%s", description)
	}
	d := &device{
		client: x.client, message: form.Get("binding_message"), interval: x.p.config.PollInterval,
		expires: x.now.Add(x.p.config.Lifetimes.CIBA),
	}
	switch {
	case form.Has("request_uri"):
		return refuse("invalid_request", "request_uri has no meaning here; send the parameters, or a signed request")
	case form.Has("user_code"):
		return refuse("invalid_request", "user_code is not supported here")
	case !slices.Contains(strings.Fields(form.Get("scope")), "openid"):
		return refuse("invalid_scope", "the scope openid is missing, which every backchannel request must have")
	case len(d.message) > maxBinding || printable(d.message) != d.message:
		return refuse("invalid_binding_message", "binding_message may have "+strconv.Itoa(maxBinding)+" characters of plain text, without quotes and backslashes")
	}
	if wish := form.Get("requested_expiry"); wish != "" {
		seconds, err := strconv.ParseUint(wish, 10, 31)
		if err != nil || seconds == 0 {
			return refuse("invalid_request", "requested_expiry '"+wish+"' is no positive whole number of seconds")
		}
		if asked := x.now.Add(time.Duration(seconds) * time.Second); asked.Before(d.expires) {
			d.expires = asked
		}
	}
	if !slices.Contains(d.client.Scopes, "openid") {
		return refuse("invalid_scope", "client '"+d.client.ID+"' may not have openid")
	}
	d.acr = grantedACR(form.Get("acr_values"))
	var bad *refusal
	if d.scopes, bad = x.client.reduce(form.Get("scope")); bad == nil {
		d.audiences, bad = targets(form)
	}
	if bad == nil {
		d.details, bad = x.detailsOf(x.client, form)
	}
	if bad == nil {
		d.user, bad = x.askedFor(form)
	}
	return d, bad
}

// askedFor finds the person whom the one hint names (CIBA Core §7.1).
func (x *exchange) askedFor(form url.Values) (*User, *refusal) {
	var hints []string
	for _, name := range []string{"login_hint", "login_hint_token", "id_token_hint"} {
		if form.Get(name) != "" {
			hints = append(hints, name)
		}
	}
	if len(hints) != 1 {
		return nil, refused("invalid_request", "one of login_hint, login_hint_token and id_token_hint is wanted, not %d of them", len(hints))
	}
	value := form.Get(hints[0])
	switch hints[0] {
	case "id_token_hint":
		x.p.mu.Lock()
		defer x.p.mu.Unlock()
		if t, ok := x.p.state.idTokens.get(value, x.now); ok && t.grant.user != nil {
			return t.grant.user, nil
		}
		return nil, refused("invalid_request", notOurIDToken)
	case "login_hint_token":
		return x.hintToken(value)
	}
	return x.person(value)
}

// person finds a user by name, address or subject.
func (x *exchange) person(hint string) (*User, *refusal) {
	for i := range x.p.config.Users {
		if u := &x.p.config.Users[i]; hint != "" && (u.Username == hint || u.Subject == hint || u.Email == hint) {
			return u, nil
		}
	}
	return nil, refused("unknown_user_id", "nobody here is '%s'", hint)
}

// hintToken takes the person from a JWT that the client signed: iss is the client, aud this provider, sub the person
// (CIBA Core §7.1 leaves its form to the provider).
func (x *exchange) hintToken(compact string) (*User, *refusal) {
	refuse := func(code, why string) (*User, *refusal) {
		return nil, refused(code, "login_hint_token is refused: %s", why)
	}
	t, wrong := parseJWS(compact)
	if wrong == "" {
		wrong = x.verifies(x.client, t)
	}
	if wrong != "" {
		return refuse("invalid_request", wrong)
	}
	if exp, ok, err := t.claims.Number("exp"); ok && err == nil && exp+clockSkew.Seconds() <= float64(x.now.Unix()) {
		return refuse("expired_login_hint_token", "it has expired")
	}
	if iss, _ := t.claims.String("iss"); iss != x.client.ID {
		return refuse("invalid_request", "its iss is '"+iss+"', not the client_id '"+x.client.ID+"'")
	}
	x.p.mu.Lock()
	wrong = x.assertionClaims(t, x.client)
	x.p.mu.Unlock()
	if wrong != "" {
		return refuse("invalid_request", wrong)
	}
	subject, _ := t.claims.String("sub")
	return x.person(subject)
}

// signedBackchannel takes the parameters from a request that the client signed; beside it stands nothing but the
// client's authentication (CIBA Core §7.1.1).
func (x *exchange) signedBackchannel() (url.Values, *refusal) {
	refuse := func(why string) (url.Values, *refusal) {
		return nil, refused("invalid_request", "the signed request is refused: %s", why)
	}
	for name := range x.form {
		switch name {
		case "request", "client_id", "client_secret", "client_assertion", "client_assertion_type":
		default:
			return refuse("the parameter " + name + " stands beside it, and must stand in it")
		}
	}
	t, wrong := parseJWS(x.form.Get("request"))
	if wrong == "" && keyFor[t.alg] == "" {
		wrong = "its alg is '" + string(t.alg) + "', and an asymmetric one is wanted"
	}
	if wrong == "" {
		wrong = x.verifies(x.client, t)
	}
	if wrong == "" {
		wrong = x.requestClaims(t)
	}
	if wrong != "" {
		return refuse(wrong)
	}
	form := make(url.Values)
	for _, m := range t.claims.Members() {
		switch m.Name {
		case "iss", "aud", "exp", "iat", "nbf", "jti":
			continue
		}
		text, err := t.claims.String(m.Name)
		many := []string{text}
		switch kind := m.Value.Kind(); {
		case kind == '0', m.Name == "authorization_details": // which is judged with the rest
			many, err = []string{string(m.Value)}, nil
		case kind == '[':
			many, err = t.claims.Strings(m.Name)
		}
		if err != nil {
			return refuse("its " + m.Name + " is neither a string, a number nor a list of strings")
		}
		form[m.Name] = many
	}
	return form, nil
}

// requestClaims wants who sent the request, to whom, when and for how long (CIBA Core §7.1.1).
func (x *exchange) requestClaims(t jws) (wrong string) {
	for _, name := range []string{"iss", "aud", "exp", "iat", "nbf", "jti"} {
		if !t.claims.Has(name) {
			return "it has no " + name
		}
	}
	if iss, _ := t.claims.String("iss"); iss != x.client.ID {
		return "its iss is '" + iss + "', not the client_id '" + x.client.ID + "'"
	}
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	return x.assertionClaims(t, x.client)
}

// pollBackchannel answers a client that asks whether the person agreed (CIBA Core §10.1, §11).
func (x *exchange) pollBackchannel() (document, *refusal) {
	return x.pollFor("auth_req_id", "auth_req_id", x.p.config.Lifetimes.CIBA)
}

// cibaPage is where a person learns what they are asked: it takes the place of the message on their telephone. Whoever
// says a name goes on to sign in under it, and sees the request after that alone.
func (x *exchange) cibaPage() answer {
	browser, cookie := x.browser()
	if x.r.Method != http.MethodPost {
		return x.withCookie(x.whoPage(http.StatusOK, browser, x.r.URL.Query().Get("login_hint"), ""), cookie)
	}
	form, wrong := x.ownForm(atCIBAPage, browser, cookie)
	if wrong != nil {
		return *wrong
	}
	name := form.Get("login_hint")
	x.p.mu.Lock()
	d, ok := x.p.state.backchannels.find(x.now, func(d *device) bool {
		return d.user.Username == name && d.grant == nil && d.denied == "" && x.now.Before(d.expires)
	})
	x.p.mu.Unlock()
	if !ok {
		return x.whoPage(http.StatusUnprocessableEntity, browser, name, "Nothing waits for you.")
	}
	x.event.ClientID = d.client.ID
	return x.proceed(&interaction{began: x.now, request: &authorization{
		client: d.client, device: d, scopes: d.scopes, audiences: d.audiences, details: d.details, acr: d.acr, prompts: []string{"consent"},
		maxAge: -1, subject: d.user.Subject, loginHint: d.user.Username,
	}})
}

func (x *exchange) whoPage(status int, browser, name, message string) answer {
	return x.page(status, "ciba", "'self'", pageData{
		Title: "Confirm a request", Message: message, Username: name,
		Action: x.p.path(atCIBAPage), Token: x.formToken(atCIBAPage, browser),
	})
}
