package interop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
)

// chromium finds the browser; CHROMIUM names one.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	missing(t, "chromium is not installed")
	return ""
}

// tab is a browser tab without a history, and what its console complained of.
type tab struct {
	ctx        context.Context
	mu         sync.Mutex
	complaints []string
}

// open starts a browser with an empty profile, again where it does not come up, as on a busy machine it may not.
func open(t *testing.T) *tab {
	t.Helper()
	path := chromium(t)
	for tries := 1; ; tries++ {
		b, err := start(t, path)
		if err == nil {
			return b
		}
		if tries == 3 {
			t.Fatal(err)
		}
	}
}

// start is one try of open. The profile is left to chromedp to remove: processes of the browser may still write to it. It
// resolves no name: a page that asks for a font elsewhere gets none. A click counts as soon as its page is there, though
// a busy machine has not painted it yet.
func start(t *testing.T, path string) (*tab, error) {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.Flag("disable-popup-blocking", false), // which chromedp asks for
		chromedp.Flag("allow-pre-commit-input", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
	)
	bounded, cancelBound := context.WithTimeout(t.Context(), patience)
	allocator, cancelAllocator := chromedp.NewExecAllocator(bounded, options...)
	ctx, cancel := chromedp.NewContext(allocator)
	b := &tab{ctx: ctx}
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx)
		cancel()
		cancelAllocator()
		cancelBound()
	})
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		return nil, err
	}
	entries := chromedp.Events(ctx, log.EntryAdded)
	go func() {
		for entry, err := range entries {
			if err != nil {
				return
			}
			b.mu.Lock()
			b.complaints = append(b.complaints, string(entry.Entry.Level)+" "+entry.Entry.URL+": "+entry.Entry.Text)
			b.mu.Unlock()
		}
	}()
	return b, nil
}

// do runs steps in the tab.
func (b *tab) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		where, _ := chromedp.Run(b.ctx, chromedp.Location())
		page, _ := chromedp.Run(b.ctx, chromedp.OuterHTML(chromedp.CSS("html")))
		t.Fatalf("%v\nat %s\n%s", err, where, page)
	}
}

// complete waits until the page that has the element is all there. Before that a click may land beside it, where a style
// is still missing, or on a button that no script listens to yet.
func complete(element chromedp.CSS) chromedp.Action[chromedp.Void] {
	return until(fmt.Sprintf(`document.readyState === "complete" && document.querySelector(%q) !== null`, element))
}

// until waits for what the page at which the tab is by then says of itself.
func until(script string) chromedp.Action[chromedp.Void] {
	holds := chromedp.Evaluate[bool](script)
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		for {
			if now, err := holds(ctx, t); now || err != nil && !gone(err) {
				return chromedp.Void{}, err
			}
			if _, err := chromedp.Sleep(10*time.Millisecond)(ctx, t); err != nil {
				return chromedp.Void{}, err
			}
		}
	}
}

// gone says whether a page was left while something was asked of it.
func gone(err error) bool {
	answer, ok := errors.AsType[*cdproto.Error](err)
	return ok && answer.Code == -32000
}

const (
	account = chromedp.CSS(`input[name="login"]`)
	phrase  = chromedp.CSS(`input[name="password"]`)
	submit  = chromedp.CSS(`button[type="submit"]`)
	consent = chromedp.CSS(`input[name="prompt"][value="consent"]`)
	cancel  = chromedp.CSS(`.login-help a`)
)

// signIn fills the provider's login page.
func (b *tab) signIn(t *testing.T, url string) {
	t.Helper()
	b.do(t, chromedp.Navigate(url))
	b.signInHere(t)
}

// signInHere fills the login page at which the tab is.
func (b *tab) signInHere(t *testing.T) {
	t.Helper()
	b.do(t,
		complete(account),
		chromedp.SendKeys(account, "alice"),
		chromedp.SendKeys(phrase, "correct horse"),
		chromedp.Click(submit),
		complete(consent),
	)
}

// final is the page that oauthctl showed last.
type final struct{ url, title, text string }

