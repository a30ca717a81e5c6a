package grant

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// double answers requests in process, where time does not pass by itself.
type double struct {
	start   time.Time
	asked   string   // the answer of the endpoint that a flow begins at; empty is a device's
	answers []string // of the token endpoint, in order: a JSON body, "drop", "hang", or one after "held "
	polls   []time.Duration
	forms   []string
}

func (d *double) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	d.forms = append(d.forms, string(body))
	answer := `{"device_code":"the-device-code","user_code":"WDJB-MJHT","verification_uri":"https://op.example/device","expires_in":600,"interval":5}`
	if d.asked != "" {
		answer = d.asked
	}
	if r.URL.Path == "/token" {
		d.polls = append(d.polls, time.Since(d.start))
		answer, d.answers = d.answers[0], d.answers[1:]
	}
	switch answer {
	case "drop":
		return nil, io.ErrUnexpectedEOF
	case "hang":
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	answer, held := strings.CutPrefix(answer, "held ")
	if held {
		time.Sleep(20 * time.Second)
	}
	status := http.StatusOK
	if strings.Contains(answer, `"error"`) {
		status = http.StatusBadRequest
	}
	return &http.Response{
		StatusCode: status, Body: io.NopCloser(strings.NewReader(answer)), Request: r,
		Header: http.Header{"Content-Type": {"application/json"}, "Cache-Control": {"no-store"}},
	}, nil
}

// quiet is an observer that only remembers what a person is shown.
type quiet struct{ shown []Waiting }

func (*quiet) Step(string, ...any)   {}
func (*quiet) Checks(verdict.Checks) {}
func (*quiet) Ignored(string, int)   {}
func (q *quiet) Waiting(w Waiting)   { q.shown = append(q.shown, w) }
func refusal(code string) string     { return `{"error":"` + code + `"}` }
func kindOf(err error) problem.Kind  { return problem.As(err).Kind }
func seconds(n ...int) []time.Duration {
	out := make([]time.Duration, len(n))
	for i := range n {
		out[i] = time.Duration(n[i]) * time.Second
	}
	return out
}

const granted = `{"access_token":"at","token_type":"Bearer","expires_in":60}`

// TestDevicePolling holds the exact moments of the questions (RFC 8628 §3.5).
func TestDevicePolling(t *testing.T) {
	for name, test := range map[string]struct {
		answers []string
		wait    time.Duration
		polls   []time.Duration
		kind    problem.Kind // 0: tokens came
		code    string
	}{
		"at once":           {[]string{granted}, time.Hour, seconds(5), 0, ""},
		"pending twice":     {[]string{refusal("authorization_pending"), refusal("authorization_pending"), granted}, time.Hour, seconds(5, 10, 15), 0, ""},
		"slow down twice":   {[]string{refusal("slow_down"), refusal("slow_down"), refusal("authorization_pending"), granted}, time.Hour, seconds(5, 15, 30, 45), 0, ""},
		"slow down by name": {[]string{`{"error":"slow_down","interval":30}`, granted}, time.Hour, seconds(5, 35), 0, ""},
		"declined":          {[]string{refusal("access_denied")}, time.Hour, seconds(5), problem.Provider, "oauth.access_denied"},
		"expired":           {[]string{refusal("authorization_pending"), refusal("expired_token")}, time.Hour, seconds(5, 10), problem.Timeout, "device.timeout"},
		"held back":         {[]string{"held " + refusal("authorization_pending"), refusal("authorization_pending"), granted}, time.Hour, seconds(5, 25, 30), 0, ""},
		"held, slow down":   {[]string{"held " + refusal("slow_down"), granted}, time.Hour, seconds(5, 35), 0, ""},
		"dropped":           {[]string{"drop", granted}, time.Hour, seconds(5, 15), 0, ""},
		"nobody within --wait": {
			[]string{refusal("authorization_pending"), refusal("authorization_pending"), granted},
			12 * time.Second,
			seconds(5, 10), problem.Timeout, "device.timeout",
		},
		"the wait ends in a question": {[]string{"hang"}, 6 * time.Second, seconds(5), problem.Timeout, "device.timeout"},
		"another error":               {[]string{refusal("invalid_client")}, time.Hour, seconds(5), problem.Provider, "oauth.invalid_client"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &double{start: time.Now(), answers: test.answers}
				env, seen := deviceEnv(t, d, test.wait)
				result, err := (&Device{}).Run(t.Context(), env)
				if diff := cmp.Diff(test.polls, d.polls); diff != "" {
					t.Errorf("polls (-want +got):\n%s", diff)
				}
				switch {
				case test.kind == 0 && err != nil:
					t.Fatal(err)
				case test.kind == 0 && result.Response.AccessToken.Reveal() != "at":
					t.Error("no access token")
				case test.kind != 0 && (kindOf(err) != test.kind || problem.As(err).Code != test.code):
					t.Errorf("%v (%s), want %s %s", err, problem.As(err).Code, test.kind, test.code)
				}
				want := []Waiting{{URL: "https://op.example/device", Code: "WDJB-MJHT", Until: min(test.wait, 10*time.Minute)}}
				if diff := cmp.Diff(want, seen.shown); diff != "" {
					t.Errorf("shown (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestDeviceResources holds that every question names the resources that the device request named (RFC 8707 §2.2).
func TestDeviceResources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &double{start: time.Now(), answers: []string{refusal("authorization_pending"), granted}}
		env, _ := deviceEnv(t, d, time.Hour)
		env.Resources, env.Audiences = []string{"https://a.example", "https://b.example"}, []string{"c"}
		if _, err := (&Device{}).Run(t.Context(), env); err != nil {
			t.Fatal(err)
		}
		const named = "resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example"
		question := "client_id=tv&device_code=the-device-code&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&" + named
		want := []string{"audience=c&client_id=tv&" + named, question, question}
		if diff := cmp.Diff(want, d.forms); diff != "" {
			t.Error(diff)
		}
	})
}

// TestDeviceIsInterrupted ends the wait with its cause, and asks no more.
func TestDeviceIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := errors.New("SIGINT")
		d := &double{start: time.Now(), answers: []string{refusal("authorization_pending"), granted}}
		env, _ := deviceEnv(t, d, time.Hour)
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(7*time.Second, func() { cancel(stop) })
		if _, err := (&Device{}).Run(ctx, env); !errors.Is(err, stop) {
			t.Errorf("%v, want the cause", err)
		}
		if diff := cmp.Diff(seconds(5), d.polls); diff != "" {
			t.Error(diff)
		}
	})
}

func deviceEnv(t *testing.T, transport http.RoundTripper, wait time.Duration) (*Env, *quiet) {
	t.Helper()
	client, err := wire.New(wire.Options{Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	provider, err := metadata.NewProvider(nil, map[string]string{
		"device": "https://op.example/device_authorization", "backchannel": "https://op.example/bc", "token": "https://op.example/token",
	}, wire.LoopbackOnly)
	if err != nil {
		t.Fatal(err)
	}
	seen := &quiet{}
	return &Env{
		Wire: client, Provider: provider, Client: oauth.Credentials{ID: "tv"}, Now: time.Now, Ring: secret.NewRing(),
		Observer: seen, Person: Person{Wait: wait},
	}, seen
}
