package jose_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

func TestRotation(t *testing.T) {
	old, err := jose.GenerateKey(jose.ES256)
	if err != nil {
		t.Fatal(err)
	}
	oldSigner, _ := jose.NewSigner(old, jose.ES256, "old")
	reused, _ := jose.NewSigner(old, jose.ES256, "k1")
	current := keySet(t, jwk(t, jose.ES256, nil))
	before, sameKid := keySet(t, oldSigner.PublicJWK()), keySet(t, reused.PublicJWK())
	token := sign(t, signerFor(t, jose.ES256, ""), `{"alg":"ES256","kid":"k1"}`, goodClaims)
	bare := sign(t, signerFor(t, jose.ES256, ""), `{"alg":"ES256"}`, goodClaims)
	revoked := sign(t, oldSigner, `{"alg":"ES256","kid":"old"}`, goodClaims)
	broken := errors.New("no network")
	tests := map[string]struct {
		token   string
		source  counting
		want    outcomes
		renewed int
		err     error
	}{
		"known":                {token, counting{sets: []*jose.KeySet{current}}, accepted, 0, nil},
		"rotated":              {token, counting{sets: []*jose.KeySet{before, current}}, accepted, 1, nil},
		"kid reused":           {token, counting{sets: []*jose.KeySet{sameKid, current}}, accepted, 1, nil},
		"rotated without kid":  {bare, counting{sets: []*jose.KeySet{before, current}}, accepted, 1, nil},
		"revoked":              {revoked, counting{sets: []*jose.KeySet{current, current}}, noKey, 1, nil},
		"unknown":              {token, counting{sets: []*jose.KeySet{before, before}}, noKey, 1, nil},
		"cooling down":         {token, counting{sets: []*jose.KeySet{before}}, noKey, 1, nil},
		"bad signature":        {token, counting{sets: []*jose.KeySet{sameKid, sameKid}}, badSig, 1, nil},
		"unknown, no network":  {token, counting{sets: []*jose.KeySet{before}, refreshErr: broken}, nil, 1, broken},
		"bad sig, no network":  {token, counting{sets: []*jose.KeySet{sameKid}, refreshErr: broken}, badSig, 1, nil},
		"no network at all":    {token, counting{sets: []*jose.KeySet{nil}, err: broken}, nil, 0, broken},
		"a source of nothing":  {token, counting{sets: []*jose.KeySet{nil}}, noKey, 1, nil},
		"none: nothing to ask": {b64(`{"alg":"none"}`) + ".e30.", counting{sets: []*jose.KeySet{current}}, badAlg, 0, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			parsed, _, err := jose.Inspect(test.token)
			if err != nil {
				t.Fatal(err)
			}
			_, checks, err := jose.Verify(t.Context(), parsed, jose.Asymmetric(), &test.source)
			if !errors.Is(err, test.err) {
				t.Fatalf("error %v, want %v", err, test.err)
			}
			var got outcomes
			if err == nil {
				got = outcomes{}
				for _, c := range checks {
					if c.Status != verdict.Pass {
						got[c.Rule] = c.Status
					}
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if test.source.renewed != test.renewed {
				t.Errorf("fetched anew %d times, want %d", test.source.renewed, test.renewed)
			}
		})
	}
}

// TestMessages compares whole checks: what a person reads when the key is missing.
func TestMessages(t *testing.T) {
	es := func(over map[string]any) map[string]any { return jwk(t, jose.ES256, over) }
	tests := map[string]struct {
		header string
		keys   []any
		want   verdict.Check
	}{
		"unknown kid": {`{"alg":"ES256","kid":"x\u001b[2J"}`, []any{es(map[string]any{"kid": "a"}), es(map[string]any{"kid": "b"})}, verdict.Check{
			Rule: "jose.key", Spec: "OpenID Connect Core §10.1", Status: verdict.Fail,
			Want: `a key for ES256 with kid "x\x1b[2J"`, Got: `kid "x\x1b[2J" is not among ["a", "b"]`,
			Hint: "the token is from another issuer, or the provider does not publish this key any more",
		}},
		"for encryption": {`{"alg":"ES256","kid":"a"}`, []any{es(map[string]any{"kid": "a", "use": "enc"})}, verdict.Check{
			Rule: "jose.key", Spec: "OpenID Connect Core §10.1", Status: verdict.Fail,
			Want: `a key for ES256 with kid "a"`, Got: `no key that may be used: ["a": its use is enc]`,
		}},
		"HS256": {`{"alg":"HS256"}`, []any{es(nil)}, verdict.Check{
			Rule: "jose.key", Spec: "OpenID Connect Core §10.1", Status: verdict.Fail, Want: "a key for HS256",
			Got: "no shared secret: a key set cannot verify HS256", Hint: "give the client secret with --secret-file FILE",
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			token, _, _ := jose.Inspect(b64(test.header) + "." + b64(goodClaims) + ".AA")
			_, checks, err := jose.Verify(t.Context(), token, everything(), jose.Fixed(keySet(t, test.keys...)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, checks.With(verdict.Fail)[0]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProofKeys(t *testing.T) {
	public, _ := signerFor(t, jose.ES256, "").PublicJWK().MarshalJSON()
	tests := map[string]struct{ header, want string }{
		"a proof":       {`{"alg":"ES256","typ":"dpop+jwt","jwk":` + string(public) + `}`, ""},
		"another typ":   {`{"alg":"ES256","typ":"JWT","jwk":` + string(public) + `}`, `typ "JWT"`},
		"no typ":        {`{"alg":"ES256","jwk":` + string(public) + `}`, `typ ""`},
		"no jwk":        {`{"alg":"ES256","typ":"dpop+jwt"}`, "no jwk"},
		"private":       {`{"alg":"ES256","typ":"dpop+jwt","jwk":` + strings.Replace(string(public), "{", `{"d":"AAAA",`, 1) + `}`, "its private part is published: everybody can sign with it"},
		"symmetric":     {`{"alg":"HS256","typ":"dpop+jwt","jwk":{"kty":"oct","k":"AAAA"}}`, "a symmetric key in public: everybody can sign with it"},
		"jwk as a text": {`{"alg":"ES256","typ":"dpop+jwt","jwk":"x"}`, `member "jwk": wrong JSON type: an object was expected, not a string`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			token, _, err := jose.Inspect(b64(test.header) + ".e30.AA")
			if err != nil {
				t.Fatal(err)
			}
			set, check := jose.ProofKeys(token)
			if test.want == "" {
				if len(set.Keys) != 1 || check.Status != verdict.Pass {
					t.Error(check)
				}
				return
			}
			if diff := cmp.Diff(test.want, check.Got); diff != "" || len(set.Keys) != 0 || check.Status != verdict.Fail {
				t.Error(diff, check)
			}
		})
	}
}

// rotating is a source that another reader has fetched anew between this reader's two questions.
type rotating struct{ before, after *jose.KeySet }

func (s *rotating) Keys(context.Context) (*jose.KeySet, error) {
	set := s.before
	s.before = s.after
	return set, nil
}

func (*rotating) Refresh(context.Context) (*jose.KeySet, error) { return nil, nil }

func TestRotationFoundByAnother(t *testing.T) {
	current := keySet(t, jwk(t, jose.ES256, nil))
	parsed, _, err := jose.Inspect(sign(t, signerFor(t, jose.ES256, ""), `{"alg":"ES256","kid":"k1"}`, goodClaims))
	if err != nil {
		t.Fatal(err)
	}
	verified, checks, err := jose.Verify(t.Context(), parsed, jose.Asymmetric(), &rotating{&jose.KeySet{}, current})
	if err != nil || verified == nil || checks.Failed() {
		t.Error(err, checks)
	}
}
