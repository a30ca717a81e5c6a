package oauth

import (
	"errors"
	"net/url"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
)

func TestResponseType(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"code": "code", "id_token code": "code id_token", " token  code ": "code token", "token id_token code": "code id_token token",
		"": "", "token": "", "id_token token": "", "code code": "", "code id_token token none": "", "CODE": "",
	} {
		got, err := ResponseType(words)
		equal(t, words, want, got)
		if (err == nil) != (want != "") {
			t.Errorf("%q: %v", words, err)
		}
		if err != nil {
			equal(t, words, outcome{Kind: problem.Usage, Code: "usage.response_type"}, outcomeOf(t, err))
		}
	}
}

func TestParseHybrid(t *testing.T) {
	t.Parallel()
	const tokens = "&access_token=T&token_type=Bearer&id_token=a.b.c"
	pending := Pending{State: "S", Issuer: honest, IssuerRequired: true, ResponseType: "code id_token token"}
	here := "&iss=" + url.QueryEscape(honest)
	callback, front, err := ParseHybrid("code=C&state=S"+tokens+here, pending)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "tokens", [3]string{"C", "T", "a.b.c"}, [3]string{callback.Code().Reveal(), front.AccessToken.Reveal(), front.IDToken.Reveal()})
	if callback.Checks().Failed() || callback.Checks()[0].Rule != "callback.state" {
		t.Error(callback.Checks())
	}
	for encoded, want := range map[string]string{
		"state=T&code=C" + tokens + here:                         "foreign",
		"code=C" + tokens + here:                                 "foreign",
		"state=S" + tokens + here:                                "callback.code",
		"state=S&code=C" + tokens + "&code=D" + here:             "callback.repeated",
		"state=S&code=C" + tokens + "&iss=https%3A%2F%2Fevil":    "callback.iss",
		"state=S&code=C&access_token=T&token_type=Bearer" + here: "id_token.missing",
		"state=S&code=C&id_token=a.b.c" + here:                   "token.access_token",
		"state=S&error=access_denied" + tokens + here:            "oauth.access_denied",
	} {
		callback, front, err := ParseHybrid(encoded, pending)
		switch {
		case callback != nil || front != nil:
			t.Errorf("%s: something came with the error", encoded)
		case want == "foreign":
			if !errors.Is(err, ErrForeign) {
				t.Errorf("%s: %v", encoded, err)
			}
		default:
			equal(t, encoded, want, outcomeOf(t, err).Code)
		}
	}
	if _, _, err := ParseHybrid("state=S&code=C"+tokens, Pending{State: "S", ResponseType: "code id_token"}); outcomeOf(t, err).Code != "callback.token" {
		t.Error("an access token that was not asked for", err)
	}
}
