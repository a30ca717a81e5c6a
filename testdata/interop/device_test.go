package interop

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// lines keeps what is written to it, and hands on each complete line as it comes.
type lines struct {
	mu   sync.Mutex
	all  bytes.Buffer
	rest string
	next chan string
}

func (l *lines) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all.Write(data)
	parts := strings.SplitAfter(l.rest+string(data), "\n")
	l.rest = parts[len(parts)-1]
	for _, line := range parts[:len(parts)-1] {
		select {
		case l.next <- strings.TrimSuffix(line, "\n"):
		default: // nobody waits for so many
		}
	}
	return len(data), nil
}

// device is a run of oauthctl that shows a code and waits for somebody to type it elsewhere.
type device struct {
	url, code string
	finish    func() result
}

// show runs a device flow until it has shown its address and its code.
func show(t *testing.T, args ...string) device {
	t.Helper()
	cmd, stdout, _ := command(t, "", args...)
	stderr := &lines{next: make(chan string, 100)}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		ended <- cmd.Wait()
		close(stderr.next)
	}()
	d := device{finish: func() result {
		t.Helper()
		return finish(t, <-ended, stdout, &stderr.all)
	}}
	for line := range stderr.next {
		if url, ok := strings.CutPrefix(line, "open: "); ok {
			d.url = url
		}
		if code, ok := strings.CutPrefix(line, "code: "); ok {
			d.code = code
			return d
		}
	}
	d.finish()
	t.Fatalf("no code was shown: %s", stderr.all.String())
	return d
}

const (
	typed     = chromedp.CSS(`input[name="user_code"]`)
	next      = chromedp.CSS(`button[form="op.deviceInputForm"]`)
	confirmed = chromedp.CSS(`button[form="op.deviceConfirmForm"][autofocus]`)
	aborted   = chromedp.CSS(`button[name="abort"]`)
	entered   = chromedp.CSS(`.container`)
)

// enter types the code at the address that was shown, as a person does on another device.
func (d device) enter(t *testing.T, b *tab) {
	t.Helper()
	b.do(t, chromedp.Navigate(d.url), chromedp.SendKeys(typed, d.code), chromedp.Click(next), complete(confirmed))
}

// confirm says yes to the code, signs in and consents.
func (d device) confirm(t *testing.T, b *tab) {
	t.Helper()
	b.do(t, chromedp.Click(confirmed))
	b.signInHere(t)
	b.do(t, chromedp.Click(submit), chromedp.WaitReady(entered))
	if text := b.read(t, chromedp.Text(chromedp.CSS("body"))); !strings.Contains(text, "Sign-in Success") {
		t.Errorf("the device page says %q", text)
	}
}

func TestDevice(t *testing.T) {
	t.Parallel()
	p := independent(t)
	for _, test := range []struct {
		name string
		args []string
	}{
		{"public client", []string{"token", "device", "--client-id", "tv"}},
		{"confidential client", append([]string{"token", "device", "--client-id", "tv-basic"}, secretFlags(t, p)...)},
		{"bound to a key", []string{"token", "device", "--client-id", "tv", "--dpop"}},
		{"login", []string{"login", "--device", "--client-id", "tv"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := open(t)
			d := show(t, append(test.args, "--issuer", p.Issuer, "--scope", "openid profile", "-o", "json")...)
			if d.url != p.Issuer+"/device" {
				t.Errorf("the address is %s", d.url)
			}
			d.enter(t, b)
			d.confirm(t, b)
			r := d.finish()
			var tokens map[string]any
			if err := json.Unmarshal([]byte(r.stdout), &tokens); err != nil || r.exit != 0 || tokens["access_token"] == nil {
				t.Fatalf("exit %d, %v", r.exit, err)
			}
			if bound := slices.Contains(test.args, "--dpop"); bound != (tokens["token_type"] == "DPoP") {
				t.Errorf("the token type is %v", tokens["token_type"])
			}
			id := test.args[slices.Index(test.args, "--client-id")+1]
			verify := []string{"jwt", "verify", "--issuer", p.Issuer, "--client-id", id, "--kind", "id", "-o", "json"}
			if out := verified(t, oauthctl(t, tokens["id_token"].(string), verify...), 0); out.Claims["sub"] != "alice" {
				t.Errorf("signed in as %v", out.Claims["sub"])
			}
		})
	}
}

// TestDeviceDeclined: the person aborts on the page that shows the code.
func TestDeviceDeclined(t *testing.T) {
	t.Parallel()
	p := independent(t)
	b := open(t)
	d := show(t, "token", "device", "--issuer", p.Issuer, "--client-id", "tv")
	d.enter(t, b)
	b.do(t, chromedp.Click(aborted), chromedp.WaitReady(typed))
	refused(t, d.finish(), "access_denied")
}

// TestDeviceUnconfirmed: nobody types the code for as long as we wait.
func TestDeviceUnconfirmed(t *testing.T) {
	p := independent(t)
	r := oauthctl(t, "", "token", "device", "--issuer", p.Issuer, "--client-id", "tv", "--wait", "1s")
	if r.exit != 6 || r.stdout != "" || !strings.Contains(r.stderr, "code: ") {
		t.Errorf("exit %d, want 6", r.exit)
	}
}

// TestDeviceOtherClient: a client that is not registered for the flow gets no code.
func TestDeviceOtherClient(t *testing.T) {
	p := independent(t)
	refused(t, oauthctl(t, "", "token", "device", "--issuer", p.Issuer, "--client-id", "public"), "device_code")
}