// leave presses something at the provider, and reads the page of ours at which the tab ends up.
func (b *tab) leave(t *testing.T, press chromedp.CSS) final {
	t.Helper()
	b.do(t, chromedp.Click(press))
	return b.outcome(t)
}

// read asks the tab for something, again where the page leaves meanwhile.
func (b *tab) read(t *testing.T, what chromedp.Action[string]) string {
	t.Helper()
	for {
		value, err := chromedp.Run(b.ctx, what)
		if err == nil {
			return value
		}
		if !gone(err) || b.ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

// outcome is the page on which oauthctl says how it went; others may come before it.
func (b *tab) outcome(t *testing.T) final {
	t.Helper()
	b.do(t, chromedp.WaitReady(chromedp.CSS("body.success, body.failure")))
	return final{b.read(t, chromedp.Location()), b.read(t, chromedp.Title()), b.read(t, chromedp.Text(chromedp.CSS("body")))}
}

// approve logs in and consents.
func approve(t *testing.T, b *tab, _, url string) final {
	t.Helper()
	b.signIn(t, url)
	return b.leave(t, submit)
}

// refuse logs in, then cancels at the consent page.
func refuse(t *testing.T, b *tab, _, url string) final {
	t.Helper()
	b.signIn(t, url)
	return b.leave(t, cancel)
}

// run is a run of oauthctl that waits for somebody in the browser.
type run struct {
	url       string // what it handed to $BROWSER
	interrupt func() error
	finish    func() result
}

// begin runs oauthctl and takes the URL that it hands to $BROWSER.
func begin(t *testing.T, args ...string) run {
	t.Helper()
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	if err := listener.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}

	cmd, stdout, stderr := command(t, "", args...)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(cmd.Env, "BROWSER="+self, browserAddress+"="+listener.Addr().String())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		if !strings.Contains(stderr.String(), "open: ") { // or what was opened may come later than a short wait ends
			_ = listener.Close()
		}
		ended <- err
	}()

	conn, err := listener.Accept()
	if err != nil {
		r := finish(t, <-ended, stdout, stderr)
		t.Fatalf("no browser was opened: exit %d\n%s", r.exit, r.stderr)
	}
	url, err := io.ReadAll(conn)
	_ = conn.Close()
	if err != nil {
		t.Fatal(err)
	}
	return run{
		url:       string(url),
		interrupt: func() error { return cmd.Process.Signal(os.Interrupt) },
		finish: func() result {
			t.Helper()
			return finish(t, <-ended, stdout, stderr)
		},
	}
}

// person acts in the browser at the address that was opened, and returns the page shown last.
type person func(t *testing.T, b *tab, issuer, url string) final

// visit runs oauthctl, lets a person act on the URL that it opens in a real browser, and returns the page shown last
// and what the command left.
func visit(t *testing.T, p provider, who person, args ...string) (final, result) {
	t.Helper()
	return open(t).visit(t, p.Issuer, who, args...)
}

// visit is the same in a browser that may have been there before.
func (b *tab) visit(t *testing.T, issuer string, who person, args ...string) (final, result) {
	t.Helper()
	r := begin(t, args...)
	if !strings.HasPrefix(r.url, issuer+"/") {
		t.Fatalf("BROWSER was given %q, want a URL of the provider", r.url)
	}
	shown := who(t, b, issuer, r.url)
	left := r.finish()
	b.peaceful(t, issuer)
	return shown, left
}

// peaceful fails the test if the browser complained of a page of oauthctl's.
func (b *tab) peaceful(t *testing.T, issuer string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, complaint := range b.complaints {
		if !strings.Contains(complaint, issuer+"/") && !expected(complaint) {
			t.Errorf("the browser complained of our page: %s", complaint)
		}
	}
}

// expected says whether a complaint is none of ours: the provider's font, the icon that a browser asks every server
// for, and the status of a page that tells of a failure.
func expected(complaint string) bool {
	return strings.Contains(complaint, "//fonts.") || strings.Contains(complaint, "/favicon.ico") ||
		strings.Contains(complaint, "the server responded with a status of 400")
}
