package loopback

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// TestMain wants every goroutine gone in the end, and lets a busy machine take its time for that. net/http lingers for
// half a second on a connection whose body was refused unread, so that the answer is not reset; neither Close nor the
// end of the process waits for that.
func TestMain(m *testing.M) {
	code := m.Run()
	var left error
	for range 60 { // each look takes half a second
		if left = goleak.Find(goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait")); left == nil || code != 0 {
			break
		}
	}
	if code == 0 && left != nil {
		fmt.Fprintln(os.Stderr, left)
		code = 1
	}
	os.Exit(code)
}

func equal(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func listen(t *testing.T, redirectURI string, options ...Option) *Server {
	t.Helper()
	s, err := Listen(t.Context(), redirectURI, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// seen is an answer as a browser gets it.
type seen struct {
	status int
	header http.Header
	body   string
	err    error
}

// title is the first heading of the page, or the plain text.
func (s seen) title() string {
	_, rest, ok := strings.Cut(s.body, "<h1>")
	if !ok {
		return strings.TrimSpace(s.body)
	}
	title, _, _ := strings.Cut(rest, "</h1>")
	return title
}

func do(r *http.Request) seen {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, Proxy: nil}}
	response, err := client.Do(r)
	if err != nil {
		return seen{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return seen{response.StatusCode, response.Header, string(body), err}
}

// browse sends a request in the background, as a browser does.
func browse(r *http.Request) <-chan seen {
	answer := make(chan seen, 1)
	go func() { answer <- do(r) }()
	return answer
}

func get(t *testing.T, url string) *http.Request {
	t.Helper()
	return request(t, t.Context(), http.MethodGet, url, "")
}

func request(t *testing.T, ctx context.Context, method, url, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func next(t *testing.T, s *Server) *Visit {
	t.Helper()
	v, err := s.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// taken holds a port of its own on the address.
func taken(t *testing.T, address string) int {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Skip("no such stack here: ", err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

type outcome struct {
	Kind problem.Kind
	Code string
}

func outcomeOf(t *testing.T, err error) outcome {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	p := problem.As(err)
	return outcome{p.Kind, p.Code}
}

func finished() Page { return Page{Title: "Signed in", Message: "Done.", OK: Succeeded} }

func at(s *Server, pathAndQuery string) string {
	return fmt.Sprintf("http://127.0.0.1:%d%s", s.Port(), pathAndQuery)
}
