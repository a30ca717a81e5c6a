package loopback

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestCrowd lets another process hold a thousand connections on which hardly anything comes. The browser is served all
// the same, and of the crowd no more than the bound stays.
func TestCrowd(t *testing.T) {
	s := listen(t, "http://127.0.0.1:0/callback")
	const many = 1000
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port()))
	conns := make([]net.Conn, 0, many)
	defer func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
	}()
	for i := range many {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if errors.Is(err, syscall.EMFILE) {
			t.Skip("the machine allows too few files")
		}
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
		if i%2 == 0 { // the others are silent
			_, _ = io.WriteString(conn, "GET /callback?code=x&state=y HTTP/1.1\r\nHost: "+address+"\r\nX: ")
		}
	}
	answer := browse(get(t, at(s, "/callback?code=x")))
	next(t, s).Finish(finished())
	equal(t, "the browser", "Signed in", (<-answer).title())

	cut := make(chan bool, many)
	deadline := time.Now().Add(headerTime / 2) // after headerTime everybody would be cut
	for _, conn := range conns {
		_ = conn.SetReadDeadline(deadline)
		go func() {
			_, err := conn.Read(make([]byte, 1))
			cut <- !errors.Is(err, os.ErrDeadlineExceeded)
		}()
	}
	for n := range many - maxCrowd {
		if !<-cut {
			t.Fatalf("%d of %d connections were cut, want %d", n, many, many-maxCrowd)
		}
	}
}

// TestSlowPosts opens many connections that send a header and never the whole body: a form gets through all the same, and
// no more than the bound stay, be such a form wanted or not.
func TestSlowPosts(t *testing.T) {
	const many, form = 100, "code=x&state=y"
	for name, options := range map[string][]Option{"form_post": {ExpectFormPost()}, "query": nil} {
		t.Run(name, func(t *testing.T) {
			s := listen(t, "http://127.0.0.1:0/callback", options...)
			address := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port()))
			post := func(length int) net.Conn {
				conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = conn.Close() })
				_, _ = io.WriteString(conn, "POST /callback HTTP/1.1\r\nHost: "+address+"\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "+strconv.Itoa(length)+"\r\n\r\n"+form)
				return conn
			}
			cut := make(chan bool, many)
			for range many {
				conn := post(maxForm)
				_ = conn.SetReadDeadline(time.Now().Add(headerTime / 2)) // after headerTime every body would be cut
				go func() {
					_, err := io.Copy(io.Discard, conn)
					cut <- !errors.Is(err, os.ErrDeadlineExceeded)
				}()
			}
			cutOff := func(want int) {
				t.Helper()
				for n := range want {
					if !<-cut {
						t.Fatalf("%d of %d connections were cut, want %d", n, many, want)
					}
				}
			}
			cutOff(many - maxPosting) // so that all of them have come
			last := post(len(form))
			if name == "form_post" {
				visit := next(t, s)
				equal(t, "the form", form, visit.Encoded)
				visit.Finish(finished())
			}
			_ = last.SetReadDeadline(time.Now().Add(headerTime / 2))
			if answer, err := io.ReadAll(last); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 ") {
				t.Errorf("the form had %q, %v", answer, err)
			}
			if name == "query" {
				cutOff(maxPosting) // nobody wants the rest of what was refused
			}
		})
	}
}

// TestCrowdGivesWay cuts the oldest of those on which no request has come, and nobody else.
func TestCrowdGivesWay(t *testing.T) {
	c := listen(t, "http://127.0.0.1:0/callback")
	var ours []*cutConn
	enter := func() *cutConn {
		conn := &cutConn{}
		ours = append(ours, conn)
		c.watch(conn, http.StateNew)
		return conn
	}
	served := enter()
	c.watch(served, http.StateActive)
	for range 256 {
		enter()
	}
	equal(t, "as many as may wait", 0, cuts(ours))
	gone := ours[1]
	c.watch(gone, http.StateClosed)
	enter()
	equal(t, "in the place of one that left", 0, cuts(ours))
	enter()
	equal(t, "one too many", []any{1, true}, []any{cuts(ours), ours[2].cut})
}

type cutConn struct {
	net.Conn
	cut bool
}

func (c *cutConn) Close() error {
	c.cut = true
	return nil
}

func cuts(conns []*cutConn) (n int) {
	for _, conn := range conns {
		if conn.cut {
			n++
		}
	}
	return n
}
