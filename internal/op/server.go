package op

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/oauthctl/oauthctl/internal/loopback"
	"github.com/oauthctl/oauthctl/internal/problem"
)

// Server is a provider that listens.
type Server struct {
	*Provider
	server http.Server
	stop   func() bool

	mu     sync.Mutex // guards closed, so that nothing is added to done once Close waits
	closed bool
	done   sync.WaitGroup
}

// Start listens on an address such as "127.0.0.1:0" and serves until Close, or until the context is done.
func Start(ctx context.Context, addr string, config Config) (*Server, error) {
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, noListener(addr, err)
	}
	if config.Issuer == "" || strings.HasPrefix(config.Issuer, "/") {
		config.Issuer = "http://" + listener.Addr().String() + config.Issuer
	}
	var secure net.Listener
	if slices.Contains(config.Features, FeatureMTLS) && config.MTLS == "" {
		if secure, err = listenTLS(ctx, listener); err != nil {
			_ = listener.Close()
			return nil, err
		}
		config.MTLS = "https://" + secure.Addr().String()
	}
	s, err := newServer(ctx, config)
	if err == nil && secure != nil {
		err = s.serveTLS(secure)
	}
	if err != nil {
		_ = listener.Close()
		if secure != nil {
			_ = secure.Close()
		}
		return nil, err
	}
	s.done.Go(func() { _ = s.server.Serve(listener) }) // returns when the server is closed
	s.stop = context.AfterFunc(ctx, func() { _ = s.server.Close() })
	return s, nil
}

// noListener says why an address cannot be listened on, and who has its port.
func noListener(addr string, err error) error {
	const free = "--addr 127.0.0.1:0 takes any free port"
	_, name, _ := net.SplitHostPort(addr)
	port, _ := strconv.ParseUint(name, 10, 16)
	if taken, hint := loopback.Taken(err, uint16(port)); taken != "" {
		return problem.Usagef("serve.listen", "cannot listen on %s: %s", addr, taken).WithHint("%s%s", hint, free)
	}
	return problem.Usagef("serve.listen", "cannot listen on %s: %v", addr, err).WithHint("choose another address: %s", free)
}

func newServer(ctx context.Context, config Config) (*Server, error) {
	provider, err := New(config)
	if err != nil {
		return nil, err
	}
	s := &Server{Provider: provider}
	s.server = http.Server{
		Handler:           http.HandlerFunc(s.serveCounted),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(slog.DiscardHandler, slog.LevelError), // nothing prints but the command
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	return s, nil
}

// serveCounted answers a request, and lets Close wait for it.
func (s *Server) serveCounted(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		panic(http.ErrAbortHandler) // or net/http would answer 200
	}
	s.done.Add(1)
	s.mu.Unlock()
	defer s.done.Done()
	s.ServeHTTP(w, r)
}

// Close ends the server at once, whatever it is answering, and waits until nothing of it is left.
func (s *Server) Close() error {
	s.stop()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	err := s.server.Close()
	s.done.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil // the context was done first
	}
	return err
}
