package hint

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/text"
)

// advice returns what the context adds to a row of a topic, most specific first.
func (c Context) advice(topic string) []string {
	switch topic {
	case "client":
		return c.client()
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
	case c.AuthMethod == "none":
		line := "no secret was sent: a confidential client needs --client-secret-file FILE"
		if len(others) > 0 {
			line += "; advertised: " + list(others)
		}
		out = append(out, line)
	case len(c.AuthMethods) > 0 && len(others) == len(c.AuthMethods):
		out = append(out, fmt.Sprintf("%s was used, which is not among those advertised (%s): try --auth-method %s",
			text.Escape(c.AuthMethod), list(c.AuthMethods), text.Escape(cmp.Or(likeliest(c.AuthMethod, others), others[0]))))
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
	switch {
	case c.SecretFlaw != "" && (c.AuthMethod == basic || c.AuthMethod == post || c.AuthMethod == "client_secret_jwt"):
		out = append([]string{c.SecretFlaw}, out...)
	case c.AuthMethod == basic && c.SecretEncoding == Changed:
		if c.BasicEncoding == "raw" {
			out = append(out, "the secret has characters that form-encoding changes (such as + : % /), and was sent raw: try --basic-encoding form")
		} else {
			out = append(out, "the secret has characters that form-encoding changes (such as + : % /): for a server that does not decode them try --basic-encoding raw")
		}
	}
	if strings.HasSuffix(c.AuthMethod, "_jwt") {
		out = append(out, c.assertion()...)
	}
	return out
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

// proof is what the client proves itself by, as a person checks it.
func (c Context) proof() string {
	switch c.AuthMethod {
	case "private_key_jwt":
		return "the key (its kid and alg too)"
	case "tls_client_auth", "self_signed_tls_client_auth":
		return "the certificate (--cert)"
	}
	return "the secret (complete, without blanks around it)"
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
	out := []string{"sent: " + text.Escape(c.RedirectURI) + " (register this string)"}
	u, err := url.Parse(c.RedirectURI)
	if err != nil || !loopback(u.Hostname()) {
		return out
	}
	switch c.product() {
	case "entra-id":
		return append(out, `or register http://localhost under "Mobile and desktop applications", where the port is free, and use --redirect-uri http://localhost:0`)
	case "google":
		return append(out, `a client of type "Desktop app" takes any loopback port without registration`)
	case "keycloak":
		return append(out, fmt.Sprintf("registered without its port, as http://%s%s, it fits any port", host(u), u.EscapedPath()))
	case "github":
		return append(out, "the port of a loopback address is free: register "+fmt.Sprintf("http://%s%s", host(u), u.EscapedPath()))
	case "auth0", "okta", "cognito":
		return append(out, "the port must be the registered one: "+fixedPort(u))
	}
	return append(out, "where the provider wants a fixed port: "+fixedPort(u))
}

// fixedPort is the flag that keeps the port from one login to the next.
func fixedPort(u *url.URL) string {
	return fmt.Sprintf("--redirect-uri http://%s:8400%s", host(u), u.EscapedPath())
}

// host is the name part of a URL's host, in brackets where it is an IPv6 address.
func host(u *url.URL) string {
	if strings.Contains(u.Hostname(), ":") {
		return "[" + u.Hostname() + "]"
	}
	return text.Escape(u.Hostname())
}

func loopback(name string) bool {
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

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
		return []string{fmt.Sprintf("PKCE %s was sent; %s: try --pkce %s", text.Escape(c.PKCE), advertised, text.Escape(c.PKCEMethods[0]))}
	}
	return []string{fmt.Sprintf("PKCE %s was sent; %s", text.Escape(c.PKCE), advertised)}
}

// code is the checklist for a code or refresh token that was refused (RFC 6749 §5.2).
func (c Context) code() []string {
	if c.Grant == grantRefresh {
		return []string{"check that the refresh token is the newest one (many servers replace it at each use), and that it was issued to this client" + c.named()}
	}
	if c.Grant != grantCode {
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
	return append(out, "- that both requests name the same client"+c.named())
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
	var out []string
	if len(c.ScopesSupported) > 0 {
		if beyond := without(c.Scopes, c.ScopesSupported...); len(beyond) > 0 {
			out = append(out, "not in scopes_supported: "+list(beyond)+"; that list may be incomplete")
		}
	}
	for _, s := range c.Scopes {
		if strings.Contains(s, ",") {
			out = append(out, "scopes are separated by spaces and not by commas: "+text.Escape(s))
			break
		}
	}
	if len(out) == 0 && len(c.Scopes) > 0 {
		out = append(out, "asked for: "+list(c.Scopes))
	}
	return out
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
	var out []string
	for _, s := range all {
		if !slices.Contains(drop, s) {
			out = append(out, s)
		}
	}
	return out
}

// list joins values for a sentence. They came from a provider: escaped, and not without end.
func list(values []string) string {
	return text.Escape(strings.Join(values, ", "))
}
