package hint

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// advice returns what the context adds to a row of a topic, most specific first.
func (c Context) advice(topic string) []string {
	switch topic {
	case "client":
		return append(c.client(), c.encoding()...)
	case "secret":
		return c.encoding()
	case "asked":
		return c.asked()
	case "assertion":
		return c.assertion()
	case "redirect":
		return c.redirect()
	case "pkce":
		return c.pkce()
	case "code":
		return c.code()
	case "grant":
		return c.grant()
	case "scope":
		return c.scope()
	case "target":
		return c.target()
	case "response_mode":
		return notListed("response mode", c.ResponseMode, c.ResponseModes, "--response-mode ")
	case "response_type":
		return notListed("response type", c.ResponseType, c.ResponseTypes, "a flow with ")
	}
	return nil
}

// client is about client authentication (RFC 6749 §2.3.1).
func (c Context) client() []string {
	var out []string
	others := without(c.AuthMethods, c.AuthMethod)
	switch {
	case c.AuthMethod == "":
	case c.AuthMethod == "none" && c.Grant != grantClient:
		out = append(out, c.nothingSent())
	case c.strange() != "":
	case len(others) > 0:
		line := text.Escape(c.AuthMethod) + " was used; also advertised: " + list(others)
		if other := likeliest(c.AuthMethod, others); other != "" {
			line += "; try --auth-method " + other
			if slices.Contains(others, "none") {
				line += ", or for a public client --auth-method none"
			}
		}
		out = append(out, line)
	case c.AuthMethod == basic:
		out = append(out, "client_secret_basic was used: the client may be registered for the other: try --auth-method client_secret_post")
	case c.AuthMethod == post:
		out = append(out, "client_secret_post was used: the client may be registered for the other: try --auth-method client_secret_basic")
	}
	if strings.HasSuffix(c.AuthMethod, "_jwt") {
		out = append(out, c.assertion()...)
	}
	return out
}

// nothingSent is about a client that did not authenticate.
func (c Context) nothingSent() string {
	line := "no secret was sent: a client that has one needs --client-secret-file FILE"
	if slices.Contains(c.AuthMethods, keyJWT) {
		line += ", one with a key --client-key FILE"
	}
	if slices.ContainsFunc(c.AuthMethods, isTLS) {
		line += ", one with a certificate --cert FILE --key FILE"
	}
	return line
}

// strange is about a method that the provider does not list, or that the grant has no use for (RFC 6749 §4.4).
func (c Context) strange() string {
	if c.AuthMethod == "none" && c.Grant == grantClient {
		return c.nothingSent()
	}
	if c.AuthMethod == "" || c.AuthMethod == "none" || len(c.AuthMethods) == 0 || slices.Contains(c.AuthMethods, c.AuthMethod) {
		return ""
	}
	return fmt.Sprintf("%s was used, which is not among those advertised (%s): try --auth-method %s",
		text.Escape(c.AuthMethod), list(c.AuthMethods), text.Argument(text.Escape(cmp.Or(likeliest(c.AuthMethod, c.AuthMethods), c.AuthMethods[0]))))
}

// flaw is what hardly belongs into the secret that was sent.
func (c Context) flaw() string {
	if c.AuthMethod == basic || c.AuthMethod == post || c.AuthMethod == "client_secret_jwt" {
		return c.SecretFlaw
	}
	return ""
}

// encoding is about a secret that reads differently form-encoded and raw (RFC 6749 §2.3.1).
func (c Context) encoding() []string {
	switch {
	case c.AuthMethod != basic || c.SecretEncoding != Changed || c.SecretFlaw != "":
		return nil
	case c.BasicEncoding == "raw":
		return []string{"the secret has characters that form-encoding changes (such as + : % /), and was sent raw: try --basic-encoding form"}
	}
	return []string{"the secret has characters that form-encoding changes (such as + : % /): for a server that does not decode them try --basic-encoding raw"}
}

// keyJWT is the method of a client that has a key.
const keyJWT = "private_key_jwt"

func isTLS(method string) bool { return strings.HasSuffix(method, "tls_client_auth") }

// wanted is the way to authenticate that a provider's words name, where it is another than the one used, and the only one
// (RFC 7591 §2, RFC 8705 §2).
func (c Context) wanted(words string) string {
	methods := regexp.MustCompile(`\b(client_secret_(basic|post|jwt)|private_key_jwt|(self_signed_)?tls_client_auth)\b`)
	named := without(methods.FindAllString(words, -1), c.AuthMethod)
	slices.Sort(named)
	if named = slices.Compact(named); len(named) != 1 || c.AuthMethod == "" {
		return ""
	}
	flags := "--client-secret-file FILE"
	switch {
	case named[0] == keyJWT:
		flags = "--client-key FILE"
	case isTLS(named[0]):
		flags = "--cert FILE --key FILE"
	}
	return fmt.Sprintf("the provider wants %s of this client, and %s was used: --auth-method %[1]s %[3]s", named[0], text.Escape(c.AuthMethod), flags)
}

