package jose_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// load decodes a vector file; a file that is not there or empty fails the test instead of passing in silence.
func load[T any](t *testing.T, name string) T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var out T
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// signature returns the outcome of the check of the signature itself; payloads of vectors are seldom claims.
func signature(checks verdict.Checks) verdict.Status { return status(checks, "jose.signature") }

func status(checks verdict.Checks, rule string) verdict.Status {
	for _, c := range checks {
		if c.Rule == rule {
			return c.Status
		}
	}
	return ""
}

func everything() jose.Algorithms { return append(jose.Asymmetric(), jose.Symmetric()...) }

// outcome verifies a token with a key of the user and says whether its signature holds.
func outcome(t *testing.T, compact string, key []byte) bool {
	t.Helper()
	token, inspected, err := jose.Inspect(compact)
	if err != nil {
		return false
	}
	keys, err := jose.ParseLocalKeys(key)
	if err != nil {
		return false
	}
	verified, checks, err := jose.Verify(t.Context(), token, everything(), jose.Fixed(keys))
	if err != nil {
		t.Fatal(err)
	}
	if verified != nil && (inspected.Failed() || checks.Failed()) {
		t.Fatal("verified in spite of a failed check")
	}
	for _, c := range inspected.With(verdict.Fail) {
		if c.Rule != "jose.payload" { // vectors sign texts, and only claims make a JWT
			return false
		}
	}
	return signature(checks) == verdict.Pass
}

