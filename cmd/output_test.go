package cmd

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// terminal is an App whose streams are terminals, and what it printed.
func terminal(environ ...string) (*App, *bytes.Buffer) {
	var errs bytes.Buffer
	app := &App{Out: new(bytes.Buffer), Err: &errs, OutTTY: true, ErrTTY: true, Environ: environ, GOOS: "linux", Now: time.Now}
	app.ring, app.shown = secret.NewRing(), make(map[string]bool)
	return app, &errs
}

func TestColourOnlyWhereItIsWelcome(t *testing.T) {
	for name, test := range map[string]struct {
		environ []string
		prepare func(*App)
		colour  bool
	}{
		"a terminal":     {nil, func(*App) {}, true},
		"NO_COLOR":       {[]string{"NO_COLOR=1"}, func(*App) {}, false},
		"NO_COLOR empty": {[]string{"NO_COLOR="}, func(*App) {}, true},
		"a dumb one":     {[]string{"TERM=dumb"}, func(*App) {}, false},
		"--no-color":     {nil, func(a *App) { a.global.noColor = true }, false},
		"a pipe":         {nil, func(a *App) { a.ErrTTY = false }, false},
	} {
		t.Run(name, func(t *testing.T) {
			app, errs := terminal(test.environ...)
			test.prepare(app)
			app.warn(verdict.Check{Rule: "x.y", Got: "odd"})
			if got := strings.Contains(errs.String(), "\x1b["); got != test.colour {
				t.Errorf("colour: %t, want %t: %q", got, test.colour, errs)
			}
		})
	}
}

// TestColourBeforeFlagsAreRead holds it for errors in the command line itself, too.
func TestColourBeforeFlagsAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		environ, args []string
		colour        bool
	}{
		"welcome":                   {nil, []string{"token", "typo"}, true},
		"--no-color":                {nil, []string{"token", "--typo", "--no-color"}, false},
		"--no-color, of another":    {nil, []string{"token", "typo", "--", "--no-color"}, true},
		"OAUTHCTL_NO_COLOR":         {[]string{"OAUTHCTL_NO_COLOR=1"}, []string{"token", "typo"}, false},
		"OAUTHCTL_NO_COLOR, denied": {[]string{"OAUTHCTL_NO_COLOR=false"}, []string{"token", "typo"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			app, errs := terminal(test.environ...)
			if code := execute(t.Context(), app, test.args); code != 2 {
				t.Errorf("exit %d", code)
			}
			if got := strings.Contains(errs.String(), "\x1b["); got != test.colour {
				t.Errorf("colour: %t, want %t: %q", got, test.colour, errs)
			}
		})
	}
}

func TestWarningsAreGivenOnceAndSecurityAlways(t *testing.T) {
	app, errs := terminal("NO_COLOR=1")
	odd := verdict.Check{Rule: "token.scope", Spec: "RFC 6749 §3.3", Want: "a string", Got: "an array", Hint: "it was read all the same"}
	app.warn(odd)
	app.warn(odd)
	app.global.quiet = true
	app.warn(verdict.Check{Rule: "other", Got: "hidden"})
	app.warnAlways(verdict.Check{Rule: "wire.insecure", Got: "shown"})
	want := "warning: token.scope: an array, where a string was expected; it was read all the same (RFC 6749 §3.3)\n" +
		"warning: shown (wire.insecure)\n"
	if diff := cmp.Diff(want, errs.String()); diff != "" {
		t.Error(diff)
	}
}

// TestOptOutsWarn holds that -q hides none of them.
func TestOptOutsWarn(t *testing.T) {
	server, err := op.Start(t.Context(), "127.0.0.1:0", op.DefaultConfig())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	for flag, rule := range map[string]string{"-k": "wire.insecure", "--allow-http": "wire.http", "--show-secrets": "wire.show_secrets"} {
		got := play(t, "", "jwks", server.Issuer(), "-q", "--trace", flag)
		if got.code != 0 || !strings.Contains(got.stderr, rule) {
			t.Errorf("%s: exit %d\n%s", flag, got.code, got.stderr)
		}
	}
}

func TestWaitingOnATerminal(t *testing.T) {
	app, errs := terminal("NO_COLOR=1", "SSH_CONNECTION=1")
	waiting := grant.Waiting{
		URL: "https://op.example/authorize?x=1", RedirectURI: "http://127.0.0.1:8400/callback", Until: time.Minute,
		Advice: "if the browser shows an error page …\nsent: http://127.0.0.1:8400/callback",
	}
	app.observer().Waiting(waiting)
	want := "open: https://op.example/authorize?x=1\n  waiting up to 1m0s\n  if the browser shows an error page …\n" +
		"  sent: http://127.0.0.1:8400/callback\n" +
		"  this is an SSH session; on the machine with the browser: ssh -N -L 8400:127.0.0.1:8400 THIS-HOST\n" +
		"  or start again with --paste and paste the final address\n"
	if diff := cmp.Diff(want, errs.String()); diff != "" {
		t.Error(diff)
	}
	app, errs = terminal("NO_COLOR=1", "SSH_CONNECTION=1")
	waiting.Device = true
	app.observer().Waiting(waiting)
	want += "  or sign in on any device with a browser, if the client may: oauthctl token device\n"
	if diff := cmp.Diff(want, errs.String()); diff != "" {
		t.Error(diff)
	}
	app, errs = terminal()
	app.global.quiet = true
	app.observer().Waiting(grant.Waiting{URL: "https://op.example/device", Code: "WDJB-MJHT"})
	if diff := cmp.Diff("open: https://op.example/device\ncode: WDJB-MJHT\n", errs.String()); diff != "" {
		t.Errorf("with -q, and unstyled also where there is colour:\n%s", diff)
	}
}

