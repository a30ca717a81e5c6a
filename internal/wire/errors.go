package wire

import (
	"cmp"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// Windows reports refused and unreachable connections with numbers of its own.
const (
	wsaUnreachableNet  = syscall.Errno(10051)
	wsaReset           = syscall.Errno(10054)
	wsaRefused         = syscall.Errno(10061)
	wsaUnreachableHost = syscall.Errno(10065)
)

// explain turns a failure of net/http into what a person can act on. What the caller itself ended stays a context error.
func (c *Client) explain(caller context.Context, a attempt, err error) error {
	if ended := caller.Err(); ended != nil {
		return ended
	}
	p := c.classify(a, err)
	if a.proxy != nil && p.Code != "network.proxy" {
		p.Message += ", through the proxy " + text.Escape(a.proxy.Host)
	}
	if who, ok := c.named.Load(a.url.Host); ok && p.Code != "network.size" && p.Code != "network.proxy" {
		p.Hint += "\n" + text.Line(fmt.Sprint(who))
	}
	p.Kind, p.Message, p.Cause = problem.Network, a.doing+": "+p.Message, err
	return p
}

func (c *Client) classify(a attempt, err error) *problem.Error {
	host := text.Escape(a.url.Host)
	for _, known := range []func(attempt, string, error) *problem.Error{
		c.timedOut, c.badCertificate, tooMuch, undecodable, proxyFailed, noName, noConnection, noHandshake,
	} {
		if p := known(a, host, err); p != nil {
			return p
		}
	}
	if what, found := malformed(err); found {
		return &problem.Error{
			Code: "network.not_http", Message: host + what,
			Hint: "check the host and the port: another kind of server listens there",
		}
	}
	if strings.Contains(err.Error(), "connection error: PROTOCOL_ERROR") {
		return &problem.Error{
			Code:    "network.http2",
			Message: fmt.Sprintf("%s broke the rules of HTTP/2, or its answer's header has more than %d bytes", host, maxResponseHeads),
			Hint:    "check the address; --trace shows the exchange",
		}
	}
	return &problem.Error{
		Code: "network.failed", Message: host + ": " + text.Escape(err.Error()),
		Hint: "--trace shows the exchange",
	}
}

func (c *Client) timedOut(a attempt, host string, err error) *problem.Error {
	var timeout net.Error
	ours := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
	if !ours && (!errors.As(err, &timeout) || !timeout.Timeout()) {
		return nil
	}
	within := ""
	if ours {
		within = " within " + c.options.Timeout.String()
	}
	p := &problem.Error{Code: "network.timeout", Message: host + " did not answer" + within}
	switch at := a.phase.at.Load(); at {
	case phaseBody:
		p.Message = host + " did not finish its answer" + within
		p.Hint = "--timeout gives it more time"
	case phaseAnswer, phaseTLS:
		p.Message += ": timed out " + a.phase.String()
		p.Hint = "--timeout gives it more time"
	default:
		p.Message += ": timed out " + a.phase.String()
		p.Hint = "check that the host is reachable from here (VPN, firewall, HTTPS_PROXY); --timeout gives it more time"
	}
	return p
}

// tooMuch is about bodies and headers over their limits. net/http has no error value for its header limits, so that
// its texts are compared, here and in classify; tests with the real net/http guard them.
func tooMuch(_ attempt, host string, err error) *problem.Error {
	var size *sizeError
	if errors.As(err, &size) {
		return &problem.Error{
			Code: "network.size", Message: host + ": " + size.Error(),
			Hint: "no OAuth answer is that long: check the address",
		}
	}
	if said := err.Error(); strings.Contains(said, "server response headers exceeded") ||
		strings.Contains(said, "response header list larger") {
		return &problem.Error{
			Code:    "network.header_size",
			Message: fmt.Sprintf("%s: the answer's header has more than %d bytes", host, maxResponseHeads),
			Hint:    "no OAuth answer needs that: check the address",
		}
	}
	return nil
}

// undecodable is about a body that is not the gzip that it claims to be.
func undecodable(_ attempt, host string, err error) *problem.Error {
	var corrupt flate.CorruptInputError
	if !errors.Is(err, gzip.ErrHeader) && !errors.Is(err, gzip.ErrChecksum) && !errors.As(err, &corrupt) {
		return nil
	}
	return &problem.Error{
		Code: "network.encoding", Message: host + ": the answer says Content-Encoding: gzip, and is not: " + text.Escape(err.Error()),
		Hint: "the server or a proxy before it is broken: try another network, or ask its operator",
	}
}

var errSwitched = errors.New("the server switched protocols")

// malformed says what a server did in place of an answer. net/http has no error value for it either.
func malformed(err error) (what string, found bool) {
	if errors.Is(err, errSwitched) {
		return " switched to another protocol, which nobody had asked for", true
	}
	for _, kind := range []string{"malformed HTTP response ", "malformed HTTP version ", "malformed HTTP status code "} {
		if _, what, found = strings.Cut(err.Error(), kind); found {
			return " answered something that is not HTTP: " + text.Escape(what), true
		}
	}
	// What came before the request was sent is lost with the connection (SSH, SMTP and FTP greet).
	return " spoke before it was asked, as no HTTP server does", strings.Contains(err.Error(), "readLoopPeekFailLocked")
}

func proxyFailed(a attempt, _ string, err error) *problem.Error {
	var op *net.OpError
	var tunnel *tunnelError
	isOp := errors.As(err, &op) && op.Op == "proxyconnect"
	if a.proxy == nil || !isOp && !errors.As(err, &tunnel) {
		return nil
	}
	p := &problem.Error{
		Code: "network.proxy", Message: "the proxy " + text.Escape(a.proxy.Host) + " could not be reached",
		Hint: "the proxy comes from --proxy or from HTTPS_PROXY/HTTP_PROXY; NO_PROXY=" + text.Escape(a.url.Hostname()) + " goes without it",
	}
	if tunnel != nil {
		p.Message = "the proxy " + text.Escape(a.proxy.Host) + " refused to connect to " + text.Escape(a.url.Host) + ": it answered " + text.Escape(tunnel.status)
		if strings.HasPrefix(tunnel.status, "407") {
			p.Hint = "the proxy wants a user name: --proxy http://USER:PASSWORD@" + text.Escape(a.proxy.Host) + " (or the same in HTTPS_PROXY)"
		}
	} else if inner := op.Err; inner != nil {
		p.Message += ": " + text.Escape(innermost(inner).Error())
	}
	return p
}

func noName(a attempt, host string, err error) *problem.Error {
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		return nil
	}
	p := &problem.Error{
		Code: "network.dns", Message: "the host name " + text.Escape(cmp.Or(dns.Name, a.url.Hostname())) + " could not be looked up: " + text.Escape(dns.Err),
		Hint: "check the name and the network (VPN, DNS)",
	}
	if dns.IsNotFound {
		p.Message = "the host " + text.Escape(dns.Name) + " does not exist"
		p.Hint = "check the spelling; names inside Docker or Kubernetes are known only there; HTTPS_PROXY is for networks without outside DNS"
	}
	return p
}

