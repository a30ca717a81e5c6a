package op

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// jar keeps a robot's cookies by the host that set them, whatever its port (RFC 6265 §5.3, §8.5). None goes to another
// host, be it of the same domain: the robot reads pages on loopback. The standard library's jar made the program larger
// by 50 KB.
type jar map[string][]*http.Cookie

// SetCookies takes what a response sets, or what it takes away.
func (j jar) SetCookies(from *url.URL, cookies []*http.Cookie) {
	host := from.Hostname()
	for _, c := range cookies {
		if !strings.HasPrefix(c.Path, "/") {
			c.Path = "/" + strings.Trim(from.Path[:strings.LastIndexByte(from.Path, '/')+1], "/") //nolint:gosec // RFC 6265 §5.1.4; what it may do is the server's choice
		}
		j[host] = slices.DeleteFunc(j[host], func(old *http.Cookie) bool { return old.Name == c.Name && old.Path == c.Path })
		if c.MaxAge >= 0 && (c.Expires.IsZero() || c.Expires.After(time.Now())) {
			j[host] = append(j[host], c)
		}
	}
}

// Cookies returns what goes with a request to an address (RFC 6265 §5.4).
func (j jar) Cookies(to *url.URL) []*http.Cookie {
	path := cmp.Or(to.Path, "/")
	return slices.DeleteFunc(slices.Clone(j[to.Hostname()]), func(c *http.Cookie) bool {
		within := path == c.Path || strings.HasPrefix(path, strings.TrimSuffix(c.Path, "/")+"/")
		return !within || c.Secure && to.Scheme != "https"
	})
}
