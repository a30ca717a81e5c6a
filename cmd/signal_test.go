package cmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// gate is a stream that holds up whoever writes a word to it.
type gate struct {
	word             string
	entered, release chan struct{}
	once             sync.Once
}

func (g *gate) Write(p []byte) (int, error) {
	if strings.Contains(string(p), g.word) {
		g.once.Do(func() { close(g.entered) })
		<-g.release
	}
	return len(p), nil
}

// ends holds that a command that a signal has ended, and that is held up, is not left behind as one that hangs is: it goes
// on, and ends with its own exit code.
func (g *gate) ends(t *testing.T, code <-chan int, want int) {
	t.Helper()
	<-g.entered
	select {
	case got := <-code:
		close(g.release)
		t.Fatalf("it was left behind: exit %d", got)
	case <-time.After(lastSteps * 3 / 2):
		close(g.release)
	}
	if got := <-code; got != want {
		t.Errorf("exit %d, want %d", got, want)
	}
}

// TestServeEndsByItself: a provider that a signal ends finishes what it is answering, and has ended well then.
func TestServeEndsByItself(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	out, ready := io.Pipe()
	errs := &gate{word: "openid-configuration", entered: make(chan struct{}), release: make(chan struct{})}
	app := &App{In: strings.NewReader(""), Out: ready, Err: errs, GOOS: "linux", Now: time.Now, Environ: []string{"HOME=" + t.TempDir()}}
	code := make(chan int, 1)
	go func() { code <- execute(ctx, app, words("serve --addr 127.0.0.1:0 -v -o json")) }()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var info struct {
		Issuer string `json:"issuer"`
	}
	if err == nil {
		err = json.Unmarshal(line, &info)
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if res, err := http.Get(info.Issuer + "/.well-known/openid-configuration"); err == nil {
			_ = res.Body.Close()
		}
	}()
	<-errs.entered
	cancel(signalError{syscall.SIGTERM})
	errs.ends(t, code, 0)
}

// TestReportEndsByItself: the report that a signal asks for comes, however slowly it is written.
func TestReportEndsByItself(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	listed, errs := io.Pipe()
	out := &gate{word: "not exercised", entered: make(chan struct{}), release: make(chan struct{})}
	app := &App{In: strings.NewReader(""), Out: out, Err: errs, GOOS: "linux", Now: time.Now, Environ: []string{"HOME=" + t.TempDir()}}
	code := make(chan int, 1)
	go func() { code <- execute(ctx, app, words("test client --fault cb-mixup -q")) }()
	lines := bufio.NewScanner(listed)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "/f/cb-mixup ") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, listed) }()
	cancel(signalError{syscall.SIGINT})
	out.ends(t, code, 4)
}

// asked says when somebody begins to read from it.
type asked struct {
	io.Reader
	begun chan struct{}
	once  sync.Once
}

func (a *asked) Read(p []byte) (int, error) {
	a.once.Do(func() { close(a.begun) })
	return a.Reader.Read(p)
}

// TestReadingIsInterrupted holds that a signal ends a read that nothing else would end.
func TestReadingIsInterrupted(t *testing.T) {
	blocked, writer := io.Pipe()
	defer func() { _ = writer.Close() }()
	ctx, cancel := context.WithCancelCause(t.Context())
	in := &asked{Reader: blocked, begun: make(chan struct{})}
	app := &App{In: in, Out: new(bytes.Buffer), Err: new(bytes.Buffer), Now: time.Now}
	code := make(chan int)
	go func() { code <- execute(ctx, app, []string{"jwt", "decode", "-"}) }()
	<-in.begun
	cancel(signalError{syscall.SIGTERM})
	if got := <-code; got != 143 {
		t.Errorf("exit %d, want 143", got)
	}
}
