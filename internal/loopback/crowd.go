package loopback

import (
	"net"
	"net/http"
	"slices"
	"sync"
)

// maxCrowd bounds the connections on which no whole request has come. A browser has a few.
const maxCrowd = 256

// crowd are the connections on which no whole request has come yet. Anybody on the machine can open any number, and
// each takes a file descriptor that the browser or the token request may need: of too many the oldest gives way.
type crowd struct {
	mu      sync.Mutex
	waiting []net.Conn
}

// watch follows a connection; it is the hook of http.Server.
func (c *crowd) watch(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state != http.StateNew {
		c.waiting = slices.DeleteFunc(c.waiting, func(other net.Conn) bool { return other == conn })
		return
	}
	if c.waiting = append(c.waiting, conn); len(c.waiting) > maxCrowd {
		_ = c.waiting[0].Close()
		c.waiting = slices.Delete(c.waiting, 0, 1)
	}
}
