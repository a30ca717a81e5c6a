package op

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestJar compares the robot's cookies with those of the standard library's jar.
func TestJar(t *testing.T) {
	want, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := make(jar)
	addresses := []string{
		"http://op.test", "http://op.test/", "https://op.test/", "http://op.test:8080/", "http://op.test/a", "http://op.test/a/",
		"http://op.test/a/b", "http://op.test/ab", "http://op.test/a/b/c", "http://client.test/", "http://127.0.0.1:1/a", "http://[::1]:1/a",
	}
	parse := func(address string) *url.URL {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	names := func(cookies []*http.Cookie) []string {
		var out []string
		for _, c := range cookies {
			out = append(out, c.Name+"="+c.Value)
		}
		slices.Sort(out)
		return out
	}
	for i, line := range []struct{ from, cookie string }{
		{"http://op.test/login", "session=1; Path=/; HttpOnly; SameSite=Lax"},
		{"http://op.test/login", "session=2; Path=/; HttpOnly; SameSite=Lax"}, // replaces the first
		{"https://op.test/login", "secure=1; Path=/; Secure"},
		{"http://op.test:8080/login", "port=1; Path=/"},
		{"http://op.test/a/b", "default=1"},
		{"http://op.test/a/", "default=2"}, // the same path
		{"http://op.test", "default=3"},
		{"http://op.test/a/b", "path=1; Path=/a"},
		{"http://op.test/a/b", "path=2; Path=/a/"},
		{"http://op.test/a/b", "relative=1; Path=b"},
		{"http://client.test/", "session=3; Path=/"},
		{"http://127.0.0.1:4711/callback", "ip=1"},
		{"http://[::1]:4711/callback", "ip6=1"},
		{"http://op.test/", "gone=1; Path=/"},
		{"http://op.test/", "gone=; Path=/; Max-Age=0"},
		{"http://op.test/", "past=1; Path=/"},
		{"http://op.test/", "past=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"},
		{"http://op.test/", "kept=1; Path=/; Max-Age=3600"},
		{"http://op.test/", "session=; Path=/a; Max-Age=-1"}, // of another path
		{"http://op.test/", "session=; Path=/; Max-Age=-1"},
	} {
		from := parse(line.from)
		response := http.Response{Header: http.Header{"Set-Cookie": {line.cookie}}}
		got.SetCookies(from, response.Cookies())
		want.SetCookies(from, response.Cookies())
		for _, address := range addresses {
			to := parse(address)
			if diff := cmp.Diff(names(want.Cookies(to)), names(got.Cookies(to))); diff != "" {
				t.Errorf("%d: %s to %s: %s", i, line.cookie, address, diff)
			}
		}
	}
}
