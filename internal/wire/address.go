package wire

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// IsLoopback says whether a host name (without port) is this machine: 127.0.0.0/8, ::1 or localhost (RFC 8252 §7.3).
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.Unmap().IsLoopback()
}

// CheckURL parses an address that a request may go to: absolute, https (or http where the policy allows it), with a
// host, without userinfo. The error is a *problem.Error: "wire.http" for plain http, else "wire.url".
func CheckURL(raw string, plain PlainHTTP) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil {
		return nil, badURL(raw, "is not a URL")
	}
	switch u.Scheme {
	case "https":
	case "http":
		if plain != AllowHTTP && !IsLoopback(u.Hostname()) {
			return nil, plainHTTP(u)
		}
	case "":
		return nil, badURL(raw, "is not absolute: it must start with https://")
	default:
		return nil, badURL(raw, "has the scheme "+text.Escape(u.Scheme)+", and only https is spoken here")
	}
	switch {
	case u.Opaque != "" || u.Hostname() == "":
		return nil, badURL(raw, "names no host")
	case u.User != nil:
		return nil, badURL(hideUser(u), "has a user name before its host, which is "+text.Escape(u.Host))
	}
	return u, nil
}

func badURL(shown, why string) *problem.Error {
	return &problem.Error{
		Kind: problem.Verification, Code: "wire.url", Message: "the address " + text.Escape(shown) + " " + why,
		Want: "an https URL with a host and without user name", Got: text.Escape(shown),
	}
}

func plainHTTP(u *url.URL) *problem.Error {
	secure := *u
	secure.Scheme, secure.User = "https", nil
	return &problem.Error{
		Kind: problem.Verification, Code: "wire.http", Spec: "RFC 6749 §1.6",
		Message: "plain http to " + text.Escape(u.Host) + " is refused: anyone on the way could read and change it",
		Want:    text.Escape(bare(&secure)), Got: text.Escape(bare(u)),
		Hint: "use " + text.Escape(bare(&secure)) + ", or --allow-http for a test network",
	}
}

// bare is a URL as messages show it: query, fragment and user can hold secrets.
func bare(u *url.URL) string {
	b := *u
	b.User, b.RawQuery, b.Fragment, b.RawFragment, b.ForceQuery = nil, "", "", "", false
	return text.Spelled(&b)
}

// hideUser is a URL with its user and password as dots.
func hideUser(u *url.URL) string {
	b := *u
	b.User = nil
	return strings.Replace(bare(&b), "://", "://…@", 1)
}

// sameOrigin compares scheme, host and port (RFC 6454 §4).
func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// authority is the host and port of an address as a server compares them: in small letters, and without the usual port
// (RFC 9110 §4.2.3, §7.2).
func authority(u *url.URL) string {
	usual := map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	return strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(u.Host), ":"), usual)
}

// Target is the address of a request as its server sees it: the header Host names it, wherever the request is sent
// (RFC 9110 §7.1).
func (c *Client) Target(r Request) string {
	u, err := url.Parse(r.URL)
	if host := cmp.Or(r.Header.Get("Host"), c.options.Header.Get("Host")); err == nil && host != "" {
		u.Host = host
		return u.String()
	}
	return r.URL
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}
