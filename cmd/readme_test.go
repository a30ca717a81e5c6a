package cmd

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/op"
)

var updateReadme = flag.Bool("update", false, "write the README's table anew")

const (
	readme     = "../README.md"
	proofs     = "../testdata/interop/rows.tsv"
	tableBegin = "<!-- flows: go test ./cmd -run TestReadmeTable -update -->\n"
	tableEnd   = "<!-- /flows -->\n"
)

// flowRow is a row of the README's table. What proves it stands under its key: in the demo for the embedded provider, in
// rows.tsv of the interop suite for the independent one.
type flowRow struct{ key, text string }

// flowRows are the grants of the registry, and what there is besides.
func flowRows() []flowRow {
	var rows []flowRow
	part := func(title string) { rows = append(rows, flowRow{"", "**" + title + "**"}) }
	part("Grants")
	for _, g := range grant.All() {
		info := g.Info()
		rows = append(rows, flowRow{info.Name, "`token " + info.Name + "` (" + info.Spec + ")"})
	}
	rows = append(rows, flowRow{"login", "`login`"}, flowRow{"login --device", "`login --device`"})
	part("Authorization requests")
	for _, mode := range []string{"query", "fragment", "form_post", "web_message"} {
		rows = append(rows, flowRow{mode, "response mode `" + mode + "`"})
	}
	for _, mode := range []string{"jwt", "query.jwt", "fragment.jwt", "form_post.jwt"} {
		rows = append(rows, flowRow{mode, "response mode `" + mode + "` (JARM)"})
	}
	rows = append(rows, flowRow{"jarm encrypted", "response mode `jwt`, encrypted (JARM)"})
	for _, kind := range []string{"code id_token", "code token", "code id_token token"} {
		rows = append(rows, flowRow{kind, "response type `" + kind + "` (OpenID Connect Core §3.3)"})
	}
	asymmetric := jose.Asymmetric()
	rows = append(rows, byAlgorithm("request-object", "`--request-object` (RFC 9101): ", append(slices.Clone(asymmetric), jose.HS256))...)
	rows = append(rows,
		flowRow{"request-object par", "`--request-object`, pushed (RFC 9101, RFC 9126)"},
		flowRow{"request-object encrypted", "`--request-object`, encrypted (RFC 9101)"},
		flowRow{"authorization-details", "`--authorization-details` (RFC 9396)"},
		flowRow{"par", "pushed, with `--par` or where the provider requires it (RFC 9126)"},
		flowRow{"resource", "for one API, with `--resource` (RFC 8707)"},
		flowRow{"claims", "`--claims`, `--max-age` (OpenID Connect Core §5.5, §3.1.2.1)"},
	)
	part("Client authentication")
	for _, method := range []string{"none", "client_secret_basic", "client_secret_post", "client_secret_jwt"} {
		rows = append(rows, flowRow{method, "`" + method + "`"})
	}
	rows = append(rows, byAlgorithm("private_key_jwt", "`private_key_jwt`: ", asymmetric)...)
	rows = append(rows,
		flowRow{"client-key-command", "`private_key_jwt` by `--client-key-command`"},
		flowRow{"tls_client_auth", "`tls_client_auth` (RFC 8705)"},
		flowRow{"self_signed_tls_client_auth", "`self_signed_tls_client_auth` (RFC 8705)"},
	)
	part("Bound tokens and FAPI 2.0")
	rows = append(rows, byAlgorithm("dpop", "`--dpop` (RFC 9449): ", asymmetric)...)
	rows = append(rows,
		flowRow{"dpop par", "`--dpop` and a pushed request (RFC 9449 §10)"},
		flowRow{"dpop refresh", "`--dpop` and `token refresh` (RFC 9449 §5)"},
		flowRow{"dpop userinfo", "`--dpop` and `userinfo` (RFC 9449 §7)"},
		flowRow{"dpop call", "`--dpop` and `call` (RFC 9449 §7)"},
		flowRow{"certificate-bound", "tokens bound to a client certificate (RFC 8705 §3)"},
		flowRow{"fapi2", "`--fapi2` (FAPI 2.0 Security Profile)"},
		flowRow{"fapi2 mtls", "`--fapi2` with a client certificate (FAPI 2.0 Security Profile)"},
		flowRow{"fapi2 message-signing", "`--fapi2=message-signing` (FAPI 2.0 Message Signing)"},
	)
	part("Tokens and the provider")
	rows = append(rows, byAlgorithm("id-token", "ID tokens: ", append(slices.Clone(asymmetric), jose.HS256))...)
	return append(rows,
		flowRow{"id-token encrypted", "ID tokens, encrypted (RFC 7516)"},
		flowRow{"jwt verify", "`jwt verify` of JWT access tokens (RFC 9068)"},
		flowRow{"introspect", "`introspect` (RFC 7662)"},
		flowRow{"introspect signed", "`introspect`, signed (RFC 9701)"},
		flowRow{"introspect encrypted", "`introspect`, encrypted (RFC 9701)"},
		flowRow{"revoke", "`revoke` (RFC 7009)"},
		flowRow{"logout", "`logout` (RFC 7009, RP-Initiated Logout)"},
		flowRow{"call", "`call` (RFC 6750)"},
		flowRow{"call --step-up", "`call --step-up` (RFC 9470)"},
		flowRow{"userinfo", "`userinfo`"},
		flowRow{"userinfo signed", "`userinfo`, signed (OpenID Connect Core §5.3.2)"},
		flowRow{"userinfo encrypted", "`userinfo`, encrypted (OpenID Connect Core §5.3.2)"},
		flowRow{"client register", "`client register` (RFC 7591)"},
		flowRow{"client read", "`client read` (RFC 7592)"},
		flowRow{"client update", "`client update` (RFC 7592)"},
		flowRow{"client delete", "`client delete` (RFC 7592)"},
		flowRow{"client-id URL", "a client ID metadata document in place of a registration"},
		flowRow{"client metadata", "`client metadata` (client ID metadata documents)"},
		flowRow{"discover", "`discover`"},
		flowRow{"jwks", "`jwks`"},
	)
}

