package jose

import (
	"fmt"
	"strings"

	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// maxListed bounds how many kids a message lists.
const maxListed = 10

func (k *Key) named(t *Token) bool {
	return !t.hasKeyID || k.KeyID == t.KeyID || k.anyKeyID
}

// choice is what a key set has for the tokens of one header.
type choice struct {
	from      *KeySet
	set       verdict.Checks // what is wrong with the set
	selection verdict.Check
	weak      verdict.Check // of the first key that fits, where all of those are too weak
	strong    []candidate
}

// candidate is a key that may have made the signature, and what is said of it.
type candidate struct {
	key      *Key
	strength verdict.Check
	weak     verdict.Checks // it is used all the same
	words    string
}

// choose selects the keys for the token. Tokens that share a header share the choice.
func (t *Token) choose(s suite, keys *KeySet) *choice {
	if t.shared != nil && t.shared.choice != nil && t.shared.choice.from == keys {
		return t.shared.choice
	}
	candidates := selectKeys(t, s, keys)
	c := &choice{from: keys, set: setChecks(keys), selection: selectionCheck(t, s, keys, candidates)}
	for i, k := range candidates {
		switch strength := k.strength(&s); {
		case strength.Status != verdict.Fail:
			c.strong = append(c.strong, candidate{k, strength, k.weaknesses(), describeKey(k)})
		case i == 0:
			c.weak = strength
		}
	}
	if t.shared != nil {
		t.shared.choice = c
	}
	return c
}

// selectKeys returns the keys that may have made the signature, however weak. The kid is a stranger's word: it only
// selects inside the trusted set (OpenID Connect Core §10.1, RFC 7517 §4.5).
func selectKeys(t *Token, s suite, keys *KeySet) (candidates []*Key) {
	for _, k := range keys.Keys {
		if !k.named(t) || k.unfit(s) != "" || repeated(k, candidates) {
			continue
		}
		candidates = append(candidates, k)
		if len(candidates) == MaxKeys {
			break
		}
	}
	return candidates
}

// repeated says whether the same key stands in the list already.
func repeated(k *Key, others []*Key) bool {
	for _, o := range others {
		if k.thumbprint != "" && k.thumbprint == o.thumbprint && k.KeyID == o.KeyID {
			return true
		}
	}
	return false
}

func selectionCheck(t *Token, s suite, keys *KeySet, candidates []*Key) verdict.Check {
	check := verdict.Check{Rule: "jose.key", Spec: "OpenID Connect Core §10.1", Status: verdict.Pass}
	switch {
	case len(candidates) == 0:
		return noKey(check, t, s, keys)
	case t.hasKeyID && sameKeyID(t.KeyID, keys) > 1:
		check.Status, check.Want = verdict.Warn, "one key for each kid"
		check.Got = fmt.Sprintf("%d keys with kid %q", sameKeyID(t.KeyID, keys), t.KeyID)
		check.Hint = "the provider should give each key a kid of its own"
	case len(candidates) > 1:
		check.Status, check.Want = verdict.Warn, "a kid that names the key"
		check.Got = fmt.Sprintf("no kid, and %d keys that fit", len(candidates))
		check.Hint = "the provider should put kid into the header of its tokens"
	default:
		check.Got = describeKey(candidates[0])
		return check
	}
	check.Got = text.Escape(check.Got)
	return check
}

func sameKeyID(kid string, keys *KeySet) int {
	var same []*Key
	for _, k := range keys.Keys {
		if k.KeyID == kid && !k.anyKeyID && !repeated(k, same) {
			same = append(same, k)
		}
	}
	return len(same)
}

// noKey explains why no key fits: none at all, an unknown kid, or a kid whose key is for something else.
func noKey(check verdict.Check, t *Token, s suite, keys *KeySet) verdict.Check {
	check.Status, check.Want = verdict.Fail, "a key for "+string(s.name)
	if t.hasKeyID {
		check.Want += text.Escape(fmt.Sprintf(" with kid %q", t.KeyID))
	}
	var unfit, others []string
	for _, k := range keys.Keys {
		if k.named(t) {
			unfit = append(unfit, fmt.Sprintf("%q: %s", k.KeyID, k.unfit(s)))
		} else {
			others = append(others, fmt.Sprintf("%q", k.KeyID))
		}
	}
	for _, r := range keys.Rejected {
		if t.hasKeyID && r.KeyID == t.KeyID {
			unfit = append(unfit, r.Check.Got)
		}
	}
	switch {
	case s.family == hmacFamily:
		check.Got = "no shared secret: a key set cannot verify " + string(s.name)
		check.Hint = "give the client secret with --secret-file FILE"
	case len(keys.Keys) == 0 && len(unfit) == 0:
		check.Got, check.Hint = "no key at all", "the key set is empty: the provider has to publish its keys there; others are named by --jwks FILE"
	case len(unfit) > 0:
		check.Got = "no key that may be used: " + enumerate(unfit)
	default:
		check.Got = fmt.Sprintf("kid %q is not among %s", t.KeyID, enumerate(others))
		check.Hint = "the token is from another issuer, or the provider does not publish this key any more"
	}
	check.Got = text.Escape(check.Got)
	return check
}

func enumerate(items []string) string {
	if more := len(items) - maxListed; more > 0 {
		items = append(items[:maxListed:maxListed], fmt.Sprintf("and %d more", more))
	}
	return "[" + strings.Join(items, ", ") + "]"
}
