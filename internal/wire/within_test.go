package wire

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// deaf reads for ever, whatever becomes of its request.
type deaf struct{ freed <-chan struct{} }

func (d deaf) Read([]byte) (int, error) {
	<-d.freed
	return 0, io.ErrClosedPipe
}

func (d deaf) Close() error {
	<-d.freed
	return nil
}

// TestDeafTransport: what hears of no context is left behind, whatever it is doing.
func TestDeafTransport(t *testing.T) {
	for name, stuck := range map[string]func(*http.Request, chan struct{}) (*http.Response, error){
		"no answer": func(_ *http.Request, freed chan struct{}) (*http.Response, error) {
			<-freed
			return nil, io.ErrClosedPipe
		},
		"half a body": func(_ *http.Request, freed chan struct{}) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: deaf{freed}}, nil
		},
		"half a body of a redirect": func(r *http.Request, freed chan struct{}) (*http.Response, error) {
			if r.URL.Path == "/x" {
				return nil, r.Context().Err()
			}
			return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"/x"}}, Body: deaf{freed}}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				freed := make(chan struct{})
				defer close(freed)
				c := client(t, Options{Timeout: time.Minute, Transport: roundTrip(func(r *http.Request) (*http.Response, error) { return stuck(r, freed) })})
				started := time.Now()
				_, err := c.Do(t.Context(), Request{URL: "https://id.test/"})
				wantCode(t, err, "network.timeout")
				if took := time.Since(started); took != time.Minute+overtime {
					t.Errorf("it took %s", took)
				}
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				if _, err := c.Do(ctx, Request{URL: "https://id.test/"}); err != context.Canceled { //nolint:errorlint // it must be that one
					t.Errorf("who gave up was told %v", err)
				}
			})
		})
	}
}

// TestDeafStream: nor is the beginning of an answer waited for without end that may itself have none.
func TestDeafStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		freed := make(chan struct{})
		defer close(freed)
		c := client(t, Options{Timeout: time.Minute, Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			<-freed
			return nil, io.ErrClosedPipe
		})})
		_, err := c.Stream(t.Context(), Request{URL: "https://api.test/"})
		wantCode(t, err, "network.timeout")
	})
}

// TestSwitchedProtocols: what follows a 101 is no HTTP, has no end, and hears of no context.
func TestSwitchedProtocols(t *testing.T) {
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n{}")
		_, _ = io.Copy(io.Discard, conn) // until the client goes
	})
	c := client(t, Options{})
	_, err := c.Do(t.Context(), Request{URL: at})
	wantCode(t, err, "network.not_http")
	_, err = c.Stream(t.Context(), Request{URL: at})
	wantCode(t, err, "network.not_http")
}

// TestWindowOverflow: at a flow-control window of more than 2^31-1 bytes net/http waits for its own lock.
func TestWindowOverflow(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS() // for its certificate
	defer s.Close()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: s.TLS.Certificates, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go overflowing(conn)
		}
	}()
	c, err := New(Options{Certificates: AcceptAnyCertificate, Timeout: 100 * time.Millisecond}) // its connections cannot even be closed
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Do(t.Context(), Request{URL: "https://" + l.Addr().String()})
	wantCode(t, err, "network.timeout")
}

// overflowing speaks HTTP/2 until the first request, and answers it with a header and too large a window (RFC 9113 §6.9.1).
func overflowing(conn net.Conn) {
	defer conn.Close()
	from := bufio.NewReader(conn)
	if _, err := from.Discard(len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")); err != nil {
		return
	}
	_, _ = io.WriteString(conn, "\x00\x00\x00\x04\x00\x00\x00\x00\x00") // SETTINGS
	const headers, prefix = 1, 9
	for {
		frame, err := from.Peek(prefix)
		if err != nil {
			return
		}
		kind := frame[3]
		if _, err := from.Discard(prefix + int(frame[0])<<16 + int(frame[1])<<8 + int(frame[2])); err != nil {
			return
		}
		if kind == headers {
			_, _ = io.WriteString(conn, "\x00\x00\x01\x01\x04\x00\x00\x00\x01\x88"+ // HEADERS: :status 200
				"\x00\x00\x04\x08\x00\x00\x00\x00\x01\x7f\xff\xff\xff"+ // WINDOW_UPDATE
				"\x00\x00\x04\x08\x00\x00\x00\x00\x01\x7f\xff\xff\xff")
		}
	}
}