// byAlgorithm makes a row for each algorithm; the table joins those that are proved alike.
func byAlgorithm(family, text string, algs jose.Algorithms) []flowRow {
	rows := make([]flowRow, 0, len(algs))
	for _, alg := range algs {
		rows = append(rows, flowRow{family + " " + string(alg), text + string(alg)})
	}
	return rows
}

// embeddedProofs are the keys of the rows that steps of the demo prove.
func embeddedProofs() map[string]string {
	out := make(map[string]string)
	for _, s := range steps() {
		for _, key := range entries(s.rows) {
			out[key] = "✓"
		}
	}
	return out
}

// independentProofs are the keys of the rows that the interop suite says it tests, which a test there holds it to.
func independentProofs(t *testing.T) map[string]string {
	t.Helper()
	data, err := os.ReadFile(proofs)
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]string)
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch {
		case len(fields) == 3 && fields[2] == "browser":
			out[fields[0]] = "✓ browser"
		case len(fields) == 2 && out[fields[0]] == "":
			out[fields[0]] = "✓"
		case len(fields) != 2:
			t.Errorf("%s: %q is not a row and its test", proofs, line)
		}
	}
	return out
}

// flowTable is the table, without rows that nothing proves.
func flowTable(embedded, independent map[string]string) string {
	var b strings.Builder
	b.WriteString("| | embedded provider | independent provider |\n| --- | :-: | :-: |\n")
	rows := flowRows()
	for len(rows) > 0 {
		row, proof := rows[0], [2]string{embedded[rows[0].key], independent[rows[0].key]}
		rows = rows[1:]
		if row.key != "" && proof == [2]string{} {
			continue
		}
		text := row.text
		if family, _, joint := strings.Cut(row.text, ": "); joint {
			rows = slices.DeleteFunc(slices.Clone(rows), func(other flowRow) bool {
				name, alg, _ := strings.Cut(other.text, ": ")
				alike := name == family && proof == [2]string{embedded[other.key], independent[other.key]}
				if alike {
					text += ", " + alg
				}
				return alike
			})
		}
		b.WriteString("| " + text + " |")
		for _, mark := range proof {
			b.WriteString(strings.TrimRight(" "+mark, " ") + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestReadmeTable holds the README's table to what the demo and the interop suite run.
func TestReadmeTable(t *testing.T) {
	embedded, independent := embeddedProofs(), independentProofs(t)
	known := make(map[string]bool)
	for _, row := range flowRows() {
		known[row.key] = true
	}
	for _, proofs := range []map[string]string{embedded, independent} {
		for key := range proofs {
			if !known[key] {
				t.Errorf("there is no row %q", key)
			}
		}
	}
	for _, g := range grant.All() {
		if name := g.Info().Name; embedded[name] == "" || independent[name] == "" {
			t.Errorf("token %s is not tried against both providers", name)
		}
	}

	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), tableBegin)
	table, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		t.Fatalf("%s has no table between %q and %q", readme, tableBegin, tableEnd)
	}
	want := "\n" + flowTable(embedded, independent) + "\n"
	if *updateReadme {
		if err := os.WriteFile(readme, []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("go test ./cmd -run TestReadmeTable -update\n%s", diff)
	}
}

// TestReadmeNumbers holds the numbers in the README's text to what is there.
func TestReadmeNumbers(t *testing.T) {
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	ofCode := 0
	for _, f := range op.Faults() {
		if f.Flow == op.FlowCode {
			ofCode++
		}
	}
	for _, want := range []string{
		fmt.Sprintf("%d of %[1]d as they must be", len(steps())),
		fmt.Sprintf("one of %d ways", len(op.Faults())),
		fmt.Sprintf("\n%d caught, 0 missed, %d not exercised\n", ofCode, len(op.Faults())-ofCode),
	} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s does not say %q", readme, want)
		}
	}
}

