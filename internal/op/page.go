package op

import (
	"crypto/sha256"
	_ "embed" // the style
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

//go:embed style.css
var styleCSS string

// submitScript sends the form_post page on; without JavaScript its button does.
const submitScript = "document.forms[0].submit()"

// pageData is what the pages show; html escapes it.
type pageData struct {
	Title, Message, Issuer        string
	Client, Destination, Username string
	Action, Interaction, Token    string
	Scopes, Fields                []named
	Audiences                     []string
}

// named is a line of a list: a scope and its meaning, a form field and its value.
type named struct{ Name, Meaning string }

// page renders a page. formTarget is where its form ends up, which the browser must be told (CSP form-action).
func (x *exchange) page(status int, name, formTarget string, data pageData) answer {
	data.Issuer = x.p.config.Issuer
	script := "'none'"
	if name == "form_post" {
		script = "'sha256-" + digest(submitScript) + "'"
	}
	a := answer{status: status, header: baseHeader("text/html; charset=utf-8"), body: []byte(data.html(name))}.noStore()
	a.header.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+digest(styleCSS)+"'; script-src "+script+
		"; img-src data:; base-uri 'none'; frame-ancestors 'none'; form-action "+formTarget)
	a.header.Set("X-Frame-Options", "DENY")
	return a
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// formTarget allows a form to end at a redirect URI: browsers apply form-action to the redirects after a form, too.
// A CSP source can name neither an IPv6 literal nor what follows a custom scheme; then it is the scheme.
func formTarget(redirectURI string) string {
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil:
		return "'none'"
	case u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Contains(u.Host, "["):
		return u.Scheme + ":"
	}
	return u.Scheme + "://" + u.Host
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

func (c *Client) name() string {
	if c.Name == "" {
		return c.ID
	}
	return c.Name
}

func (x *exchange) loginPage(status int, i *interaction, id, username, message string) answer {
	return x.page(status, "login", "'self' "+formTarget(i.request.redirectURI), pageData{
		Title: "Sign in", Message: message, Username: username,
		Client: i.request.client.name(), Destination: destination(i.request.redirectURI),
		Action: x.p.path(atLogin), Interaction: id, Token: x.formToken(id, i.cookie),
	})
}

func (x *exchange) consentPage(i *interaction, id string) answer {
	data := pageData{
		Title: "Allow " + i.request.client.name() + "?", Username: i.user.Username,
		Client: i.request.client.name(), Destination: destination(i.request.redirectURI), Audiences: i.request.audiences,
		Action: x.p.path(atConsent), Interaction: id, Token: x.formToken(id, i.cookie),
	}
	for _, name := range i.request.scopes {
		meaning := "Something that this provider has no words for"
		if at := slices.IndexFunc(scopes, func(s scope) bool { return s.name == name }); at >= 0 {
			meaning = scopes[at].meaning
		}
		data.Scopes = append(data.Scopes, named{name, meaning})
	}
	return x.page(http.StatusOK, "consent", "'self' "+formTarget(i.request.redirectURI), data)
}

// formPostPage carries an authorization response in a form (OAuth 2.0 Form Post Response Mode §2).
func (x *exchange) formPostPage(a *authorization, response document) answer {
	data := pageData{Title: "Almost there", Destination: destination(a.redirectURI), Action: a.redirectURI}
	for _, m := range response {
		if value, ok := m.value.(string); ok {
			data.Fields = append(data.Fields, named{m.name, value})
		}
	}
	return x.page(http.StatusOK, "form_post", formTarget(a.redirectURI), data)
}

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
