// Package bench guards what a person feels: how soon the command starts, answers and ends, how large it is, and how
// much memory it takes. Sizes are tests; times are benchmarks, for only a person can judge a time on a busy machine.
package bench

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/op"
)

const (
	// maxBinary bounds the released binary, stripped.
	maxBinary = 14_000_000
	// maxInit bounds the bytes that package initialisation allocates: steadier than milliseconds, and their cause. It
	// is what was measured and a fifth more, so that a library with tables of its own is noticed.
	maxInit = 180_000
)

func TestMain(m *testing.M) {
	code := m.Run()
	if dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// dir holds what was built, for all tests of the package.
var dir string

// compile builds a program as a release is built.
func compile(name, pkg, from string) (string, error) {
	if dir == "" {
		made, err := os.MkdirTemp("", "oauthctl-bench-")
		if err != nil {
			return "", err
		}
		dir = made
	}
	bin := filepath.Join(dir, name)
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, pkg)
	cmd.Dir = from
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build %s: %w\n%s", pkg, err, out)
	}
	return bin, nil
}

var built = sync.OnceValues(func() (string, error) {
	return compile("oauthctl", "./cmd/oauthctl", filepath.Join("..", ".."))
})

// bare is what any program pays that speaks HTTPS.
const bare = `package main

import (
	_ "crypto/tls"
	_ "net/http"
)

func main() {}
`

var builtBare = sync.OnceValues(func() (string, error) {
	from, err := os.MkdirTemp("", "oauthctl-bare-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(from) }()
	err = errors.Join(
		os.WriteFile(filepath.Join(from, "go.mod"), []byte("module bare\n\ngo 1.26\n"), 0o600),
		os.WriteFile(filepath.Join(from, "main.go"), []byte(bare), 0o600),
	)
	if err != nil {
		return "", err
	}
	return compile("bare", ".", from)
})

func must(tb testing.TB, build func() (string, error)) string {
	tb.Helper()
	bin, err := build()
	if err != nil {
		tb.Fatal(err)
	}
	return bin
}

// command prepares a run of oauthctl that sees nothing of the user's own configuration.
func command(tb testing.TB, args ...string) *exec.Cmd {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), must(tb, built), args...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+tb.TempDir(), "AppData="+tb.TempDir(), "GODEBUG=")
	return cmd
}

func TestBinarySize(t *testing.T) {
	info, err := os.Stat(must(t, built))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.2f MB", float64(info.Size())/1e6)
	if info.Size() > maxBinary {
		t.Errorf("the binary has %d bytes, want at most %d", info.Size(), maxBinary)
	}
}

// initLine is one package in the output of GODEBUG=inittrace=1.
var initLine = regexp.MustCompile(`(?m)^init (\S+) @.* (\d+) bytes, \d+ allocs$`)

// TestInit sums what package initialisation allocates. On failure it names the packages that take most.
func TestInit(t *testing.T) {
	cmd := command(t, "version")
	cmd.Env = append(cmd.Env, "GODEBUG=inittrace=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	type cost struct {
		name  string
		bytes int
	}
	var costs []cost
	sum := 0
	for _, match := range initLine.FindAllStringSubmatch(stderr.String(), -1) {
		n, err := strconv.Atoi(match[2])
		if err != nil {
			t.Fatal(err)
		}
		costs = append(costs, cost{match[1], n})
		sum += n
	}
	if len(costs) < 10 {
		t.Fatalf("only %d packages in the trace, its form must have changed:\n%s", len(costs), stderr.Bytes())
	}
	slices.SortFunc(costs, func(a, b cost) int { return b.bytes - a.bytes })
	t.Logf("%d bytes; most by %v", sum, costs[:min(8, len(costs))])
	if sum > maxInit {
		t.Errorf("package initialisation allocates %d bytes, want at most %d", sum, maxInit)
	}
}

// median is the middle of what was measured.
func median(values []time.Duration) time.Duration {
	slices.Sort(values)
	return values[len(values)/2]
}

// reportRatio reports ours, theirs and how many times theirs ours is.
func reportRatio(b *testing.B, ours, theirs []time.Duration, unit string) {
	b.Helper()
	mine, other := median(ours), median(theirs)
	b.ReportMetric(0, "ns/op") // the loop holds both programs: its own time says nothing
	b.ReportMetric(float64(mine.Microseconds())/1000, "ms-oauthctl")
	b.ReportMetric(float64(other.Microseconds())/1000, "ms-"+unit)
	b.ReportMetric(float64(mine)/float64(max(other, 1)), "ratio")
}

