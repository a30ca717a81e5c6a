package interop

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestLoginInABrowser(t *testing.T) {
	p := independent(t)
	tests := []struct {
		name string
		args []string
	}{
		{"public client", []string{"--client-id", "public"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			page, r := visit(t, p, approve, append([]string{"login", "--no-store", "--issuer", p.Issuer}, test.args...)...)
			if r.exit != 0 {
				t.Errorf("exit %d, want 0", r.exit)
			}
			t.Logf("%+v", page)
			if strings.Contains(page.url, "code=") {
				t.Errorf("the code stays in the address bar: %s", page.url)
			}
			var v any
			_ = json.Unmarshal([]byte(r.stdout), &v)
		})
	}
}

func TestDenied(t *testing.T) {
	p := independent(t)
	page, r := visit(t, p, refuse, "login", "--no-store", "--issuer", p.Issuer, "--client-id", "public")
	t.Logf("%+v %+v", page, r)
	if r.exit != 3 {
		t.Error(r.exit)
	}
}
