package wire

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// listen starts a raw server: each connection is served by f.
func listen(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	t.Cleanup(func() { _ = l.Close() })
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { defer conn.Close(); f(conn) })
		}
	})
	return l.Addr().String()
}

// answering is a server that reads the request, says something, and then goes on.
func answering(what string, then func(net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, what)
		then(c)
	}
}

func hold(c net.Conn)  { _, _ = io.Copy(io.Discard, c) }
func leave(_ net.Conn) {}

// drip answers without end: the client must end it.
func drip(what string) func(net.Conn) {
	return func(c net.Conn) {
		for {
			if _, err := io.WriteString(c, what); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}
}

func TestConnectionFailures(t *testing.T) {
	closed := listen(t, answering("", leave))
	const refused = "127.0.0.1:1" // which the system gives to nobody
	header := "HTTP/1.1 200 OK\r\nLink: "
	plain := listen(t, answering("HTTP/1.1 400 Bad Request\r\n\r\n", leave))
	for _, test := range []struct{ name, url, code, message, hint string }{
		{"refused", "http://" + refused, "network.refused", "connection to " + refused + " refused", "start the server"},
		{"closed", "http://" + closed, "network.closed", closed + " closed the connection", "a port for TLS alone does so: try https://" + closed},
		{"silent", "http://" + listen(t, hold), "network.timeout", "did not answer within LIMIT: timed out while waiting for the answer", "--timeout"},
		{"slow header line", "http://" + listen(t, answering(header, drip("x"))), "network.timeout", "did not answer within LIMIT: timed out while waiting for the answer", "--timeout"},
		{"slow body", "http://" + listen(t, answering(header+"\r\n\r\n", drip("x"))), "network.timeout", "did not finish its answer within LIMIT", "--timeout"},
		{"huge header", "http://" + listen(t, answering(header+strings.Repeat("x", 1<<20)+"\r\n\r\n", hold)), "network.header_size", "the answer's header has more than 262144 bytes", "check the address"},
		{"short body", "http://" + listen(t, answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", leave)), "network.closed", "closed the connection before its answer was complete", "try again"},
		{"no HTTP", "http://" + listen(t, answering("SSH-2.0-\x1b[2J\r\n", leave)), "network.not_http", `answered something that is not HTTP: "SSH-2.0-\x1b[2J"`, "check the host and the port"},
		{"no gzip", "http://" + listen(t, answering("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 21\r\n\r\n{\"keys\":[],\"x\":12345}", leave)), "network.encoding", "says Content-Encoding: gzip, and is not", "operator"},
		{"no TLS", "https://" + plain, "network.tls.plain", plain + " does not speak TLS on this port", "check the port; if the server is meant to be plain, use http://" + plain},
		{"silent TLS", "https://" + listen(t, hold), "network.timeout", "did not answer within LIMIT: timed out in the TLS handshake", "--timeout"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			limit := time.Minute
			if test.code == "network.timeout" {
				limit = 100 * time.Millisecond
			}
			var p *problem.Error
			message := test.message
			for late := true; late; limit *= 4 {
				_, err := client(t, Options{Timeout: limit}).Do(t.Context(), Request{Doing: "requesting a token", URL: test.url})
				p = wantCode(t, err, test.code)
				message = strings.Replace(test.message, "LIMIT", limit.String(), 1)
				late = limit < 20*time.Second && !strings.Contains(p.Message, message) // a busy machine, in the phase before
			}
			if !strings.HasPrefix(p.Message, "requesting a token: ") || !strings.Contains(p.Message, message) {
				t.Errorf("message %q, want %q in it", p.Message, message)
			}
			if p.Kind != problem.Network || !strings.Contains(p.Hint, test.hint) {
				t.Errorf("kind %v, hint %q, want %q in it", p.Kind, p.Hint, test.hint)
			}
		})
	}
}

// TestNamedHost: who named a host is said where it cannot be reached, and nowhere else.
func TestNamedHost(t *testing.T) {
	const refused = "127.0.0.1:1"
	c := client(t, Options{})
	for _, who := range []string{"", "the metadata\x1b[2J names it"} {
		if who != "" {
			c.Named(refused, who)
		}
		_, err := c.Do(t.Context(), Request{Doing: "requesting", URL: "http://" + refused})
		hint := "nothing listens on this port of this machine: start the server, or check the port (inside a container, loopback is the container itself)"
		if who != "" {
			hint += "\nthe metadata\\x1b[2J names it"
		}
		if p := wantCode(t, err, "network.refused"); p.Hint != hint {
			t.Errorf("hint %q, want %q", p.Hint, hint)
		}
	}
}

// TestBeforeTheRequest: what a server does as soon as it is connected can be seen before the request is sent, or after.
func TestBeforeTheRequest(t *testing.T) {
	for _, test := range []struct {
		name, says, code, message string
		connections               int
	}{
		{"greets", "SSH-2.0-OpenSSH\r\n", "network.not_http", "spoke before it was asked", 1},
		{"drips", "HTTP/1.1 200 OK\r\nX: ", "network.not_http", "spoke before it was asked", 1},
		{"leaves", "", "network.closed", "closed the connection before its answer was complete", 2},
		{"had enough", "HTTP/1.1 408 Request Timeout\r\n\r\n", "network.closed", "closed the connection before its answer was complete", 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			ended := make(chan struct{}, 2)
			address := listen(t, func(c net.Conn) {
				_, _ = io.WriteString(c, test.says)
				if test.says == "" {
					_ = c.(*net.TCPConn).CloseWrite()
				}
				hold(c) // until the client closes it
				ended <- struct{}{}
			})
			connections := 0
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
				connections++
				<-ended // the client has seen it, and sent nothing
			}})
			_, err := client(t, Options{Timeout: time.Minute}).Do(ctx, Request{Doing: "asking", URL: "http://" + address})
			if p := wantCode(t, err, test.code); p.Message != "asking: "+address+" "+test.message && !strings.HasPrefix(p.Message, "asking: "+address+" "+test.message+", ") {
				t.Errorf("message %q", p.Message)
			}
			if connections != test.connections {
				t.Errorf("%d connections, want %d", connections, test.connections)
			}
		})
	}
}

