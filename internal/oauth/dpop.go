package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
)

// The bounds of what servers can make a Prover keep.
const (
	maxNonce   = 4 << 10
	maxOrigins = 64
)

const nonceDemanded = "use_dpop_nonce"

// Prover proves with every request that its sender has a key. It is safe for concurrent use (RFC 9449 §4).
type Prover struct {
	signer     *jose.Signer
	thumbprint string
	nonces     *Nonces
}

// Nonces are those that servers want in proofs: one for each origin, and never that of another. The zero value has none.
// It is safe for concurrent use (RFC 9449 §8).
type Nonces struct {
	mu   sync.Mutex
	last map[string]string // by origin
}

// NewProver makes a prover with a key of its own, whose public half goes into every proof, and with the nonces that are
// learnt beside it (RFC 9449 §4.2).
func NewProver(signer *jose.Signer, nonces *Nonces) (*Prover, error) {
	key := signer.PublicJWK()
	if key == nil || key.Public() == nil {
		return nil, problem.Usagef("usage.dpop", "a DPoP proof needs a key pair, whose public half goes into the proof").
			WithHint("make one: oauthctl key generate --output-file FILE, then --dpop-key FILE")
	}
	return &Prover{signer: signer.EmbedKey(), thumbprint: key.Thumbprint(), nonces: nonces}, nil
}

// Thumbprint names the key, as cnf.jkt and dpop_jkt do (RFC 9449 §6.1, §10).
func (p *Prover) Thumbprint() string { return p.thumbprint }

// Algorithm returns the algorithm that proofs are signed with.
func (p *Prover) Algorithm() jose.Algorithm { return p.signer.Algorithm() }

// proof is what a proof says. Its jti has 130 random bits.
type proof struct {
	ID       string `json:"jti"`
	Method   string `json:"htm"`
	Address  string `json:"htu"`
	IssuedAt int64  `json:"iat"`
	Token    string `json:"ath,omitempty"`
	Nonce    string `json:"nonce,omitempty"`
}

// Proof makes the proof of one request. It is bound to the access token that goes with the request, where one does, and
// bears the last nonce of the address's origin (RFC 9449 §4.2).
func (p *Prover) Proof(method, address string, token secret.Secret, now time.Time) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", problem.Usagef("usage.dpop", "a proof cannot be made for %s", text.URL(address))
	}
	claims := proof{ID: rand.Text(), Method: method, Address: proofTarget(u), IssuedAt: now.Unix(), Nonce: p.nonces.of(u)}
	if !token.IsZero() {
		claims.Token = TokenHash(token)
	}
	compact, err := p.signer.Sign("dpop+jwt", claims)
	if err != nil {
		return "", fmt.Errorf("signing the DPoP proof: %w", err)
	}
	return compact, nil
}

// TokenHash is the ath of a proof (RFC 9449 §4.2).
func TokenHash(token secret.Secret) string {
	sum := sha256.Sum256([]byte(token.Reveal()))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// proofTarget is the htu of an address: without query, fragment and user name (RFC 9449 §4.2), and spelled as the server
// is to spell it before it compares (RFC 9449 §4.3, RFC 3986 §6.2.2, §6.2.3): not every server does.
func proofTarget(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		path = "/" // which is what the server is asked for
	}
	return originOf(u) + path
}

// originOf names a server, the same for each spelling of it (RFC 6454 §4).
func originOf(u *url.URL) string {
	origin := strings.ToLower(u.Scheme + "://" + u.Host)
	usual := map[string]string{"https": ":443", "http": ":80"}[strings.ToLower(u.Scheme)]
	return strings.TrimSuffix(strings.TrimSuffix(origin, ":"), usual)
}

func (n *Nonces) of(u *url.URL) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.last[originOf(u)]
}

// Learn keeps the nonce of a response, whatever its status, for the next proof at the origin of the address. The error
// is about a nonce that cannot be used: the one before it stays (RFC 9449 §8.1, §8.2, §9).
func (n *Nonces) Learn(address string, header http.Header) error {
	u, err := url.Parse(address)
	if err != nil {
		return nil // no request goes there
	}
	nonce, err := givenNonce(header)
	if nonce == "" {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.last == nil || len(n.last) >= maxOrigins {
		n.last = make(map[string]string)
	}
	n.last[originOf(u)] = nonce
	return nil
}

// givenNonce is the nonce of a response; empty where there is none.
func givenNonce(header http.Header) (string, error) {
	values := header.Values("DPoP-Nonce")
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 {
		return "", badNonce("one DPoP-Nonce header", fmt.Sprintf("%d of them", len(values)))
	}
	value := values[0]
	if len(value) == 0 || len(value) > maxNonce {
		return "", badNonce(fmt.Sprintf("a nonce of 1 to %s", count(maxNonce, "character")), count(len(value), "character"))
	}
	for at := range len(value) {
		if c := value[at]; c <= 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return "", badNonce("printable ASCII without blanks, quotes and backslashes", fmt.Sprintf("byte 0x%02x at position %s", c, ordinal(at)))
		}
	}
	return value, nil
}

func badNonce(want, got string) error {
	return &problem.Error{
		Kind: problem.Verification, Code: "dpop.nonce", Spec: "RFC 9449 §8.1", Want: want, Got: got,
		Message: "the server's nonce for DPoP proofs cannot be used",
		Hint:    "the server is at fault: --trace shows its DPoP-Nonce header",
	}
}

// NonceDemanded says whether a server refused a request for the lack of a fresh nonce: an authorization server by the
// error of its answer, an API by its challenge (RFC 9449 §8, §9).
func NonceDemanded(status int, header http.Header, body []byte) bool {
	if status != http.StatusBadRequest && status != http.StatusUnauthorized {
		return false
	}
	if answer, err := strictjson.Parse(body); err == nil {
		if code, err := answer.String("error"); err == nil && code == nonceDemanded {
			return true
		}
	}
	if status != http.StatusUnauthorized {
		return false
	}
	for _, c := range ParseChallenges(header) {
		if strings.EqualFold(c.Scheme, TypeDPoP) && c.Params["error"] == nonceDemanded {
			return true
		}
	}
	return false
}

// JudgeDemand is the error about a server that demands a nonce, and gives none that can be used (RFC 9449 §8).
func JudgeDemand(header http.Header) error {
	nonce, err := givenNonce(header)
	if nonce == "" && err == nil {
		err = badNonce("a DPoP-Nonce header beside "+nonceDemanded, "none")
	}
	return err
}
