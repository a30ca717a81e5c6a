package jose

import (
	"context"

	"github.com/oauthctl/oauthctl/internal/secret"
)

// KeySource gives the keys that an issuer is trusted with. Refresh is one bounded refetch that replaces the keys; it
// returns nil, nil where nothing can be had anew (OpenID Connect Core §10.1.1).
type KeySource interface {
	Keys(context.Context) (*KeySet, error)
	Refresh(context.Context) (*KeySet, error)
}

type fixed struct{ set *KeySet }

// Fixed returns a source of keys that never change (RFC 7517 §5).
func Fixed(set *KeySet) KeySource {
	if set == nil {
		set = &KeySet{}
	}
	return fixed{set}
}

func (f fixed) Keys(context.Context) (*KeySet, error)  { return f.set, nil }
func (fixed) Refresh(context.Context) (*KeySet, error) { return nil, nil }

// selective is a source that can tell which keys an algorithm needs, so that nothing is fetched in vain.
type selective interface {
	sourceFor(Algorithm) KeySource
}

type withSecret struct {
	KeySource
	secret *KeySet
}

// WithSecret returns a source in which HS* tokens are verified with the secret and nothing else, without asking the
// other source, and all others with the other source and never with the secret (RFC 8725 §2.1, §3.1).
func WithSecret(source KeySource, s secret.Secret) KeySource {
	if source == nil {
		source = Fixed(nil)
	}
	if s.IsZero() {
		return source
	}
	return withSecret{source, SecretKeys(s)}
}

func (w withSecret) sourceFor(alg Algorithm) KeySource {
	if alg.Symmetric() {
		return fixed{w.secret}
	}
	return sourceFor(w.KeySource, alg)
}

func sourceFor(keys KeySource, alg Algorithm) KeySource {
	if keys == nil {
		return Fixed(nil)
	}
	if s, ok := keys.(selective); ok {
		return s.sourceFor(alg)
	}
	return keys
}
