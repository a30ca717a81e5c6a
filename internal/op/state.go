package op

import (
	"container/list"
	"crypto/sha256"
	"time"
)

// shelf keeps values for a time, at most so many: the oldest go first. All of one shelf live equally long, so the
// order of coming is that of going. Keys are kept as hashes: finding one takes no longer the nearer a guess is.
type shelf[V any] struct {
	lifetime time.Duration
	limit    int
	order    *list.List
	index    map[[32]byte]*list.Element
}

type kept[V any] struct {
	key     [32]byte
	expires time.Time
	value   V
}

//go:noinline
func newShelf[V any](lifetime time.Duration, limit int) shelf[V] {
	return shelf[V]{lifetime, limit, list.New(), make(map[[32]byte]*list.Element)}
}

func (s *shelf[V]) put(key string, value V, now time.Time) {
	hash := sha256.Sum256([]byte(key))
	s.drop(hash)
	s.index[hash] = s.order.PushBack(&kept[V]{hash, now.Add(s.lifetime), value})
	for first := s.order.Front(); first != nil; first = s.order.Front() {
		entry, _ := first.Value.(*kept[V])
		if s.order.Len() <= s.limit && now.Before(entry.expires) {
			break
		}
		s.drop(entry.key)
	}
}

func (s *shelf[V]) get(key string, now time.Time) (value V, ok bool) {
	e := s.index[sha256.Sum256([]byte(key))]
	if e == nil {
		return value, false
	}
	entry, _ := e.Value.(*kept[V])
	if !now.Before(entry.expires) {
		return value, false
	}
	return entry.value, true
}

// find returns the oldest value that a test accepts.
func (s *shelf[V]) find(now time.Time, test func(V) bool) (value V, ok bool) {
	for e := s.order.Front(); e != nil; e = e.Next() {
		if entry, _ := e.Value.(*kept[V]); now.Before(entry.expires) && test(entry.value) {
			return entry.value, true
		}
	}
	return value, false
}

// count returns how many there are now.
func (s *shelf[V]) count(now time.Time) (n int) {
	for e := s.order.Front(); e != nil; e = e.Next() {
		if entry, _ := e.Value.(*kept[V]); now.Before(entry.expires) {
			n++
		}
	}
	return n
}

func (s *shelf[V]) remove(key string) { s.drop(sha256.Sum256([]byte(key))) }

//go:noinline
func (s *shelf[V]) drop(hash [32]byte) {
	if e := s.index[hash]; e != nil {
		s.order.Remove(e)
		delete(s.index, hash)
	}
}

// state is all that the provider remembers; the provider's mutex guards it and everything it points to.
type state struct {
	interactions shelf[*interaction] // by ID: who is at the login or consent page
	sessions     shelf[*session]     // by cookie
	codes        shelf[*code]
	refreshes    shelf[*refresh]
	accesses     shelf[*access]
	idTokens     shelf[*idToken] // for id_token_hint, and as subjects of an exchange
	devices      shelf[*device]  // by device code
	userCodes    shelf[*device]
	backchannels shelf[*device]  // by auth_req_id
	guesses      shelf[struct{}] // wrong user codes
	pushed       shelf[*pushed]  // by request_uri
	logouts      shelf[*logout]  // by ID: who is asked whether to log out
	assertions   shelf[struct{}] // those that were used, by client and jti
	proofs       shelf[struct{}] // DPoP proofs that were used, by key and jti
}

// limits bound what a flood can make the provider keep.
const (
	maxInteractions = 1000
	maxTokens       = 20000
)

// late is how long things stay after they ran out, so that a replay is known as one and lateness is told in seconds.
const late = 15 * time.Minute

func newState(c Config) state {
	l := c.Lifetimes
	for i := range c.Clients {
		l.RefreshToken = max(l.RefreshToken, c.Clients[i].Lifetimes.RefreshToken)
		l.AccessToken = max(l.AccessToken, c.Clients[i].Lifetimes.AccessToken)
	}
	return state{
		interactions: newShelf[*interaction](l.Interaction, maxInteractions),
		sessions:     newShelf[*session](l.Session, maxInteractions),
		codes:        newShelf[*code](l.Code+late, maxTokens),
		refreshes:    newShelf[*refresh](l.RefreshToken, maxTokens),
		accesses:     newShelf[*access](l.AccessToken+late, maxTokens),
		idTokens:     newShelf[*idToken](l.Session, maxTokens),
		devices:      newShelf[*device](l.Device+late, maxInteractions),
		userCodes:    newShelf[*device](l.Device+late, maxInteractions),
		backchannels: newShelf[*device](l.CIBA+late, maxInteractions),
		guesses:      newShelf[struct{}](time.Minute, maxGuesses+1),
		pushed:       newShelf[*pushed](l.PAR+late, maxInteractions),
		logouts:      newShelf[*logout](l.Interaction, maxInteractions),
		assertions:   newShelf[struct{}](maxAssertion+late, maxTokens),
		proofs:       newShelf[struct{}](proofAge+2*clockSkew, maxTokens),
	}
}

// grant is what somebody once allowed a client; every token comes from one, and revoking it revokes them all.
type grant struct {
	client    *Client
	user      *User  // nil for a client of its own
	machine   string // the client that an exchanged token is about, where it is not the one that has it
	scopes    []string
	audiences []string
	nonce     string
	acr       string
	amr       string // how the person signed in; empty where nobody did
	authTime  time.Time
	maxAge    bool // max_age was sent
	details   details
	revoked   string // why, or empty
	parent    *grant // of the token that was exchanged for this one
}

// dead says why the tokens of a grant are revoked; that of its parents counts.
func (g *grant) dead() string {
	for ; g != nil; g = g.parent {
		if g.revoked != "" {
			return g.revoked
		}
		if g.client.deleted() {
			return "its client was deleted"
		}
	}
	return ""
}

// code is an authorization code.
type code struct {
	grant       *grant
	redirectURI string // as it was sent; empty where it was not
	challenge   string // S256, or empty
	jkt         string // the DPoP key that it is bound to, or empty
	expires     time.Time
	used        bool
}

// refresh is a refresh token: good for one use (RFC 9700 §4.14.2).
type refresh struct {
	grant           *grant
	bound           bound
	issued, expires time.Time
	used            bool
}

// access is an access token, for the endpoints that take one, and for introspection.
type access struct {
	grant             *grant
	bound             bound
	scopes, audiences []string
	id                string // jti
	issued, expires   time.Time
	details           details
	actor             document // act, where somebody acts for the subject (RFC 8693 §4.1)
	revoked           string
}

// dead says why the token is revoked, or nothing.
func (t *access) dead() string {
	if t.revoked != "" {
		return t.revoked
	}
	return t.grant.dead()
}

// idToken is an ID token that was issued.
type idToken struct {
	grant   *grant
	expires time.Time
}

// session is a browser in which somebody is signed in.
type session struct {
	user     *User
	authTime time.Time
	consents map[string][]string // scopes by client
}

// interaction is an authorization request waiting for its person.
type interaction struct {
	request  *authorization
	cookie   string    // of the browser in which it began
	loggedIn bool      // in this interaction, so that prompt=login is asked once
	began    time.Time // for auth_time
	user     *User     // who may consent: set once signed in
}
