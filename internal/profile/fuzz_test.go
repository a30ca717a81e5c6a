package profile

import (
	"bytes"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// FuzzDecodeProvider: a provider that is taken has declared every variable of its addresses, and no value of a variable
// moves an address to another host or path than the one that the file shows.
func FuzzDecodeProvider(f *testing.F) {
	f.Add([]byte(made), "id.example", "main")
	f.Add([]byte("title: A\nissuer: https://x.example/{a}\nvariables: {a: {meaning: m, example: e}}\n"), "a/../b", "a%2fb")
	f.Add([]byte("title: A\nissuer: https://{a}.example\nvariables: {a: {meaning: m, example: e}}\n"), "evil.example/x", "a@evil")
	f.Add([]byte("title: A\nissuer: https://{a}\u202e\n"), "", "..")
	files, err := filepath.Glob("../../profiles/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatal("no providers to start from")
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "id.example", "main")
	}
	f.Fuzz(func(t *testing.T, data []byte, host, part string) {
		p, err := decodeProvider(data, "p.yaml", "p")
		if err != nil {
			assertRefused(t, err, "provider.")
			return
		}
		given, plain := map[string]string{}, map[string]string{}
		for i, v := range p.Variables {
			given[v.Name], plain[v.Name] = []string{host, part}[i%2], "x"
			if len(v.Values) > 0 {
				given[v.Name], plain[v.Name] = v.Values[0], v.Values[0]
			}
		}
		address, err := p.Address(given)
		if err != nil {
			e := problem.As(err)
			if e.Kind != problem.Usage || e.Code != "provider.variable" || len(p.Variables) == 0 {
				t.Fatalf("%v %s: %v", e.Kind, e.Code, err)
			}
			return
		}
		want, err := p.Address(plain)
		if err != nil {
			t.Fatal(err)
		}
		for key, values := range address {
			for i := range values {
				assertSameShape(t, key, values[i], want[key][i])
			}
		}
		if again, err := decodeProvider(bytes.Clone(data), "p.yaml", "p"); err != nil || !slices.Equal(again.templates(), p.templates()) ||
			!slices.Equal(slices.Sorted(maps.Keys(again.Defaults())), slices.Sorted(maps.Keys(p.Defaults()))) {
			t.Fatalf("read again, it differs: %v", err)
		}
	})
}

// assertSameShape wants two addresses that differ by the value of names alone.
func assertSameShape(t *testing.T, key, got, want string) {
	t.Helper()
	w, err := url.Parse(want)
	if err != nil {
		return // the file itself has no address there; whoever uses it is told
	}
	g, err := url.Parse(got)
	if err != nil {
		return
	}
	if g.Scheme != w.Scheme || strings.Count(g.EscapedPath(), "/") != strings.Count(w.EscapedPath(), "/") || (g.User == nil) != (w.User == nil) ||
		(g.Fragment == "") != (w.Fragment == "") || g.ForceQuery != w.ForceQuery || len(g.Query()) != len(w.Query()) {
		t.Fatalf("%s: %q is of another shape than %q", key, got, want)
	}
}

// assertRefused wants a usage error at a place of the file, which can be printed.
func assertRefused(t *testing.T, err error, codes string) {
	t.Helper()
	e := problem.As(err)
	if e.Kind != problem.Usage || !strings.HasPrefix(e.Code, codes) || !strings.HasPrefix(e.Message, "p.yaml:") {
		t.Fatalf("%v %s: %s", e.Kind, e.Code, e.Message)
	}
	for _, shown := range []string{e.Message, e.Want, e.Got, e.Hint} {
		if text.Line(shown) != shown {
			t.Fatalf("printed raw: %q", shown)
		}
	}
}
