package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
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
	cmd := command(t, "discover", server.URL)
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
	cmd := command(t, "call", "--token-file", "-", server.URL)
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
				cmd := command(b, args...)
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
