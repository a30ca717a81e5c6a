package cmd

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/jose"
)

func batchSigner(tb testing.TB, alg jose.Algorithm, kid string) *jose.Signer {
	tb.Helper()
	key, err := jose.GenerateKey(alg)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := jose.NewSigner(key, alg, kid)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// numbered makes tokens whose jti is their place.
func numbered(tb testing.TB, s *jose.Signer, from, to int) string {
	tb.Helper()
	var b strings.Builder
	for i := from; i < to; i++ {
		token, err := s.Sign("at+jwt", map[string]any{
			"iss": "https://id.test", "sub": "alice", "aud": "https://api.test", "client_id": "web", "jti": fmt.Sprint(i),
			"iat": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		})
		if err != nil {
			tb.Fatal(err)
		}
		b.WriteString(token + "\n")
	}
	return b.String()
}

func publishedKeys(tb testing.TB, signers ...*jose.Signer) []byte {
	tb.Helper()
	keys := make([]*jose.Key, 0, len(signers))
	for _, s := range signers {
		keys = append(keys, s.PublicJWK())
	}
	data, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// keyFetches answers with one key set after the other, slowly, and counts.
type keyFetches struct {
	sets  [][]byte
	count atomic.Int32
}

func (k *keyFetches) RoundTrip(*http.Request) (*http.Response, error) {
	n := int(k.count.Add(1))
	time.Sleep(20 * time.Millisecond)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader(k.sets[min(n, len(k.sets))-1])),
	}, nil
}

func runBatch(t *testing.T, transport http.RoundTripper, in io.Reader, args ...string) (out, errs string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	app := &App{In: in, Out: &o, Err: &e, GOOS: "linux", Now: time.Now, Transport: transport, Environ: []string{"XDG_CONFIG_HOME=" + t.TempDir()}}
	code = execute(t.Context(), app, append([]string{"jwt", "verify"}, args...))
	return o.String(), e.String(), code
}

