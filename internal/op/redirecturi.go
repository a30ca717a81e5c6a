package op

import (
	"net/netip"
	"net/url"
	"strings"
)

// matches says whether a requested redirect URI is the registered one: the same string (RFC 9700 §4.1.3), but for
// two things. On the loopback literals 127.0.0.1 and [::1] the port is not compared (RFC 8252 §7.3); nor on
// localhost where the registration names none: §8.3 advises against that name, yet providers do so and clients
// need it. And a registered URI that ends in * matches whatever continues the part before it, without dot segments.
func matches(registered, requested string) bool {
	prefix, wild := strings.CutSuffix(registered, "*")
	if !wild && registered == requested {
		return true
	}
	want, err := url.Parse(prefix)
	if err != nil {
		return false
	}
	got, err := url.Parse(requested)
	if err != nil || strings.ContainsAny(requested, "#\\ ") {
		return false
	}
	if anyPort(want) {
		prefix, requested = withoutPort(prefix, want), withoutPort(requested, got)
	}
	if !wild {
		return requested == prefix
	}
	return strings.HasPrefix(requested, prefix) && !dotted(got.Path) // the prefix holds the whole host, see check
}

// anyPort says whether the port of a registered URI is left open.
func anyPort(u *url.URL) bool {
	if u.Scheme != "http" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err == nil && ip.IsLoopback() || u.Hostname() == "localhost" && u.Port() == ""
}

// withoutPort takes the port out of the text of a URI, and changes nothing else.
func withoutPort(uri string, parsed *url.URL) string {
	if parsed.Port() == "" {
		return uri
	}
	return strings.Replace(uri, parsed.Host, strings.TrimSuffix(parsed.Host, ":"+parsed.Port()), 1)
}

// dotted says whether a decoded path has a segment that walks elsewhere.
func dotted(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// parseAbsolute reads an absolute URI without fragment and user name, and says what is wrong with any other.
func parseAbsolute(uri string) (*url.URL, string) {
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "":
		return nil, "is not absolute"
	case strings.Contains(uri, "#"):
		return nil, "has a fragment"
	case u.User != nil:
		return nil, "has a user name"
	case (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() == "":
		return nil, "names no host"
	}
	return u, ""
}
