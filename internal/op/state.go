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

func (s *shelf[V]) remove(key string) { s.drop(sha256.Sum256([]byte(key))) }

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
	idTokens     shelf[string] // subjects, by ID token, for id_token_hint
}

// limits bound what a flood can make the provider keep.
const (
	maxInteractions = 1000
	maxTokens       = 20000
)

func newState(l Lifetimes) state {
	return state{
		interactions: newShelf[*interaction](l.Interaction, maxInteractions),
		sessions:     newShelf[*session](l.Session, maxInteractions),
		// Codes stay longer than they are good for, so that a replay is known as one and lateness is told in seconds.
		codes:     newShelf[*code](l.Code+15*time.Minute, maxTokens),
		refreshes: newShelf[*refresh](l.RefreshToken, maxTokens),
		accesses:  newShelf[*access](l.AccessToken, maxTokens),
		idTokens:  newShelf[string](l.Session, maxTokens),
	}
}

// grant is what somebody once allowed a client; every token comes from one, and revoking it revokes them all.
type grant struct {
	client    *Client
	user      *User // nil for a client of its own
	scopes    []string
	audiences []string
	nonce     string
	acr       string
	authTime  time.Time
	revoked   string // why, or empty
}

// code is an authorization code.
type code struct {
	grant       *grant
	redirectURI string // as it was sent; empty where it was not
	challenge   string // S256, or empty
	expires     time.Time
	used        bool
}

// refresh is a refresh token: good for one use (RFC 9700 §4.14.2).
type refresh struct {
	grant *grant
	used  bool
}

// access is an access token, for the userinfo endpoint.
type access struct {
	grant  *grant
	scopes []string
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