// TestSentAgain: what only asks is sent again, once, where the connection was lost; what may have been acted on is not.
func TestSentAgain(t *testing.T) {
	goAway := errors.New("http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR")
	for _, test := range []struct {
		name    string
		request Request
		lost    int // how many connections
		err     error
		sent    int
		code    string
	}{
		{"GET", Request{}, 1, io.EOF, 2, ""},
		{"GET, reset", Request{}, 1, syscall.ECONNRESET, 2, ""},
		{"GET, HTTP/2", Request{}, 1, goAway, 2, ""},
		{"HEAD", Request{Method: "HEAD"}, 1, io.EOF, 2, ""},
		{"twice lost", Request{}, 2, io.EOF, 2, "network.closed"},
		{"a form", Request{Form: url.Values{"code": {"x"}}}, 1, io.EOF, 1, "network.closed"},
		{"a form, HTTP/2", Request{Form: url.Values{"code": {"x"}}}, 1, goAway, 1, "network.closed"},
		{"a body", Request{Body: strings.NewReader("x")}, 1, io.EOF, 1, "network.closed"},
		{"a deletion", Request{Method: "DELETE"}, 1, io.EOF, 1, "network.closed"},
		{"a proof", Request{Header: http.Header{"Dpop": {"x"}}}, 1, io.EOF, 1, "network.closed"},
		{"refused", Request{}, 1, syscall.ECONNREFUSED, 1, "network.refused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			sent := 0
			c := client(t, Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				if sent++; sent <= test.lost {
					return nil, test.err
				}
				return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, nil
			})})
			test.request.URL = "https://id.test/"
			_, err := c.Do(t.Context(), test.request)
			if test.code != "" {
				wantCode(t, err, test.code)
			} else if err != nil {
				t.Error(err)
			}
			if sent != test.sent {
				t.Errorf("sent %d times, want %d", sent, test.sent)
			}
		})
	}
}

