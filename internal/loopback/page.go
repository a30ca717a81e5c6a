package loopback

import (
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/text"
)

// Outcome says what the page may tell. The zero value is a failure, so that nothing succeeds by omission.
type Outcome int

// The outcomes of a login.
const (
	Failed Outcome = iota
	Succeeded
)

// Page is what the browser shows in the end. Its texts may be a provider's: they are escaped, and cut where they are
// too long.
type Page struct {
	Title   string
	Message string
	Detail  string // shown as code, such as an error's name
	Hint    string // the next step
	OK      Outcome
}

//go:embed page.css
var style string

// script takes the answer out of the address bar and the history.
const script = `history.replaceState(null,"",location.pathname)`

const successIcon = `<svg viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="m15 25 6.5 6.5L34 18"/></svg>`

const failureIcon = `<svg viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="M24 13v14M24 34v.5"/></svg>`

// render makes the whole page. Nothing in it is fetched from anywhere, and every text is escaped twice over: control
// and bidirectional characters made visible, then HTML.
func render(p Page) string {
	class, role, icon, title := "failure", "alert", failureIcon, "Sign-in failed"
	if p.OK == Succeeded {
		class, role, icon, title = "success", "status", successIcon, "Signed in"
	}
	p.Title = cmp.Or(p.Title, title)
	var b strings.Builder
	b.WriteString("<body class=\"" + class + "\">\n<main>\n" + icon + "\n<div role=\"" + role + "\">\n")
	for _, part := range []struct{ before, text, after string }{
		{"<h1>", p.Title, "</h1>\n"},
		{"<p>", p.Message, "</p>\n"},
		{"<p><code>", p.Detail, "</code></p>\n"},
		{"<p class=\"hint\">", p.Hint, "</p>\n"},
	} {
		if part.text != "" {
			b.WriteString(part.before + escape(part.text) + part.after)
		}
	}
	b.WriteString("</div>\n</main>\n<footer>oauthctl</footer>\n</body>\n")
	return layout(p.Title, style, "<script>"+script+"</script>\n", b.String())
}

// layout puts a body into a document with the title, the style and what else belongs to its head.
func layout(title, style, head, body string) string {
	return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" +
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" +
		"<meta name=\"color-scheme\" content=\"light dark\">\n<title>" + escape(title) + " · oauthctl</title>\n" +
		"<link rel=\"icon\" href=\"data:,\">\n<style>" + style + "</style>\n" + head + "</head>\n" + body + "</html>\n"
}

func escape(s string) string { return html.EscapeString(text.Escape(s)) }

// policy allows a style and a script by their hashes, an icon that is none, which keeps browsers from asking for one,
// and what the directives say; nothing else.
func policy(style, script string, directives ...string) string {
	return "default-src 'none'; style-src " + hash(style) + "; script-src " + hash(script) +
		"; img-src data:; base-uri 'none'; frame-ancestors 'none'; " + strings.Join(directives, "; ")
}

func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// document is a whole page with those of its headers that differ from page to page.
type document struct{ html, policy, opener, referrer string }

// write sends the page and lets go of it: it is in the kernel's hands when write returns, so that the process may end.
func write(w http.ResponseWriter, r reply) error {
	return send(w, r.status, document{
		html: render(r.page), policy: policy(style, script, "form-action 'none'"),
		opener: "same-origin", referrer: "no-referrer",
	})
}

func send(w http.ResponseWriter, status int, d document) error {
	h := w.Header()
	protect(h, len(d.html))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", d.policy)
	h.Set("Cross-Origin-Opener-Policy", d.opener)
	h.Set("Referrer-Policy", d.referrer)
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Now().Add(writeTime))
	w.WriteHeader(status)
	if _, err := io.WriteString(w, d.html); err != nil {
		return err
	}
	return control.Flush()
}

// turnAway answers what is no callback, without a page.
func turnAway(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	protect(h, len(text)+1)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

func protect(h http.Header, length int) {
	h.Set("Content-Length", strconv.Itoa(length))
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Connection", "close")
}

// Foreign tells the browser that its answer belongs to another login.
func Foreign() Page {
	return Page{
		Title:   "This belongs to another sign-in",
		Message: "The answer that brought you here is not the one that oauthctl is waiting for. It was ignored.",
		Hint:    "Finish the sign-in in the tab that was opened last, or start it again in the terminal.",
	}
}

func usedPage() Page {
	return Page{
		Title:   "Already used",
		Message: "This sign-in already has its answer. This page was not used.",
		Hint:    "The terminal shows how it ended.",
	}
}

func endedPage() Page {
	return Page{
		Title:   "The sign-in has ended",
		Message: "oauthctl is no longer waiting for an answer.",
		Hint:    "The terminal shows why. Start the sign-in there again.",
	}
}

func postedPage(mode string) Page {
	return Page{
		Title:   "The answer came in another way",
		Message: "It was posted as a form. oauthctl is still waiting for:",
		Detail:  "response_mode=" + mode,
		Hint:    "Where the provider can only post: start the sign-in again with --response-mode form_post.",
	}
}

func stalePage() Page {
	return Page{
		Title:   "This page is out of date",
		Message: "What it handed over does not belong to the sign-in that oauthctl is waiting for. It was ignored.",
		Hint:    "Finish the sign-in in the tab that was opened last, or start it again in the terminal.",
	}
}

func emptyPage(mode string) Page {
	message := "oauthctl is still waiting. If the address had a part after “#”, the provider answered in the fragment, which no server gets to see. Expected was:"
	if mode == ModeFragment {
		message = "oauthctl is still waiting. The address has neither a query nor a part after “#”. Expected was:"
	}
	return Page{
		Title:   "No answer in this address",
		Message: message,
		Detail:  "response_mode=" + mode,
		Hint:    "Check the response type and the response mode of this client at the provider.",
	}
}
