package hint

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/oauthctl/oauthctl/internal/problem"
)

func TestExplain(t *testing.T) {
	mismatch := Explanation{
		Code: "redirect_uri_mismatch", Provider: "google", Cause: "the redirect URI is not registered for this Web client",
		Fix: `create a client of type "Desktop app", which takes any loopback port, or add the exact URI to the Web client`,
	}
	denied := Explanation{
		Code: "access_denied", Where: []string{"authorization"}, Cause: "the person or a policy refused: a cancel button, a missing assignment",
		Fix: "try again, with --prompt consent or another account; an administrator may have to assign the user to the application",
	}
	unregistered := Explanation{
		Code: "AADSTS50011", Provider: "entra-id", Cause: "the redirect URI is not registered, or under another platform",
		Fix: `register it under Authentication: http://localhost takes any port under "Mobile and desktop applications", 127.0.0.1 only through the manifest`,
	}
	tests := []struct {
		name, input, issuer string
		subject             Subject
		want                []Explanation
	}{
		{"a code with the issuer", "redirect_uri_mismatch", "https://accounts.google.com", Subject{Error: "redirect_uri_mismatch"}, []Explanation{mismatch}},
		{
			"a code of two providers", " redirect_uri_mismatch\n", "",
			Subject{Error: "redirect_uri_mismatch"},
			[]Explanation{
				{
					Code: "redirect_uri_mismatch", Provider: "github", Cause: "the redirect URI does not lie under the registered callback URL",
					Fix: "host and path must fit the callback URL; a loopback port is free",
				},
				mismatch,
			},
		},
		{"a number", "AADSTS50011", "", Subject{Error: "AADSTS50011"}, []Explanation{unregistered}},
		{
			"a message with a number", "AADSTS50011: The redirect URI 'x' is wrong", "", Subject{Error: "AADSTS50011"}, []Explanation{unregistered},
		},
		{
			"a callback", "http://127.0.0.1:1/cb?error=access_denied&error_description=no%1b%5b1m&state=abc&iss=https%3A%2F%2Fid.example.com", "",
			Subject{Error: "access_denied", Description: "no\x1b[1m", Issuer: "https://id.example.com", Parameters: []string{"error", "error_description", "iss", "state"}},
			[]Explanation{denied},
		},
		{
			"a callback's fragment", "https://app.example.com/cb#error=access_denied&state=x", "",
			Subject{Error: "access_denied", Parameters: []string{"error", "state"}},
			[]Explanation{denied},
		},
		{
			"a callback that is none of an error", "http://127.0.0.1:1/cb?code=hunter22&state=s", "",
			Subject{Parameters: []string{"code", "state"}},
			nil,
		},
		{
			"JSON", `{"error":"access_denied","error_description":"Service not found: x"}`, "https://x.auth0.com/",
			Subject{Error: "access_denied", Description: "Service not found: x"},
			[]Explanation{
				{
					Code: "access_denied", Provider: "auth0", Cause: "the audience is no API's identifier",
					Fix: "give --audience exactly as the API's Identifier, its last slash included",
				},
				denied,
			},
		},
		{
			"a code of this program", "id_token.nonce", "",
			Subject{Error: "id_token.nonce"},
			[]Explanation{{Code: "id_token.nonce", Cause: "the ID token belongs to another login", Fix: "start again, and close old tabs"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			subject, got, err := Explain(tt.input, tt.issuer)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.subject, subject); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestExplainRefuses(t *testing.T) {
	const general = "give an error code, a message, or the whole callback URL in quotes"
	tests := []struct{ name, input, code, message, hint string }{
		{"a typo", "invalid_gramt", "explain.unknown", `nothing is known of "invalid_gramt"`, "did you mean invalid_grant?"},
		{"a secret", "gho_16C7e42F292c6912E7710c838347Ae178B4a", "explain.unknown", "nothing is known of this input", general},
		{"nothing", "", "explain.unknown", "nothing is known of this input", general},
		{"too much", strings.Repeat("a", maxInput+1), "explain.size", "the input is longer than 64 KiB", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got, err := Explain(tt.input, "")
			if got != nil || err == nil {
				t.Fatalf("got %v", got)
			}
			e := problem.As(err)
			if diff := cmp.Diff([]string{tt.code, tt.message, tt.hint}, []string{e.Code, e.Message, e.Hint}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever is pasted, nothing panics, and no parameter's value is handed back but those of the error.
func FuzzExplain(f *testing.F) {
	for _, seed := range []string{"invalid_grant", "http://a/?code=x&error=y", `{"error":"x"}`, "?a#b", "error=%zz", "AADSTS1: x", strings.Repeat("a", 4<<10)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, input string) {
		subject, found, err := Explain(input, "")
		if err != nil && len(found) > 0 {
			t.Errorf("%q: both an answer and an error", input)
		}
		if err == nil && len(found) == 0 && len(subject.Parameters) == 0 {
			t.Errorf("%q: neither an answer nor an error", input)
		}
	})
}
