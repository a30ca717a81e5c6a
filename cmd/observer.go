package cmd

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// observer shows on stderr what a flow does: warnings always, steps and checks with -v, and to a person who must act
// what they need to know.
type observer struct{ app *App }

func (app *App) observer() observer { return observer{app: app} }

// Step shows one step with -v.
func (o observer) Step(format string, args ...any) {
	if o.app.global.verbose {
		theme := o.app.errTheme()
		fmt.Fprintf(o.app.stderr(), "%s %s\n", theme.Dim.Render("*"), text.Escape(fmt.Sprintf(format, args...)))
	}
}

// Checks shows every check with -v, and warnings in any case.
func (o observer) Checks(checks verdict.Checks) {
	if o.app.global.verbose {
		render.Checks(o.app.stderr(), o.app.errTheme(), checks)
		return
	}
	for _, c := range checks.With(verdict.Warn) {
		o.app.warn(c)
	}
}

// attempts shows with -v each place where metadata was looked for.
func (o observer) attempts(attempts []metadata.Attempt) {
	for _, a := range attempts {
		o.Step("metadata: %s: %s", a.URL, a.Outcome)
	}
}

// Ignored tells of a callback that belongs to another login. Of a flood of them it shows that it goes on.
func (o observer) Ignored(reason string, count int) {
	const enough, then = 10, 100
	if o.app.global.quiet || count > enough && count%then != 0 {
		return
	}
	o.app.notice("ignored (%d): %s", count, text.Escape(reason))
}

// Waiting gives the address to open and the code to type, with -q too, and to a terminal what else helps.
func (o observer) Waiting(w grant.Waiting) {
	theme := o.app.errTheme()
	if w.Person != "" {
		o.confirm(w)
		return
	}
	// The address holds no secret of ours: the challenge is a hash, state and nonce are for one login.
	fmt.Fprintf(o.app.Err, "open: %s\n", text.Line(w.URL)) // unstyled, to be found and copied
	if w.Code != "" {
		fmt.Fprintf(o.app.Err, "code: %s\n", text.Line(w.Code))
	}
	if !o.app.ErrTTY || o.app.global.quiet {
		return
	}
	if w.Code != "" {
		o.device(w)
		return
	}
	for _, line := range advice(w, o.app.env("SSH_CONNECTION")) {
		o.app.notice("%s", theme.Dim.Render("  "+text.Line(line)))
	}
}

// confirm says who decides elsewhere, and by what they know the request.
func (o observer) confirm(w grant.Waiting) {
	fmt.Fprintf(o.app.Err, "asked: %s\n", text.Line(w.Person))
	if w.Message != "" {
		fmt.Fprintf(o.app.Err, "message: %s\n", text.Line(w.Message))
	}
	if !o.app.ErrTTY || o.app.global.quiet {
		return
	}
	where := "on the device that the provider asks"
	if w.Message != "" {
		where += ", if it shows the same message"
	}
	o.app.notice("  confirm it %s; waiting up to %s", where, w.Until)
}

// device helps a person at a terminal to get address and code to the other device.
func (o observer) device(w grant.Waiting) {
	address := w.CompleteURL
	if address == "" {
		address = w.URL
	}
	render.QR(o.app.Err, address)
	through := render.NoMultiplexer
	switch {
	case o.app.env("TMUX") != "":
		through = render.Tmux
	case o.app.env("STY") != "":
		through = render.Screen
	}
	sent := ""
	if typeable(w.Code) {
		render.Copy(o.app.Err, w.Code, through)
		sent = "the code was sent to the clipboard; "
	}
	o.app.notice("  %swaiting up to %s for somebody to confirm it", sent, w.Until)
}

// typeable says whether a code is what it is meant to be (RFC 8628 §6.1). Anything else, such as a command of a shell, has
// no place on a clipboard whose next use is not known.
func typeable(code string) bool {
	return !strings.ContainsFunc(code, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' })
}

// advice is what helps a person at a terminal while the flow waits.
func advice(w grant.Waiting, ssh string) []string {
	lines := append([]string{fmt.Sprintf("waiting up to %s", w.Until)}, strings.Split(w.Advice, "\n")...)
	if w.Paste {
		lines = append(lines, "when the browser ends at that URI, copy the whole address, paste it here, and press Enter;",
			"where the address bar hides it: developer tools, Network, the last request, Location")
	} else if u, err := url.Parse(w.RedirectURI); ssh != "" && err == nil {
		lines = append(lines, fmt.Sprintf("this is an SSH session; on the machine with the browser: ssh -N -L %s:127.0.0.1:%s THIS-HOST", u.Port(), u.Port()),
			"or start again with --paste and paste the final address")
		if w.Device {
			lines = append(lines, "or sign in on any device with a browser, if the client may: oauthctl token device")
		}
	}
	return lines
}
