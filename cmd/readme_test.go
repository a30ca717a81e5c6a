package cmd

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/op"
	"github.com/oauthctl/oauthctl/internal/profile"
)

var updateReadme = flag.Bool("update", false, "write the README's table anew")

const (
	readme     = "../README.md"
	recipes    = "../docs/recipes.md"
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
	add := func(family string, items ...flowRow) { // which the table joins
		for _, item := range items {
			rows = append(rows, flowRow{item.key, family + ": " + item.text})
		}
	}
	code := func(keys ...string) (items []flowRow) {
		for _, key := range keys {
			items = append(items, flowRow{key, "`" + key + "`"})
		}
		return items
	}
	add("response modes", code("query", "fragment", "form_post", "web_message")...)
	add("signed answers (JARM)", append(code("jwt", "query.jwt", "fragment.jwt", "form_post.jwt"), flowRow{"jarm encrypted", "encrypted ones"})...)
	add("hybrid flows (OpenID Connect Core §3.3)", code("code id_token", "code token", "code id_token token")...)
	asymmetric := jose.Asymmetric()
	rows = append(rows, byAlgorithm("request-object", "`--request-object` (RFC 9101): ", append(slices.Clone(asymmetric), jose.HS256))...)
	add("`--request-object` (RFC 9101)", flowRow{"request-object par", "pushed"}, flowRow{"request-object encrypted", "encrypted"})
	rows = append(rows,
		flowRow{"authorization-details", "`--authorization-details` (RFC 9396)"},
		flowRow{"par", "pushed, with `--par` or where the provider requires it (RFC 9126)"},
		flowRow{"resource", "for one API, with `--resource` (RFC 8707)"},
		flowRow{"claims", "`--claims`, `--max-age` (OpenID Connect Core §5.5, §3.1.2.1)"},
	)
	part("Client authentication")
	add("public, or with a secret", code("none", "client_secret_basic", "client_secret_post", "client_secret_jwt")...)
	rows = append(rows, byAlgorithm("private_key_jwt", "`private_key_jwt`: ", asymmetric)...)
	add("`private_key_jwt`", flowRow{"client-key-command", "by `--client-key-command`"})
	add("by certificate (RFC 8705)", code("tls_client_auth", "self_signed_tls_client_auth")...)
	part("Bound tokens and FAPI 2.0")
	rows = append(rows, byAlgorithm("dpop", "`--dpop` (RFC 9449): ", asymmetric)...)
	add("`--dpop` (RFC 9449)", flowRow{"dpop par", "with a pushed request"}, flowRow{"dpop refresh", "with `token refresh`"},
		flowRow{"dpop userinfo", "with `userinfo`"}, flowRow{"dpop call", "with `call`"})
	rows = append(rows, flowRow{"certificate-bound", "tokens bound to a client certificate (RFC 8705 §3)"})
	add("FAPI 2.0", flowRow{"fapi2", "`--fapi2`"}, flowRow{"fapi2 mtls", "with a client certificate"},
		flowRow{"fapi2 message-signing", "`--fapi2=message-signing`"})
	part("Tokens and the provider")
	rows = append(rows, byAlgorithm("id-token", "ID tokens: ", append(slices.Clone(asymmetric), jose.HS256))...)
	add("ID tokens", flowRow{"id-token encrypted", "encrypted (RFC 7516)"})
	rows = append(rows, flowRow{"jwt verify", "`jwt verify` of JWT access tokens (RFC 9068)"})
	add("`introspect` (RFC 7662, RFC 9701)", flowRow{"introspect", "plain"}, flowRow{"introspect signed", "signed"}, flowRow{"introspect encrypted", "encrypted"})
	add("`userinfo` (OpenID Connect Core §5.3)", flowRow{"userinfo", "plain"}, flowRow{"userinfo signed", "signed"}, flowRow{"userinfo encrypted", "encrypted"})
	add("`call`", flowRow{"call", "RFC 6750"}, flowRow{"call --step-up", "`--step-up` (RFC 9470)"})
	rows = append(rows,
		flowRow{"revoke", "`revoke` (RFC 7009)"},
		flowRow{"logout", "`logout` (RFC 7009, RP-Initiated Logout)"},
	)
	add("`client` (RFC 7591, RFC 7592)", flowRow{"client register", "`register`"}, flowRow{"client read", "`read`"},
		flowRow{"client update", "`update`"}, flowRow{"client delete", "`delete`"})
	add("client ID metadata documents", flowRow{"client-id URL", "in place of a registration"}, flowRow{"client metadata", "`client metadata`"})
	add("metadata and keys", code("discover", "jwks")...)
	return rows
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

	before, rest, found := strings.Cut(textOf(t, readme), tableBegin)
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

// textOf is a text of the project.
func textOf(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestReadmeNumbers holds the numbers in the texts of README and recipes to what is there.
func TestReadmeNumbers(t *testing.T) {
	texts := textOf(t, readme) + textOf(t, recipes)
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
		if !strings.Contains(texts, want) {
			t.Errorf("neither %s nor %s says %q", readme, recipes, want)
		}
	}
}

// TestReadmeDemo holds what the README shows of the demo to its steps.
func TestReadmeDemo(t *testing.T) {
	results := make(map[string]string)
	for _, s := range steps() {
		results[s.name] = fmt.Sprintf("exit %d", s.exit)
		if s.rule != "" {
			results[s.name] += ", " + s.rule
		}
	}
	rows := regexp.MustCompile(`(?m)^pass  (.+?) {2,}(exit .+?) {2,}[\d.]+ ms$`).FindAllStringSubmatch(textOf(t, readme), -1)
	for _, row := range rows {
		if results[row[1]] != row[2] {
			t.Errorf("%q: that step ends with %q", row[0], results[row[1]])
		}
	}
	if len(rows) == 0 {
		t.Error("the README has no row of the demo")
	}
}

// TestReadmeCommands holds each command line in README and recipes to the commands and flags that exist.
func TestReadmeCommands(t *testing.T) {
	seen := 0
	apart := strings.ReplaceAll(textOf(t, readme)+textOf(t, recipes), "'oauthctl", "\noauthctl") // a command as the argument of another
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
			if seen++; long && name != "help" && command.Flag(name) == nil {
				t.Errorf("%s: there is no flag --%s", line, name)
			}
		}
	}
	if seen == 0 {
		t.Error("the README has no command line")
	}
}