// TestSentAgainOnce: a redirect on the way makes no second time of it.
func TestSentAgainOnce(t *testing.T) {
	sent := 0
	c := client(t, Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
		if sent++; sent%2 == 1 {
			return nil, io.EOF
		}
		return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {"/b"}}}, nil
	})})
	_, err := c.Do(t.Context(), Request{URL: "https://id.test/a"})
	wantCode(t, err, "network.closed")
	if sent != 3 {
		t.Errorf("sent %d times", sent)
	}
}

func TestDialFailures(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for _, test := range []struct {
		name          string
		err           error
		code, message string
	}{
		{"no such host", dial(&net.DNSError{Err: "no such host", Name: "id.test", IsNotFound: true}), "network.dns", "the host id.test does not exist"},
		{"broken DNS", dial(&net.DNSError{Err: "server misbehaving", Name: "id.test", IsTemporary: true}), "network.dns", "the host name id.test could not be looked up: server misbehaving"},
		{"no route", dial(os.NewSyscallError("connect", syscall.ENETUNREACH)), "network.unreachable", "there is no route to id.test:443"},
		{"Windows' refusal", dial(os.NewSyscallError("connectex", wsaRefused)), "network.refused", "connection to id.test:443 refused"},
		{"dial time-out", dial(os.NewSyscallError("connect", syscall.ETIMEDOUT)), "network.timeout", "id.test did not answer: timed out while looking up the host"},
		{"reset", &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}, "network.closed", "id.test closed the connection before its answer was complete"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := client(t, Options{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, test.err })})
			_, err := c.Do(t.Context(), Request{URL: "https://id.test/token?code=abc"})
			p := wantCode(t, err, test.code)
			if diff := cmp.Diff("GET https://id.test/token: "+test.message, p.Message); diff != "" {
				t.Error(diff)
			}
			if p.Kind != problem.Network || p.Hint == "" || !strings.Contains(problem.As(err).Unwrap().Error(), test.err.Error()) {
				t.Errorf("%+v", p)
			}
		})
	}
}

