package jose_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// TestHeaders holds that what is remembered changes nothing: each token is found to be what it is by itself, whatever
// came before it, and under whichever keys.
func TestHeaders(t *testing.T) {
	first, second := signerFor(t, jose.ES256, "k1"), signerFor(t, jose.EdDSA, "k2")
	header := `{"alg":"ES256","kid":"k1"}`
	good := sign(t, first, header, goodClaims)
	tokens := []string{
		good, sign(t, first, header, `{"sub":"another","padding":"`+goodClaimsName+`"}`),
		sign(t, second, `{"alg":"EdDSA","kid":"k2","typ":"at+jwt"}`, goodClaims), good,
		sign(t, second, header, goodClaims), // by another key than it says
		b64(`{"alg":"none"}`) + ".e30.", b64(`{"alg":"none"}`) + ".e30.",
		b64(`{"alg":"ES256","kid":1}`) + ".e30.AA", "a.b.c", "e.b.c", good[:len(good)-3] + "===", good,
		b64(header) + "." + b64(`{"sub":1,"sub":2}`) + ".AA", good,
	}
	sources := []jose.KeySource{jose.Fixed(keySet(t, first.PublicJWK())), jose.Fixed(keySet(t, second.PublicJWK())), jose.Fixed(keySet(t, first.PublicJWK(), second.PublicJWK()))}
	type found struct {
		Header, Claims, KeyID, Type string
		Verified                    bool
		Checks, Verification        any
	}
	read := func(h *jose.Headers, compact string, keys jose.KeySource) found {
		token, checks, err := h.Inspect(compact)
		if err != nil {
			t.Fatal(err)
		}
		verified, verification, err := jose.Verify(t.Context(), token, jose.Asymmetric(), keys)
		if err != nil {
			t.Fatal(err)
		}
		return found{string(token.Header.Raw()), string(token.Claims.Raw()), token.KeyID, token.Type, verified != nil, checks, verification}
	}
	headers := new(jose.Headers)
	for round, keys := range append(sources, sources...) {
		for i, compact := range tokens {
			got := read(headers, compact, keys)
			if diff := cmp.Diff(read(nil, compact, keys), got); diff != "" {
				t.Errorf("round %d, token %d: %s", round, i, diff)
			}
		}
	}
}

const goodClaimsName = "a payload of another length than that of the others, so that memory used again would show"
