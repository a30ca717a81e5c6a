package op

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestAPI calls the protected resource with tokens of different logins (RFC 6750 §3, RFC 9470 §3).
func TestAPI(t *testing.T) {
	w := newWorld(t, nil)
	plain, golden := str(w.redeem(), "access_token"), str(w.redeem("acr_values", "gold"), "access_token")
	other := str(w.redeem("resource", "https://orders.example.test"), "access_token")
	w.advance(time.Minute)
	for name, test := range map[string]struct {
		token, query string
		status       int
		challenge    string // what it ends in
	}{
		"any login":         {plain, "", 200, ""},
		"class, none":       {plain, "?acr_values=silver+gold", 401, `error_description="the login was of the class '', and one of 'silver gold' is wanted"`},
		"class":             {golden, "?acr_values=silver+gold", 200, ""},
		"class, other":      {golden, "?acr_values=silver", 401, `error_description="the login was of the class 'gold', and one of 'silver' is wanted"`},
		"age":               {golden, "?max_age=60", 200, ""},
		"age, too old":      {golden, "?max_age=59", 401, `error_description="the login was longer ago than 59 s"`},
		"age, zero":         {golden, "?max_age=0", 401, `error_description="the login was longer ago than 0 s"`},
		"age, no number":    {golden, "?max_age=soon", 400, `error_description="max_age 'soon' is not a whole number of seconds"`},
		"both":              {golden, "?max_age=59&acr_values=gold", 401, `, acr_values="gold", max_age="59", error="insufficient_user_authentication", error_description="the login was longer ago than 59 s"`},
		"not to be escaped": {plain, "?acr_values=a%22b", 401, `, acr_values="a'b", error="insufficient_user_authentication", error_description="the login was of the class '', and one of 'a'b' is wanted"`},
		"another API's":     {other, "", 401, `error="invalid_token", error_description="this access token is for https://orders.example.test, not for https://api.example.test"`},
		"no token":          {"x", "", 401, `error_description="this access token is not one of this provider's, or expired (they live 1h0m0s)"`},
	} {
		t.Run(name, func(t *testing.T) {
			got := w.do("GET", "/api"+test.query, nil, "Authorization", "Bearer "+test.token)
			if got.Status != test.status || !strings.HasSuffix(got.Header.Get("WWW-Authenticate"), test.challenge) {
				t.Errorf("%d %s", got.Status, got.Header.Get("WWW-Authenticate"))
			}
		})
	}
	got := w.do("GET", "/api?acr_values=gold", nil, "Authorization", "Bearer "+golden)
	want := map[string]any{
		"method": "GET", "path": "/api?acr_values=gold", "body": "", "sub": "user-alice-7f3a", "acr": "gold", "amr": []any{"pwd"},
		"scope": got.JSON["scope"], "auth_time": float64(w.clock.Add(-time.Minute).Unix()),
	}
	if diff := cmp.Diff(want, got.JSON); diff != "" || got.Status != http.StatusOK {
		t.Error(diff)
	}
}
