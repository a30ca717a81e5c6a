package op

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func faultNamed(t *testing.T, name string) Fault {
	t.Helper()
	found, err := SelectFaults([]string{name})
	if err != nil {
		t.Fatal(err)
	}
	return found[0]
}

// TestJudge gives what a client did, and how it ended, and wants the verdict.
func TestJudge(t *testing.T) {
	t.Parallel()
	metadata := Event{Endpoint: atDiscovery}
	ask, mixed := Event{Endpoint: atAuthorization}, Event{Endpoint: atAuthorization, Fault: "cb-mixup"}
	redeemed := Event{Endpoint: atToken, GrantType: grantCode}
	with := func(e Event, fault string) Event { e.Fault = fault; return e }
	used, keys := Event{Endpoint: atUserInfo}, Event{Endpoint: atKeys}
	identified := Event{Endpoint: atToken, GrantType: grantCode, IDToken: true}
	led := Event{Endpoint: atStray, Method: "POST", Path: "/stray/token", Credential: true}
	for _, test := range []struct {
		name, fault string
		run         Run
		events      []Event
		want        Verdict
		reason      string
	}{
		{"stops", "cb-mixup", Run{Exit: 4}, []Event{metadata, mixed}, Caught, "it refused; exit 4"},
		{"waits for another answer", "cb-mixup", Run{Exit: -1, TimedOut: true}, []Event{metadata, mixed}, Caught, "it refused; its time was up"},
		{"redeems, and then refuses", "cb-mixup", Run{Exit: 4}, []Event{metadata, mixed, redeemed}, Missed, "it redeemed the code, and should have stopped before"},
		{"is content", "cb-mixup", Run{}, []Event{metadata, mixed}, Missed, "it took it for good; exit 0"},
		{"never comes", "cb-mixup", Run{Exit: 1}, []Event{metadata, ask}, NotExercised, "it never came to where the fault acts; exit 1"},
		{"uses the token", "cl-iss-suffix", Run{Exit: 1}, []Event{ask, with(redeemed, "cl-iss-suffix"), used}, Missed, "it called userinfo, and should have stopped before"},
		{"had used an earlier token", "cl-iss-suffix", Run{Exit: 1}, []Event{used, with(redeemed, "cl-iss-suffix")}, Caught, "it refused; exit 1"},
		{"follows", "tok-307-host", Run{Exit: 1}, []Event{ask, with(redeemed, "tok-307-host"), led}, Missed, "it sent a credential where it was led: POST /stray/token"},
		{"asks again and again", "dpop-api-nonce-forever", Run{Exit: 3}, many(12, with(used, "dpop-api-nonce-forever")), Missed, "it asked the userinfo endpoint 11 times"},
		{"asks twice", "dpop-api-nonce-forever", Run{Exit: 3}, many(2, with(used, "dpop-api-nonce-forever")), Caught, "it refused; exit 3"},
		{"waits for ever", "tok-slow", Run{Exit: -1, TimedOut: true}, []Event{with(redeemed, "tok-slow")}, Missed, "it was still waiting; its time was up"},
		{"gets on", "cl-aud-array", Run{}, []Event{with(redeemed, "cl-aud-array"), used}, Caught, "it got on"},
		{"stops where it may", "jwks-kid-absent-many", Run{Exit: 4}, []Event{with(redeemed, "jwks-kid-absent-many")}, Caught, "it stopped, which is right, too; exit 4"},
		{"stops where it may go on", "tok-type-missing", Run{Exit: 4}, []Event{with(redeemed, "tok-type-missing")}, Caught, "it stopped, which is right, too; exit 4"},
		{"has just fetched the keys", "jwks-rotated", Run{Exit: 1}, []Event{redeemed, with(keys, "jwks-rotated")}, Caught, "it stopped, which is right, too; exit 1"},
		{"hangs where it may go on", "tok-type-missing", Run{Exit: -1, TimedOut: true}, []Event{with(redeemed, "tok-type-missing")}, Missed, "it did not get on; its time was up"},
		{"never fetches the keys", "jwks-empty", Run{}, []Event{ask, identified, used}, Missed, "it took an ID token, and never fetched the keys to verify it; exit 0"},
		{"never fetches the keys, and stops", "jwks-empty", Run{Exit: 1}, []Event{ask, identified}, NotExercised, "it never came to where the fault acts; exit 1"},
		{"is not given an ID token", "jwks-empty", Run{}, []Event{ask, redeemed, used}, NotExercised, "it never came to where the fault acts; exit 0"},
		{"is too strict", "cl-aud-array", Run{Exit: 4}, []Event{with(redeemed, "cl-aud-array")}, Missed, "it did not get on; exit 4"},
		{"signs in by a bad document", "disc-issuer-slash", Run{Exit: 4}, []Event{with(metadata, "disc-issuer-slash"), ask}, Missed, "it asked for a sign-in, and should have stopped before"},
		{"tries the next document", "disc-issuer-slash", Run{Exit: 4}, many(3, with(metadata, "disc-issuer-slash")), Caught, "it refused; exit 4"},
		{"polls no more", "dev-declined", Run{Exit: 1}, many(1, Event{Endpoint: atToken, GrantType: grantDevice, Fault: "dev-declined"}), Caught, "it refused; exit 1"},
		{"polls on", "dev-declined", Run{Exit: 1}, many(2, Event{Endpoint: atToken, GrantType: grantDevice, Fault: "dev-declined"}), Missed, "it polled, and should have stopped before"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := faultNamed(t, test.fault).Judge(test.events, test.run)
			got.Did = nil
			if diff := cmp.Diff(Result{Verdict: test.want, Reason: test.reason}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func many(n int, e Event) []Event {
	var out []Event
	for range n {
		out = append(out, e)
	}
	return out
}

// TestWatch judges by what was seen alone: only against what the client does where the provider behaves.
func TestWatch(t *testing.T) {
	t.Parallel()
	redeemed := Event{Endpoint: atToken, GrantType: grantCode}
	used := Event{Endpoint: atUserInfo}
	bad := func(fault string) Event { e := redeemed; e.Fault = fault; return e }
	for _, test := range []struct {
		name, fault   string
		usual, events []Event
		want          Verdict
		reason        string
	}{
		{"stops where it usually goes on", "cl-iss-suffix", []Event{redeemed, used}, []Event{bad("cl-iss-suffix")}, Caught, "it went no further"},
		{"goes on", "cl-iss-suffix", []Event{redeemed, used}, []Event{bad("cl-iss-suffix"), used}, Missed, "it called userinfo, and should have stopped before"},
		{
			"never uses a token", "cl-iss-suffix",
			[]Event{redeemed},
			[]Event{bad("cl-iss-suffix")},
			NotExercised, "what it made of the answer cannot be seen from here: have it call userinfo, or run it by --exec",
		},
		{
			"was not seen to behave", "cl-iss-suffix", nil,
			[]Event{bad("cl-iss-suffix")},
			NotExercised, "it was not seen at http://op.test/f/none, and so nobody knows how far it would get",
		},
		{"gets on", "cl-aud-array", []Event{redeemed, used}, []Event{bad("cl-aud-array"), used}, Caught, "it got on"},
		{"is too strict", "cl-aud-array", []Event{redeemed, used}, []Event{bad("cl-aud-array")}, Missed, "it did not get on as it does where the provider behaves"},
		{"never comes", "cl-aud-array", []Event{redeemed, used}, nil, NotExercised, "it never came to where the fault acts"},
		{"stops where it may go on", "tok-scope-array", []Event{redeemed, used}, []Event{bad("tok-scope-array")}, Caught, "it stopped, which is right, too"},
		{
			"never fetches the keys", "jwks-html",
			[]Event{redeemed, used},
			[]Event{{Endpoint: atToken, GrantType: grantCode, IDToken: true}, used},
			Missed, "it took an ID token, and never fetched the keys to verify it",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			control := &Trial{Fault: Control(FlowCode), Issuer: "http://op.test/f/none", events: test.usual}
			trial := &Trial{Fault: faultNamed(t, test.fault), events: test.events}
			got := trial.Watch(control)
			got.Did = nil
			if diff := cmp.Diff(Result{Verdict: test.want, Reason: test.reason}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestTrials fetches metadata from each place of each issuer: every one is its own, with its fault and its record.
func TestTrials(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *Config) {
		c.Trials = []Fault{Control(FlowCode), faultNamed(t, "disc-issuer-missing"), faultNamed(t, "jar-refused")}
	})
	get := func(path string) (int, string) {
		r := httptest.NewRecorder()
		w.ServeHTTP(r, httptest.NewRequestWithContext(t.Context(), http.MethodGet, testIssuer+path, nil))
		return r.Code, r.Body.String()
	}
	for _, place := range []string{"%/.well-known/openid-configuration", "/.well-known/openid-configuration%", "/.well-known/oauth-authorization-server%"} {
		for path, issuer := range map[string]string{"": testIssuer, "/f/none": testIssuer + "/f/none", "/f/disc-issuer-missing": ""} {
			code, body := get(strings.Replace(place, "%", path, 1))
			if want := `{"issuer":"` + issuer + `",`; code != http.StatusOK || strings.HasPrefix(body, want) != (issuer != "") {
				t.Errorf("%s of %q: %d %.80s", place, path, code, body)
			}
		}
	}
	if code, _ := get("/f/jar-refused/jwks"); code != http.StatusOK {
		t.Errorf("the issuer of jar-refused: %d", code)
	}
	if alg := w.config.Clients[0].RequestObjectAlg; alg != "" {
		t.Errorf("a fault changes the clients of other issuers: %s", alg)
	}
	if code, _ := get("/f/no-such-fault/.well-known/openid-configuration"); code != http.StatusNotFound {
		t.Errorf("an issuer of no fault: %d", code)
	}
	for _, trial := range w.Trials() {
		acted := trial.Fault.Name
		if trial.Fault.Group == GroupControl {
			acted = ""
		}
		events := trial.Events()
		if trial.Fault.Name == "jar-refused" {
			continue
		}
		if len(events) != 3 || events[0].Endpoint != atDiscovery || events[0].Fault != acted {
			t.Errorf("%s: %+v", trial.Fault.Name, events)
		}
	}
}
