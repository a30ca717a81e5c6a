package cmd

import (
	"slices"
	"testing"

	"github.com/oauthctl/oauthctl/internal/op"
)

// TestCommandForKeys starts the provider again as it was started, where its clients have nothing but keys.
func TestCommandForKeys(t *testing.T) {
	for want, o := range map[string]serveOptions{
		"oauthctl serve --as fapi2 --write-keys keys   # the keys of these clients":                           {persona: "fapi2"},
		"oauthctl serve --provider-config 'my provider.yaml' --write-keys keys   # the keys of these clients": {providerConfig: "my provider.yaml"},
	} {
		if got := (ready{config: op.Config{FAPI2: true}, options: &o}).keyCommands(); !slices.Equal(got, []string{want}) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
