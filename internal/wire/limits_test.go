package wire

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
)

func TestBodyLimits(t *testing.T) {
	const huge = 300 << 20
	zeros := make([]byte, 1<<20)
	var member bytes.Buffer // a gzip stream may have many members, one after the other
	z := gzip.NewWriter(&member)
	_, _ = z.Write(zeros)
	_ = z.Close()
	bomb := bytes.Repeat(member.Bytes(), huge/len(zeros))
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/exact":
			_, _ = w.Write(zeros)
			return
		case "/announced":
			w.Header().Set("Content-Length", fmt.Sprint(huge))
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb)
			return
		}
		for range huge / len(zeros) {
			if _, err := w.Write(zeros); err != nil {
				return
			}
		}
	})
	c := client(t, Options{})
	res, err := c.Do(t.Context(), Request{URL: at + "/exact"})
	if err != nil || len(res.Body) != len(zeros) {
		t.Fatal("a body at the limit:", err)
	}
	for _, path := range []string{"/announced", "/chunked", "/gzip"} {
		t.Run(path[1:], func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := c.Do(t.Context(), Request{Doing: "fetching", URL: at + path})
			runtime.ReadMemStats(&after)
			p := wantCode(t, err, "network.size")
			if p.Kind != problem.Network || !strings.HasPrefix(p.Message, "fetching: 127.0.0.1:") {
				t.Errorf("%v: %s", p.Kind, p.Message)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 16<<20 {
				t.Errorf("%d MiB were allocated", allocated>>20)
			}
		})
	}
}

// TestConnectionIsReused tries again on a busy machine: net/http lets go of a connection where the end of its request's
// writing is not known within 50 ms of the answer.
func TestConnectionIsReused(t *testing.T) {
	opened := connections(t)
	for tries := 1; tries < 5 && opened != 1; tries++ {
		opened = connections(t)
	}
	if opened != 1 {
		t.Errorf("%d connections were opened", opened)
	}
}

// connections counts those that four exchanges take, one after the other.
func connections(t *testing.T) int32 {
	t.Helper()
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			w.Header().Set("Location", "/")
			w.WriteHeader(http.StatusFound)
			_, _ = io.WriteString(w, strings.Repeat("moved", 5000))
			return
		}
		_, _ = io.WriteString(w, strings.Repeat(" ", 100_000)+"{}")
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c := client(t, Options{})
	for _, r := range []Request{{URL: s.URL}, {URL: s.URL + "/moved"}, {URL: s.URL, Form: url.Values{"a": {"b"}}}, {URL: s.URL}} {
		if _, err := c.Do(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	return opened.Load()
}

// quiet swallows what a test server would log of handshakes that fail on purpose.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// TestHTTP2: a header over the limit has a text of its own there, and connections are shared all the same.
func TestHTTP2(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range map[string]int{"/large": 17, "/huge": 64}[r.URL.Path] {
			w.Header().Add("Link", strings.Repeat("x", 16<<10))
		}
		_, _ = io.WriteString(w, r.Proto)
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	defer s.Close()
	c := client(t, Options{Certificates: AcceptAnyCertificate})
	if res, err := c.Do(t.Context(), Request{URL: s.URL}); err != nil || string(res.Body) != "HTTP/2.0" {
		t.Fatal(res, err)
	}
	_, err := c.Do(t.Context(), Request{URL: s.URL + "/large"})
	wantCode(t, err, "network.header_size")
	_, err = c.Do(t.Context(), Request{URL: s.URL + "/huge"})
	wantCode(t, err, "network.http2")
}
