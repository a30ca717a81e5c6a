package op

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tape records what a client of one provider receives, a line each; what is random is named by its kind.
type tape struct {
	*world
	ctx    context.Context
	lines  []string
	hidden []string // values that differ from run to run, each followed by its name
}

func (r *tape) say(format string, args ...any) {
	r.lines = append(r.lines, strings.NewReplacer(r.hidden...).Replace(fmt.Sprintf(format, args...)))
}

// ended is the context of a client that waits for nothing.
func ended(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// capture is a ResponseWriter that has enough after 2 MiB.
type capture struct {
	*httptest.ResponseRecorder
	most int
}

func (c *capture) Write(b []byte) (int, error) {
	if c.most -= len(b); c.most < 0 {
		return 0, fmt.Errorf("more than 2 MiB")
	}
	return c.ResponseRecorder.Write(b)
}

// ask sends a request and records status and headers of the answer.
func (r *tape) ask(what, method, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	return r.send(what, method, path, form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)...)
}

// send is ask with any body.
func (r *tape) send(what, method, path, body string, header ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequestWithContext(r.ctx, method, testIssuer+path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	w := &capture{httptest.NewRecorder(), 2 << 20}
	func() {
		defer func() {
			if recover() != nil {
				r.say("%s: the connection is closed", what)
			}
		}()
		r.ServeHTTP(w, request)
	}()
	if w.most < 0 {
		r.say("%s: endless", what)
	}
	if w.Body.Len() == 0 && w.Header().Get("Location") == "" {
		r.say("%s: nothing", what)
	}
	r.say("%s: %d %s %s", what, w.Code, w.Header().Get("Content-Type"), w.Header().Get("Cache-Control"))
	if location := w.Header().Get("Location"); location != "" && what != "callback" {
		r.say("%s: to %s", what, location)
	}
	return w.ResponseRecorder
}

// members records a JSON object member by member, in order; the names in random only by the shape of their values.
func (r *tape) members(what string, body []byte, random ...string) map[string]string {
	out := make(map[string]string)
	decoder := json.NewDecoder(bytes.NewReader(body))
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		r.say("%s: %.300q", what, body)
		return out
	}
	for decoder.More() {
		name, err := decoder.Token()
		var value json.RawMessage
		if err != nil || decoder.Decode(&value) != nil {
			r.say("%s: and then no JSON", what)
			break
		}
		key := fmt.Sprint(name)
		var text string
		_ = json.Unmarshal(value, &text)
		out[key] = text
		shown := string(value)
		if slices.Contains(random, key) && len(text) > 20 {
			shown = fmt.Sprintf("<%d parts>", strings.Count(text, ".")+1)
		}
		r.say("%s %s = %.200s", what, key, strings.ReplaceAll(shown, "\u202e", `\u202e`))
	}
	return out
}

func (r *tape) jwt(what, compact string) {
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		return
	}
	for i, name := range []string{"header", "claims"} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			r.say("%s %s: no base64url", what, name)
			continue
		}
		r.members(what+" "+name, raw, "jti", "at_hash")
	}
	_, ok := r.verified(compact)
	_, strict := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	r.say("%s signature: verified by go-jose %v, strict base64url %v, missing %v", what, ok, strict == nil, parts[2] == "")
}

// claimsOf returns the claims of a token as text.
func claimsOf(compact string) string {
	parts := strings.Split(compact+"..", ".")
	raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
	return string(raw)
}

