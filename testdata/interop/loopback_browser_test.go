package interop

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// What follows tries the pages of internal/loopback alone, with a provider that does what the test says, and sites
// that mean harm.

var buildRelay = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "relay-")
	if err != nil {
		return "", err
	}
	inTheEnd(func() { _ = os.RemoveAll(dir) })
	bin := filepath.Join(dir, "relay")
	cmd := exec.Command("go", "build", "-o", bin, "./internal/loopback/testdata/relay")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
})

// pending is a login that waits for the browser.
type pending struct {
	start, redirect string

	events *json.Decoder
	stdin  io.WriteCloser
}

// told is what the login says in the course of it.
type told struct {
	Start, Redirect string
	Mode, Encoded   string
	Counts          map[string]int
	Strangers       []string
}

func relay(t *testing.T, args ...string) *pending {
	t.Helper()
	bin, err := buildRelay()
	if err != nil {
		t.Fatal(err)
	}
	bounded, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(bounded, bin, args...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	l := &pending{events: json.NewDecoder(bufio.NewReader(stdout)), stdin: stdin}
	first := l.next(t)
	l.start, l.redirect = first.Start, first.Redirect
	return l
}

func (l *pending) next(t *testing.T) (e told) {
	t.Helper()
	if err := l.events.Decode(&e); err != nil {
		t.Fatal(err)
	}
	return e
}

// answer waits for the answer and compares it.
func (l *pending) answer(t *testing.T, mode, encoded string) {
	t.Helper()
	if got := l.next(t); got.Mode != mode || got.Encoded != encoded {
		t.Errorf("%s %q, want %s %q", got.Mode, got.Encoded, mode, encoded)
	}
}

// finish lets the login succeed.
func (l *pending) finish(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(l.stdin, "\n"); err != nil {
		t.Fatal(err)
	}
}

// ended ends the login and compares what was turned away, as "Ignored=1 Relay=2", and by whom.
func (l *pending) ended(t *testing.T, counts string, strangers ...string) {
	t.Helper()
	_ = l.stdin.Close()
	last := l.next(t)
	var seen []string
	for _, name := range []string{"Host", "Path", "Method", "Script", "Malformed", "Empty", "Ignored", "Late", "Relay", "Message"} {
		if n := last.Counts[name]; n != 0 {
			seen = append(seen, fmt.Sprintf("%s=%d", name, n))
		}
	}
	if got := strings.Join(seen, " "); got != counts {
		t.Errorf("counted %q, want %q", got, counts)
	}
	if got, want := strings.Join(last.Strangers, " "), strings.Join(strangers, " "); got != want {
		t.Errorf("strangers %q, want %q", got, want)
	}
}

// answers are pages of the provider by their path. Each has its parameters as q, the redirect URI's origin as client,
// the page that it is to answer as target, and send.
var answers = map[string]string{
	"/closes":    `send(response); close()`,
	"/stays":     `send(response)`,
	"/silent":    ``,
	"/foreign":   `send({ code: "x", state: "another" }); close()`,
	"/chatters":  `target.postMessage("hello", client); target.postMessage(null, client); target.postMessage({ type: "relay_request", response }, client); target.postMessage({ type: "authorization_response", response: "code=x" }, client); send(response)`,
	"/harmed":    `document.body.append(Object.assign(document.createElement("iframe"), { src: q.get("state") && "/inner" + location.search })); onmessage = () => { send(response) }`,
	"/inner":     `top.opener.postMessage({ type: "authorization_response", response: { code: "evil", state: q.get("state") } }, client); parent.postMessage("done", "*")`,
	"/sold":      `location.replace(location.origin.replace("localhost", "127.0.0.1") + "/evil" + location.search)`,
	"/evil":      `send({ code: "evil", state: q.get("state") }); location.replace(location.origin.replace("127.0.0.1", "localhost") + "/stays" + location.search)`,
	"/goes":      `close()`,
	"/elsewhere": `location.replace(location.origin.replace("localhost", "127.0.0.1") + "/stays" + location.search)`,
	"/unframed":  `send(response)`,
	"/cut":       `send(response)`,
}

func authorization(t *testing.T) (localhost, number string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, ok := answers[r.URL.Path]
		redirect := r.FormValue("redirect_uri")
		switch r.URL.Path {
		case "/hash":
			http.Redirect(w, r, redirect+"#code=a%2Fb+c&state="+r.FormValue("state")+"&state="+r.FormValue("again"), http.StatusFound)
			return
		case "/query":
			http.Redirect(w, r, redirect+"?error=unsupported_response_mode&state="+r.FormValue("state"), http.StatusFound)
			return
		case "/post": // a site that knows the port
			_, _ = io.WriteString(w, `<!doctype html><form method="post" action="`+redirect+`"><input name="response" value="code=evil&state=ours"><button>x</button></form>`)
			return
		case "/unframed":
			w.Header().Set("X-Frame-Options", "DENY")
		case "/cut":
			w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		}
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<!doctype html><link rel="icon" href="data:,"><title>Provider</title><body><script>
			const q = new URLSearchParams(location.search), client = new URL(q.get("redirect_uri")).origin, target = opener || parent
			const response = { code: "a/b c+é", state: q.get("state"), expires_in: 5, nothing: null }
			const send = response => target.postMessage({ type: "authorization_response", response }, client)
			`+answer+`</script>`)
	}))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1), server.URL
}

const (
	button  = chromedp.CSS("button")
	success = chromedp.CSS("body.success")
	failure = chromedp.CSS("body.failure")
	encoded = "code=a%2Fb+c%2B%C3%A9&state=ours&expires_in=5"
)

// state is the start page in one of its states.
func state(name string) chromedp.CSS { return chromedp.CSS(`body[data-state="` + name + `"]`) }

// leaveFor begins to load a page that goes on by itself: whether it has loaded before it leaves is left open.
func (b *tab) leaveFor(t *testing.T, url string) {
	t.Helper()
	if _, err := chromedp.Call(b.ctx, page.Navigate, page.NavigateParams{URL: url}); err != nil {
		t.Fatal(err)
	}
}

// picture keeps what the page looks like, in the folder that INTEROP_PICTURES names.
func (b *tab) picture(t *testing.T, name string) {
	t.Helper()
	dir := os.Getenv("INTEROP_PICTURES")
	if dir == "" {
		return
	}
	data, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), data, 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}

func (b *tab) text(t *testing.T) string {
	t.Helper()
	return b.read(t, chromedp.Text(chromedp.CSS("main")))
}

// done waits for the outcome at the redirect URI, without complaints of the browser, and with all windows closed.
func (b *tab) done(t *testing.T, l *pending) {
	t.Helper()
	b.do(t, chromedp.WaitVisible(success))
	if where := b.read(t, chromedp.Location()); where != l.redirect {
		t.Errorf("at %s, want %s", where, l.redirect)
	}
	b.quiet(t)
}

func (b *tab) quiet(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, complaint := range b.complaints {
		t.Errorf("the browser complained: %s", complaint)
	}
}

// loaded waits for a window with the title, and returns it.
func (b *tab) loaded(t *testing.T, title string) (id target.ID) {
	t.Helper()
	b.await(t, "no window with the title "+title, func(all []*target.Info) bool {
		i := slices.IndexFunc(all, func(one *target.Info) bool { return one.Title == title })
		if i >= 0 {
			id = all[i].TargetID
		}
		return i >= 0
	})
	return id
}

// windows waits until so many tabs and windows are open: they come and go a while after a page has said so.
func (b *tab) windows(t *testing.T, want int) {
	t.Helper()
	b.await(t, fmt.Sprintf("not %d windows", want), func(all []*target.Info) bool {
		n := 0
		for _, one := range all {
			if one.Type == "page" {
				n++
			}
		}
		return n == want
	})
}

// await waits until the browser's tabs, windows and frames are as they are wanted.
func (b *tab) await(t *testing.T, otherwise string, wanted func([]*target.Info) bool) {
	t.Helper()
	for {
		all, err := chromedp.Targets(b.ctx)
		if err != nil {
			t.Fatalf("%s: %v", otherwise, err)
		}
		if wanted(all) {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestWebMessagePage(t *testing.T) {
	localhost, number := authorization(t)
	for _, test := range []struct {
		name, request string
		args          []string
		steps         []chromedp.Action[chromedp.Void]
	}{
		{"another site", localhost + "/closes", nil, click()},
		{"window left open", localhost + "/stays", nil, click()},
		{"same site", number + "/closes", nil, click()},
		{"redirect to localhost", number + "/closes", []string{"-redirect-uri", "http://localhost:0/a%2Fb?own=1"}, click()},
		{"frame", localhost + "/stays", []string{"-frame"}, nil},
		{"frame, same site", number + "/stays", []string{"-frame"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, l := open(t), relay(t, append(test.args, test.request)...)
			b.leaveFor(t, l.start)
			b.do(t, test.steps...)
			l.answer(t, "web_message", encoded)
			l.finish(t)
			b.do(t, chromedp.WaitVisible(success))
			b.windows(t, 1)
			b.quiet(t)
			l.ended(t, "")
		})
	}
}

func click() []chromedp.Action[chromedp.Void] {
	return []chromedp.Action[chromedp.Void]{chromedp.WaitVisible(state("idle")), complete(button), chromedp.Click(button)}
}

// TestWebMessageStrangers: only the provider's origin, in the window that the page opened, is heard. What else comes is
// counted and named, and ends nothing.
func TestWebMessageStrangers(t *testing.T) {
	localhost, number := authorization(t)
	for _, test := range []struct {
		name, page string
		counts     string
		strangers  []string
		note       string
	}{
		{"another origin in our window", "/sold", "Message=1", []string{number}, "1, the last from " + number},
		{"another window of the origin", "/harmed", "Message=1", nil, "1, the last from " + localhost},
		{"other types", "/chatters", "Message=4", nil, "4, the last from " + localhost},
	} {
		t.Run(test.name, func(t *testing.T) {
			b, l := open(t), relay(t, localhost+test.page)
			b.do(t, chromedp.Navigate(l.start))
			// The page leaves with the answer: what it said until then is kept.
			b.do(t, chromedp.Evaluate[chromedp.Void](`addEventListener("pagehide", () => { sessionStorage.note = document.querySelector("#ignored").textContent })`))
			b.do(t, click()...)
			l.answer(t, "web_message", encoded)
			l.finish(t)
			b.done(t, l)
			note, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`sessionStorage.note`))
			if err != nil || !strings.HasSuffix(note, test.note) {
				t.Errorf("the page said %q, want %q, %v", note, test.note, err)
			}
			l.ended(t, test.counts, test.strangers...)
		})
	}
}

// TestWebMessageReports: the answer, which ends the login, goes after word of what was ignored, however long that takes.
func TestWebMessageReports(t *testing.T) {
	localhost, _ := authorization(t)
	b, l := open(t), relay(t, localhost+"/harmed")
	b.do(t, chromedp.Navigate(l.start), chromedp.Evaluate[chromedp.Void](`{
		const now = fetch
		window.sent = []
		window.fetch = (url, request) => {
			sent.push(request.body.get("message"))
			return request.body.has("message") ? new Promise(done => { window.go = () => done(now(url, request)) }) : now(url, request)
		}
	}`))
	b.do(t, click()...)
	b.do(t, until(`document.forms[0].elements.response.value !== ""`))
	sent, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`JSON.stringify(sent)`))
	if want := `[null,"` + localhost + `"]`; err != nil || sent != want {
		t.Errorf("sent %s, want %s, %v", sent, want, err)
	}
	b.do(t, chromedp.Evaluate[chromedp.Void](`go()`))
	l.answer(t, "web_message", encoded)
	l.finish(t)
	b.done(t, l)
	l.ended(t, "Message=1")
}

// TestWebMessageForeignState: the page believes the provider, the flow does not.
func TestWebMessageForeignState(t *testing.T) {
	localhost, _ := authorization(t)
	b, l := open(t), relay(t, localhost+"/foreign")
	b.do(t, chromedp.Navigate(l.start))
	b.do(t, click()...)
	l.answer(t, "web_message", "code=x&state=another")
	b.do(t, chromedp.WaitVisible(failure))
	if text := b.text(t); !strings.Contains(text, "another sign-in") {
		t.Errorf("the page says %q", text)
	}
	l.ended(t, "Ignored=1")
}

// TestWebMessageBlocked: a person can still get on where the browser opens no window.
func TestWebMessageBlocked(t *testing.T) {
	localhost, _ := authorization(t)
	b, l := open(t), relay(t, localhost+"/closes")
	b.do(t, chromedp.Navigate(l.start))
	b.do(t, chromedp.Evaluate[chromedp.Void](`document.querySelector("button").click()`)) // that no person did
	b.do(t, chromedp.WaitVisible(state("blocked")), chromedp.WaitVisible(chromedp.CSS("a")))
	b.picture(t, "blocked")
	b.do(t, chromedp.Click(chromedp.CSS("a")))
	l.answer(t, "web_message", encoded)
	l.finish(t)
	b.done(t, l)
	b.picture(t, "end")
	l.ended(t, "")
}

// TestWebMessageWithoutAnswer: the page says what has become of the window, and offers another one.
func TestWebMessageWithoutAnswer(t *testing.T) {
	localhost, _ := authorization(t)
	for name, answer := range map[string]string{"closed": "/goes", "cut off": "/cut"} {
		t.Run(name, func(t *testing.T) {
			b, l := open(t), relay(t, localhost+answer)
			b.do(t, chromedp.Navigate(l.start))
			b.picture(t, "start")
			b.do(t, click()...)
			b.do(t, chromedp.WaitVisible(state("closed")))
			b.picture(t, "closed")
			b.do(t, chromedp.Evaluate[chromedp.Void](`document.links[0].pathname = "/closes"`), chromedp.Click(button))
			l.answer(t, "web_message", encoded)
			l.finish(t)
			b.done(t, l)
			l.ended(t, "")
		})
	}
}

// TestWebMessageRedirected: a provider that redirects the window instead gives its answer to the flow all the same.
func TestWebMessageRedirected(t *testing.T) {
	localhost, _ := authorization(t)
	b, l := open(t), relay(t, localhost+"/query")
	b.do(t, chromedp.Navigate(l.start))
	b.do(t, click()...)
	l.answer(t, "query", "error=unsupported_response_mode&state=ours")
	l.finish(t)
	b.do(t, chromedp.WaitVisible(state("late")))
	b.picture(t, "late")
	l.ended(t, "")
}

// TestWebMessageSilentWindow: nothing answers until the login is given up.
func TestWebMessageSilentWindow(t *testing.T) {
	localhost, _ := authorization(t)
	b, l := open(t), relay(t, localhost+"/silent")
	b.do(t, chromedp.Navigate(l.start))
	b.do(t, click()...)
	b.do(t, chromedp.WaitVisible(state("open")))
	b.picture(t, "open")
	b.do(t, chromedp.Click(button)) // shows the window again
	b.windows(t, 2)                 // the page and the provider's
	l.ended(t, "")
}

// TestWebMessageTooLate: a page whose login has ended says so, instead of the browser that nobody answers.
func TestWebMessageTooLate(t *testing.T) {
	localhost, _ := authorization(t)
	t.Run("before the click", func(t *testing.T) {
		b, l := open(t), relay(t, localhost+"/silent")
		b.do(t, chromedp.Navigate(l.start))
		l.ended(t, "")
		b.do(t, click()...)
		b.do(t, chromedp.WaitVisible(state("ended")))
		b.picture(t, "ended")
	})
	t.Run("before the answer", func(t *testing.T) {
		b, l := open(t), relay(t, localhost+"/silent")
		b.do(t, chromedp.Navigate(l.start))
		b.do(t, click()...)
		b.do(t, chromedp.WaitVisible(state("open")))
		b.loaded(t, "Provider") // what no person asked for is ignored while what one asked for is loading
		l.ended(t, "")
		b.do(t, chromedp.Evaluate[chromedp.Void](`void window.open(document.links[0].href.replace("/silent", "/closes"), "oauthctl")`))
		b.do(t, chromedp.WaitVisible(state("ended")))
	})
}

// TestFrameWithoutAnswer: where the frame cannot answer, a window may.
func TestFrameWithoutAnswer(t *testing.T) {
	localhost, _ := authorization(t)
	for name, answer := range map[string]string{"not to be framed": "/unframed", "redirected": "/elsewhere"} {
		t.Run(name, func(t *testing.T) {
			b, l := open(t), relay(t, "-frame", localhost+answer)
			b.do(t, chromedp.Navigate(l.start), chromedp.WaitVisible(state("silent")))
			b.picture(t, "silent")
			b.do(t, chromedp.Evaluate[chromedp.Void](`document.links[0].pathname = "/stays"`), chromedp.Click(button))
			l.answer(t, "web_message", encoded)
			l.finish(t)
			b.do(t, chromedp.WaitVisible(success))
			l.ended(t, "")
		})
	}
}

func TestFragmentPage(t *testing.T) {
	localhost, _ := authorization(t)
	for name, redirect := range map[string]string{"plain": "http://127.0.0.1:0/callback", "own query": "http://localhost:0/a%2Fb?own=1"} {
		t.Run(name, func(t *testing.T) {
			b, l := open(t), relay(t, "-mode", "fragment", "-redirect-uri", redirect, localhost+"/hash")
			b.do(t, chromedp.Navigate(l.redirect+"#code=a%2Fb+c&state=another&state="))
			l.answer(t, "fragment", "code=a%2Fb+c&state=another&state=")
			b.do(t, chromedp.WaitVisible(failure))
			b.do(t, chromedp.Navigate("about:blank"))
			b.leaveFor(t, l.redirect+"#state=ours&access_token=a+b/c=%3D&expires_in=5")
			l.answer(t, "fragment", "state=ours&access_token=a+b/c=%3D&expires_in=5")
			clean := func(when string) {
				t.Helper()
				history, err := chromedp.Call(b.ctx, page.GetNavigationHistory, cdp.Empty{})
				if err != nil || len(history.Entries) == 0 {
					t.Fatal(history, err)
				}
				for _, entry := range history.Entries {
					if strings.Contains(entry.URL, "access_token") {
						t.Errorf("the answer is in the address or the history %s: %s", when, entry.URL)
					}
				}
			}
			clean("while it is checked")
			l.finish(t)
			b.do(t, chromedp.WaitVisible(success))
			clean("afterwards")
			l.ended(t, "Ignored=1")
		})
	}
	t.Run("nothing in it", func(t *testing.T) {
		b, l := open(t), relay(t, "-mode", "fragment", localhost+"/hash")
		b.do(t, chromedp.Navigate(l.redirect), chromedp.WaitVisible(failure))
		if text := b.text(t); !strings.Contains(text, "No answer in this address") {
			t.Errorf("the page says %q", text)
		}
		l.ended(t, "Empty=1")
	})
}

// TestReload: who reloads while the answer is being checked sees the outcome in the end. A server that does not know yet
// that the browser has gone shows it to nobody: on a busy machine it may take another go.
func TestReload(t *testing.T) {
	localhost, _ := authorization(t)
	for mode, want := range map[string]string{"fragment": "state=ours&code=x", "web_message": encoded} {
		t.Run(mode, func(t *testing.T) {
			for tries := 1; !reloaded(t, localhost, mode, want); tries++ {
				if tries == 3 {
					t.Fatal("nobody saw the outcome")
				}
			}
		})
	}
}

// reloaded runs a login up to its outcome, and says whether the page that was reloaded shows it.
func reloaded(t *testing.T, localhost, mode, want string) bool {
	t.Helper()
	b, l := open(t), relay(t, "-mode", mode, localhost+"/closes")
	requests := chromedp.Events(b.ctx, network.RequestWillBeSent)
	posted := func() {
		t.Helper()
		for r, err := range requests {
			if err != nil {
				t.Fatal(err)
			}
			if r.Request.Method == http.MethodPost && r.Type == network.ResourceTypeDocument {
				return
			}
		}
	}
	if mode == "fragment" {
		b.leaveFor(t, l.redirect+"#state=ours&code=x")
	} else {
		b.do(t, chromedp.Navigate(l.start))
		b.do(t, click()...)
	}
	posted()
	l.answer(t, mode, want)
	requests = chromedp.Events(b.ctx, network.RequestWillBeSent)                      // leaving the loop has ended the one before
	if _, err := chromedp.Call(b.ctx, page.Reload, page.ReloadParams{}); err != nil { // an action would wait for the answer
		t.Fatal(err)
	}
	posted() // the page asks for the outcome
	l.finish(t)
	shown := b.outcome(t)
	if shown.title != "You are signed in · oauthctl" {
		if !strings.HasPrefix(shown.title, "Already used") {
			t.Fatalf("the page says %q", shown.text)
		}
		return false
	}
	l.ended(t, "")
	return true
}

// TestForeignPost: a site that knows the port can post nothing.
func TestForeignPost(t *testing.T) {
	localhost, number := authorization(t)
	for _, site := range []string{localhost, number} {
		b, l := open(t), relay(t, localhost+"/stays")
		b.do(t, chromedp.Navigate(site+"/post?redirect_uri="+l.redirect), chromedp.Click(button), chromedp.WaitVisible(failure))
		if text := b.text(t); !strings.Contains(text, "response_mode=web_message") {
			t.Errorf("the page says %q", text)
		}
		l.ended(t, "Relay=1")
	}
}
