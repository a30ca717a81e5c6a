package text_test

import (
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/text"
)

func TestSuggest(t *testing.T) {
	candidates := []string{"invalid_grant", "invalid_client", "login", "É"}
	for word, want := range map[string]string{
		"invalid_gramt": "invalid_grant", "Invalid_Cleint": "invalid_client", "lgin": "login", "loginss": "login", "logi": "login",
		"loginsss": "", "in": "", "": "", "é": "É", "invalid_grant": "invalid_grant",
	} {
		if got := text.Suggest(word, candidates); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	parts := []string{"client-secret-file", "client-secret", "redirect-uri", "token-file", "token-type-hint", "form_post", "form_post.jwt", "client_id"}
	for word, want := range map[string]string{
		"redirect": "redirect-uri", "secret": "client-secret", "Client_Secret": "client-secret", "token": "", "redir": "", "post": "form_post",
		"post-jwt": "form_post.jwt", "type": "token-type-hint", "d": "", "-": "",
	} {
		if got := text.Suggest(word, parts); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	// A word that is no word costs nothing: a distance has a row for each of its letters.
	long := strings.Repeat("a", 64<<10)
	if n := testing.AllocsPerRun(1, func() { text.Suggest(long, candidates) }); n > 10 {
		t.Errorf("%v allocations for a word of %d bytes", n, len(long))
	}
}