func TestRFC7515(t *testing.T) {
	file := load[struct {
		Vectors []struct {
			ID, JWS, Expect string
			Key             json.RawMessage
			JSON            json.RawMessage `json:"jws_json"`
		}
	}](t, "rfc/rfc7515-jws.json")
	want := map[string]bool{
		"rfc7515-A.1": true, "rfc7515-A.2": true, "rfc7515-A.3": true, "rfc7515-A.4": true, "rfc7515-A.5": false,
		"rfc7515-A.6": false, "rfc7515-A.7": false, "rfc7515-E": false,
	}
	got := map[string]bool{}
	for _, v := range file.Vectors {
		compact := v.JWS
		if compact == "" {
			compact = string(v.JSON)
		}
		got[v.ID] = outcome(t, compact, v.Key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRFC7520(t *testing.T) {
	file := load[struct {
		Vectors []struct {
			ID     string
			Input  struct{ Key json.RawMessage }
			Output struct{ Compact string }
		}
	}](t, "rfc/rfc7520-jws.json")
	got := map[string]bool{}
	for _, v := range file.Vectors {
		if v.Output.Compact != "" {
			got[v.ID] = outcome(t, v.Output.Compact, v.Input.Key)
		}
	}
	// The content of 4.5 is detached, so what stands there is not signed; 4.6 to 4.8 have no compact form.
	want := map[string]bool{"rfc7520-4.1": true, "rfc7520-4.2": true, "rfc7520-4.3": true, "rfc7520-4.4": true, "rfc7520-4.5": false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestRFC8037(t *testing.T) {
	file := load[struct {
		Vectors []struct {
			ID, JWS, Payload string
			Key, Private     json.RawMessage
			OKP              []json.RawMessage
		}
	}](t, "rfc/rfc8037-okp.json")
	seen := 0
	var private json.RawMessage
	for _, v := range file.Vectors {
		if v.Private != nil {
			private = v.Private
		}
		if v.JWS == "" {
			continue
		}
		seen++
		if !outcome(t, v.JWS, v.Key) {
			t.Errorf("%s does not verify", v.ID)
		}
		key, err := jose.ParsePrivateKey(private, secret.Secret{})
		if err != nil {
			t.Fatal(err)
		}
		signer, err := jose.NewSigner(key, jose.EdDSA, "")
		if err != nil {
			t.Fatal(err)
		}
		made, err := signer.SignRaw([]byte(`{"alg":"EdDSA"}`), []byte(v.Payload))
		if err != nil || made != v.JWS {
			t.Errorf("signed %q, %v, want %q", made, err, v.JWS)
		}
	}
	if seen != 1 {
		t.Errorf("%d signatures in the file", seen)
	}
}

func TestRFC7638(t *testing.T) {
	file := load[struct {
		Vectors []struct {
			ID, SHA256 string
			JWK        json.RawMessage
		}
	}](t, "rfc/rfc7638-thumbprint.json")
	if len(file.Vectors) != 3 {
		t.Fatalf("%d vectors", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		set, err := jose.ParseLocalKeys(v.JWK)
		if err != nil {
			t.Fatal(v.ID, err)
		}
		if got := set.Keys[0].Thumbprint(); got != v.SHA256 {
			t.Errorf("%s: %s, want %s", v.ID, got, v.SHA256)
		}
	}
}

func TestRFC9449Proofs(t *testing.T) {
	file := load[struct {
		JKT    string
		Proofs []struct{ Proof string }
	}](t, "rfc/rfc9449-dpop.json")
	for i, p := range file.Proofs {
		token, err := jose.Parse(p.Proof)
		if err != nil {
			t.Fatal(err)
		}
		keys, check := jose.ProofKeys(token)
		if check.Status != verdict.Pass {
			t.Fatalf("proof %d: %+v", i, check)
		}
		verified, checks, err := jose.Verify(t.Context(), token, jose.Asymmetric(), jose.Fixed(keys))
		if err != nil || verified == nil {
			t.Fatalf("proof %d: %v, %v", i, checks, err)
		}
		if got := verified.Key().Thumbprint(); got != file.JKT {
			t.Errorf("proof %d: thumbprint %s, want %s", i, got, file.JKT)
		}
	}
}

type wycheproof struct {
	NumberOfTests int
	TestGroups    []struct {
		Comment string
		Public  json.RawMessage
		Private json.RawMessage
		Tests   []struct {
			TcID                 int `json:"tcId"`
			Comment, JWS, Result string
		}
	}
}

// TestWycheproof: where we differ from the file is a table, each row with its reason.
func TestWycheproof(t *testing.T) {
	files := []struct {
		name     string
		accepted map[int]string // said to be invalid
		refused  map[int]string // said to be valid
	}{
		{
			name: "wycheproof/json_web_signature_test.json",
			accepted: map[int]string{
				367: "the file lost the padding: what is left is the valid token",
				370: "the file lost the padding: what is left is the valid token",
			},
			refused: map[int]string{
				372: "illegal base64url, which the file overlooks",
				373: "illegal base64url, which the file overlooks",
				346: "the JWK is for another alg", 347: "the JWK is for another alg",
				350: "the JWK is for another alg", 351: "the JWK is for another alg",
			},
		},
		{
			name: "wycheproof/json_web_key_test.json",
			accepted: map[int]string{
				1:  "a local set may mix secrets and public keys: the alg tells which is meant",
				4:  "a repeated kid is a warning, both keys are tried",
				7:  "a modulus with the mark of ROCA is a warning",
				10: "a short secret is a warning", 11: "a short secret is a warning", 12: "a short secret is a warning",
			},
		},
	}
	for _, file := range files {
		t.Run(filepath.Base(file.name), func(t *testing.T) {
			vectors := load[wycheproof](t, file.name)
			ran, accepted := 0, 0
			for _, g := range vectors.TestGroups {
				key := g.Public
				if key == nil {
					key = g.Private
				}
				for _, v := range g.Tests {
					ran++
					want := v.Result == "valid"
					if file.accepted[v.TcID] != "" {
						want = true
					}
					if file.refused[v.TcID] != "" {
						want = false
					}
					got := outcome(t, v.JWS, key)
					if got != want {
						t.Errorf("%d (%s, %s): accepted %v, want %v", v.TcID, g.Comment, v.Comment, got, want)
					}
					if got {
						accepted++
					}
				}
			}
			t.Logf("%d vectors: %d accepted, %d refused; not as the file says: %d accepted, %d refused",
				ran, accepted, ran-accepted, len(file.accepted), len(file.refused))
			if ran == 0 || ran != vectors.NumberOfTests {
				t.Errorf("ran %d of %d", ran, vectors.NumberOfTests)
			}
		})
	}
}
