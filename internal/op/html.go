package op

import (
	"html"
	"strings"

	"github.com/oauthctl/oauthctl/internal/text"
)

// markup collects a page. It is written out in Go: a template engine looks methods up by name at run time, and for
// its sake the linker keeps every method of the program, a quarter of the binary.
type markup struct{ strings.Builder }

// add appends a format whose values are text of others: each %s is escaped, for an element as for a quoted attribute.
// What a person reads is escaped as in a terminal, too; what an attribute holds goes on as it is.
func (m *markup) add(format string, values ...string) {
	for _, value := range values {
		before, after, _ := strings.Cut(format, "%s")
		if !strings.HasSuffix(before, `"`) {
			value = text.Escape(value)
		}
		m.WriteString(before)
		m.WriteString(html.EscapeString(value))
		format = after
	}
	m.WriteString(format)
}

// html renders the page of a name, one of those below.
func (d pageData) html(name string) string {
	var m markup
	m.add("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"+
		"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"+
		"<title>%s</title><link rel=\"icon\" href=\"data:,\"><style>", d.Title)
	m.WriteString(styleCSS) // our own constant, as in the policy's hash
	m.add("</style></head><body><main>\n<h1>%s</h1>\n", d.Title)
	switch name {
	case "login":
		d.login(&m)
	case "consent":
		d.consent(&m)
	case "device":
		d.device(&m)
	case "ciba":
		d.ciba(&m)
	case "logout":
		d.logout(&m)
	case "form_post":
		d.formPost(&m)
	case "web_message":
		d.webMessage(&m)
	case "home":
		d.home(&m)
	default:
		m.add("<p>%s</p>\n", d.Message)
	}
	m.add("<footer>A test provider, %s. Use no real password here.</footer></main>", d.Issuer)
	if script := scripts[name]; script != "" {
		m.WriteString("<script>" + script + "</script>")
	}
	m.add("</body></html>\n")
	return m.String()
}

// form opens a form that knows its interaction.
func (d pageData) form(m *markup) {
	m.add("<form method=\"post\" action=\"%s\">\n<input type=\"hidden\" name=\"interaction\" value=\"%s\">"+
		"<input type=\"hidden\" name=\"token\" value=\"%s\">\n", d.Action, d.Interaction, d.Token)
}

func (d pageData) login(m *markup) {
	m.add("<p class=\"soft\">to continue to <strong>%s</strong> at %s</p>\n", d.Client, d.Destination)
	if d.Message != "" {
		m.add("<p class=\"bad\" role=\"alert\">%s</p>\n", d.Message)
	}
	name, password := " autofocus", ""
	if d.Username != "" {
		name, password = password, name
	}
	d.form(m)
	m.add("<label>Username<input name=\"username\" value=\"%s\" autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" required"+name+"></label>\n"+
		"<label>Password<input name=\"password\" type=\"password\" autocomplete=\"current-password\" required"+password+"></label>\n"+
		"<div class=\"row\"><button class=\"go\" name=\"decision\" value=\"login\">Sign in</button>"+
		"<button name=\"decision\" value=\"cancel\" formnovalidate>Cancel</button></div>\n</form>\n", d.Username)
}

func (d pageData) consent(m *markup) {
	m.add("<p class=\"soft\">You are signed in as <strong>%s</strong>. If you allow it, %s will be able to:</p>\n<ul>", d.Username, d.Client)
	for _, scope := range d.Scopes {
		m.add("<li>%s<code>%s</code></li>", scope.Meaning, scope.Name)
	}
	for _, detail := range d.Details {
		m.add("<li>%s<code>%s</code></li>", detail.Meaning, detail.Name)
	}
	if len(d.Scopes)+len(d.Details) == 0 {
		m.add("<li>Nothing but prove that it acts for you</li>")
	}
	m.add("</ul>\n")
	if len(d.Audiences) > 0 {
		m.add("<p class=\"soft\">For: %s</p>\n", strings.Join(d.Audiences, ", "))
	}
	if d.Binding != "" {
		m.add("<p>Allow it only if you began this yourself, and see there: <strong>%s</strong></p>\n", d.Binding)
	}
	if d.UserCode != "" {
		m.add("<p>Allow it only if you hold the device that shows <strong>%s</strong>, and began this yourself.</p>\n", d.UserCode)
	} else {
		m.add("<p class=\"soft\">You will be sent to <strong>%s</strong>.</p>\n", d.Destination)
	}
	d.form(m)
	m.add("<div class=\"row\"><button class=\"go\" name=\"decision\" value=\"allow\">Allow</button>" +
		"<button name=\"decision\" value=\"deny\">Deny</button></div>\n</form>\n")
}