// record plays a login, a refresh and a userinfo request of a client against a provider with a fault.
func record(t *testing.T, client string, faults ...string) []string {
	t.Helper()
	w := newWorld(t, func(c *Config) { c.Faults, c.AutoApprove = faults, true })
	honest := newWorld(t, nil)
	ctx := t.Context()
	if slices.ContainsFunc(faults, func(name string) bool { return strings.HasSuffix(name, "-slow") }) {
		ctx = ended(t)
	}
	r := &tape{world: w, ctx: ctx}
	r.members("discovery", r.ask("discovery", "GET", "/.well-known/openid-configuration", nil).Body.Bytes())
	keys := r.ask("jwks", "GET", "/jwks", nil).Body.Bytes()
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(keys, &set) != nil {
		r.members("jwks", keys)
	}
	for _, key := range set.Keys {
		r.say("jwks key %s", key)
	}
	query := changed(login, "client_id", client, "code_challenge", challenge)
	callback, err := url.Parse(r.ask("callback", "GET", "/authorize?"+query.Encode(), nil).Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	code := ""
	for pair := range strings.SplitSeq(callback.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		value, _ = url.QueryUnescape(value)
		if name == "code" && len(value) == 43 {
			code, value = value, "<random>"
		}
		r.say("callback %s = %q", name, value)
	}
	if code == "" {
		return r.lines
	}
	form := changed(redemption, "code", code, "client_id", client)
	if secret := w.clients[client].Secret; !secret.IsZero() {
		form.Set("client_secret", secret.Reveal())
	}
	judge := &tape{world: honest, ctx: ctx} // its keys are the same, and served as they are
	tokens := func(what string, form url.Values) map[string]string {
		body := r.ask(what, "POST", "/token", form).Body.Bytes()
		if len(body) > 0 && body[0] != '{' {
			fields, err := url.ParseQuery(string(body))
			if err == nil && fields.Get("access_token") != "" {
				r.say("%s: a form with %s", what, strings.Join(slices.Sorted(maps.Keys(fields)), " "))
				return nil
			}
		}
		members := r.members(what, bytes.ReplaceAll(body, []byte(code), []byte("<code>")), "access_token", "refresh_token", "id_token")
		judge.lines = nil
		judge.jwt(what+" id_token", members["id_token"])
		if members["id_token"] != "" {
			judge.say("%s at_hash is right: %v", what, strings.Contains(claimsOf(members["id_token"]), hashClaim("RS256", members["access_token"])))
		}
		judge.jwt(what+" access_token", members["access_token"])
		r.lines = append(r.lines, judge.lines...)
		return members
	}
	first := tokens("token", form)
	if first["refresh_token"] == "" {
		return r.lines
	}
	tokens("refresh", changed(form, "grant_type", "refresh_token", "refresh_token", first["refresh_token"], "code", "-"))
	r.members("userinfo", r.ask("userinfo", "GET", "/userinfo", nil, "Authorization", "Bearer "+first["access_token"]).Body.Bytes())
	return r.lines
}

// difference returns the lines that one recording has and the other has not. Of what is gone altogether, or not even
// reached because the flow ended before, the number stands for the lines.
func difference(before, after []string) []string {
	var out, order []string
	gone := make(map[string][]string)
	for _, line := range before {
		if what := strings.TrimSuffix(strings.SplitN(line, " ", 2)[0], ":"); !slices.Contains(after, line) {
			if gone[what] == nil {
				order = append(order, what)
			}
			gone[what] = append(gone[what], "- "+line)
		}
	}
	for _, what := range order {
		lines := gone[what]
		if len(lines) > 4 {
			lines = []string{fmt.Sprintf("- %s (%d lines)", what, len(lines))}
		}
		out = append(out, lines...)
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			out = append(out, "+ "+line)
		}
	}
	return out
}

// TestFaults shows what each fault changes, and that it changes nothing else: one paragraph of the golden file each.
// Run it with -update after a change, and read the difference.
func TestFaults(t *testing.T) {
	honest := map[string][]string{"cli": record(t, "cli"), "web": record(t, "web")}
	var got strings.Builder
	for _, fault := range Faults() {
		client := "cli"
		if fault.Name == "tok-error-echo" {
			client = "web" // it has a secret to be echoed
		}
		var changes []string
		switch fault.Flow {
		case FlowCode, FlowRefresh, FlowUserInfo:
			changes = difference(honest[client], record(t, client, fault.Name))
		default:
			if honest[fault.Flow] == nil {
				honest[fault.Flow] = recordFlow(t, fault.Flow)
			}
			changes = difference(honest[fault.Flow], recordFlow(t, fault.Flow, fault.Name))
		}
		if len(changes) == 0 {
			t.Errorf("fault %s changes nothing", fault.Name)
		}
		fmt.Fprintf(&got, "%s (%s, %s): %s.\nMust %s: %s.\n%s\n\n",
			fault.Name, fault.Group, fault.Spec, fault.Short, fault.Expect, fault.Must, strings.Join(changes, "\n"))
	}
	const golden = "testdata/faults.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}

// TestFaultTable holds the table to what users are shown.
func TestFaultTable(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Faults() {
		if f.Name == "" || seen[f.Name] || f.Spec == "" || f.Short == "" || f.Must == "" ||
			!slices.Contains([]Expect{Reject, Warn, Accept}, f.Expect) {
			t.Errorf("%+v", f)
		}
		seen[f.Name] = true
	}
}
