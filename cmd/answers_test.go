package cmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/op"
)

// signedFlow is flowOf for answers that are signed or encrypted: what the client's login gives, and after it userinfo or
// introspection.
func signedFlow(t *testing.T, flow, issuer string, p patience) (run, bool) {
	t.Helper()
	client := map[string]string{
		op.FlowEncrypted: "web-encrypted", op.FlowEncryptedUserInfo: "web-encrypted",
		op.FlowSignedUserInfo: "web-signed", op.FlowSignedIntrospection: "web",
	}[flow]
	if client == "" {
		return run{}, false
	}
	secret := strings.Replace(webSecret, "web", client, 1)
	common := []string{"--issuer", issuer, "--client-id", client, "--timeout", p.timeout, "-o", "json"}
	if client == "web-encrypted" {
		_, key := op.TestDecryptionKey("ECDH-ES")
		path := filepath.Join(t.TempDir(), "key.pem")
		if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
			t.Fatal(err)
		}
		common = append(common, "--decryption-key", path)
	}
	first := playAs(t, secret, "", slices.Concat([]string{"token", "auth-code", "--wait", p.wait, "-s", "openid profile"}, common, []string{"--timeout", patient.timeout})...)
	if first.code != 0 || flow == op.FlowEncrypted {
		return first, true
	}
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(first.stdout), &tokens); err != nil {
		t.Fatal(err)
	}
	command := []string{"userinfo", "--token-file", "-", "--expect-sub", "user-alice-7f3a"}
	if flow == op.FlowSignedIntrospection {
		command = []string{"introspect", "--signed", "--token-file", "-"}
	}
	return playAs(t, secret, tokens.AccessToken, append(command, common...)...), true
}
