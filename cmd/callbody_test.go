package cmd

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/grant"
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
