package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// newTransport makes the network side: TLS 1.2 or later, HTTP/2 where offered, bounded headers, nothing in background
// but the connections themselves. Time limits come with each request's context.
func newTransport(o Options, proxy func(*http.Request) (*url.URL, error)) (*http.Transport, error) {
	roots, err := trust(o)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		RootCAs:            roots,
		CipherSuites:       o.CipherSuites,
		InsecureSkipVerify: o.Certificates == AcceptAnyCertificate, //nolint:gosec // asked for by name, and warned of
	}
	if len(o.ClientCertificates) > 0 {
		// What the user gave is sent, also to a server that lists other authorities: crypto/tls by itself would send
		// nothing then, and a self-signed certificate is on no list (RFC 8705 §2.2).
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &o.ClientCertificates[0], nil
		}
	}
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            dial,
		TLSClientConfig:        config,
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: maxResponseHeads,
		IdleConnTimeout:        90 * time.Second,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
			if res.StatusCode != http.StatusOK {
				return &tunnelError{status: res.Status}
			}
			return nil
		},
	}, nil
}

// trust returns the certificates to trust; nil leaves the choice to crypto/tls, which then reads the system's only
// when a connection needs them.
func trust(o Options) (*x509.CertPool, error) {
	if o.CACertPEM == nil {
		return nil, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a machine without trust store: what the caller gives is all there is
	}
	if !roots.AppendCertsFromPEM(o.CACertPEM) {
		return nil, problem.Usagef("usage.cacert", "the file of --cacert holds no certificate in PEM form").
			WithHint("openssl x509 -inform der -in FILE -out ca.pem turns a DER certificate into PEM")
	}
	return roots, nil
}

// chooseProxy sends requests through the proxy given, else the environment's, and to loopback always directly.
func chooseProxy(given *url.URL, unproxied func()) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		if IsLoopback(r.URL.Hostname()) {
			if given != nil && unproxied != nil {
				unproxied()
			}
			return nil, nil
		}
		if given != nil {
			return given, nil
		}
		proxy, err := http.ProxyFromEnvironment(r)
		if err == nil && proxy != nil {
			err = CheckProxy(proxy)
		}
		return proxy, err
	}
}

// CheckProxy refuses the kinds of proxy that net/http does not know, and would take for one of HTTP.
func CheckProxy(proxy *url.URL) error {
	switch proxy.Scheme {
	case "http", "https", "socks5", "socks5h":
		return nil
	}
	return proxySchemeError(proxy.Scheme)
}

type proxySchemeError string

func (e proxySchemeError) Error() string { return "has the scheme " + text.Escape(string(e)) }

func badProxy(err error) *problem.Error {
	why := "is not a URL"
	if scheme, ok := errors.AsType[proxySchemeError](err); ok {
		why = scheme.Error()
	}
	return &problem.Error{
		Kind: problem.Usage, Code: "usage.proxy", Cause: err,
		Message: "the proxy of the environment " + why + " (HTTPS_PROXY, HTTP_PROXY)",
		Hint:    "use the form http://host:port, or give --proxy URL",
	}
}

// phase is how far a request came, for messages about time-outs.
type phase struct{ at atomic.Int32 }

const (
	phaseStart int32 = iota
	phaseConnect
	phaseTLS
	phaseAnswer
	phaseBody
)

func (p *phase) String() string {
	switch p.at.Load() {
	case phaseConnect:
		return "while connecting"
	case phaseTLS:
		return "in the TLS handshake"
	case phaseAnswer:
		return "while waiting for the answer"
	case phaseBody:
		return "while reading the answer"
	}
	return "while looking up the host"
}

// watch follows a request through its phases.
func (p *phase) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectStart:      func(string, string) { p.at.Store(phaseConnect) },
		TLSHandshakeStart: func() { p.at.Store(phaseTLS) },
		GotConn:           func(httptrace.GotConnInfo) { p.at.Store(phaseAnswer) },
	})
}

// tunnelError is a proxy's refusal to connect.
type tunnelError struct{ status string }

func (e *tunnelError) Error() string { return "the proxy answered " + text.Escape(e.status) }

// sizeError is a body over the limit.
type sizeError struct{ announced int64 } // 0 where no length was given

func (e *sizeError) Error() string {
	if e.announced > 0 {
		return fmt.Sprintf("the answer has %d bytes, and at most %d are read", e.announced, maxBody)
	}
	return fmt.Sprintf("the answer has more than %d bytes", maxBody)
}