// likeliest picks the method to try next: another way to prove the same thing; none where there is no other.
func likeliest(used string, others []string) string {
	for _, alike := range [][]string{{post, basic, "client_secret_jwt"}, {"tls_client_auth", "self_signed_tls_client_auth"}} {
		for _, other := range alike {
			if slices.Contains(alike, used) && slices.Contains(others, other) {
				return other
			}
		}
	}
	return ""
}

// proof is what the client proves itself by, as a person checks it after the client's ID.
func (c Context) proof() string {
	switch {
	case c.AuthMethod == "none":
		return ""
	case c.AuthMethod == keyJWT:
		return ", the key (its kid and alg too)"
	case isTLS(c.AuthMethod):
		return ", the certificate (--cert)"
	}
	return ", the secret (complete, without blanks around it)"
}

// assertion is about private_key_jwt and client_secret_jwt (RFC 7523 §3).
func (c Context) assertion() []string {
	named := c.AssertionAudience
	byIssuer := named == "" || named == "issuer" || named == c.Issuer
	switch {
	case byIssuer && c.Issuer == "": // nothing is known, or the issuer is not: then it was the token endpoint
		return nil
	case byIssuer:
		return []string{"the assertion's aud was the issuer, " + text.Escape(c.Issuer) + ": try --assertion-audience token"}
	case named == "token":
		named = "the token endpoint"
	case named == "endpoint":
		named = "the endpoint that was called"
	}
	if c.Issuer == "" {
		return []string{"the assertion's aud was " + text.Escape(named)}
	}
	return []string{"the assertion's aud was " + text.Escape(named) + ": try --assertion-audience issuer"}
}

// redirect shows what must be registered, and what the provider's rules allow (RFC 8252 §7.3).
func (c Context) redirect() []string {
	if c.RedirectURI == "" {
		return nil
	}
	u, err := url.Parse(c.RedirectURI)
	if err != nil || !wire.IsLoopback(u.Hostname()) {
		return []string{"sent: " + text.Escape(c.RedirectURI) + " (register this string)"}
	}
	portless := fmt.Sprintf("http://%s%s", host(u), u.EscapedPath())
	out := []string{"sent: " + text.Escape(c.RedirectURI)}
	if c.AnyPort {
		out[0] += ", with another port at each login"
	} else {
		out[0] += " (register this string)"
	}
	const alike = "127.0.0.1 and localhost are different there, and so are addresses with and without a slash at the end"
	switch product := c.product(); {
	case product == "entra-id":
		return append(out, `or register http://localhost under "Mobile and desktop applications", where the port is free, and use --redirect-uri http://localhost:0`)
	case product == "google":
		return append(out, `a client of type "Desktop app" takes any loopback port without registration`)
	case product == "keycloak":
		out = append(out, "registered without its port, as "+portless+", it fits any port")
	case product == "github":
		out = append(out, "the port of a loopback address is free: register "+portless)
	case c.AnyPort && slices.Contains([]string{"auth0", "okta", "cognito"}, product):
		out = append(out, "the port must be the registered one: "+fixedPort(u))
	case c.AnyPort:
		out = append(out, "register "+portless+" where the provider lets its port be any; else register one port, and use it: "+fixedPort(u))
	}
	return append(out, alike)
}

// fixedPort is the flag that keeps the port from one login to the next.
func fixedPort(u *url.URL) string {
	return fmt.Sprintf("--redirect-uri http://%s:8400%s", host(u), u.EscapedPath())
}

// host is a URL's host without its port.
func host(u *url.URL) string { return text.Escape(strings.TrimSuffix(u.Host, ":"+u.Port())) }

// pkce compares what was sent with what is advertised (RFC 7636 §4.2, RFC 8414 §2).
func (c Context) pkce() []string {
	advertised := "the provider advertises none"
	if len(c.PKCEMethods) > 0 {
		advertised = "the provider advertises " + list(c.PKCEMethods)
	}
	switch {
	case c.PKCE == "" && c.RedirectURI == "": // nothing is known of the request
		return nil
	case c.PKCE == "" || c.PKCE == "none":
		return []string{"no code_challenge was sent; " + advertised + ": try --pkce S256"}
	case len(c.PKCEMethods) > 0 && !slices.Contains(c.PKCEMethods, c.PKCE):
		return []string{fmt.Sprintf("PKCE %s was sent; %s: try --pkce %s", text.Escape(c.PKCE), advertised, text.Argument(text.Escape(c.PKCEMethods[0])))}
	}
	return []string{fmt.Sprintf("PKCE %s was sent; %s", text.Escape(c.PKCE), advertised)}
}

