package grant

import (
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/problem"
)

// ciba is the grant with its flags given.
func ciba(t *testing.T, args ...string) *CIBA {
	t.Helper()
	c := &CIBA{}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	c.Flags(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return c
}

const asked = `{"auth_req_id":"1c266114-a1be-4252-8ad1-04986c5b9ac1","expires_in":120,"interval":2}`

// TestBackchannelPolling holds what is asked, what is shown, and the exact moments of the questions (CIBA Core §7.1, §10.1, §11).
func TestBackchannelPolling(t *testing.T) {
	pending, slow := refusal("authorization_pending"), refusal("slow_down")
	for name, test := range map[string]struct {
		answers []string
		wait    time.Duration
		polls   []time.Duration
		kind    problem.Kind
		code    string
	}{
		"at once":           {[]string{granted}, time.Hour, seconds(2), 0, ""},
		"slow down twice":   {[]string{pending, slow, slow, granted}, time.Hour, seconds(2, 4, 11, 23), 0, ""},
		"long polling":      {[]string{"held " + pending, "held " + pending, granted}, time.Hour, seconds(2, 22, 42), 0, ""},
		"no answer":         {[]string{"hang", granted}, time.Hour, seconds(2, 36), 0, ""},
		"refused":           {[]string{refusal("access_denied")}, time.Hour, seconds(2), problem.Provider, "oauth.access_denied"},
		"expired":           {[]string{pending, refusal("expired_token")}, time.Hour, seconds(2, 4), problem.Timeout, "ciba.timeout"},
		"nobody in time":    {[]string{pending, pending, pending}, 5 * time.Second, seconds(2, 4), problem.Timeout, "ciba.timeout"},
		"it expires itself": {[]string{pending, "hang", "hang", "hang"}, time.Hour, seconds(2, 4, 38, 76), problem.Timeout, "ciba.timeout"},
		"transaction lost":  {[]string{refusal("transaction_failed")}, time.Hour, seconds(2), problem.Provider, "oauth.transaction_failed"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &double{start: time.Now(), answers: test.answers, asked: asked}
				env, seen := deviceEnv(t, d, test.wait)
				env.Scopes = []string{"accounts"}
				_, err := ciba(t, "--login-hint", "alice", "--binding-message", "pay 42", "--requested-expiry", "90").Run(t.Context(), env)
				if diff := cmp.Diff(test.polls, d.polls); diff != "" {
					t.Errorf("polls (-want +got):\n%s", diff)
				}
				if (err == nil) != (test.kind == 0) || err != nil && (kindOf(err) != test.kind || problem.As(err).Code != test.code) {
					t.Errorf("%v, want %s %s", err, test.kind, test.code)
				}
				want := []Waiting{{Person: "alice", Message: "pay 42", Until: min(test.wait, 2*time.Minute)}}
				if diff := cmp.Diff(want, seen.shown); diff != "" {
					t.Errorf("shown (-want +got):\n%s", diff)
				}
				for i, form := range []url.Values{
					{"login_hint": {"alice"}, "binding_message": {"pay 42"}, "requested_expiry": {"90"}, "scope": {"accounts"}, "client_id": {"tv"}},
					{"grant_type": {"urn:openid:params:grant-type:ciba"}, "auth_req_id": {"1c266114-a1be-4252-8ad1-04986c5b9ac1"}, "client_id": {"tv"}},
				} {
					if got, _ := url.ParseQuery(d.forms[i]); cmp.Diff(form, got) != "" {
						t.Error(cmp.Diff(form, got))
					}
				}
			})
		})
	}
}

// TestBackchannelHints reads tokens from files, and keeps them secret.
func TestBackchannelHints(t *testing.T) {
	for flag, name := range map[string]string{"login-hint-token-file": "login_hint_token", "id-token-hint-file": "id_token_hint"} {
		synctest.Test(t, func(t *testing.T) {
			d := &double{start: time.Now(), answers: []string{granted}, asked: asked}
			env, _ := deviceEnv(t, d, time.Hour)
			env.Scopes = []string{"accounts"}
			env.Read = func(path string) ([]byte, error) {
				return map[string][]byte{"hint": []byte("the-hint-token\n"), "code": []byte("4711-secret\n")}[path], nil
			}
			if _, err := ciba(t, "--"+flag, "hint", "--user-code-file", "code", "--acr-values", "gold silver").Run(t.Context(), env); err != nil {
				t.Error(err)
			}
			form, _ := url.ParseQuery(d.forms[0])
			want := url.Values{name: {"the-hint-token"}, "user_code": {"4711-secret"}, "acr_values": {"gold silver"}, "scope": {"accounts"}, "client_id": {"tv"}}
			if diff := cmp.Diff(want, form); diff != "" {
				t.Error(diff)
			}
			for _, value := range []string{"the-hint-token", "4711-secret", "1c266114-a1be-4252-8ad1-04986c5b9ac1"} {
				if env.Ring.Redact(value) == value {
					t.Errorf("%s is shown", value)
				}
			}
		})
	}
}
