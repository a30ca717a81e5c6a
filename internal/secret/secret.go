// Package secret has a string that does not print itself: a token, a client secret, a code, a verifier.
package secret

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

const redacted = "[redacted]"

// Secret holds a value that must not reach a log, an error or a trace. Every way of printing it redacts; only
// Reveal gives the value. The value stands behind a pointer, because fmt calls no method of an unexported field and
// would print a string there.
type Secret struct{ value *string }

// New wraps a value.
//
//go:noinline
func New(value string) Secret {
	if value == "" {
		return Secret{}
	}
	return Secret{&value}
}

// FromInput wraps a value read from a file or stdin, without its one trailing newline (\n or \r\n).
func FromInput(value string) Secret {
	value = strings.TrimSuffix(value, "\n")
	return New(strings.TrimSuffix(value, "\r"))
}

// Reveal returns the value itself. Call it where the value leaves for its one purpose.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsZero says that there is no secret.
func (s Secret) IsZero() bool { return s.value == nil }

// String redacts.
func (s Secret) String() string { return redacted }

// GoString redacts.
func (s Secret) GoString() string { return redacted }

// Format redacts, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalJSON redacts.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText redacts, as map keys and YAML encoders ask for it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// LogValue redacts.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
