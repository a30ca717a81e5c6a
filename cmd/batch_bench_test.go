package cmd

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// rawToken is a token ready for the standard library: nothing is left to do but the arithmetic.
type rawToken struct{ signed, signature []byte }

// realistic makes access tokens as providers issue them, each another.
func realistic(tb testing.TB, s *jose.Signer, count int) (text string, ready []rawToken) {
	tb.Helper()
	var b strings.Builder
	now := time.Now()
	for i := range count {
		token, err := s.Sign("at+jwt", map[string]any{
			"iss": "https://id.example.com/realms/main", "sub": fmt.Sprintf("248289761%03d", i), "aud": "https://api.example.com",
			"client_id": "s6BhdRkqt3", "jti": fmt.Sprintf("n-0S6_WzA2Mj%08d", i), "scope": "openid profile orders:read",
			"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
		})
		if err != nil {
			tb.Fatal(err)
		}
		b.WriteString(token + "\n")
		cut := strings.LastIndexByte(token, '.')
		signature, err := base64.RawURLEncoding.DecodeString(token[cut+1:])
		if err != nil {
			tb.Fatal(err)
		}
		if len(signature) == 64 && s.Algorithm() == jose.ES256 {
			signature, _ = asn1.Marshal([]*big.Int{new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])})
		}
		ready = append(ready, rawToken{[]byte(token[:cut]), signature})
	}
	return b.String(), ready
}

// bare returns the verification of the standard library alone.
func bare(tb testing.TB, alg jose.Algorithm, public crypto.PublicKey) func(rawToken) bool {
	tb.Helper()
	switch alg {
	case jose.RS256:
		return func(t rawToken) bool {
			sum := sha256.Sum256(t.signed)
			return rsa.VerifyPKCS1v15(public.(*rsa.PublicKey), crypto.SHA256, sum[:], t.signature) == nil
		}
	case jose.PS256:
		return func(t rawToken) bool {
			sum := sha256.Sum256(t.signed)
			options := rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
			return rsa.VerifyPSS(public.(*rsa.PublicKey), crypto.SHA256, sum[:], t.signature, &options) == nil
		}
	case jose.ES256:
		return func(t rawToken) bool {
			sum := sha256.Sum256(t.signed)
			return ecdsa.VerifyASN1(public.(*ecdsa.PublicKey), sum[:], t.signature)
		}
	}
	return func(t rawToken) bool { return ed25519.Verify(public.(ed25519.PublicKey), t.signed, t.signature) }
}

// onAllCores verifies every token, and returns how long that took.
func onAllCores(tb testing.TB, verify func(rawToken) bool, tokens []rawToken, rounds int) time.Duration {
	tb.Helper()
	start := time.Now()
	var all sync.WaitGroup
	cores := runtime.GOMAXPROCS(0)
	for core := range cores {
		all.Go(func() {
			for i := core; i < rounds*len(tokens); i += cores {
				if !verify(tokens[i%len(tokens)]) {
					tb.Error("not verified")
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

// BenchmarkBatch compares the whole command, from the bytes of the input to its output, with the verification of the
// standard library alone on as many cores: both in turn, the median of the ratios. The aim is 0.85 with --summary.
func BenchmarkBatch(b *testing.B) {
	const distinct, rounds = 1000, 16
	for _, alg := range []jose.Algorithm{jose.RS256, jose.PS256, jose.ES256, jose.EdDSA} {
		s := batchSigner(b, alg, "k1")
		keys := filepath.Join(b.TempDir(), "keys.json")
		if err := os.WriteFile(keys, publishedKeys(b, s), 0o600); err != nil {
			b.Fatal(err)
		}
		text, ready := realistic(b, s, distinct)
		verify := bare(b, alg, s.PublicJWK().Public())
		for name, extra := range map[string][]string{"summary": {"--summary"}, "json": nil} {
			b.Run(string(alg)+"/"+name, func(b *testing.B) {
				args := append([]string{"jwt", "verify", "--jwks", keys, "--issuer", "https://id.example.com/realms/main", "--audience", "https://api.example.com"}, extra...)
				var ratios, took, least, work []float64
				for b.Loop() {
					begun, _ := cpu()
					theirs := onAllCores(b, verify, ready, rounds)
					between, counted := cpu()
					app := &App{In: again(text, rounds), Out: io.Discard, Err: os.Stderr, GOOS: "linux", Now: time.Now, Environ: []string{"XDG_CONFIG_HOME=" + b.TempDir()}}
					start := time.Now()
					if code := execute(b.Context(), app, args); code != 0 {
						b.Fatal(code)
					}
					ours := time.Since(start)
					if ended, _ := cpu(); counted {
						work = append(work, float64(between-begun)/float64(ended-between))
					}
					ratios = append(ratios, float64(theirs)/float64(ours))
					took, least = append(took, float64(ours)/(distinct*rounds)), append(least, float64(theirs)/(distinct*rounds))
				}
				b.ReportMetric(0, "ns/op") // the loop holds both: its own time says nothing
				b.ReportMetric(middle(took), "ns/token")
				b.ReportMetric(middle(least), "ns/raw")
				b.ReportMetric(middle(ratios), "of-raw")
				if len(work) > 0 { // the same by the time of the processor, which other programs cannot take
					b.ReportMetric(middle(work), "of-raw-cpu")
				}
				b.ReportMetric(float64(len(text))/distinct, "bytes/token")
			})
		}
	}
}

// again reads a text several times over, which takes no memory.
func again(text string, times int) io.Reader {
	readers := make([]io.Reader, 0, times)
	for range times {
		readers = append(readers, strings.NewReader(text))
	}
	return io.MultiReader(readers...)
}

func middle(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