// TestReadmeDemo holds what the README shows of the demo to its steps.
func TestReadmeDemo(t *testing.T) {
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	results := make(map[string]string)
	for _, s := range steps() {
		results[s.name] = fmt.Sprintf("exit %d", s.exit)
		if s.rule != "" {
			results[s.name] += ", " + s.rule
		}
	}
	rows := regexp.MustCompile(`(?m)^pass  (.+?) {2,}(exit .+?) {2,}[\d.]+ ms$`).FindAllStringSubmatch(string(data), -1)
	for _, row := range rows {
		if results[row[1]] != row[2] {
			t.Errorf("%q: that step ends with %q", row[0], results[row[1]])
		}
	}
	if len(rows) == 0 {
		t.Error("the README has no row of the demo")
	}
}

// TestReadmeCommands holds each command line in the README to the commands and flags that exist.
func TestReadmeCommands(t *testing.T) {
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	apart := strings.ReplaceAll(string(data), "'oauthctl", "\noauthctl") // a command as the argument of another
	for _, line := range regexp.MustCompile(`oauthctl( [a-z][a-z-]*)+( [^|)#\x60\n]*)?`).FindAllString(apart, -1) {
		if !strings.Contains(line, " -") {
			continue // the program in a sentence, or a command without a flag
		}
		args := strings.Fields(line)[1:]
		command, _, err := wholeTree().Find(args)
		if err != nil {
			t.Errorf("%s: %v", line, err)
			continue
		}
		for _, arg := range args {
			name, long := strings.CutPrefix(arg, "--")
			name, _, _ = strings.Cut(name, "=")
			if seen++; long && command.Flag(name) == nil {
				t.Errorf("%s: there is no flag --%s", line, name)
			}
		}
	}
	if seen == 0 {
		t.Error("the README has no command line")
	}
}
