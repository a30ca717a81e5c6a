package interop

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
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

// open starts a browser with an empty profile. It resolves no name: a page that asks for a font elsewhere gets none.
func open(t *testing.T) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
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
		t.Fatal(err)
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
	return b
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
	b.do(t,
		chromedp.Navigate(url),
		chromedp.SendKeys(account, "alice"),
		chromedp.SendKeys(phrase, "correct horse"),
		chromedp.Click(submit),
		chromedp.WaitReady(consent),
	)
}

// final is the page that oauthctl showed last.
type final struct{ url, title, text string }

// leave presses something at the provider, waits until the tab has left it, and reads the page there.
func (b *tab) leave(t *testing.T, issuer string, press chromedp.CSS) final {
	t.Helper()
	read := func(what chromedp.Action[string]) string {
		t.Helper()
		value, err := chromedp.Run(b.ctx, what)
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	loads := chromedp.Events(b.ctx, page.LoadEventFired)
	b.do(t, chromedp.Click(press))
	for _, err := range loads {
		if err != nil {
			t.Fatalf("%v: the browser never left the provider", err)
		}
		if !strings.HasPrefix(read(chromedp.Location()), issuer+"/") {
			break
		}
	}
	return final{read(chromedp.Location()), read(chromedp.Title()), read(chromedp.Text(chromedp.CSS("body")))}
}

// approve logs in and consents.
func approve(t *testing.T, b *tab, issuer, url string) final {
	t.Helper()
	b.signIn(t, url)
	return b.leave(t, issuer, submit)
}

// refuse logs in, then cancels at the consent page.
func refuse(t *testing.T, b *tab, issuer, url string) final {
	t.Helper()
	b.signIn(t, url)
	return b.leave(t, issuer, cancel)
}

// visit runs oauthctl, takes the URL that it hands to $BROWSER, lets a person act on it in a real browser, and
// returns the page shown last and what the command left.
func visit(t *testing.T, p provider, person func(*testing.T, *tab, string, string) final, args ...string) (final, result) {
	t.Helper()
	b := open(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })

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
		_ = listener.Close() // a command that ends without opening anything must not leave us waiting
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
	if !strings.HasPrefix(string(url), p.Issuer+"/") {
		t.Fatalf("BROWSER was given %q, want a URL of the provider", url)
	}
	shown := person(t, b, p.Issuer, string(url))
	r := finish(t, <-ended, stdout, stderr)

	b.mu.Lock()
	defer b.mu.Unlock()
	for _, complaint := range b.complaints {
		if !strings.Contains(complaint, p.Issuer+"/") && !expected(complaint) {
			t.Errorf("the browser complained of our page: %s", complaint)
		}
	}
	return shown, r
}

// expected says whether a complaint is none of ours: the provider's font, the icon that a browser asks every server
// for, and the status of a page that tells of a failure.
func expected(complaint string) bool {
	return strings.Contains(complaint, "//fonts.") || strings.Contains(complaint, "/favicon.ico") ||
		strings.Contains(complaint, "the server responded with a status of 400")
}