// code is the checklist for a code, a refresh token or another proof of a grant that was refused (RFC 6749 §5.2).
func (c Context) code() []string {
	switch c.Grant {
	case grantRefresh:
		return []string{"check that the refresh token is the newest one (many servers replace it at each use), and that it was issued to this client" + c.named()}
	case grantPassword:
		return []string{"check --username and the password (complete, without blanks around it); a user who must do more than that signs in by oauthctl login"}
	case grantExchange:
		return []string{"check the subject token: of this provider, for this client, not expired, not revoked: oauthctl jwt decode FILE"}
	case grantJWT:
		return []string{"check aud, iss and exp of the assertion with oauthctl jwt decode FILE, and that its key is registered for its issuer"}
	case grantClient:
		line := "the provider does not give this client what was asked for: compare with how the client is registered"
		if c.unbound() != "" {
			line += "; if its tokens are bound to a key: --dpop"
		}
		return []string{line}
	case grantCode:
	default:
		return nil
	}
	out := []string{"check, in this order:"}
	if c.RedirectURI != "" {
		out = append(out, "- the redirect URI, the same in both requests and as registered: "+text.Escape(c.RedirectURI))
	}
	if c.CodeAge > 0 {
		out = append(out, fmt.Sprintf("- the code's age, %s when it was sent: many servers give it a minute", c.CodeAge.Round(100*time.Millisecond)))
	}
	out = append(out, "- that the code was not used before: a page that is loaded again sends it again")
	if c.PKCE != "" && c.PKCE != "none" {
		out = append(out, "- the verifier, which belongs to this login only; PKCE "+text.Escape(c.PKCE)+" was sent")
	} else {
		out = append(out, "- whether the client must use PKCE: none was sent")
	}
	out = append(out, "- that both requests name the same client"+c.named())
	if line := c.unbound(); line != "" {
		out = append(out, "- "+line)
	}
	return out
}

// unbound is about a client whose tokens must be bound to a key, where they were not (RFC 9449 §5.2).
func (c Context) unbound() string {
	if c.DPoP || len(c.DPoPAlgorithms) == 0 {
		return ""
	}
	return "whether the client must bind its tokens to a key: --dpop was not given"
}

// named adds the client's id to a sentence.
func (c Context) named() string {
	if c.ClientID == "" {
		return ""
	}
	return ", " + text.Escape(c.ClientID)
}

// scope shows what was asked for beyond scopes_supported (RFC 8414 §2).
func (c Context) scope() []string {
	if line := c.commas(); line != "" {
		return []string{line}
	}
	beyond := without(c.Scopes, c.ScopesSupported...)
	if len(c.ScopesSupported) > 0 && len(beyond) > 0 {
		line := "not in scopes_supported: " + list(beyond) + "; that list may be incomplete"
		if near := text.Suggest(beyond[0], c.ScopesSupported); near != "" {
			line += "; did you mean " + text.Escape(near) + "?"
		}
		return []string{line}
	}
	if len(c.Scopes) > 0 {
		return []string{"asked for: " + text.Escape(strings.Join(c.Scopes, " "))}
	}
	return nil
}

// commas finds scopes that were written as a list of another kind (RFC 6749 §3.3).
func (c Context) commas() string {
	for _, s := range c.Scopes {
		if strings.ContainsAny(s, `,"[]`) {
			words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(`,"[]`, r) })
			return "scopes are separated by spaces, without commas, quotation marks and brackets: -s " + text.Argument(text.Escape(strings.Join(words, " ")))
		}
	}
	return ""
}

// asked is about a request that asks for nothing that could be granted, which some providers take for a refusal.
func (c Context) asked() []string {
	if line := c.commas(); line != "" {
		return []string{line}
	}
	if len(c.Scopes) == 0 && c.prompts() {
		return []string{"no scope was asked for, and some providers then have nothing to grant: -s openid"}
	}
	return nil
}

// target shows which audience was asked for (RFC 8707 §2).
func (c Context) target() []string {
	if asked := slices.Concat(c.Audiences, c.Resources); len(asked) > 0 {
		return []string{"asked for: " + list(asked)}
	}
	return []string{"no --audience or --resource was sent"}
}

// notListed tells of a value that the metadata does not have.
func notListed(what, used string, advertised []string, flag string) []string {
	if used == "" || len(advertised) == 0 || slices.Contains(advertised, used) {
		return nil
	}
	return []string{fmt.Sprintf("the %s %s is not among those advertised (%s): try %s%s",
		what, text.Escape(used), list(advertised), flag, text.Argument(text.Escape(advertised[0])))}
}

// without returns the elements of all that are not in drop, in order.
func without(all []string, drop ...string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(drop, s) })
}

// list joins values for a sentence. They came from a provider: escaped, and not without end.
func list(values []string) string {
	return text.Escape(strings.Join(values, ", "))
}