// certificate makes a key pair: for a name, valid between two times, signed by a parent or by itself.
func certificate(t *testing.T, subject string, name string, from, to time.Time, parent *tls.Certificate) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: subject}, NotBefore: from, NotAfter: to,
		BasicConstraintsValid: true, IsCA: name == "", KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else if name != "" {
		template.DNSNames = []string{name}
	}
	signer, issuer := any(key), template
	if parent != nil {
		signer, issuer = parent.PrivateKey, parent.Leaf
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func TestCertificates(t *testing.T) {
	now := time.Now()
	from, to := now.Add(-time.Hour).Truncate(time.Second).UTC(), now.Add(time.Hour).Truncate(time.Second).UTC()
	root := certificate(t, "Corp Root", "", from, to, nil)
	middle := certificate(t, "Corp Middle", "", from, to, &root)
	good := certificate(t, "leaf", "127.0.0.1", from, to, &middle)
	good.Certificate = append(good.Certificate, middle.Certificate[0])
	other := certificate(t, "leaf", "id.test", from, to, &root)
	old := certificate(t, "leaf", "127.0.0.1", from.Add(-time.Hour), from, &root)
	selfSigned := certificate(t, "self", "127.0.0.1", from, to, nil)
	rootPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate[0]})
	trusting := Options{CACertPEM: rootPEM}
	day := time.RFC3339
	for _, test := range []struct {
		name                             string
		server                           tls.Certificate
		options                          Options
		auth                             tls.ClientAuthType
		code, message, want, got, hint   string
		clientCertificates, pastVersions bool
	}{
		{name: "good", server: good, options: trusting},
		{name: "any", server: selfSigned, options: Options{Certificates: AcceptAnyCertificate}},
		{
			name: "unknown authority", server: good, code: "network.tls.unknown_authority", message: "is signed by an unknown authority",
			want: "a chain that ends in the system's trust store (or SSL_CERT_FILE)",
			got:  "CN=leaf ← CN=Corp Middle, whose issuer CN=Corp Root is not trusted",
			hint: "get the certificate of CN=Corp Root and give it: --cacert FILE",
		},
		{
			name: "unknown authority with --cacert", server: selfSigned, options: trusting, code: "network.tls.unknown_authority", message: "is signed by an unknown authority",
			want: "a chain that ends in the system's trust store (or SSL_CERT_FILE) and --cacert",
			got:  "CN=self, which is self-signed and not trusted",
			hint: "if this is the right server, trust its certificate: --cacert FILE",
		},
		{
			name: "other host", server: other, options: trusting, code: "network.tls.hostname", message: "is for another host",
			want: "127.0.0.1", got: "id.test", hint: "use one of the certificate's names in the address, or mend the certificate",
		},
		{
			name: "expired", server: old, options: trusting, code: "network.tls.expired", message: "has expired",
			want: "valid at " + from.Format(day) + " (this machine's clock)",
			got:  "CN=leaf valid from " + from.Add(-time.Hour).Format(day) + " to " + from.Format(day),
			hint: "check this machine's clock; else the server needs a new certificate",
		},
		{
			name: "client certificate wanted", server: good, options: trusting, auth: tls.RequireAnyClientCert, code: "network.tls.alert",
			message: "ended the TLS handshake: tls: certificate required", hint: "if the server asks for a client certificate, give one: --cert FILE --key FILE",
		},
		{
			name: "old TLS", server: good, options: trusting, pastVersions: true, code: "network.tls.alert", message: "ended the TLS handshake",
			hint: "the server must speak TLS 1.2 or later",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			s.TLS = &tls.Config{Certificates: []tls.Certificate{test.server}, ClientAuth: test.auth}
			if test.pastVersions {
				s.TLS.MinVersion, s.TLS.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
			}
			s.Config.ErrorLog = quiet()
			s.StartTLS()
			defer s.Close()
			if test.name == "expired" {
				test.options.Now = func() time.Time { return from } // the message tells the injected clock
			}
			c := client(t, test.options)
			_, err := c.Do(t.Context(), Request{Doing: "asking", URL: s.URL})
			if test.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			p := wantCode(t, err, test.code)
			if diff := cmp.Diff([]string{test.want, test.got, test.hint}, []string{p.Want, p.Got, p.Hint}); diff != "" && test.code != "network.tls.alert" {
				t.Error(diff)
			}
			host := strings.TrimPrefix(s.URL, "https://")
			if !strings.Contains(p.Message, host) || !strings.Contains(p.Message, test.message) || p.Hint != test.hint {
				t.Errorf("message %q, hint %q", p.Message, p.Hint)
			}
		})
	}
	t.Run("client certificate given", func(t *testing.T) {
		authorities := x509.NewCertPool()
		authorities.AppendCertsFromPEM(rootPEM) // the server lists an authority that did not issue it
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName)
		}))
		s.TLS = &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert, ClientCAs: authorities}
		s.StartTLS()
		defer s.Close()
		c := client(t, Options{CACertPEM: rootPEM, ClientCertificates: []tls.Certificate{selfSigned}})
		res, err := c.Do(t.Context(), Request{URL: s.URL})
		if err != nil || string(res.Body) != "self" || !c.MTLS() {
			t.Errorf("%v, %v", res, err)
		}
	})
	t.Run("no certificate in --cacert", func(t *testing.T) {
		_, err := New(Options{CACertPEM: []byte("hello")})
		if p := wantCode(t, err, "usage.cacert"); p.Kind != problem.Usage {
			t.Error(p.Kind)
		}
	})
}

