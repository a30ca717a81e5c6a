package op

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"time"
)

// proofNonce wants one of our own nonces that is fresh, where nonces are wanted at all. One that is getting old is
// replaced with the answer (RFC 9449 §8, §8.2, §9).
func (x *exchange) proofNonce(t jws, at server) *refusal {
	if x.p.config.DPoPNonce == 0 {
		return nil
	}
	nonce, err := t.claims.String("nonce")
	age, known := x.p.nonceAge(nonce, at, x.now)
	why := ""
	switch {
	case err != nil || nonce == "":
		why = "the DPoP proof has no nonce"
	case !known:
		why = "the nonce of the DPoP proof is none of this server's"
	case age >= x.p.config.DPoPNonce:
		why = fmt.Sprintf("the nonce of the DPoP proof is %s old; they live %s", age.Round(time.Second), x.p.config.DPoPNonce)
	case age >= x.p.config.DPoPNonce/2:
		x.nonce = x.p.newNonce(at, x.now)
	}
	if why == "" {
		return nil
	}
	x.nonce = x.p.newNonce(at, x.now)
	return refused("use_dpop_nonce", "%s: make a new proof with that of the DPoP-Nonce header", why)
}

// rotate makes a nonce good for one proof, and gives the next with a good answer. A key is told of the demand once: who
// does not keep what came with a good answer is lost (RFC 9449 §8.2).
func (x *exchange) rotate(t jws, at server, jkt string, bad *refusal) *refusal {
	x.p.mu.Lock()
	defer x.p.mu.Unlock()
	used := func(key string) bool {
		_, known := x.p.state.proofs.get(key, x.now)
		x.p.state.proofs.put(key, struct{}{}, x.now)
		return known
	}
	nonce, _ := t.claims.String("nonce")
	if bad == nil && used("nonce "+nonce) {
		bad = refused("use_dpop_nonce", "the nonce of the DPoP proof was used before: take the one that came with the last answer")
	}
	x.nonce = x.p.newNonce(at, x.now)
	if bad != nil && used("demand "+string(at)+jkt) {
		x.nonce = ""
	}
	return bad
}

// newNonce makes a nonce that nobody else can make, and that need not be kept.
func (p *Provider) newNonce(at server, now time.Time) string {
	var stamp [16]byte
	randomInto(stamp[8:])
	binary.BigEndian.PutUint64(stamp[:], uint64(now.UnixNano()))
	return b64(append(stamp[:], p.nonceMark(stamp[:], at)...))
}

func (p *Provider) nonceMark(stamp []byte, at server) []byte {
	mac := hmac.New(sha256.New, p.nonces[:])
	mac.Write(append([]byte(at), stamp...))
	return mac.Sum(nil)[:16]
}

// nonceAge says how old a nonce is, if it is one of ours for that server.
func (p *Provider) nonceAge(nonce string, at server, now time.Time) (time.Duration, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(raw) != 32 || !hmac.Equal(raw[16:], p.nonceMark(raw[:16], at)) {
		return 0, false
	}
	return now.Sub(time.Unix(0, int64(binary.BigEndian.Uint64(raw)))), true
}
