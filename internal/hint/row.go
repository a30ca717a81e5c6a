package hint

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// row is one error that is understood. Every condition that is given must hold.
type row struct {
	codes   string // values of error, separated by spaces; empty means any
	status  int    // HTTP status; 0 means any
	pattern string // RE2 over the description; empty means any
	where   string // endpoints that refuse so, as --endpoint names them, separated by spaces; empty means any
	method  string // part of the client authentication's name that was used, where that is known; empty means any
	topic   string // whose advice from the context belongs to it; empty means none
	cause   string // what the error means where the row fits: the reason of the fix, for whoever keeps the table
	spare   bool   // the fix is said only where the context has no advice
	fix     string // {client_id} stands for the one that was sent, {again} for the command that was run; see expand
}

// symptom is what is known of an error.
type symptom struct {
	provider string
	code     string
	status   int
	endpoint string // that refused; empty is not known
	method   string // client authentication used; empty is not known
	text     string
}

// match is a row that was found, and whose it is.
type match struct {
	row
	provider string
}

// exact says that the row knows more than the error code does.
func (m match) exact() bool { return m.pattern != "" || m.provider != generic }

// generic is the provider whose rows every provider shares.
const generic = "generic"

// holds says whether the row fits. Patterns are compiled here and not at start-up, which they would slow down.
func (r row) holds(s symptom) bool {
	if r.codes != "" && !slices.Contains(strings.Fields(r.codes), s.code) {
		return false
	}
	if r.status != 0 && r.status != s.status {
		return false
	}
	if r.where != "" && s.endpoint != "" && !slices.Contains(strings.Fields(r.where), s.endpoint) {
		return false
	}
	if r.method != "" && s.method != "" && !strings.Contains(s.method, r.method) {
		return false
	}
	return r.pattern == "" || regexp.MustCompile(r.pattern).MatchString(s.text)
}

// withoutName takes the client's ID out of a text: what a client is called says nothing of what is wrong with it.
func withoutName(words, id string) string {
	if id == "" {
		return words
	}
	var out strings.Builder
	for {
		before, after, found := strings.Cut(words, id)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if inWord(before, utf8.DecodeLastRuneInString) || inWord(after, utf8.DecodeRuneInString) {
			out.WriteString(id) // a part of a longer word
		}
		words = after
	}
}

// inWord says whether the rune at one end of a text belongs to a word.
func inWord(s string, end func(string) (rune, int)) bool {
	r, _ := end(s)
	return s != "" && (r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r))
}

// best returns the row that fits best: the provider's before the shared ones, in each those with a pattern first.
func best(s symptom) (match, bool) {
	if strings.Contains(s.text, "AADSTS") { // on every host of the cloud, and in the browser's page
		s.provider = "entra-id"
	}
	for _, t := range tables() { // the shared one is the last
		if t.provider != s.provider && t.provider != generic {
			continue
		}
		for _, withPattern := range []bool{true, false} {
			for _, r := range t.rows {
				if (r.pattern != "") == withPattern && r.holds(s) {
					return match{r, t.provider}, true
				}
			}
		}
	}
	return match{}, false
}

// table is one provider's rows.
type table struct {
	provider string
	rows     []row
}

// tables are those of each provider that has rows of its own, and the one that all share.
func tables() []table {
	return []table{
		{"activeplatform", slices.Concat(activeplatformRows, keycloakRows)},
		{"auth0", auth0Rows},
		{"cidaas", cidaasRows},
		{"cognito", cognitoRows},
		{"entra-id", entraRows()},
		{"github", githubRows},
		{"google", googleRows},
		{"keycloak", keycloakRows},
		{"limosa", limosaRows},
		{"okta", oktaRows},
		{"traffitech", traffitechRows},
		{generic, slices.Concat(genericRows, pairingRows)},
	}
}

// provider returns whose rows to look in, from the built-in provider's name or the issuer's host and path.
func (c Context) provider() string {
	for _, t := range tables() {
		if c.Provider == t.provider || strings.HasPrefix(c.Provider, t.provider+"-") {
			return t.provider
		}
	}
	if c.Provider == "entra" || c.Provider == "microsoft" {
		return "entra-id"
	}
	return providerOf(c.Issuer)
}

// product is the software behind a provider, where its advice is that of the software.
func (c Context) product() string {
	if p := c.provider(); p != "activeplatform" {
		return p
	}
	return "keycloak"
}

// providerOf tells the provider by an issuer or any of its URLs; empty where it is not one of those known here.
func providerOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	for _, known := range []struct{ suffix, provider string }{
		{"login.microsoftonline.com", "entra-id"},
		{"login.microsoftonline.us", "entra-id"},
		{"sts.windows.net", "entra-id"},
		{"login.partner.microsoftonline.cn", "entra-id"},
		{".ciamlogin.com", "entra-id"},
		{"accounts.google.com", "google"},
		{"oauth2.googleapis.com", "google"},
		{".auth0.com", "auth0"},
		{".okta.com", "okta"},
		{".oktapreview.com", "okta"},
		{".okta-emea.com", "okta"},
		{"github.com", "github"},
		{".amazoncognito.com", "cognito"},
		{"oidc.traffitech.com", "traffitech"},
		{".cidaas.de", "cidaas"},
		{".cidaas.eu", "cidaas"},
		{".limosa.io", "limosa"},
	} {
		if host == strings.TrimPrefix(known.suffix, ".") || strings.HasPrefix(known.suffix, ".") && strings.HasSuffix(host, known.suffix) {
			return known.provider
		}
	}
	switch {
	case strings.HasPrefix(host, "cognito-idp.") && strings.HasSuffix(host, ".amazonaws.com"):
		return "cognito"
	case strings.HasSuffix(host, ".manh.com") && strings.Contains(u.Path, "/realms/"):
		return "activeplatform"
	case strings.Contains(u.Path, "/realms/"):
		return "keycloak"
	}
	return ""
}
