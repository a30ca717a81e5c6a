package loopback

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
)

func TestRedirectURIs(t *testing.T) {
	for uri, want := range map[string]bool{
		"http://127.0.0.1:0/callback":     true,
		"http://127.0.0.1:8080":           true,
		"http://[::1]:0/":                 true,
		"http://localhost:0/a/b?x=1":      true,
		"http://LocalHost:0/":             true,
		"http://127.0.0.1/callback":       true,
		"https://127.0.0.1:0/callback":    false,
		"http://127.0.0.2:0/":             false,
		"http://0.0.0.0:0/":               false,
		"http://example.com:0/":           false,
		"http://localhost.example:0/":     false,
		"http://127.0.0.1:0/#x":           false,
		"http://u@127.0.0.1:0/":           false,
		"http://127.0.0.1:65536/":         false,
		"http:127.0.0.1/":                 false,
		"com.example.app:/callback":       false,
		"urn:ietf:wg:oauth:2.0:oob":       false,
		"http://127.0.0.1.evil.example:1": false,
		"":                                false,
		"http://[::1%25lo]:0/":            false,
		"http://[::ffff:127.0.0.1]:0/":    false,
	} {
		if got := IsLoopback(uri); got != want {
			t.Errorf("%s: %v", uri, got)
		}
	}
	_, err := Listen(t.Context(), "http://evil.example/\u202e")
	equal(t, "error", outcome{problem.Usage, "loopback.redirect_uri"}, outcomeOf(t, err))
	equal(t, "got", `http://evil.example/\u202e`, problem.As(err).Got)
}

func TestRedirectURIKeepsEveryByte(t *testing.T) {
	for given, want := range map[string]string{
		"http://127.0.0.1:0/callback":  "http://127.0.0.1:%d/callback",
		"http://localhost:0":           "http://localhost:%d",
		"HTTP://LocalHost:0/A%2fb/?":   "HTTP://LocalHost:%d/A%2fb/?",
		"http://127.0.0.1:00/c?x=:0#":  "",
		"http://127.0.0.1:0/c?u=a:0/b": "http://127.0.0.1:%d/c?u=a:0/b",
	} {
		s := listen(t, given)
		if want == "" {
			continue
		}
		equal(t, given, strings.Replace(want, "%d", strconv.Itoa(s.Port()), 1), s.RedirectURI())
	}
	port := free(t)
	given := fmt.Sprintf("http://127.0.0.1:%d/x", port)
	s := listen(t, given)
	equal(t, "named port", []any{given, port}, []any{s.RedirectURI(), s.Port()})
}

// free is a port that nobody has. It lies below those that the system gives to servers and clients that name none, or
// one of them might have it by the time that it is used.
func free(t *testing.T) int {
	t.Helper()
	for range 100 {
		n, err := rand.Int(rand.Reader, big.NewInt(10_000))
		if err != nil {
			t.Fatal(err)
		}
		port := 20_000 + int(n.Int64())
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

func TestPortTaken(t *testing.T) {
	for name, test := range map[string]struct{ holder, host string }{
		"IPv4":                     {"127.0.0.1:0", "127.0.0.1"},
		"IPv4, by all addresses":   {"0.0.0.0:0", "127.0.0.1"},
		"localhost, taken on IPv4": {"127.0.0.1:0", "localhost"},
		"localhost, taken on IPv6": {"[::1]:0", "localhost"},
		"IPv6":                     {"[::1]:0", "[::1]"},
	} {
		t.Run(name, func(t *testing.T) {
			port := taken(t, test.holder)
			_, err := Listen(t.Context(), fmt.Sprintf("http://%s:%d/callback", test.host, port))
			equal(t, "error", outcome{problem.Usage, "loopback.port"}, outcomeOf(t, err))
			if p := problem.As(err); !strings.HasPrefix(p.Message, fmt.Sprintf("port %d is taken", port)) || p.Hint == "" {
				t.Errorf("%q, %q", p.Message, p.Hint)
			}
		})
	}
}

// A port must be free on both stacks again when one of them could not be had.
func TestPortTakenLeavesNothingOpen(t *testing.T) {
	port := taken(t, fmt.Sprintf("[::1]:%d", free(t)))
	if _, err := bindOnce(t.Context(), hosts("localhost"), uint16(port)); !isTaken(err) {
		t.Fatal(err)
	}
	listen(t, fmt.Sprintf("http://127.0.0.1:%d/", port))
}

func TestLocalhostIsBothStacks(t *testing.T) {
	s := listen(t, "http://localhost:0/callback")
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		answer := browse(get(t, fmt.Sprintf("http://%s:%d/callback?host=%s", host, s.Port(), host[:1])))
		select {
		case a := <-answer:
			t.Skip("no such stack here: ", host, a.err)
		case v := <-s.visits:
			equal(t, "query", "host="+host[:1], v.Encoded)
			v.Ignore(Foreign())
			equal(t, host, 400, (<-answer).status)
		}
	}
}

func TestContextEndsListening(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Listen(ctx, "http://127.0.0.1:0/"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
