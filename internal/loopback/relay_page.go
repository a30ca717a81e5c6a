package loopback

import (
	_ "embed"
	"html"
	"strings"
)

//go:embed start.css
var startStyle string

//go:embed start.js
var startScript string

//go:embed fragment.js
var fragmentScript string

const pendingIcon = `<svg viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22"/><path d="M27 14h7v20h-7M13 24h14m-6-6 6 6-6 6"/></svg>`

// fragmentPage reads the answer from its own address, where no server sees it, and posts it back.
func fragmentPage(token string) document {
	body := "<body class=\"pending\">\n<main>\n" + pendingIcon + "\n<div role=\"status\">\n<h1>Reading the answer</h1>\n" +
		"<noscript><p>The provider put its answer behind the “#” of the address, where only a script can read it. Allow scripts for this page and reload it.</p>\n" +
		"<p class=\"hint\">Or start the sign-in again with another --response-mode.</p></noscript>\n</div>\n" +
		relayForm(token) + "</main>\n<footer>oauthctl</footer>\n<script>" + fragmentScript + "</script>\n</body>\n"
	css := style + startStyle
	return document{
		html: layout("Reading the answer", css, "", body), policy: policy(css, fragmentScript, "form-action 'self'"),
		opener: "same-origin", referrer: "same-origin", // with no-referrer the form would have no origin
	}
}

func relayForm(token string) string {
	return "<form method=\"post\" hidden><input name=\"token\" value=\"" + token + "\" autocomplete=\"off\"><input name=\"response\" autocomplete=\"off\"></form>\n"
}

// said is what the start page says in some of its states; the script changes only the state.
type said struct{ states, tag, text string }

func startTexts() []said {
	return []said{
		{"idle", "h1", "Sign in at the provider"},
		{"frame", "h1", "Asking the provider"},
		{"open", "h1", "Waiting for the sign-in"},
		{"blocked", "h1", "The window was blocked"},
		{"closed", "h1", "The window is gone"},
		{"silent", "h1", "No answer so far"},
		{"sent", "h1", "Checking the answer"},
		{"late", "h1", "The sign-in has its answer"},
		{"ended", "h1", endedPage().Title},
		{"idle", "p", "It opens in a window of its own and hands its answer to this page, which accepts it from this origin alone:"},
		{"frame", "p", "It is asked in the background whether you are signed in there. This page accepts the answer from this origin alone:"},
		{"open", "p", "Sign in in the window that has opened. This page waits for the answer of:"},
		{"blocked", "p", "Allow pop-up windows for this page and press the button again, or use the link. Either opens:"},
		{"closed", "p", "It was closed, or it cut itself off from this page, and gave no answer. It showed:"},
		{"silent", "p", "Perhaps the provider lets no page frame it, or the browser keeps its cookies from it there. Asked was:"},
		{"sent", "p", "The provider has answered."},
		{"late", "p", "It came by another way than this page."},
		{"ended", "p", endedPage().Message},
	}
}

func startHints() []said {
	return []said{
		{"open", "p class=\"hint\"", "If the window stays without an answer, the provider may not know response_mode=web_message. Then stop the command in the terminal, and start it with another --response-mode."},
		{"closed", "p class=\"hint\"", "Open it again. If it goes by itself, or shows an answer that never comes here, stop the command in the terminal, and start it with another --response-mode."},
		{"silent", "p class=\"hint\"", "A window of its own may do better. Or stop the command in the terminal."},
		{"late", "p class=\"hint\"", usedPage().Hint},
		{"ended", "p class=\"hint\"", endedPage().Hint},
	}
}

// startPage opens the request in a window, and relays the answer. Its opener policy keeps the window within reach, and
// this page out of reach of whoever may have opened it.
func startPage(start *start, token string) document {
	var b strings.Builder
	state, directives := "idle", []string{"form-action 'self'", "connect-src 'self'"}
	if start.window == Frame {
		state = "frame"
		directives = append(directives, "frame-src "+start.origin)
	}
	b.WriteString("<body class=\"pending\" data-state=\"" + state + "\">\n<main>\n" + pendingIcon + "\n<div role=\"status\">\n")
	say(&b, startTexts())
	b.WriteString("<p data-when=\"idle frame open blocked closed silent\"><code>" + escape(start.origin) + "</code></p>\n</div>\n" +
		"<noscript><p class=\"hint\">This needs a script. Allow scripts for this page and reload it.</p></noscript>\n" +
		"<button type=\"button\" data-when=\"idle open blocked closed silent\"><span data-when=\"idle blocked closed silent\">Open the window</span><span data-when=\"open\">Show the window</span></button>\n" +
		"<p data-when=\"blocked\"><a href=\"" + html.EscapeString(start.request) + "\" target=\"oauthctl\" rel=\"opener\">Open it by a link</a></p>\n<div role=\"status\">\n")
	say(&b, startHints())
	b.WriteString("<p id=\"ignored\" hidden>Messages ignored so far: <b></b>, the last from <code></code></p>\n</div>\n")
	b.WriteString(relayForm(token) + "</main>\n<footer>oauthctl</footer>\n<script>" + startScript + "</script>\n</body>\n")
	css := style + startStyle
	return document{
		html: layout("Sign in", css, "", b.String()), policy: policy(css, startScript, directives...),
		opener: "same-origin-allow-popups", referrer: "same-origin", // with no-referrer the form would have no origin
	}
}

func say(b *strings.Builder, texts []said) {
	for _, t := range texts {
		name, _, _ := strings.Cut(t.tag, " ")
		b.WriteString("<" + t.tag + " data-when=\"" + t.states + "\">" + escape(t.text) + "</" + name + ">\n")
	}
}
