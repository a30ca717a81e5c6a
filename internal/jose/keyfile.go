package jose

import (
	"errors"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// ParseKeyFile reads the key pairs of a user's own file by their public parts: a JWK, a key set, or PEM with a private
// key, also encrypted, public keys or certificates. A symmetric key has no public part (RFC 7517 §4, RFC 7468).
func ParseKeyFile(data []byte, password secret.Secret) (*KeySet, error) {
	if isPEM(data) && strings.Contains(string(data), "PRIVATE KEY-----") {
		private, err := anyPrivateKey(data, password)
		if err != nil {
			return nil, err
		}
		key, err := newKey(private.Public())
		if err != nil {
			return nil, unusable(err.Error(), err)
		}
		return &KeySet{Keys: []*Key{key}, Raw: data}, nil
	}
	set, err := ParseLocalKeys(data)
	if err != nil {
		return nil, unusable(problem.As(err).Got, err)
	}
	symmetric := len(set.Keys)
	set.Keys = slices.DeleteFunc(set.Keys, func(k *Key) bool { return k.public == nil })
	switch symmetric -= len(set.Keys); {
	case len(set.Keys) == 0 && symmetric > 0:
		return nil, unusable("a symmetric key has no public part", nil)
	case len(set.Keys) == 0:
		return nil, unusable("no key in the set can be used", nil)
	}
	if len(set.Keys) == 1 && strings.Contains(string(data), `"d"`) {
		// A pair that does not belong together is told of before its public half is registered anywhere.
		if _, err := anyPrivateKey(data, password); errors.Is(err, errPair) {
			return nil, err
		}
	}
	return set, nil
}

func isPEM(data []byte) bool {
	trimmed := strings.TrimSpace(string(data))
	return !strings.HasPrefix(trimmed, "{") && strings.Contains(trimmed, "-----BEGIN ")
}

func unusable(why string, cause error) error {
	p := problem.Usagef("usage.key", "not a usable key: %s", why)
	p.Cause = cause
	return p.WithHint("a JWK, a key set or PEM is needed; make one: oauthctl key generate")
}
