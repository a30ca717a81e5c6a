package op

import (
	"cmp"
	"crypto/sha256"
	_ "embed" // the style
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

//go:embed style.css
var styleCSS string

// submitScript sends the form_post page on; without JavaScript its button does.
const submitScript = "document.forms[0].submit()"

// messageScript posts the response to the window that opened the page, or that frames it, and to one origin alone.
const messageScript = "const n=document.getElementById('note'),t=window.opener||(window.parent!==window?window.parent:null);" +
	"if(t)t.postMessage(JSON.parse(n.dataset.message),n.dataset.origin);" +
	"else n.textContent='This page was opened by no application. Go back to it and start again.'"

// scripts are those of the pages that have one.
var scripts = map[string]string{"form_post": submitScript, "web_message": messageScript}

// pageData is what the pages show; html escapes it.
type pageData struct {
	Title, Message, Issuer        string
	Client, Destination, Username string
	Action, Interaction, Token    string
	Scopes, Details, Fields       []named
	Audiences                     []string
	UserCode                      string // of a device
	Binding                       string // the message of a backchannel request
	Origin, Payload               string // of a web message
}

// named is a line of a list: a scope and its meaning, a form field and its value.
type named struct{ Name, Meaning string }

// page renders a page. formTarget is where its form ends up, which the browser must be told (CSP form-action).
func (x *exchange) page(status int, name, formTarget string, data pageData) answer {
	data.Issuer = x.p.config.Issuer
	script := "'none'"
	if scripts[name] != "" {
		script = "'sha256-" + digest(scripts[name]) + "'"
	}
	frames := "'none'"
	if name == "web_message" { // a frame of the client may hold it, where prompt=none shows no other page
		frames = cspOrigin(data.Origin)
	}
	a := answer{status: status, header: baseHeader("text/html; charset=utf-8"), body: []byte(data.html(name))}.noStore()
	a.header.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+digest(styleCSS)+"'; script-src "+script+
		"; img-src data:; base-uri 'none'; frame-ancestors "+frames+"; form-action "+formTarget)
	if name != "web_message" {
		a.header.Set("X-Frame-Options", "DENY")
	}
	return a
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// cspOrigin allows a form to end at a redirect URI: browsers apply form-action to the redirects after a form, too.
// A CSP source can name neither an IPv6 literal nor what follows a custom scheme; then it is the scheme.
func cspOrigin(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil:
		return "'none'"
	case u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Contains(u.Host, "["):
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
}

// formTarget is where the forms of an authorization may end: here, and at the client.
func (a *authorization) formTarget() string {
	if a.device != nil {
		return "'self'"
	}
	return "'self' " + cspOrigin(a.redirectURI)
}

// destination is where the person is sent in the end.
func (a *authorization) destination() string {
	if a.device != nil && a.device.user != nil {
		return "the place where it was asked for"
	}
	if a.device != nil {
		return "the device that shows " + a.device.userCode
	}
	return destination(a.redirectURI)
}

// destination is what a person is told of a redirect URI.
func destination(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil:
		return redirectURI
	case u.Scheme == "http" || u.Scheme == "https":
		return u.Host
	}
	return "the application for " + u.Scheme + ": links"
}

// name is what people are told of a client.
func (c *Client) name() string { return cmp.Or(c.Name, c.ID) }

func (x *exchange) loginPage(status int, i *interaction, id, username, message string) answer {
	return x.page(status, "login", i.request.formTarget(), pageData{
		Title: "Sign in", Message: message, Username: username,
		Client: i.request.client.name(), Destination: i.request.destination(),
		Action: x.p.path(atLogin), Interaction: id, Token: x.formToken(id, i.cookie),
	})
}

func (x *exchange) consentPage(i *interaction, id string) answer {
	data := pageData{
		Title: "Allow " + i.request.client.name() + "?", Username: i.user.Username,
		Client: i.request.client.name(), Destination: i.request.destination(), Audiences: i.request.audiences,
		Action: x.p.path(atConsent), Interaction: id, Token: x.formToken(id, i.cookie),
	}
	if i.request.device != nil {
		data.UserCode, data.Binding = i.request.device.userCode, i.request.device.message
	}
	for _, name := range i.request.scopes {
		meaning := "Something that this provider has no words for"
		if at := slices.IndexFunc(scopes, func(s scope) bool { return s.name == name }); at >= 0 {
			meaning = scopes[at].meaning
		}
		data.Scopes = append(data.Scopes, named{name, meaning})
	}
	data.Details = i.request.details.told()
	return x.page(http.StatusOK, "consent", i.request.formTarget(), data)
}

// formPostPage carries an authorization response in a form (OAuth 2.0 Form Post Response Mode §2).
func (x *exchange) formPostPage(a *authorization, response document) answer {
	data := pageData{Title: "Almost there", Destination: a.destination(), Action: a.redirectURI}
	for _, m := range response {
		if value, ok := m.value.(string); ok {
			data.Fields = append(data.Fields, named{m.name, value})
		}
	}
	return x.page(http.StatusOK, "form_post", cspOrigin(a.redirectURI), data)
}

// webMessagePage carries an authorization response in a message between windows (draft-sakimura-oauth-wmrm §3.1, the
// simple mode); the browser hands it to the origin of the redirect URI alone (RFC 9700 §4.17).
func (x *exchange) webMessagePage(a *authorization, response document) answer {
	message := document{{"type", "authorization_response"}, {"response", response}}
	foreign := (func(*exchange, url.Values) answer)(nil)
	for _, f := range x.p.faults {
		if f.message != nil {
			f.message(x, &message)
		}
		if f.foreign != nil {
			foreign = f.foreign
		}
	}
	if message == nil {
		return x.donePage("Almost there", "Nothing will happen here.")
	}
	payload, err := json.Marshal(message)
	if err != nil {
		return x.plain(http.StatusInternalServerError, "this message could not be made: "+err.Error()+"\n")
	}
	data := url.Values{"origin": {origin(a.redirectURI)}, "message": {string(payload)}}
	if foreign != nil {
		return foreign(x, data)
	}
	return x.messagePage(data)
}

// messagePage is the page that posts a message to an origin.
func (x *exchange) messagePage(data url.Values) answer {
	return x.page(http.StatusOK, "web_message", "'none'", pageData{
		Title: "Almost there", Destination: destination(data.Get("origin")), Origin: data.Get("origin"), Payload: data.Get("message"),
	})
}

// strayMessage is the same page under another origin, where only a fault leads.
func (x *exchange) strayMessage() answer { return x.messagePage(x.r.URL.Query()) }

// errorPage tells the person at the browser, where no client can be told (RFC 6749 §4.1.2.1).
func (x *exchange) errorPage(status int, title, message string) answer {
	if x.event.Error == "" {
		x.event.Error, x.event.Description = "invalid_request", printable(message)
	}
	return x.page(status, "message", "'none'", pageData{Title: title, Message: message})
}

// home says what runs here.
func (x *exchange) home() answer {
	data := pageData{Title: "An OpenID provider for tests", Action: x.p.below("/.well-known/openid-configuration")}
	for _, c := range x.p.config.Clients {
		data.Fields = append(data.Fields, named{"Client " + c.ID, c.name()})
	}
	for _, u := range x.p.config.Users {
		data.Fields = append(data.Fields, named{"User " + u.Username, u.Name})
	}
	return x.page(http.StatusOK, "home", "'none'", data)
}
