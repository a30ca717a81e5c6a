package secret

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
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
	order  []string          // the same, longest first once it is sorted
	sorted bool
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
		for _, spelt := range spellings(value) {
			if _, known := r.values[spelt]; !known {
				r.values[spelt] = tag
				r.order, r.sorted = append(r.order, spelt), false
			}
		}
	}
}

// Redact returns the text with every known secret replaced by its tag, and so the beginning of one where the text was
// cut, which an ellipsis shows.
func (r *Ring) Redact(text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.sorted {
		slices.SortStableFunc(r.order, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
		r.sorted = true
	}
	text = r.redactCut(text)
	for _, form := range r.order {
		if strings.Contains(text, form) {
			text = strings.ReplaceAll(text, form, r.values[form])
		}
	}
	return text
}

const ellipsis = "…"

func (r *Ring) redactCut(text string) string {
	var done strings.Builder
	for {
		before, after, cut := strings.Cut(text, ellipsis)
		if !cut {
			return done.String() + text
		}
		start, tag := len(before), ""
		for _, form := range r.order {
			if at := beginning(before, form); at < start {
				start, tag = at, r.values[form]
			}
		}
		done.WriteString(before[:start] + tag + ellipsis)
		text = after
	}
}

// beginning is where the end of the text is the beginning of the form, or the length of the text.
func beginning(text, form string) int {
	for at := max(0, len(text)-len(form)); ; at++ {
		next := strings.Index(text[at:], form[:shortest])
		if next < 0 {
			return len(text)
		}
		if at += next; strings.HasPrefix(form, text[at:]) {
			return at
		}
	}
}
