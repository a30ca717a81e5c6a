package metadata

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/wire"
)

const (
	openIDWellKnown = "/.well-known/openid-configuration"
	oauthWellKnown  = "/.well-known/oauth-authorization-server"
)

// Locations returns where an issuer's metadata can be, in the order in which they are tried: OpenID Connect's own form,
// which appends, then RFC 8414's, which inserts before the path, for both names. The path stays escaped as it is.
// The error is a *problem.Error (OpenID Connect Discovery 1.0 §4.1, RFC 8414 §3.1 and §5).
func Locations(issuer string, plain wire.PlainHTTP) ([]string, error) {
	u, err := CheckIssuer(issuer, plain)
	if err != nil {
		return nil, err
	}
	origin := text.Spelled(&url.URL{Scheme: u.Scheme, Host: u.Host})
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	all := []string{
		origin + path + openIDWellKnown,
		origin + oauthWellKnown + path,
		origin + openIDWellKnown + path,
	}
	if path == "" {
		return all[:2], nil
	}
	return all, nil
}

// CheckIssuer parses an issuer identifier that a user gave: https (http where the policy allows it) with a host, without
// query, fragment and user. The error is a *problem.Error: "usage.issuer", or "wire.http" (RFC 8414 §2).
func CheckIssuer(issuer string, plain wire.PlainHTTP) (*url.URL, error) {
	u, err := url.Parse(issuer)
	shown := text.Escape(issuer)
	switch {
	case issuer == "":
		return nil, badIssuer("the issuer is empty")
	case looksLikeToken(issuer):
		return nil, badIssuer(fmt.Sprintf("what was given as the issuer looks like a token, of %d characters, and is not shown", len(issuer)))
	case strings.TrimSpace(issuer) != issuer:
		return nil, badIssuer(fmt.Sprintf("the issuer %q has white space around it", issuer)).
			WithHint("use --issuer %s", text.Escape(strings.TrimSpace(issuer)))
	case strings.ContainsAny(issuer[:1], `"'`):
		return nil, badIssuer("the issuer "+shown+" has quotation marks around it").WithHint("use --issuer %s", text.Escape(strings.Trim(issuer, `"'`)))
	case err != nil && withScheme(issuer) == "":
		return nil, badIssuer("the issuer " + shown + " is not a URL")
	case err != nil || u.Scheme == "" || u.Opaque != "":
		p := badIssuer("the issuer " + shown + " has no scheme")
		if whole := withScheme(issuer); whole != "" {
			p.Hint = "use --issuer " + whole
		}
		return nil, p
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, badIssuer("the issuer " + shown + " is not an https URL")
	case u.Hostname() == "":
		return nil, badIssuer("the issuer " + shown + " names no host")
	case u.User != nil:
		return nil, badIssuer("the issuer has a user name before its host, which is "+text.Escape(u.Host)).
			WithHint("use --issuer %s", text.Escape(without(u)))
	case u.RawQuery != "" || u.ForceQuery:
		return nil, badIssuer("an issuer has no query: "+shown).
			WithHint("name the document itself: --metadata-url %s://%s%s%s?%s", u.Scheme, text.Escape(u.Host),
				strings.TrimSuffix(text.Escape(u.EscapedPath()), "/"), openIDWellKnown, text.Escape(u.RawQuery))
	case strings.Contains(issuer, "#"):
		return nil, badIssuer("an issuer has no fragment: "+shown).WithHint("use --issuer %s", text.Escape(without(u)))
	case strings.Contains(u.Path, "/.well-known/"):
		before, _, _ := strings.Cut(u.EscapedPath(), "/.well-known/")
		base := text.Spelled(&url.URL{Scheme: u.Scheme, Host: u.Host}) + before
		return nil, badIssuer("the issuer "+shown+" is the address of a metadata document").
			WithHint("use --issuer %s, or --metadata-url %s", text.Escape(base), shown)
	}
	if _, err := wire.CheckURL(issuer, plain); err != nil {
		return nil, err
	}
	return u, nil
}

// looksLikeToken says whether what was given in the place of an address may be a JWT: none is to be seen in an error.
func looksLikeToken(issuer string) bool {
	const shortest = 100
	return len(issuer) > shortest && strings.Count(issuer, ".") >= 2 && !strings.ContainsAny(issuer, "/: ")
}

// withScheme is an issuer that lacks its scheme, as it may be meant; empty where it would be no address either.
func withScheme(issuer string) string {
	bare := strings.TrimLeft(issuer, "/")
	u, err := url.Parse("https://" + bare)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.HasPrefix(bare, "-") {
		return ""
	}
	if wire.IsLoopback(u.Hostname()) {
		return "http://" + text.Escape(bare)
	}
	return "https://" + text.Escape(bare)
}

func badIssuer(message string) *problem.Error {
	p := problem.Usagef("usage.issuer", "%s", message)
	p.Spec = "RFC 8414 §2"
	p.Hint = "an issuer is an https URL without query and fragment, such as https://id.example.com"
	return p
}

func without(u *url.URL) string {
	c := *u
	c.User, c.RawQuery, c.Fragment, c.RawFragment, c.ForceQuery = nil, "", "", "", false
	return text.Spelled(&c)
}
