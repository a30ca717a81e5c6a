package jose

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// MaxKeys is how many keys of a set are read, and so how many may be tried on one token.
const MaxKeys = 100

// KeySet holds the keys that signatures may be verified with (RFC 7517 §5).
type KeySet struct {
	Keys     []*Key
	Rejected []Rejected // entries that are no keys for us; they never spoil the others
	Raw      []byte
}

// Rejected is an entry of a key set that cannot be used (RFC 7517 §5).
type Rejected struct {
	Index   int
	KeyID   string
	KeyType string
	Check   verdict.Check // warn where the entry is bad, skip where it is merely unknown to us
}

// Checks returns what is wrong with the set: bad entries, kids that mean two keys, weak keys (RFC 7517 §4.5, §5).
func (s *KeySet) Checks() verdict.Checks {
	var checks verdict.Checks
	for _, r := range s.Rejected {
		checks = append(checks, r.Check)
	}
	seen := make(map[string]*Key, len(s.Keys))
	for _, k := range s.Keys {
		if other, again := seen[k.KeyID]; again && k.KeyID != "" && other.thumbprint != k.thumbprint {
			checks = append(checks, verdict.Check{
				Rule: "jose.key_id", Spec: "RFC 7517 §4.5", Status: verdict.Warn, Want: "one key for each kid",
				Got: "two different keys with kid " + text.Escape(k.KeyID), Hint: "the provider should give each key a kid of its own",
			})
		}
		seen[k.KeyID] = k
		checks = append(checks, k.Checks()...)
	}
	return checks
}

// ParseKeySet reads a key set that a provider publishes. Symmetric and private keys in it are rejected, and one bad key
// never spoils the set; the error is for what is no key set (RFC 7517 §5).
func ParseKeySet(data []byte) (*KeySet, error) {
	object, err := strictjson.Parse(data)
	if err != nil {
		return nil, notKeys(err.Error())
	}
	return readSet(object, published)
}

func notKeys(got string) *problem.Error {
	got = text.Escape(got)
	return &problem.Error{
		Kind: problem.Verification, Code: "jose.key_set", Spec: "RFC 7517 §5", Message: "not a key set: " + got,
		Want: `{"keys":[…]}`, Got: got, Hint: "a key set, a JWK or a PEM is wanted; oauthctl jwks ISSUER -o json prints a provider's",
	}
}

func readSet(object strictjson.Object, from trust) (*KeySet, error) {
	value, ok := object.Value("keys")
	if !ok {
		return nil, notKeys("a JSON object without keys")
	}
	if value.Kind() != '[' {
		return nil, notKeys("keys is not a list")
	}
	elements, err := strictjson.Elements(value)
	if err != nil {
		return nil, notKeys(err.Error())
	}
	set := &KeySet{Raw: object.Raw()}
	for i, element := range elements {
		if i == MaxKeys {
			set.reject(i, strictjson.Object{}, fmt.Errorf("%d keys: those after the first %d are not read", len(elements), MaxKeys))
			break
		}
		set.add(i, element, from)
	}
	return set, nil
}

func (s *KeySet) add(index int, element jsontext.Value, from trust) {
	jwk, err := strictjson.Parse(element)
	if err != nil {
		s.reject(index, strictjson.Object{}, err)
		return
	}
	key, err := readKey(jwk, from)
	if err != nil {
		s.reject(index, jwk, err)
		return
	}
	s.Keys = append(s.Keys, key)
}

func (s *KeySet) reject(index int, jwk strictjson.Object, err error) {
	r := Rejected{Index: index}
	r.KeyID, _ = jwk.String("kid")
	r.KeyType, _ = jwk.String("kty")
	status := verdict.Warn
	if errors.Is(err, errUnsupported) {
		status = verdict.Skip
	}
	name := fmt.Sprintf("entry %d", index+1)
	if r.KeyID != "" {
		name += fmt.Sprintf(", kid %q", r.KeyID)
	}
	r.Check = verdict.Check{
		Rule: "jose.key_set", Spec: "RFC 7517 §5", Status: status, Want: "a key for signatures",
		Got: text.Escape(name + ": ignored: " + err.Error()),
	}
	s.Rejected = append(s.Rejected, r)
}

// ParseLocalKeys reads the user's own file: a key set, one JWK, or PEM with public keys or certificates. Symmetric keys
// are allowed; a private key stands for its public half (RFC 7517 §4, RFC 7468).
func ParseLocalKeys(data []byte) (*KeySet, error) {
	if isPEM(data) {
		return readPEM(data)
	}
	object, err := strictjson.Parse(bytes.TrimSpace(data))
	if err != nil {
		return nil, notKeys("neither JSON nor PEM: " + err.Error())
	}
	if object.Has("keys") || !object.Has("kty") {
		return readSet(object, local)
	}
	set := &KeySet{Raw: data}
	set.add(0, object.Raw(), local)
	if len(set.Keys) == 0 {
		return nil, notKeys(set.Rejected[0].Check.Got)
	}
	set.Keys[0].anyKeyID = set.Keys[0].KeyID == ""
	return set, nil
}

// SecretKeys returns a set with one symmetric key, the octets of the secret. A short secret is used and warned of, as
// providers hand out such (OpenID Connect Core §10.1, RFC 7518 §3.2).
func SecretKeys(s secret.Secret) *KeySet {
	if s.IsZero() {
		return &KeySet{}
	}
	return &KeySet{Keys: []*Key{{KeyType: "oct", shared: s, anyKeyID: true}}}
}
