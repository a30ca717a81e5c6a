package jose

import (
	"strings"

	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Headers remembers the last header that was read, and which keys it selects: an issuer's tokens have the same header
// for as long as its key lasts. It is for one goroutine; a token read with it and its checks are good until the next is.
type Headers struct {
	last   *sharedHeader
	checks verdict.Checks // of the last token
	buffer []byte         // its octets, encoded and decoded
	read   Token
}

// token returns an empty token, its octets, and memory for what they encode, which is always less.
func (h *Headers) token(compact string) (t *Token, raw, free []byte) {
	if h == nil {
		h = &Headers{}
	}
	size := len(compact)
	if cap(h.buffer) < 2*size {
		h.buffer = make([]byte, 2*size)
	}
	h.read = Token{}
	raw, free = h.buffer[:size:size], h.buffer[size:2*size]
	copy(raw, compact)
	return &h.read, raw, free
}

// usual is how many checks there are for most tokens.
const usual = 24

// room returns a list to which the checks of a token are added, those of its claims as well.
func (h *Headers) room() verdict.Checks {
	if h == nil {
		return make(verdict.Checks, 0, usual)
	}
	if h.checks == nil {
		h.checks = make(verdict.Checks, 0, usual)
	}
	return h.checks[:0]
}

// sharedHeader is what tokens with the same octets as header have in common. Nobody changes it but to add the choice.
type sharedHeader struct {
	part   string // in base64url
	token  Token  // with what readHeader filled in
	checks verdict.Checks
	choice *choice
}

// recall fills the token from the last header, if it has the same.
func (h *Headers) recall(t *Token, part string) bool {
	if h == nil || h.last == nil || h.last.part != part {
		return false
	}
	from := &h.last.token
	t.Header, t.HeaderRaw, t.Algorithm, t.KeyID, t.Type = from.Header, from.HeaderRaw, from.Algorithm, from.KeyID, from.Type
	t.hasKeyID, t.shared = from.hasKeyID, h.last
	return true
}

// remember keeps what was read of a header, unless something is wrong with it.
func (h *Headers) remember(t *Token, part string, checks verdict.Checks) verdict.Checks {
	if h == nil || checks.Failed() {
		return checks
	}
	h.last = &sharedHeader{
		part: strings.Clone(part), checks: checks, // not the rest of the token
		token: Token{Header: t.Header, HeaderRaw: t.HeaderRaw, Algorithm: t.Algorithm, KeyID: t.KeyID, Type: t.Type, hasKeyID: t.hasKeyID},
	}
	t.shared = h.last
	return checks
}