// TestBatchOrder sends more tokens through than blocks are under way.
func TestBatchOrder(t *testing.T) {
	const count = 3000
	s := batchSigner(t, jose.EdDSA, "k")
	keys := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(keys, publishedKeys(t, s), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := runBatch(t, nil, strings.NewReader(numbered(t, s, 0, count)), "--jwks", keys)
	if code != 0 || errs != "" {
		t.Fatal(code, errs)
	}
	place := 0
	for scanner := bufio.NewScanner(strings.NewReader(out)); scanner.Scan(); place++ {
		var report struct {
			Valid  bool `json:"valid"`
			Claims struct {
				JTI string `json:"jti"`
			} `json:"claims"`
		}
		if err := json.Unmarshal(scanner.Bytes(), &report); err != nil || !report.Valid || report.Claims.JTI != fmt.Sprint(place) {
			t.Fatalf("line %d: %v, %+v", place, err, report)
		}
	}
	if place != count {
		t.Errorf("%d lines", place)
	}
}

// TestBatchFetchesKeysOnce: all workers want the keys at the same moment, and then the new ones after a rotation.
func TestBatchFetchesKeysOnce(t *testing.T) {
	before, after := batchSigner(t, jose.EdDSA, "before"), batchSigner(t, jose.EdDSA, "after")
	fetches := &keyFetches{sets: [][]byte{publishedKeys(t, before), publishedKeys(t, before, after)}}
	tokens := numbered(t, before, 0, 1000)
	out, errs, code := runBatch(t, fetches, strings.NewReader(tokens), "--jwks", "https://id.test/jwks", "--summary", "-o", "json")
	if code != 0 || errs != "" || !strings.HasPrefix(out, `{"total":1000,"valid":1000,`) || fetches.count.Load() != 1 {
		t.Errorf("%d, %d fetches, %s%s", code, fetches.count.Load(), out, errs)
	}
	fetches.count.Store(0)
	tokens += numbered(t, after, 0, 1000)
	out, errs, code = runBatch(t, fetches, strings.NewReader(tokens), "--jwks", "https://id.test/jwks", "--summary", "-o", "json")
	if code != 0 || errs != "" || !strings.HasPrefix(out, `{"total":2000,"valid":2000,`) || fetches.count.Load() != 2 {
		t.Errorf("after a rotation: %d, %d fetches, %s%s", code, fetches.count.Load(), out, errs)
	}
}

// TestBatchAnswersAtOnce: a line is answered before the input ends.
func TestBatchAnswersAtOnce(t *testing.T) {
	s := batchSigner(t, jose.EdDSA, "k")
	in, tokens := io.Pipe()
	out, reports := io.Pipe()
	app := &App{In: in, Out: reports, Err: io.Discard, GOOS: "linux", Now: time.Now, Transport: &keyFetches{sets: [][]byte{publishedKeys(t, s)}}, Environ: []string{"XDG_CONFIG_HOME=" + t.TempDir()}}
	code := make(chan int, 1)
	go func() {
		code <- execute(t.Context(), app, []string{"jwt", "verify", "--jwks", "https://id.test/jwks", "-"})
	}()
	lines := bufio.NewReader(out)
	send := func(text string) {
		if _, err := io.WriteString(tokens, text); err != nil {
			t.Error(err)
		}
	}
	send(numbered(t, s, 0, 2))
	for i := range 5 { // the first two are told from a single one together
		if i > 1 {
			send(numbered(t, s, i, i+1))
		}
		report, err := lines.ReadString('\n')
		if err != nil || !strings.Contains(report, fmt.Sprintf(`"jti":"%d"`, i)) {
			t.Fatal(i, report, err)
		}
	}
	_ = tokens.Close()
	if got := <-code; got != 0 {
		t.Error(got)
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("a", maxLine+1)
	for _, test := range []struct {
		name, in string
		want     []string
		blank    bool
	}{
		{"nothing", "", nil, false},
		{"one", "a", []string{"a"}, false},
		{"ended", "a\n", []string{"a"}, false},
		{"two", "a\nb\r\n", []string{"a", "b\r"}, false},
		{"blank ones", "\n\na\n \t\nb\n\n", []string{"a", "b"}, true},
		{"as long as can be", long[1:] + "\nb", []string{long[1:], "b"}, false},
		{"too long", "a\n" + long + "\nb\n" + long + long + long, []string{"a", fmt.Sprint(len(long)), "b", fmt.Sprint(3 * len(long))}, false},
	} {
		readers := map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "error with data": iotest.DataErrReader, "half": iotest.HalfReader}
		if len(test.in) < 100 {
			readers["by bytes"] = iotest.OneByteReader
		}
		for how, reader := range readers {
			t.Run(test.name+" "+how, func(t *testing.T) {
				source, b := &lines{from: reader(strings.NewReader(test.in))}, newBlock()
				var got []string
				for read := source.more; ; read = source.next {
					if err := read(b); err != nil {
						t.Fatal(err)
					}
					if len(b.lines) == 0 {
						break
					}
					for _, l := range b.lines {
						if l.long() {
							l.text = fmt.Sprint(l.bytes)
						}
						got = append(got, l.text)
					}
					if cap(b.data) > 3*maxLine || cap(source.rest) > 3*maxLine {
						t.Fatalf("keeps %d and %d bytes", cap(b.data), cap(source.rest))
					}
				}
				if diff := cmp.Diff(test.want, got); diff != "" || source.blank != test.blank {
					t.Errorf("blank %t, %.300s", source.blank, diff)
				}
			})
		}
	}
	broken := &lines{from: iotest.ErrReader(io.ErrUnexpectedEOF), name: "it"}
	if err := broken.next(newBlock()); err == nil || err.Error() != "reading it: unexpected EOF" {
		t.Error(err)
	}
}
