// Package loopback is the place where a browser brings the answer of an authorization request to a program on the
// same machine: a web server on loopback addresses only, for one login, with one small page (RFC 8252 §7.3).
package loopback

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// attempts is how often a free port is looked for that is free on both stacks.
const attempts = 16

// IsLoopback says whether Listen can serve the redirect URI: http on 127.0.0.1, [::1] or localhost (RFC 8252 §7.3).
func IsLoopback(redirectURI string) bool {
	_, err := parse(redirectURI)
	return err == nil
}

func parse(redirectURI string) (*url.URL, error) {
	refuse := func(message string) (*url.URL, error) {
		return nil, &problem.Error{
			Kind: problem.Usage, Code: "loopback.redirect_uri", Message: message, Spec: "RFC 8252 §7.3",
			Want: "http://127.0.0.1:PORT/PATH, http://[::1]:PORT/PATH or http://localhost:PORT/PATH",
			Got:  text.Escape(redirectURI),
			Hint: "--redirect-uri http://127.0.0.1:0/callback, or --paste to hand the final address over by hand",
		}
	}
	u, err := url.Parse(redirectURI)
	switch {
	case err != nil:
		return refuse("the redirect URI is not a URL")
	case u.Scheme != "http":
		return refuse("a local server needs a redirect URI with http")
	case u.User != nil || u.Fragment != "" || u.Opaque != "":
		return refuse("the redirect URI has a part that no redirect URI may have")
	case len(hosts(u.Hostname())) == 0:
		return refuse("the redirect URI is not on loopback")
	}
	if port := u.Port(); port != "" {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return refuse("the redirect URI has no usable port")
		}
	}
	return u, nil
}

// hosts returns the addresses that a browser may connect to for the host.
func hosts(host string) []string {
	switch host = strings.ToLower(host); host {
	case "127.0.0.1", "::1":
		return []string{host}
	case "localhost":
		return []string{"127.0.0.1", "::1"}
	}
	return nil
}

// bind listens on every address of the host with one port. A stack that the machine does not have is left out; a port
// that is taken on one of two stacks is taken, because the browser might bring the code to whoever has it.
func bind(ctx context.Context, host string, port uint16) ([]net.Listener, error) {
	var err error
	for range attempts {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var listeners []net.Listener
		listeners, err = bindOnce(ctx, hosts(host), port)
		if err == nil {
			return listeners, nil
		}
		if port != 0 || !isTaken(err) {
			break
		}
	}
	return nil, explain(err, port)
}

func bindOnce(ctx context.Context, addresses []string, port uint16) ([]net.Listener, error) {
	var (
		config    net.ListenConfig
		listeners []net.Listener
		missing   error
	)
	for _, address := range addresses {
		l, err := config.Listen(ctx, "tcp", netip.AddrPortFrom(netip.MustParseAddr(address), port).String())
		switch {
		case err == nil:
			listeners = append(listeners, l)
			port = portOf(l)
		case isMissing(err):
			missing = err
		default:
			closeAll(listeners)
			return nil, err
		}
	}
	if len(listeners) == 0 {
		return nil, missing
	}
	return listeners, nil
}

// The same failures by their numbers in Windows, which package syscall does not translate.
const (
	winDenied      = syscall.Errno(10013)
	winFamily      = syscall.Errno(10047)
	winTaken       = syscall.Errno(10048)
	winUnavailable = syscall.Errno(10049)
)

func isTaken(err error) bool { return isEither(err, syscall.EADDRINUSE, winTaken) }

func isDenied(err error) bool { return isEither(err, syscall.EACCES, winDenied) }

// isMissing says that the machine has not got the stack at all.
func isMissing(err error) bool {
	return isEither(err, syscall.EADDRNOTAVAIL, winUnavailable) || isEither(err, syscall.EAFNOSUPPORT, winFamily)
}

func isEither(err error, unix, windows syscall.Errno) bool {
	return errors.Is(err, unix) || runtime.GOOS == "windows" && errors.Is(err, windows)
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
	}
}

func explain(err error, port uint16) error {
	p := &problem.Error{Kind: problem.Usage, Code: "loopback.port", Spec: "RFC 8252 §7.3", Cause: err}
	free := "--redirect-uri with port 0 takes any free port, where the provider allows that"
	taken, hint := Taken(err, port)
	switch {
	case taken != "":
		p.Message, p.Hint = taken, hint+free
	case port != 0 && isDenied(err):
		p.Message = "port " + strconv.Itoa(int(port)) + " needs privileges that this process does not have"
		p.Hint = free
	default:
		p.Kind, p.Code = problem.Internal, "loopback.listen"
		p.Message = "no local port to listen on: " + text.Escape(err.Error())
		p.Hint = "--paste does without one"
	}
	return p
}

// Taken says who has the port that could not be listened on, and begins the hint, to which the flag for another one is
// added. Both are empty where the port is free, or any.
func Taken(err error, port uint16) (message, hint string) {
	if port == 0 || !isTaken(err) {
		return "", ""
	}
	message = "port " + strconv.Itoa(int(port)) + " is taken"
	if who := inProc().holder(port); who != "" {
		return message + " by " + who, "end it, or choose another port: "
	}
	return message, "`" + portCommand(port) + "` shows by what; "
}

// portOf is the port of a TCP listener.
func portOf(l net.Listener) uint16 {
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return 0
	}
	return address.AddrPort().Port()
}