func (d pageData) device(m *markup) {
	m.add("<p class=\"soft\">Type the code that your device shows.</p>\n")
	if d.Message != "" {
		m.add("<p class=\"bad\" role=\"alert\">%s</p>\n", d.Message)
	}
	d.form(m)
	m.add("<label>Code<input name=\"user_code\" value=\"%s\" autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" "+
		"maxlength=\"40\" required autofocus></label>\n"+
		"<div class=\"row\"><button class=\"go\" name=\"decision\" value=\"continue\">Continue</button></div>\n</form>\n", d.UserCode)
}

func (d pageData) ciba(m *markup) {
	m.add("<p class=\"soft\">Somebody may have asked for you. Who are you?</p>\n")
	if d.Message != "" {
		m.add("<p class=\"bad\" role=\"alert\">%s</p>\n", d.Message)
	}
	d.form(m)
	m.add("<label>Username<input name=\"login_hint\" value=\"%s\" autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" "+
		"required autofocus></label>\n"+
		"<div class=\"row\"><button class=\"go\" name=\"decision\" value=\"continue\">Continue</button></div>\n</form>\n", d.Username)
}

func (d pageData) logout(m *markup) {
	if d.Username != "" {
		m.add("<p class=\"soft\">You are signed in as <strong>%s</strong>.</p>\n", d.Username)
	}
	if d.Client != "" {
		m.add("<p class=\"soft\">%s asks whether you want to sign out here, too.</p>\n", d.Client)
	}
	if d.Destination != "" {
		m.add("<p class=\"soft\">You will be sent to <strong>%s</strong>.</p>\n", d.Destination)
	}
	d.form(m)
	m.add("<div class=\"row\"><button class=\"go\" name=\"decision\" value=\"logout\">Sign out</button>" +
		"<button name=\"decision\" value=\"deny\">Stay signed in</button></div>\n</form>\n")
}

// webMessage carries the response and the one origin that may read it, for the script.
func (d pageData) webMessage(m *markup) {
	m.add("<p class=\"soft\" id=\"note\" data-origin=\"%s\" data-message=\"%s\">You are on your way back to <strong>%s</strong>. "+
		"Nothing happens? Then the window that opened this one is gone, or JavaScript is off.</p>\n", d.Origin, d.Payload, d.Destination)
}

func (d pageData) formPost(m *markup) {
	m.add("<form method=\"post\" action=\"%s\">\n", d.Action)
	for _, field := range d.Fields {
		m.add("<input type=\"hidden\" name=\"%s\" value=\"%s\">\n", field.Name, field.Meaning)
	}
	m.add("<p class=\"soft\">You are on your way back to <strong>%s</strong>.</p>\n"+
		"<div class=\"row\"><button class=\"go\">Continue</button></div>\n</form>\n", d.Destination)
}

func (d pageData) home(m *markup) {
	m.add("<p class=\"soft\">This OpenID provider runs on this machine alone. Its metadata is at <a href=\"%s\">%s</a>.</p>\n<ul>", d.Action, d.Action)
	for _, field := range d.Fields {
		m.add("<li>%s<code>%s</code></li>", field.Name, field.Meaning)
	}
	m.add("</ul>\n")
}
