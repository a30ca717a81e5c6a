package op

import (
	"crypto/sha256"
	"crypto/subtle"
	"sync"
	"time"
)

// maxRegistered bounds the clients that a flood of registrations can leave behind.
const maxRegistered = 1000

// registry holds the clients that registered themselves. Its lock may be taken inside the provider's, never around it.
type registry struct {
	mu      sync.RWMutex
	clients map[string]*Client // a client that is updated is replaced, so that whoever has the old one may go on
}

// registered is what the provider knows of a client beyond the client itself; it outlives updates.
type registered struct {
	issued time.Time
	gone   bool // its client was deleted; the provider's lock guards it

	// The registry's lock guards these.
	metadata document // as it was registered
	token    [32]byte // hash of the registration access token
}

// fits says whether a registration access token is the client's, in a time that tells nothing.
func (r *registered) fits(token string) bool {
	sum := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(sum[:], r.token[:]) == 1
}

// client finds a client that is configured or registered; nil where there is none.
func (p *Provider) client(id string) *Client {
	if c := p.clients[id]; c != nil {
		return c
	}
	p.registry.mu.RLock()
	defer p.registry.mu.RUnlock()
	return p.registry.clients[id]
}

// is says whether two are one client: an update makes another value of it.
func (c *Client) is(other *Client) bool { return c != nil && other != nil && c.ID == other.ID }

// deleted says that a client registered itself and was deleted since. The caller holds the provider's lock.
func (c *Client) deleted() bool { return c.registered != nil && c.registered.gone }

// admit adds a client that registered itself, unless there are too many.
func (p *Provider) admit(c *Client) bool {
	p.registry.mu.Lock()
	defer p.registry.mu.Unlock()
	if p.registry.clients == nil {
		p.registry.clients = make(map[string]*Client)
	}
	if len(p.registry.clients) >= maxRegistered {
		return false
	}
	p.registry.clients[c.ID] = c
	return true
}

// managed finds the client whose registration access token this is.
func (p *Provider) managed(id, token string) *Client {
	p.registry.mu.RLock()
	defer p.registry.mu.RUnlock()
	if c := p.registry.clients[id]; c != nil && c.registered.fits(token) {
		return c
	}
	return nil
}

// dismiss forgets a client and revokes what it was granted (RFC 7592 §2.3).
func (p *Provider) dismiss(c *Client) {
	p.mu.Lock()
	c.registered.gone = true
	p.mu.Unlock()
	p.registry.mu.Lock()
	delete(p.registry.clients, c.ID)
	p.registry.mu.Unlock()
}
