package bench

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// maxMemory bounds the resident memory of a run in KiB. It is far below what a huge answer would take.
const maxMemory = 64 << 10

// announced reads stderr up to the URL to open; rest reads what follows.
func announced(stderr io.Reader) (url string, rest func() string, err error) {
	r := bufio.NewReader(stderr)
	var before strings.Builder
	for {
		line, err := r.ReadString('\n')
		before.WriteString(line)
		if url, ok := strings.CutPrefix(strings.TrimSpace(line), "open: "); ok {
			return url, func() string {
				after, _ := io.ReadAll(r)
				return before.String() + string(after)
			}, nil
		}
		if err != nil {
			return "", nil, fmt.Errorf("no line starts with %q in: %s", "open: ", before.String())
		}
	}
}

// twoCores prepares a run whose memory does not depend on the machine: each core has work of its own at hand, and keeps
// memory of its own.
func twoCores(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	cmd := command(tb, args...)
	cmd.Env = append(cmd.Env, "GOMAXPROCS=2")
	return cmd
}

// TestHugeAnswer lets a provider send 300 MB where metadata is due: refused at the bound, with flat memory.
func TestHugeAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		chunk := []byte(`{"issuer":"` + strings.Repeat("a", 64<<10))
		for sent := 0; sent < 300<<20; sent += len(chunk) {
			if _, err := w.Write(chunk); err != nil {
				return // the client has had enough
			}
		}
	}))
	t.Cleanup(server.Close)
	cmd := twoCores(t, "discover", server.URL)
	out, err := cmd.CombinedOutput()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != 5 {
		t.Fatalf("%v, want exit code 5\n%s", err, out)
	}
	if kib, ok := peak(cmd.ProcessState); ok {
		t.Logf("peak %d KiB", kib)
		if kib > maxMemory {
			t.Errorf("took %d KiB of memory, want at most %d", kib, maxMemory)
		}
	}
}

// TestHugeCall lets an API send 300 MB, which come out as they are, with flat memory.
func TestHugeCall(t *testing.T) {
	const size = 300 << 20
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 64<<10)
		for sent := 0; sent < size; sent += len(chunk) {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	cmd := twoCores(t, "call", "--token-file", "-", server.URL)
	cmd.Stdin = strings.NewReader("opaque-token-0123456789")
	var got counter
	cmd.Stdout = &got
	if err := cmd.Run(); err != nil || got != size {
		t.Fatalf("%v, with %d bytes of %d", err, got, size)
	}
	if kib, ok := peak(cmd.ProcessState); ok {
		t.Logf("peak %d KiB", kib)
		if kib > maxMemory {
			t.Errorf("took %d KiB of memory, want at most %d", kib, maxMemory)
		}
	}
}

// sharedSecret is of HS256, the algorithm that costs least: the test is about memory.
const sharedSecret = "a-shared-secret-of-more-than-32-characters"

// manyTokens gives one token again and again, a line each.
type manyTokens struct {
	line string
	left int // bytes
}

func newManyTokens(count int) *manyTokens {
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + encode([]byte(`{"iss":"https://id.example.com","sub":"248289761001",`+
		`"aud":"https://api.example.com","exp":4102444800,"iat":1700000000,"client_id":"web","jti":"`+strings.Repeat("j", 100)+`"}`))
	mac := hmac.New(sha256.New, []byte(sharedSecret))
	mac.Write([]byte(signed))
	line := signed + "." + encode(mac.Sum(nil)) + "\n"
	return &manyTokens{line: line, left: count * len(line)}
}

func (m *manyTokens) Read(p []byte) (n int, err error) {
	if m.left == 0 {
		return 0, io.EOF
	}
	for n < len(p) && m.left > 0 {
		copied := copy(p[n:], m.line[(len(m.line)-m.left%len(m.line))%len(m.line):])
		n += copied
		m.left -= copied
	}
	return n, nil
}

// TestManyTokens verifies more tokens than could be kept, and gets more reports than could be: with flat memory.
func TestManyTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(sharedSecret), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		count int
		args  []string
		least counter // of output
	}{
		"counts":  {250_000, []string{"--summary"}, 10},
		"reports": {50_000, nil, maxMemory << 10},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := twoCores(t, append([]string{"jwt", "verify", "--secret-file", file, "--algs", "HS256", "-"}, test.args...)...)
			cmd.Stdin = newManyTokens(test.count)
			var got counter
			var stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &got, &stderr
			if err := cmd.Run(); err != nil || got < test.least {
				t.Fatalf("%v, %d bytes\n%s", err, got, stderr.Bytes())
			}
			if kib, ok := peak(cmd.ProcessState); ok {
				t.Logf("peak %d KiB for %d tokens and %d bytes of output", kib, test.count, got)
				if kib > maxMemory {
					t.Errorf("took %d KiB of memory, want at most %d", kib, maxMemory)
				}
			}
		})
	}
}

// counter counts what is written.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// BenchmarkMemory reports the peak of resident memory of a start and of a token request.
func BenchmarkMemory(b *testing.B) {
	_, issuer := provider(b, unwrapped)
	for name, args := range map[string][]string{
		"version":  {"version"},
		"discover": {"discover", issuer},
	} {
		b.Run(name, func(b *testing.B) {
			var most int64
			for b.Loop() {
				cmd := twoCores(b, args...)
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
				kib, ok := peak(cmd.ProcessState)
				if !ok {
					b.Skip("this system does not tell")
				}
				most = max(most, kib)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(most), "KiB-peak")
		})
	}
}
