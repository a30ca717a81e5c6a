package oidc_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oidc"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// sort is one kind of token as its maker makes it, and what its reader expects.
type sort struct {
	kind   oidc.Kind
	typ    string
	claims map[string]any
	expect func(*oidc.Expected)
}

// sorts are all kinds, from one issuer, about one person, for one client and one API: nothing but what they are tells
// them apart.
func sorts() []sort {
	toProvider := func(e *oidc.Expected) { e.Audiences = nil }
	return []sort{
		{oidc.ID, "JWT", idClaims(), func(*oidc.Expected) {}},
		{oidc.Access, "at+jwt", atClaims(), func(*oidc.Expected) {}},
		{oidc.Logout, "logout+jwt", logoutClaims(), func(*oidc.Expected) {}},
		{oidc.DPoP, "dpop+jwt", map[string]any{"jti": "1", "htm": "POST", "htu": "https://issuer.example/token", "iat": at(0)}, func(e *oidc.Expected) { e.Nonce = nil }},
		{
			oidc.JARM, "JWT",
			map[string]any{"iss": issuer, "aud": client, "exp": at(time.Minute), "iat": at(0), "code": "c", "state": "s"},
			func(e *oidc.Expected) { e.State = secret.New("s") },
		},
		{
			oidc.Introspection, "token-introspection+jwt",
			map[string]any{"iss": issuer, "aud": client, "iat": at(0), "token_introspection": raw(`{"active":true,"sub":"alice"}`)},
			func(*oidc.Expected) {},
		},
		{
			oidc.Request, "oauth-authz-req+jwt", map[string]any{
				"iss": client, "aud": issuer, "client_id": client, "response_type": "code", "exp": at(time.Minute), "iat": at(0), "state": "s", "nonce": nonce,
			}, toProvider,
		},
		{
			oidc.Assertion, "client-authentication+jwt",
			map[string]any{"iss": client, "sub": client, "aud": issuer, "exp": at(time.Minute), "iat": at(0), "jti": "1"},
			toProvider,
		},
		{oidc.UserInfo, "JWT", map[string]any{"iss": issuer, "sub": "alice", "aud": client, "name": "Alice"}, func(*oidc.Expected) {}},
	}
}

// confused lists the tokens that a reader of another kind takes, as "token as kind"; each of its own kind must be taken.
func confused(
	t *testing.T, makers []sort, typ func(made sort) string, claims func(made, read sort) map[string]any,
) (taken []string, pairs int) {
	t.Helper()
	s := signer(t, "k")
	keys := published(t, nil, s)
	for _, made := range makers {
		for _, read := range sorts() {
			by := s
			if made.kind == oidc.DPoP {
				by = s.EmbedKey() // the worst case: the provider's own key
			}
			want := expected()
			want.Kind = read.kind
			read.expect(&want)
			report, verified, err := oidc.Verify(t.Context(), signed(t, by, typ(made), claims(made, read)), func(oidc.Kind) jose.Algorithms {
				return jose.Asymmetric()
			}, keys, want)
			if err != nil {
				t.Fatal(err)
			}
			if made.kind == read.kind {
				if typ(made) == made.typ && !report.Valid {
					t.Errorf("%s is refused: %v", made.kind, report.Checks)
				}
				continue
			}
			pairs++
			if verified != nil {
				taken = append(taken, string(made.kind)+" as "+string(read.kind))
			}
		}
	}
	return taken, pairs
}

// TestConfusion offers a token of each kind to the reader of every other one. What is taken nevertheless is listed with
// the reason for which nobody can tell.
func TestConfusion(t *testing.T) {
	own := func(made sort) string { return made.typ }
	plain := func(made, _ sort) map[string]any { return made.claims }
	both := func(made, read sort) map[string]any {
		all := maps.Clone(read.claims)
		maps.Copy(all, made.claims)
		for _, name := range []string{"iss", "aud", "sub"} { // whom it is from, for and about, the reader would refuse at once
			if value, there := read.claims[name]; there {
				all[name] = value
			}
		}
		return all
	}
	typed := slices.DeleteFunc(sorts(), func(s sort) bool { return s.typ == "JWT" })
	const same = "the same issuer says the same claims of the same person to the same client; the reader of userinfo asked for them itself"
	for name, test := range map[string]struct {
		makers []sort
		typ    func(sort) string
		claims func(made, read sort) map[string]any
		taken  map[string]string // with the reason
	}{
		"as they are made":             {sorts(), own, plain, map[string]string{"id as userinfo": same}},
		"with all claims of the other": {typed, own, both, map[string]string{}},
		"without a type":               {sorts(), func(sort) string { return "" }, plain, map[string]string{"id as userinfo": same}},
	} {
		t.Run(name, func(t *testing.T) {
			taken, pairs := confused(t, test.makers, test.typ, test.claims)
			t.Logf("%d pairs, %d refused, %d taken", pairs, pairs-len(taken), len(taken))
			if diff := cmp.Diff(slices.Sorted(maps.Keys(test.taken)), slices.Sorted(slices.Values(taken))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