func noConnection(a attempt, host string, err error) *problem.Error {
	where := net.JoinHostPort(a.url.Hostname(), port(a.url))
	switch {
	case isAny(err, syscall.ECONNREFUSED, wsaRefused):
		hint := "check the port, and that the server is running"
		if IsLoopback(a.url.Hostname()) {
			hint = "nothing listens on this port of this machine: start the server, or check the port (inside a container, loopback is the container itself)"
		}
		return &problem.Error{Code: "network.refused", Message: "connection to " + text.Escape(where) + " refused", Hint: hint}
	case isAny(err, syscall.ENETUNREACH, syscall.EHOSTUNREACH, wsaUnreachableNet, wsaUnreachableHost):
		return &problem.Error{
			Code: "network.unreachable", Message: "there is no route to " + text.Escape(where),
			Hint: "check the network (VPN, firewall, HTTPS_PROXY)",
		}
	case isAny(err, syscall.ECONNRESET, syscall.EPIPE, wsaReset), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		strings.Contains(err.Error(), "server sent GOAWAY"),            // of HTTP/2, which has no error value for it
		strings.Contains(err.Error(), "server closed idle connection"): // before the request was sent; not exported
		p := &problem.Error{
			Code: "network.closed", Message: host + " closed the connection before its answer was complete",
			Hint: "try again; if it stays so, check the port and scheme, and what stands between (proxy, firewall)",
		}
		if a.url.Scheme == "http" {
			p.Hint += "; a port for TLS alone does so: try https://" + host
		}
		return p
	}
	return nil
}

func isAny(err error, targets ...syscall.Errno) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}

// refuse is the error for a redirect that is not followed.
func (c *call) refuse(location, why, follow string) *problem.Error {
	p := &problem.Error{
		Kind: problem.Verification, Code: "wire.redirect", Spec: "RFC 9700 §4.12",
		Message: fmt.Sprintf("%s: %s answered %d with a redirect that is not followed: %s",
			c.doing, text.Escape(c.url.Host), c.http.StatusCode, why),
		Want: "an answer from " + text.Escape(bare(c.url)), Got: "a redirect to " + text.Escape(withoutQuery(location)),
		Hint: "if the address moved, correct it where it is configured (--issuer, --metadata-url or --endpoint NAME=URL)",
	}
	if follow != "" {
		p.Hint = "if " + text.Escape(follow) + " is right, name it directly (--issuer, --metadata-url or --endpoint NAME=URL)\n" +
			"if a login page, a captive portal or a proxy is there, it answered in the server's place: satisfy it first"
	}
	return p
}

// withoutQuery drops what may hold secrets from a Location.
func withoutQuery(location string) string {
	if i := strings.IndexAny(location, "?#"); i >= 0 {
		return location[:i] + "?…"
	}
	return location
}

// doing puts what was being done in front of an error about an address.
func doing(r Request, err error) error {
	p := *problem.As(err)
	if r.Doing != "" {
		p.Message = r.Doing + ": " + p.Message
	}
	return &p
}

func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
