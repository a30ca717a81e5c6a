package grant

import (
	"cmp"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/loopback"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// Authorization is what every grant that begins in a browser shares: the parameters of the authorization request, the
// way to the person, and the wait for the answer (RFC 6749 §3.1, RFC 8252, OpenID Connect Core §3.1.2.1).
type Authorization struct {
	redirectURI  string
	responseMode string
	par          string
	prompt       string
	maxAge       int
	acrValues    string
	loginHint    string
	uiLocales    string
	claims       string
	noBrowser    bool
	paste        bool
	object       requestObject
}

const noMaxAge = math.MinInt

// Flags adds the parameters of the authorization request.
func (a *Authorization) Flags(f *pflag.FlagSet) {
	f.StringVar(&a.redirectURI, "redirect-uri", "http://127.0.0.1:0/callback", "the redirect `URI`; port 0 is any free port")
	f.StringVar(&a.responseMode, "response-mode", "", "how the answer comes back: `MODE` query, fragment, form_post or web_message; jwt, query.jwt, fragment.jwt or form_post.jwt for one that is signed (JARM) (default: the response type's own)")
	f.StringVar(&a.par, "par", "auto", "push the request to the provider first (RFC 9126): `WHEN` auto, always or never; auto is where the provider requires it")
	f.StringVar(&a.prompt, "prompt", "", "what the provider must ask: `PROMPT` none, login, consent, select_account")
	f.IntVar(&a.maxAge, "max-age", noMaxAge, "the `SECONDS` since the person last signed in, at most")
	f.Lookup("max-age").DefValue = "0" // help shows no default
	f.StringVar(&a.acrValues, "acr-values", "", "the authentication context `CLASSES` asked for, best first, with spaces between them")
	f.StringVar(&a.loginHint, "login-hint", "", "who is going to sign in: a `NAME` that the provider knows")
	f.StringVar(&a.uiLocales, "ui-locales", "", "the `LANGUAGES` of the provider's pages, best first, with spaces between them")
	f.StringVar(&a.claims, "claims", "", "the claims request parameter: `JSON`, or @FILE (in a profile a YAML mapping does too)")
	f.BoolVar(&a.noBrowser, "no-browser", false, "print the URL only; open no browser")
	a.object.flags(f)
	f.BoolVar(&a.paste, "paste", false, "read the final URL as one line of stdin; implied where the redirect URI is not on loopback")
}

// Validate judges the options by themselves and together.
func (a *Authorization) Validate(clientID string) error {
	if err := needsClient(clientID); err != nil {
		return err
	}
	modes := append([]string{loopback.ModeQuery, loopback.ModeFragment, loopback.ModeFormPost, loopback.ModeWebMessage}, oauth.ResponseModes()...)
	if err := oneOf("response-mode", cmp.Or(a.responseMode, loopback.ModeQuery), modes); err != nil {
		return err
	}
	if err := oneOf("par", a.par, []string{"auto", "always", "never"}); err != nil {
		return err
	}
	if err := a.object.validate(); err != nil {
		return err
	}
	if a.maxAge < 0 && a.maxAge != noMaxAge {
		return problem.Usagef("usage.max_age", "--max-age is %d, and cannot be negative", a.maxAge).
			WithHint("--max-age 0 has the person sign in anew; leave it out to ask for nothing")
	}
	if prompts := strings.Fields(a.prompt); len(prompts) > 1 && slices.Contains(prompts, "none") {
		return problem.Usagef("usage.prompt", "--prompt none goes with no other value (OpenID Connect Core §3.1.2.1)")
	}
	u, err := RedirectURI(a.redirectURI)
	if err != nil {
		return err
	}
	if !isPort(u.Port()) {
		return problem.Usagef("usage.redirect_uri", "--redirect-uri has the port %s, and the greatest is 65535", u.Port()).
			WithHint("--redirect-uri http://127.0.0.1:0/callback; port 0 is any free port")
	}
	if u.Port() == "0" && !loopback.IsLoopback(a.redirectURI) {
		return problem.Usagef("usage.redirect_uri", "--redirect-uri %q has port 0, for any free port, where nothing can be listened on", a.redirectURI).
			WithHint("--redirect-uri http://127.0.0.1:0/callback, or the port that is registered")
	}
	a.paste = a.paste || !loopback.IsLoopback(a.redirectURI)
	if a.paste && a.responseMode == loopback.ModeWebMessage {
		return problem.Usagef("usage.response_mode", "web_message answers to a page of this program, and cannot be pasted").
			WithHint("--redirect-uri http://127.0.0.1:0/callback")
	}
	return nil
}

// RedirectURI reads what --redirect-uri was given: an absolute URI without a fragment (RFC 6749 §3.1.2).
func RedirectURI(given string) (*url.URL, error) {
	u, err := url.Parse(given)
	trimmed := strings.Trim(given, "\"' \t\r\n")
	switch {
	case trimmed != given:
		return nil, problem.Usagef("usage.redirect_uri", "--redirect-uri %q has white space or quotation marks around it", given).
			WithHint("--redirect-uri %s", text.Escape(trimmed))
	case err != nil || u.Scheme == "" || u.Opaque != "" && u.Opaque[0] >= '0' && u.Opaque[0] <= '9': // localhost:8400 has the scheme localhost
		return nil, problem.Usagef("usage.redirect_uri", "--redirect-uri %q has no scheme such as http:// (RFC 6749 §3.1.2)", given).
			WithHint("--redirect-uri %s", withScheme(given))
	case strings.Contains(given, "#"):
		bare, _, _ := strings.Cut(given, "#")
		return nil, problem.Usagef("usage.redirect_uri", "--redirect-uri %q has a fragment, which browsers send to no server (RFC 6749 §3.1.2)", given).
			WithHint("leave out what follows the #: --redirect-uri %s", bare)
	}
	return u, nil
}

// withScheme is a redirect URI that lacks its scheme, as it may be meant.
func withScheme(uri string) string {
	whole := "http://" + uri
	if strings.HasPrefix(uri, ":") {
		whole = "http://127.0.0.1" + uri
	}
	if u, err := url.Parse(whole); err != nil || u.Hostname() == "" {
		return "http://127.0.0.1:0/callback; port 0 is any free port"
	} else if !loopback.IsLoopback(whole) {
		return "https://" + text.Escape(uri)
	}
	return text.Escape(whole)
}

// oneOf refuses a flag's value that is none of a few, with the nearest that is.
func oneOf(flag, value string, among []string) error {
	if slices.Contains(among, value) {
		return nil
	}
	err := problem.Usagef("usage."+strings.ReplaceAll(flag, "-", "_"), "--%s is %q, and can be %s", flag, text.Escape(value), strings.Join(among, ", "))
	if near := text.Suggest(value, among); near != "" {
		return err.WithHint("did you mean --%s %s?", flag, near)
	}
	return err
}

// Pushes says whether the request is pushed, with the client's authentication (RFC 9126 §2).
func (a *Authorization) Pushes(env *Env) bool {
	return a.par == "always" || a.par == "auto" && env.Provider.PARRequired()
}

// Signs says whether the client's key signs the request.
func (a *Authorization) Signs() bool { return a.object.on() }

// isPort says whether a URL's port is one; without any the scheme's is meant.
func isPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil
}
