// Package interop drives the built oauthctl against an OpenID provider that shares no code with it, with a real
// browser where a person would sit. Each test skips with a reason where Node's modules or Chromium are missing;
// INTEROP=require turns the skips into failures.
package interop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds every run of the command and of the browser: it ends a hanging test, it times nothing.
const patience = 5 * time.Minute

// browserAddress is the environment variable by which oauthctl's child, which is this test binary again, knows where
// to hand over the URL that it was asked to open.
const browserAddress = "INTEROP_BROWSER"

func TestMain(m *testing.M) {
	if address := os.Getenv(browserAddress); address != "" {
		if err := handOver(address, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	for _, end := range endings.all {
		end()
	}
	os.Exit(code)
}

// handOver plays $BROWSER: it gets a URL as its only argument and sends it to the test.
func handOver(address string, args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("BROWSER was run with %q, want one URL", args)
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	_, err = io.WriteString(conn, args[0])
	return errors.Join(err, conn.Close())
}

// endings are run after the last test, such as stopping the provider.
var endings struct {
	sync.Mutex
	all []func()
}

// inTheEnd adds one of the endings.
func inTheEnd(end func()) {
	endings.Lock()
	defer endings.Unlock()
	endings.all = append(endings.all, end)
}

// missing skips the test, or fails it where the suite is required.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("INTEROP") == "require" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// provider is a running server.mjs.
type provider struct {
	Issuer  string     `json:"issuer"`
	Pushed  string     `json:"pushed"`  // the issuer of another one, which takes pushed authorization requests only
	FAPI    string     `json:"fapi"`    // of one that keeps to the FAPI 2.0 Security Profile
	Signing string     `json:"signing"` // of one that keeps to FAPI 2.0 Message Signing too
	MTLS    string     `json:"mtls"`    // the first one's listener that asks for certificates
	API     string     `json:"api"`     // takes tokens of people who have just signed in
	Phone   string     `json:"phone"`   // where people answer what was asked of them without a browser
	Initial string     `json:"initial"` // what the second one wants to see of those who register
	Secret  string     `json:"secret"`
	CA      *authority `json:"-"`
}

var errMissing = errors.New("not installed")

var startProvider = sync.OnceValues(func() (provider, error) {
	var p provider
	node, err := exec.LookPath("node")
	if err != nil {
		return p, fmt.Errorf("node: %w", errMissing)
	}
	if _, err := os.Stat(filepath.Join("node_modules", "oidc-provider")); err != nil {
		return p, fmt.Errorf("oidc-provider (run npm ci in testdata/interop): %w", errMissing)
	}
	dir, err := os.MkdirTemp("", "interop-tls-")
	if err != nil {
		return p, err
	}
	inTheEnd(func() { _ = os.RemoveAll(dir) })
	if p.CA, err = newAuthority(dir); err != nil {
		return p, err
	}
	cmd := exec.Command(node, "server.mjs", dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return p, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return p, err
	}
	if err := cmd.Start(); err != nil {
		return p, err
	}
	inTheEnd(func() { _ = stdin.Close(); _ = cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err != nil {
		_ = cmd.Wait()
		return p, fmt.Errorf("server.mjs ended early: %s", stderr.Bytes())
	}
	return p, json.Unmarshal(line, &p)
})

func independent(t *testing.T) provider {
	t.Helper()
	p, err := startProvider()
	if errors.Is(err, errMissing) {
		missing(t, "%v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// build makes the command once; OAUTHCTL_BIN names one that is there already.
var build = sync.OnceValues(func() (string, error) {
	if bin := os.Getenv("OAUTHCTL_BIN"); bin != "" {
		return filepath.Abs(bin)
	}
	dir, err := os.MkdirTemp("", "oauthctl-interop-")
	if err != nil {
		return "", err
	}
	inTheEnd(func() { _ = os.RemoveAll(dir) })
	bin := filepath.Join(dir, "oauthctl")
	if runtime.GOOS == "windows" {
		bin += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/oauthctl")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
})

// result is what a run of oauthctl left.
type result struct {
	stdout, stderr string
	exit           int
}

// command prepares a run in a home of its own.
func command(t *testing.T, stdin string, args ...string) (*exec.Cmd, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_STATE_HOME=" + home,
		"XDG_DATA_HOME=" + home, "XDG_CACHE_HOME=" + home, "NO_PROXY=*",
	}
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	return cmd, &stdout, &stderr
}

// oauthctl runs the command to its end.
func oauthctl(t *testing.T, stdin string, args ...string) result {
	t.Helper()
	cmd, stdout, stderr := command(t, stdin, args...)
	return finish(t, cmd.Run(), stdout, stderr)
}

// finish turns the end of a process into a result.
func finish(t *testing.T, err error, stdout, stderr *bytes.Buffer) result {
	t.Helper()
	r := result{stdout: stdout.String(), stderr: stderr.String()}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		r.exit = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("exit %d\nstdout: %s\nstderr: %s", r.exit, r.stdout, r.stderr)
		}
	})
	return r
}

// write puts a secret or a token into a file, as a user would hand it over.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
