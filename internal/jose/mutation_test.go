package jose_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// TestMutations changes a good token in every way that a byte can be changed: we take none of them, and no library takes
// one whose octets are other than those that were signed. What others take is the same token, written loosely.
func TestMutations(t *testing.T) {
	const claims = `{"sub":"alice","n":1}`
	mutations, loosely := 0, map[string]int{}
	for _, alg := range everything() {
		good := sign(t, signerFor(t, alg, ""), `{"alg":"`+string(alg)+`"}`, claims)
		allow, keys, key := jose.Algorithms{alg}, sourceOf(t, alg), publicOf(alg)
		if _, ok := verify(t, good, allow, keys); !ok {
			t.Fatalf("%s does not verify", alg)
		}
		for _, mutant := range mutants(good) {
			mutations++
			if token, _, err := jose.Inspect(mutant); err == nil {
				if verified, _, err := jose.Verify(t.Context(), token, allow, keys); err != nil || verified != nil {
					t.Errorf("%s: %q is taken: %v", alg, mutant, err)
				}
			}
			for name, oracle := range oracles {
				if oracle(alg, mutant, key) != nil {
					continue
				}
				loosely[name]++
				if octetsOf(mutant) != octetsOf(good) {
					t.Errorf("%s takes another %s than was signed, %q: is it right, or are we?", name, alg, mutant)
				}
			}
		}
	}
	t.Logf("%d mutants, none taken; others take the same octets in another spelling: %v", mutations, loosely)
}

// mutants are the token with one place of it changed: each end of a part, and places between them.
func mutants(token string) (out []string) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range len(token) {
		end := i == 0 || i == len(token)-1 || token[i] == '.' || token[i-1] == '.' || token[i+1] == '.'
		if !end && i%11 != 0 {
			continue
		}
		before, after := token[:i], token[i+1:]
		next := alphabet[(strings.IndexByte(alphabet, token[i])+1)%len(alphabet)]
		for _, with := range []string{string(next), "=", "+", "/", "\n", " ", "\x00", "é", ".", "", token[i:i+1] + token[i:i+1], token[i:i+1] + "=", "\n" + token[i:i+1]} {
			if with != token[i:i+1] {
				out = append(out, before+with+after)
			}
		}
	}
	return append(out, token+"=", token+"==", token+".", "."+token, token+"."+token, token+"\n", " "+token, strings.ToUpper(token))
}

// octetsOf is what a reader makes of a token who overlooks padding, white space, unused bits, the other alphabet, and
// what follows the JSON of the header.
func octetsOf(token string) string {
	var parts []string
	for part := range strings.SplitSeq(token, ".") {
		part = strings.NewReplacer("=", "", "\n", "", " ", "", "+", "-", "/", "_").Replace(part)
		octets, _ := base64.RawURLEncoding.DecodeString(part)
		parts = append(parts, string(octets))
	}
	if end := strings.LastIndexByte(parts[0], '}'); end >= 0 {
		parts[0] = parts[0][:end+1] // jwx overlooks what follows the object
	}
	return strings.Join(parts, ".")
}
