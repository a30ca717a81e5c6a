package jose

import (
	"fmt"
	"io"
)

// Package fmt prints unexported fields without asking their types, and private keys with every digit. So each type that
// holds a secret says for itself how it is printed.

// Format prints the key without its secret, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "key %q (%s)", k.KeyID, k.KeyType) }

// Format redacts, whatever the verb.
func (Signer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[signer]") }

// Format redacts, whatever the verb.
func (PrivateKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[private key]") }