// tunnel is an HTTP proxy that connects everything to one address, or answers with a status.
func tunnel(t *testing.T, to string, status int) *url.URL {
	t.Helper()
	at := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		if r.Method != http.MethodConnect {
			_, _ = io.WriteString(w, r.RequestURI)
			return
		}
		back, err := net.Dial("tcp", to)
		if err != nil {
			t.Error(err)
			return
		}
		defer back.Close()
		front, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer front.Close()
		_, _ = io.WriteString(front, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(back, front) }()
		_, _ = io.Copy(front, back)
	})
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestProxy(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) }))
	defer s.Close()
	s.Config.ErrorLog = quiet()
	roots := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	proxy := tunnel(t, s.Listener.Addr().String(), 200)
	get := func(address string, o Options) (string, error) {
		res, err := client(t, o).Do(t.Context(), Request{URL: address})
		if err != nil {
			return "", err
		}
		return string(res.Body), nil
	}
	if got, err := get("https://example.com/", Options{Proxy: proxy, CACertPEM: roots}); err != nil || got != "example.com" {
		t.Errorf("https through a proxy: %q, %v", got, err)
	}
	if got, err := get("http://id.test/a", Options{Proxy: proxy, PlainHTTP: AllowHTTP}); err != nil || got != "http://id.test/a" {
		t.Errorf("http through a proxy: %q, %v", got, err)
	}
	gone := &url.URL{Scheme: "http", Host: "127.0.0.1:1", User: url.UserPassword("u", "hunter22")}
	if _, err := get(serve(t, func(http.ResponseWriter, *http.Request) {}), Options{Proxy: gone}); err != nil {
		t.Error("loopback is never proxied:", err)
	}
	for _, test := range []struct {
		name                string
		proxy               *url.URL
		code, message, hint string
	}{
		{"gone", gone, "network.proxy", "the proxy 127.0.0.1:1 could not be reached: connection refused", "NO_PROXY=example.com"},
		{"wants a login", tunnel(t, "", 407), "network.proxy", "refused to connect to example.com: it answered 407 Proxy Authentication Required", "USER:PASSWORD@"},
		{"forbids", tunnel(t, "", 403), "network.proxy", "refused to connect to example.com: it answered 403 Forbidden", "NO_PROXY=example.com"},
		{"inspects TLS", proxy, "network.tls.unknown_authority", "signed by an unknown authority, through the proxy " + proxy.Host, "--cacert"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := get("https://example.com/", Options{Proxy: test.proxy})
			p := wantCode(t, err, test.code)
			if !strings.Contains(p.Message, test.message) || !strings.Contains(p.Hint, test.hint) || strings.Contains(p.Message+p.Hint, "hunter22") {
				t.Errorf("message %q, hint %q", p.Message, p.Hint)
			}
		})
	}
}

// TestEnvironmentProxy runs itself: net/http reads the environment once in a process.
func TestEnvironmentProxy(t *testing.T) {
	const key = "WIRE_TEST_PROXIED"
	if os.Getenv(key) == "" {
		var asked []string
		at := serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, r.Method+" "+r.RequestURI)
			w.WriteHeader(http.StatusForbidden)
		})
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestEnvironmentProxy$")
		cmd.Env = append(os.Environ(), key+"="+at, "HTTPS_PROXY="+at, "HTTP_PROXY="+at, "NO_PROXY=direct.test")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if diff := cmp.Diff([]string{"CONNECT id.test:443", "GET /direct"}, asked); diff != "" {
			t.Error("the proxy saw:", diff)
		}
		return
	}
	_, err := client(t, Options{}).Do(t.Context(), Request{URL: "https://id.test/"})
	wantCode(t, err, "network.proxy")
	if _, err = client(t, Options{}).Do(t.Context(), Request{URL: os.Getenv(key) + "/direct"}); err != nil {
		t.Error("loopback is never proxied:", err)
	}
}
