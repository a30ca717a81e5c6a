package oauth

import (
	"net/url"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// ParsePasted takes the answer out of the address that a person copied from the browser: its query, or its fragment
// where that holds the answer. It says what is missing, and repeats nothing of what was pasted (RFC 6749 §4.1.2).
func ParsePasted(line, redirectURI string) (encoded string, err error) {
	line = strings.Trim(strings.TrimSpace(line), `"'<>`)
	refuse := func(message, got string) (string, error) {
		return "", &problem.Error{
			Kind: problem.Usage, Code: "paste.url", Message: message, Spec: "RFC 6749 §4.1.2",
			Want: text.Escape(redirectURI) + "?…", Got: got,
			Hint: "after signing in, copy the whole address from the browser's address bar, also where the page shows an error",
		}
	}
	address, fragment, _ := strings.Cut(line, "#")
	before, query, hasQuery := strings.Cut(address, "?")
	switch {
	case line == "":
		return refuse("nothing was pasted", "")
	case before == "" && (hasAnswer(query) || hasAnswer(fragment)):
		return pick(query, fragment), nil // from the ? or # on
	case !hasQuery && hasAnswer(before):
		return before, nil // the query alone
	}
	here, err := url.Parse(before)
	switch {
	case err != nil:
		return refuse("the pasted address cannot be read", "")
	case here.Scheme == "":
		return refuse("what was pasted is no address", "")
	}
	switch want, err := url.Parse(redirectURI); {
	case redirectURI != "" && err == nil && !samePlace(here, want):
		message := "the pasted address is another one than the redirect URI"
		if values, err := url.ParseQuery(query); err == nil && values.Has("response_type") {
			message = "the pasted address is the one of the sign-in page, not the one after it"
		}
		return refuse(message, text.Escape(here.Scheme+"://"+here.Host+here.EscapedPath()))
	case query == "" && fragment == "":
		return refuse("the pasted address has nothing after the redirect URI", "no ? and no # part")
	case !hasAnswer(query) && !hasAnswer(fragment):
		return refuse("the pasted address has neither code nor error", "")
	}
	return pick(query, fragment), nil
}

// hasAnswer says whether encoded parameters could be an answer.
func hasAnswer(encoded string) bool {
	values, _ := url.ParseQuery(encoded)
	for _, name := range []string{"code", "error", "state", "access_token", "id_token", "response"} {
		if values.Has(name) {
			return true
		}
	}
	return false
}

func pick(query, fragment string) string {
	if hasAnswer(query) {
		return query
	}
	return fragment
}

// samePlace compares what a provider must keep of a redirect URI; on loopback any port may have been put in (RFC 8252
// §7.3).
func samePlace(got, want *url.URL) bool {
	path := func(u *url.URL) string { return "/" + strings.TrimPrefix(u.EscapedPath(), "/") }
	host := func(u *url.URL) string {
		switch want.Hostname() {
		case "127.0.0.1", "::1", "localhost":
			return strings.ToLower(u.Hostname()) // the port of an earlier login: its state says so better
		}
		return strings.ToLower(u.Host)
	}
	return strings.EqualFold(got.Scheme, want.Scheme) && host(got) == host(want) && path(got) == path(want)
}
