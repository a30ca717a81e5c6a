package jose

import (
	"context"
	"fmt"
	"strings"

	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Verified is a token whose signature held under a trusted key and an allowed algorithm. Its claims are the signer's
// words; whether they are meant for us is another question. Only Verify makes one (RFC 7515 §5.2).
type Verified struct {
	token *Token
	key   *Key
}

// Token returns the token.
func (v *Verified) Token() *Token { return v.token }

// Key returns the key under which the signature held.
func (v *Verified) Key() *Key { return v.key }

// Verify checks the algorithm, selects the key, judges it, and verifies the signature. The keys are fetched anew once
// where the token's kid is unknown or its signature does not hold. The error says that keys could not be had; without
// one, Verified is nil unless everything held, Inspect's checks included (RFC 7515 §5.2, OpenID Connect Core §10.1).
func Verify(ctx context.Context, t *Token, allow Algorithms, keys KeySource) (*Verified, verdict.Checks, error) {
	check := algorithmCheck(t, allow)
	if check.Status == verdict.Fail {
		return nil, verdict.Checks{check, unverified("its algorithm is not accepted")}, nil
	}
	suite, _ := t.Algorithm.suite()
	source := sourceFor(keys, t.Algorithm)
	set, err := source.Keys(ctx)
	if err != nil {
		return nil, nil, err
	}
	a := try(t, suite, set)
	if a.key == nil {
		fresh, err := source.Refresh(ctx)
		switch {
		case err != nil && !a.tried:
			return nil, nil, err
		case err != nil:
			a.signature.Got += "; fetching the keys anew failed"
		case fresh != nil:
			a = try(t, suite, fresh)
		default: // somebody else fetched them anew, perhaps since this token was tried
			if latest, err := source.Keys(ctx); err == nil && latest != set {
				a = try(t, suite, latest)
			}
		}
	}
	checks := append(make(verdict.Checks, 0, 6), check)
	checks = append(checks, a.set...)
	checks = append(checks, a.selection)
	if a.strength.Rule != "" {
		checks = append(checks, a.strength)
	}
	checks = append(checks, a.weak...)
	checks = append(checks, a.signature)
	if a.key == nil || len(t.faults) > 0 || checks.Failed() {
		return nil, checks, nil
	}
	return &Verified{token: t, key: a.key}, checks, nil
}

// ProofKeys returns the key in the header of a DPoP proof, which proves possession of that very key and nothing else.
// For no other kind of token may the header's key be used (RFC 9449 §4.3, RFC 8725 §3.10).
func ProofKeys(t *Token) (*KeySet, verdict.Check) {
	check := verdict.Check{Rule: "jose.header_key", Spec: "RFC 9449 §4.2", Want: "a public key as jwk in the header of a proof with typ dpop+jwt"}
	if t.MediaType() != "dpop+jwt" {
		check.Got = text.Escape(fmt.Sprintf("typ %q", t.Type))
		return &KeySet{}, verdict.Of(false, check)
	}
	var key *Key
	jwk, ok, err := t.Header.Object("jwk")
	switch {
	case err == nil && !ok:
		check.Got = "no jwk"
	case err == nil:
		key, err = readKey(jwk, published)
	}
	if err != nil {
		check.Got = text.Escape(err.Error())
	}
	if key == nil {
		return &KeySet{}, verdict.Of(false, check)
	}
	key.anyKeyID = true
	check.Want, check.Got = "", "thumbprint "+key.thumbprint
	return &KeySet{Keys: []*Key{key}}, verdict.Of(true, check)
}

func algorithmCheck(t *Token, allow Algorithms) verdict.Check {
	check := verdict.Check{Rule: "jose.alg", Spec: "RFC 8725 §3.1", Got: text.Escape(string(t.Algorithm))}
	alg := t.Algorithm
	if alg.Supported() && allow.Allows(alg) {
		return verdict.Of(true, check)
	}
	check.Want = "one of " + allow.String()
	switch {
	case alg == "":
		check.Got = "no alg"
	case strings.EqualFold(string(alg), "none"):
		check.Got, check.Hint = text.Escape(string(alg))+": not signed at all", "never trust this token"
	case !alg.Supported():
		check.Got += ": not supported here"
	case alg.Symmetric():
		check.Hint = fmt.Sprintf("a key set cannot verify %s, only the shared secret can: --secret-file FILE --algs %s; "+
			"where the provider alone has it, as for its access tokens, ask it: oauthctl introspect", alg, alg)
	default:
		check.Hint = fmt.Sprintf("accept it with --algs %s, if the client is registered for it", alg)
	}
	return verdict.Of(false, check)
}

// unverified is the signature's check where nothing was tried: a signature is never skipped, it does not hold.
func unverified(why string) verdict.Check {
	return verdict.Check{
		Rule: "jose.signature", Spec: "RFC 7515 §5.2", Status: verdict.Fail,
		Want: "a signature by a trusted key", Got: "not verified: " + why,
	}
}

// attempt is what came of one key set.
type attempt struct {
	key                            *Key // under which the signature held
	tried                          bool // whether any key was fit to try
	set, weak                      verdict.Checks
	selection, strength, signature verdict.Check
}

func try(t *Token, s suite, keys *KeySet) attempt {
	if keys == nil {
		keys = &KeySet{}
	}
	c := t.choose(s, keys)
	a := attempt{set: c.set, selection: c.selection, strength: c.weak}
	switch {
	case c.selection.Status == verdict.Fail:
		a.signature = unverified("no key for it")
		return a
	case len(c.strong) == 0:
		a.tried = true
		a.signature = unverified("the key is too weak")
		return a
	}
	reason := ""
	for i := range c.strong {
		a.tried = true
		a.strength = c.strong[i].strength
		if reason = verifySignature(s, c.strong[i].key, t.signed, t.signature); reason == "" {
			a.key, a.weak = c.strong[i].key, c.strong[i].weak
			if a.selection.Status == verdict.Pass {
				a.selection.Got = c.strong[i].words
			}
			break
		}
	}
	a.describe(t, s, reason)
	return a
}

func (a *attempt) describe(t *Token, s suite, reason string) {
	a.signature = verdict.Check{Rule: "jose.signature", Spec: "RFC 7515 §5.2", Status: verdict.Pass}
	if a.key != nil {
		a.signature.Got = string(t.Algorithm)
		return
	}
	a.signature.Status = verdict.Fail
	a.signature.Want, a.signature.Got = "a signature by a trusted key", reason
	switch {
	case t.signature == nil:
		a.signature.Got = "not verified: it cannot be decoded"
	case t.Header.Has("nonce"):
		a.signature.Hint = "the header has a nonce: Microsoft makes such tokens for its own APIs, and nobody else can verify them"
	case s.family == hmacFamily:
		a.signature.Hint = "give the secret of the very client that the token is for: --secret-file FILE"
	default:
		a.signature.Hint = "the token was changed, or signed by another key: compare its issuer with --issuer"
	}
}

func describeKey(k *Key) string {
	got := k.KeyType
	if k.Curve != "" {
		got += " " + k.Curve
	}
	if k.KeyID != "" {
		got = fmt.Sprintf("kid %q, %s", k.KeyID, got)
	}
	return text.Escape(got)
}

// setChecks tells of bad entries in one line: the set's own report lists them.
func setChecks(keys *KeySet) verdict.Checks {
	var bad []string
	for _, r := range keys.Rejected {
		if r.Check.Status == verdict.Warn {
			bad = append(bad, r.Check.Got)
		}
	}
	if len(bad) == 0 {
		return nil
	}
	if more := len(bad) - 3; more > 0 {
		bad = append(bad[:3:3], fmt.Sprintf("and %d more", more))
	}
	return verdict.Checks{{
		Rule: "jose.key_set", Spec: "RFC 7517 §5", Status: verdict.Warn, Want: "keys for signatures only",
		Got: strings.Join(bad, "; "), Hint: "list the keys and what is wrong with them: oauthctl jwks",
	}}
}
