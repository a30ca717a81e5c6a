// Package wire carries the messages of OAuth over HTTP: with limits, without surprises. No redirect is followed with a
// secret, no body is read without bound, no certificate is taken unchecked unasked, and every failure says which host
// did what and what to do next. What passed can be traced for people, without its secrets.
package wire

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"time"
)

const (
	defaultTimeout   = 30 * time.Second
	defaultUserAgent = "oauthctl"
	maxBody          = 1 << 20 // bytes of a response body after inflation
	maxRedirects     = 5
	maxResponseHeads = 256 << 10 // bytes of one response's header
)

// PlainHTTP says where requests without TLS may go.
type PlainHTTP int

// The policies for http:// addresses. Loopback is always allowed: RFC 8252 §8.3.
const (
	LoopbackOnly PlainHTTP = iota
	AllowHTTP
)

// Certificates says how a server's certificate is judged.
type Certificates int

// The policies for certificates.
const (
	VerifyCertificates Certificates = iota
	AcceptAnyCertificate
)

// Options configure a Client. The zero value is a safe client with the system's trust and the environment's proxy.
type Options struct {
	Timeout            time.Duration     // bound of one request with its redirects; 0 = 30 seconds
	CACertPEM          []byte            // further trusted certificates, beside the system's
	ClientCertificates []tls.Certificate // for mTLS
	Proxy              *url.URL          // nil = HTTPS_PROXY, HTTP_PROXY and NO_PROXY
	Unproxied          func()            // told of requests that go to loopback, past Proxy; nil = nobody is
	Certificates       Certificates
	PlainHTTP          PlainHTTP
	CipherSuites       []uint16          // of TLS 1.2; nil = those of crypto/tls
	Header             http.Header       // of every request; a request's own header wins
	UserAgent          string            // empty = "oauthctl"
	Transport          http.RoundTripper // in place of the network, for tests
	Recorder           *Recorder         // nil = nothing is recorded
	Answered           Answered          // nil = nobody is told
	Now                func() time.Time  // nil = time.Now
}

// Answered is told of every answer before it is handed on, and of those that only lead elsewhere. A nil body was not read.
type Answered func(sent *http.Request, answer *http.Response, body []byte)

// MTLS says whether a client certificate is presented, so that mtls_endpoint_aliases apply: RFC 8705 §5.
func (c *Client) MTLS() bool { return len(c.options.ClientCertificates) > 0 }

// PlainHTTP returns the policy for http:// addresses, for those who judge an address before it is called.
func (c *Client) PlainHTTP() PlainHTTP { return c.options.PlainHTTP }

// Certificate returns the client certificate that is presented where a server asks for one, in DER; nil without one.
func (c *Client) Certificate() []byte {
	if !c.MTLS() || len(c.options.ClientCertificates[0].Certificate) == 0 {
		return nil
	}
	return c.options.ClientCertificates[0].Certificate[0]
}