func TestHeaderNamesTheScheme(t *testing.T) {
	app, _ := terminal()
	app.format = formatHeader
	const issued = "urn:ietf:params:oauth:token-type:"
	for types, want := range map[[2]string]string{
		{"Bearer", ""}: "Authorization: Bearer at\n", {"DPoP", ""}: "Authorization: DPoP at\n", {"N_A", ""}: "",
		{"Bearer", issued + "access_token"}: "Authorization: Bearer at\n", {"Bearer", issued + "jwt"}: "Authorization: Bearer at\n",
		{"Bearer", issued + "refresh_token"}: "", {"Bearer", issued + "id_token"}: "",
	} {
		tokenType := types[0]
		result := &grant.Result{Response: &oauth.Response{TokenType: tokenType, IssuedTokenType: types[1], AccessToken: secret.New("at")}}
		got, err := app.renderToken(t.Context(), "", &grant.Env{}, result)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", tokenType, got, err)
		}
	}
}

// TestOnlyWebAddressesAreOpened keeps everything else from the system's opener.
func TestOnlyWebAddressesAreOpened(t *testing.T) {
	for address, want := range map[string]string{
		"https://op.example/a": "https://op.example/a", "http://127.0.0.1:1/": "http://127.0.0.1:1/",
		"file:///etc/passwd": "", "javascript:alert(1)": "", "-a Calculator": "", "https:///x": "", "": "",
	} {
		app, errs := terminal("NO_COLOR=1")
		opened := ""
		app.Browser = func(_ context.Context, url string) { opened = url }
		app.openBrowser(t.Context(), address)
		if opened != want || (want == "") != strings.Contains(errs.String(), "could not be opened") {
			t.Errorf("%q: opened %q\n%s", address, opened, errs)
		}
	}
}

// TestLoginComparesUserInfo holds that a login shows nobody's name but that of the one who signed in.
func TestLoginComparesUserInfo(t *testing.T) {
	for fault, want := range map[string]int{"ui-sub": 4, "ui-html": 0, "ui-ct-mismatch": 0} {
		config := op.DefaultConfig()
		config.Faults = []string{fault}
		server, err := op.Start(t.Context(), "127.0.0.1:0", config)
		if err != nil {
			t.Fatal(err)
		}
		got := play(t, "", "login", "--issuer", server.Issuer(), "--client-id", "web", "-s", "openid profile")
		_ = server.Close()
		if got.code != want || (got.stdout == "") != (want != 0) {
			t.Errorf("%s: exit %d, want %d\n%s%s", fault, got.code, want, got.stdout, got.stderr)
		}
		if want == 0 && !strings.Contains(got.stderr, "warning: ") {
			t.Errorf("%s: no warning", fault)
		}
	}
}

// TestTypedLine types, corrects and ends a line as a person does.
func TestTypedLine(t *testing.T) {
	for _, test := range [][2]string{
		{"https://x/?a=b\r", "https://x/?a=b"},
		{"ab\x7fc\n", "ac"},
		{"wrong\x15right\r", "right"},
		{" a b\t\x1b[Ac\r", "ab[Ac"},
		{strings.Repeat("x", 9000) + "\r", strings.Repeat("x", 9000)},
	} {
		keys, want := test[0], test[1]
		var line typed
		done := false
		for i := 0; i < len(keys) && !done; i++ {
			var err error
			if done, err = line.key(keys[i], new(bytes.Buffer)); err != nil {
				t.Fatal(err)
			}
		}
		if !done || line.String() != want {
			t.Errorf("%.30q: %.30q, done %t", keys, line.String(), done)
		}
	}
	for key, code := range map[byte]int{ctrlC: 130, ctrlD: 7} {
		var line typed
		if _, err := line.key(key, new(bytes.Buffer)); exitCode(err) != code {
			t.Errorf("%x: %v", key, err)
		}
	}
}

// TestTypedInput: a person at a terminal is told that the program reads what they type, and how to end it.
func TestTypedInput(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(*App)
		want    string
	}{
		"a terminal": {func(*App) {}, "reading from the terminal; Ctrl-D on a line of its own ends it\n"},
		"of Windows": {func(a *App) { a.GOOS = "windows" }, "reading from the terminal; Ctrl-Z and Enter on a line of its own ends it\n"},
		"-q":         {func(a *App) { a.global.quiet = true }, ""},
		"a pipe":     {func(a *App) { a.InTTY = false }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			app, errs := terminal()
			app.In, app.InTTY = strings.NewReader("hush\n"), true
			test.prepare(app)
			if data, err := app.readInput("-"); err != nil || string(data) != "hush\n" || errs.String() != test.want {
				t.Errorf("%q, %v, %q, want %q", data, err, errs, test.want)
			}
		})
	}
}
