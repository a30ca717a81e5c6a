package secret

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// shortest is the length below which a value is not searched for in texts: redacting every "a" hides nothing.
const shortest = 4

// Ring knows the secrets of one run, and takes them out of any text that is about to be shown. Equal secrets bear
// equal tags, so that a reader can follow one through a trace; the tags' key lives as long as the ring.
// It is safe for concurrent use.
type Ring struct {
	key    [32]byte
	mu     sync.Mutex
	values map[string]string // what may appear in a text → its tag
	order  []string          // the same, longest first
}

// NewRing makes an empty ring with a key of its own.
func NewRing() *Ring {
	r := &Ring{values: make(map[string]string)}
	_, _ = rand.Read(r.key[:]) // never fails since Go 1.24
	return r
}

// Tag returns the mark that stands for a value in this run: a keyed hash, so that it cannot be guessed back.
func (r *Ring) Tag(value string) string {
	mac := hmac.New(sha256.New, r.key[:])
	mac.Write([]byte(value))
	return "[redacted:" + hex.EncodeToString(mac.Sum(nil)[:4]) + "]"
}

// Add makes the ring know secrets, in each encoding in which a protocol message or a page may repeat them.
func (r *Ring) Add(secrets ...Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		value := s.Reveal()
		if len(value) < shortest {
			continue
		}
		tag := r.Tag(value)
		quoted, _ := json.Marshal(value)
		for _, form := range []string{
			value, url.QueryEscape(value), url.PathEscape(value), string(quoted[1 : len(quoted)-1]),
		} {
			if _, known := r.values[form]; !known {
				r.values[form] = tag
				r.order = append(r.order, form)
			}
		}
	}
	slices.SortStableFunc(r.order, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
}

// Redact returns the text with every known secret replaced by its tag.
func (r *Ring) Redact(text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, form := range r.order {
		if strings.Contains(text, form) {
			text = strings.ReplaceAll(text, form, r.values[form])
		}
	}
	return text
}
