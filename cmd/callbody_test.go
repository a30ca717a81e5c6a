package cmd

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/problem"
)

// TestReopening reads each kind of body as often as a call may be made: all can be had twice but what is long and comes
// once.
func TestReopening(t *testing.T) {
	file := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(file, []byte("from a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", maxKept+1)
	for _, tt := range []struct {
		name, stdin string
		options     callOptions
		want        []string
	}{
		{"none", "", callOptions{}, nil},
		{"given", "", callOptions{data: "given"}, []string{"given", "given"}},
		{"file", "", callOptions{data: "@" + file}, []string{"from a file", "from a file"}},
		{"data file", "", callOptions{dataFile: file}, []string{"from a file", "from a file"}},
		{"stdin", "piped", callOptions{data: "@-"}, []string{"piped", "piped"}},
		{"long stdin", long, callOptions{dataFile: "-"}, []string{long, "spent"}},
		{"nothing", "", callOptions{data: "@" + os.DevNull}, []string{"", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := &App{In: strings.NewReader(tt.stdin)}
			body, length, err := app.callBody(&tt.options)
			if err != nil {
				t.Fatal(err)
			}
			open, err := tt.options.reopening(body, length)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for range 2 {
				if open == nil {
					break
				}
				reader, err := open()
				if errors.Is(err, grant.ErrSpent) {
					got = append(got, "spent")
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				data, err := io.ReadAll(reader)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, string(data))
				_ = closer(reader).Close()
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff[:min(len(diff), 500)])
			}
		})
	}
}

// TestCallHeaders: what is sent beside the token is one header a flag, and never what the token or its proof stands in.
func TestCallHeaders(t *testing.T) {
	got, err := callHeaders([]string{"accept: text/plain", "X-Tab:\ta\tb ", "x-tab: c", "X-Empty:"})
	want := http.Header{"Accept": {"text/plain"}, "X-Tab": {"a\tb", "c"}, "X-Empty": {""}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, line := range []string{
		"Accept", ": x", "X A: x", "X\x7f: x", "X\u00e9: x", "X{}: x", "X: a\r\nHost: evil.test", "X: a\nb", "X: a\x00", "X: a\x7f",
		"Authorization: Basic x", "authorization: Basic x", "DPoP: x", "dpop: x",
	} {
		if header, err := callHeaders([]string{"Accept: x", line}); err == nil || header != nil || problem.As(err).Code != "usage.header" {
			t.Errorf("%q: %v, %v", line, header, err)
		}
	}
}

// TestHeadersThatCannotBeSent are refused before anything is.
func TestHeadersThatCannotBeSent(t *testing.T) {
	t.Parallel()
	got, err := parseHeaders("--header", []string{"X-A: b", "X-B : c", "X-C: \u00fc"})
	if diff := cmp.Diff(http.Header{"X-A": {"b"}, "X-B": {"c"}, "X-C": {"\u00fc"}}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	for _, line := range []string{"X A: x", "X\u00e9: x", "X: a\x01b", "X: a\nb", "", "X"} {
		if _, err := new(App).newWire([]string{line}); err == nil || problem.As(err).Code != "usage.header" {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// TestErrorsInTheFormatAskedFor: where flags could not be parsed the arguments themselves tell.
func TestErrorsInTheFormatAskedFor(t *testing.T) {
	for line, want := range map[string]bool{
		"":                             false,
		"--wrong -o json":              true,
		"--wrong --output json":        true,
		"--wrong -ojson":               true,
		"--wrong -o=json":              true,
		"--wrong --output=json":        true,
		"--wrong -o yaml":              false,
		"--wrong --output=jsonl":       false,
		"--wrong -o":                   false,
		"--wrong -- -o json":           false,
		"--wrong --output-file -ojson": true,
	} {
		app := &App{}
		if got := app.wantsJSON(strings.Fields(line)); got != want {
			t.Errorf("%s: %t", line, got)
		}
	}
}

// TestReadBounded: what is longer than it may be is refused, and not read to its end.
func TestReadBounded(t *testing.T) {
	if data, err := readBounded(strings.NewReader("12345"), "FILE", 5); err != nil || string(data) != "12345" {
		t.Errorf("%q, %v", data, err)
	}
	from := strings.NewReader("1234567")
	if data, err := readBounded(from, "FILE", 5); data != nil || err == nil || problem.As(err).Code != "input.size" || from.Len() != 1 {
		t.Errorf("%q, %v, %d bytes are left", data, err, from.Len())
	}
}

// TestHugeToken: of what is longer than any token no more is kept than a token can have.
func TestHugeToken(t *testing.T) {
	huge := strings.Repeat("a", 64<<20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got := play(t, huge, "jwt", "decode", "-o", "json")
	runtime.ReadMemStats(&after)
	if got.code != 4 || errorCode([]byte(got.stderr)) != "jose.parts" || !strings.Contains(got.stderr, "67108864 bytes") {
		t.Errorf("exit %d\n%s", got.code, got.stderr)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 128<<20 { // reading alone is one copy
		t.Errorf("%d MiB were allocated", allocated>>20)
	}
}
