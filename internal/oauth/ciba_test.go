package oauth

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// TestParseBackchannel judges answers of a backchannel authentication endpoint (CIBA Core §7.3).
func TestParseBackchannel(t *testing.T) {
	const id = "1c266114-a1be-4252-8ad1-04986c5b9ac1"
	good := `{"auth_req_id":"` + id + `","expires_in":120,"interval":2}`
	for name, test := range map[string]struct {
		body             string
		code             string // of the error; empty where the answer is taken
		warns            string // the rule of the one warning
		expires, between time.Duration
	}{
		"good":                {good, "", "", 2 * time.Minute, 2 * time.Second},
		"no interval":         {`{"auth_req_id":"` + id + `","expires_in":120}`, "", "", 2 * time.Minute, 5 * time.Second},
		"interval below zero": {`{"auth_req_id":"` + id + `","expires_in":120,"interval":-1}`, "", "backchannel.interval", 2 * time.Minute, time.Second},
		"interval of words":   {`{"auth_req_id":"` + id + `","expires_in":120,"interval":"soon"}`, "", "backchannel.interval", 2 * time.Minute, 5 * time.Second},
		"interval too long":   {`{"auth_req_id":"` + id + `","expires_in":120,"interval":120}`, "backchannel.interval", "", 0, 0},
		"interval for ever":   {`{"auth_req_id":"` + id + `","expires_in":120,"interval":1e300}`, "backchannel.interval", "backchannel.interval", 0, 0},
		"expires for ever":    {`{"auth_req_id":"` + id + `","expires_in":1e300}`, "", "backchannel.expires_in", 24 * time.Hour, 5 * time.Second},
		"no expires_in":       {`{"auth_req_id":"` + id + `"}`, "backchannel.expires_in", "", 0, 0},
		"expires_in zero":     {`{"auth_req_id":"` + id + `","expires_in":0}`, "backchannel.expires_in", "backchannel.expires_in", 0, 0},
		"expires_in null":     {`{"auth_req_id":"` + id + `","expires_in":null}`, "backchannel.expires_in", "backchannel.expires_in", 0, 0},
		"no auth_req_id":      {`{"expires_in":120}`, "backchannel.auth_req_id", "", 0, 0},
		"auth_req_id number":  {`{"auth_req_id":1,"expires_in":120}`, "backchannel.auth_req_id", "", 0, 0},
		"control characters":  {`{"auth_req_id":"` + id + `\u001b[2J","expires_in":120}`, "backchannel.auth_req_id", "", 0, 0},
		"space":               {`{"auth_req_id":"a ` + id + `","expires_in":120}`, "backchannel.auth_req_id", "", 0, 0},
		"beyond ASCII":        {`{"auth_req_id":"` + id + `é","expires_in":120}`, "backchannel.auth_req_id", "", 0, 0},
		"too long":            {`{"auth_req_id":"` + strings.Repeat("x", maxCode+1) + `","expires_in":120}`, "backchannel.auth_req_id", "", 0, 0},
		"other characters":    {`{"auth_req_id":"` + id + `+/","expires_in":120}`, "", "backchannel.auth_req_id", 2 * time.Minute, 5 * time.Second},
		"easily guessed":      {`{"auth_req_id":"7","expires_in":120}`, "", "backchannel.auth_req_id", 2 * time.Minute, 5 * time.Second},
		"error":               {`{"error":"unknown_user_id"}`, "oauth.unknown_user_id", "", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, checks, err := ParseBackchannel(http.StatusOK, http.Header{"Content-Type": {"application/json"}}, []byte(test.body))
			code := ""
			if err != nil {
				code = problem.As(err).Code
			}
			if code != test.code {
				t.Fatalf("%v (%s), want %s", err, code, test.code)
			}
			warned := ""
			for _, c := range checks.With(verdict.Warn) {
				warned += c.Rule
			}
			if warned != test.warns {
				t.Errorf("warnings %q, want %q", warned, test.warns)
			}
			if err != nil {
				return
			}
			if got.ExpiresIn != test.expires || got.Interval != test.between {
				t.Errorf("%s, %s", got.ExpiresIn, got.Interval)
			}
			if form := got.TokenRequest(); form.Get("auth_req_id") != got.RequestID.Reveal() || form.Get("grant_type") != GrantCIBA {
				t.Error(form)
			}
			if s := fmt.Sprintf("%v %+v", got, *got); strings.Contains(s, got.RequestID.Reveal()+`"`) || strings.Contains(s, id) {
				t.Error(s)
			}
		})
	}
}

func TestCheckBinding(t *testing.T) {
	for message, want := range map[string]int{
		"": 0, "pay 42": 0, "W4SCT": 0, strings.Repeat("x", 64): 0, strings.Repeat("x", 65): 1, "zahle 42 €": 1, "a\x1b[2J": 1, strings.Repeat("é", 65): 2,
	} {
		if got := CheckBinding(message); len(got) != want || got.Failed() {
			t.Errorf("%q: %v", message, got)
		}
	}
}
