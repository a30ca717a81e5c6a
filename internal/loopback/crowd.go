package loopback

import (
	"context"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// The bounds of the connections on which no whole request has come. A browser has a few; a body takes memory besides.
const (
	maxCrowd   = 256
	maxPosting = 32
)

// restTime bounds how long the rest of a body is taken that nobody wants: without it the browser might miss the answer.
const restTime = time.Second

// crowd are connections on which something has still to come. Anybody on the machine can open any number, and each takes
// a file descriptor that the browser or the token request may need: of too many the oldest gives way.
type crowd struct {
	most    int
	mu      sync.Mutex
	waiting []net.Conn
}

func (c *crowd) enter(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting = append(c.waiting, conn); len(c.waiting) > c.most {
		_ = c.waiting[0].Close()
		c.waiting = slices.Delete(c.waiting, 0, 1)
	}
}

func (c *crowd) leave(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = slices.DeleteFunc(c.waiting, func(other net.Conn) bool { return other == conn })
}

// watch follows a connection; it is the hook of http.Server. It becomes active when the header of a request is there.
func (s *Server) watch(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.silent.enter(conn)
	case http.StateClosed, http.StateHijacked:
		s.silent.leave(conn)
		s.posting.leave(conn)
	default:
		s.silent.leave(conn)
	}
}

// connection is the key under which a request's context has its connection.
type connection struct{}

func withConnection(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connection{}, conn)
}

// posted says that the request's body is there.
func (s *Server) posted(r *http.Request) {
	if conn, ok := r.Context().Value(connection{}).(net.Conn); ok {
		s.posting.leave(conn)
	}
}

// bounded is serve for a request with a body, which may come slowly or never: also one that is refused unread.
func (s *Server) bounded(w http.ResponseWriter, r *http.Request) {
	if conn, ok := r.Context().Value(connection{}).(net.Conn); ok && r.ContentLength != 0 {
		s.posting.enter(conn)
		defer func() { _ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(restTime)) }()
	}
	s.serve(w, r)
}