// TestReadmeProfiles reads the configuration files that the README and the help of profile show, as the program would.
func TestReadmeProfiles(t *testing.T) {
	root := wholeTree()
	c, _, err := root.Find([]string{"profile"})
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile(`(?m)^ {2}`).ReplaceAllString(c.Long, "")
	texts := []string{shown[strings.Index(shown, "current:"):strings.Index(shown, "Keys are")]}
	for _, block := range regexp.MustCompile("(?s)```yaml\n(current:.*?)```").FindAllStringSubmatch(textOf(t, readme), -1) {
		texts = append(texts, block[1])
	}
	if len(texts) != 2 {
		t.Fatalf("there are %d configuration files", len(texts))
	}
	for _, content := range texts {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := profile.Load(path, schemaOf(root))
		if err != nil {
			t.Errorf("%v\n%s", err, content)
			continue
		}
		for _, name := range append(file.Names(), "") {
			if _, err := file.Active(name); err != nil {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
}

// TestReadmeLinks holds every link between the texts of the project to a file that is there, and a heading in it.
func TestReadmeLinks(t *testing.T) {
	texts, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob("../*.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, path := range append(texts, more...) {
		for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(textOf(t, path), -1) {
			file, heading, named := strings.Cut(link[1], "#")
			if strings.Contains(file, "://") {
				continue
			}
			seen++
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), filepath.FromSlash(file))
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if named && !slices.Contains(anchors(textOf(t, target)), heading) {
				t.Errorf("%s: %s has no heading for #%s", path, target, heading)
			}
		}
	}
	if seen == 0 {
		t.Error("there is no link")
	}
}

// anchors are the names by which links find the headings of a text, as GitHub makes them.
func anchors(text string) (out []string) {
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		out = append(out, strings.ReplaceAll(name, " ", "-"))
	}
	return out
}