// BenchmarkStartup compares the CPU time of `oauthctl version` with that of an empty program that links net/http and
// crypto/tls. The aim is a ratio of at most 2.
func BenchmarkStartup(b *testing.B) {
	empty := must(b, builtBare)
	cpu := func(cmd *exec.Cmd) time.Duration {
		if err := cmd.Run(); err != nil {
			b.Fatal(err)
		}
		return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	}
	var ours, theirs []time.Duration
	for b.Loop() {
		ours = append(ours, cpu(command(b, "version")))
		theirs = append(theirs, cpu(exec.CommandContext(b.Context(), empty)))
	}
	reportRatio(b, ours, theirs, "bare")
}

// provider starts the embedded provider on loopback. wrap, where given, sees every request first.
func provider(tb testing.TB, wrap func(http.Handler) http.Handler) (op.Config, string) {
	tb.Helper()
	var listen net.ListenConfig
	listener, err := listen.Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	config := op.DefaultConfig()
	config.Issuer = "http://" + listener.Addr().String()
	handler, err := op.New(config)
	if err != nil {
		tb.Fatal(err)
	}
	server := &http.Server{Handler: wrap(handler), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	tb.Cleanup(func() { _ = server.Close() })
	return config, config.Issuer
}

func unwrapped(h http.Handler) http.Handler { return h }

// BenchmarkClientCredentials compares the wall time of discovery and a token request with curl doing the same two
// requests in one process.
func BenchmarkClientCredentials(b *testing.B) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		b.Skip("curl is not installed")
	}
	config, issuer := provider(b, unwrapped)
	i := slices.IndexFunc(config.Clients, func(c op.Client) bool { return c.ID == "service" })
	secret := config.Clients[i].Secret.Reveal()
	file := filepath.Join(b.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
		b.Fatal(err)
	}
	wall := func(cmd *exec.Cmd) time.Duration {
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		start := time.Now()
		out, err := cmd.Output()
		took := time.Since(start)
		if err != nil || len(out) == 0 {
			b.Fatalf("%s: %v\n%s%s", cmd, err, out, stderr.Bytes())
		}
		return took
	}
	var ours, theirs []time.Duration
	for b.Loop() {
		ours = append(ours, wall(command(b, "token", "client-credentials", "--issuer", issuer,
			"--client-id", "service", "--client-secret-file", file, "--scope", "api:read")))
		theirs = append(theirs, wall(exec.CommandContext(b.Context(), curl, "-sSf", issuer+"/.well-known/openid-configuration",
			"--next", "-sSf", "-d", "grant_type=client_credentials", "-d", "client_id=service", "--data-urlencode", "client_secret="+secret,
			"-d", "scope=api:read", issuer+"/token")))
	}
	reportRatio(b, ours, theirs, "curl")
}

// BenchmarkCallbackToExit measures from the moment the provider sends the browser back to the end of the process:
// the token request, the checks and the page lie between.
func BenchmarkCallbackToExit(b *testing.B) {
	var mu sync.Mutex
	var sentBack time.Time
	_, issuer := provider(b, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			if strings.Contains(w.Header().Get("Location"), "/callback?") {
				mu.Lock()
				sentBack = time.Now()
				mu.Unlock()
			}
		})
	})
	var took []time.Duration
	for b.Loop() {
		cmd := command(b, "token", "auth-code", "--no-browser", "--issuer", issuer, "--client-id", "cli")
		stderr, err := cmd.StderrPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		url, rest, err := announced(stderr)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := op.SignIn(b.Context(), url, "alice", "wonderland"); err != nil {
			b.Fatal(err)
		}
		text := rest()
		if err := cmd.Wait(); err != nil {
			b.Fatalf("%v\n%s", err, text)
		}
		ended := time.Now()
		mu.Lock()
		took = append(took, ended.Sub(sentBack))
		mu.Unlock()
	}
	b.ReportMetric(0, "ns/op") // a whole login: its time says nothing
	b.ReportMetric(float64(median(took).Microseconds())/1000, "ms-callback-to-exit")
}
