package op

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// proves sends a request with a proof that has the nonce, and records what the answer says of the next one.
func (r *tape) proves(what, path, nonce, token string, form url.Values) (w *httptest.ResponseRecorder, next string) {
	method, headers := "POST", []string{}
	if form == nil {
		method, headers = "GET", []string{"Authorization", "DPoP " + token}
	}
	p := r.proving(method, path, token)
	if nonce != "" {
		p.claims.add("nonce", nonce)
	}
	w = r.ask(what, method, path, form, append(headers, "DPoP", p.compact(r.t))...)
	next = nonce
	for _, value := range w.Header()["Dpop-Nonce"] {
		if next = value; len(value) == 43 {
			r.hide(value, "nonce")
		}
		r.say("%s: nonce %.60q, %d in all", what, value, len(value))
	}
	for _, value := range w.Header()["Www-Authenticate"] {
		r.say("%s: challenge %.60s", what, value)
	}
	return w, next
}

// confirmed records what a token is bound to.
func (r *tape) confirmed(what, access string) {
	_, cnf, _ := strings.Cut(claimsOf(access), `"cnf":`)
	r.say("%s cnf = %.70s", what, strings.Split(cnf, ",")[0])
}

func recordDPoP(t *testing.T, r *tape) {
	t.Helper()
	w, nonce := r.proves("first par", "/par", "", "", login)
	if w.Code != 201 {
		w, nonce = r.proves("second par", "/par", nonce, "", login)
	}
	given := r.answered("par", w.Body.Bytes(), "request_uri")
	if !strings.HasPrefix(given["request_uri"], requestURIPrefix) {
		return
	}
	r.hide(given["request_uri"], "request_uri")
	outcome, err := r.SignIn(t.Context(), testIssuer+"/authorize?"+url.Values{"client_id": {"cli"}, "request_uri": {given["request_uri"]}}.Encode(), "alice", "wonderland")
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(outcome.URL)
	form := changed(redemption, "code", u.Query().Get("code"))
	if w, nonce = r.proves("token", "/token", nonce, "", form); w.Code != 200 {
		w, _ = r.proves("token again", "/token", nonce, "", form)
	}
	tokens := r.answered("token", w.Body.Bytes(), "access_token", "refresh_token", "id_token")
	r.confirmed("token", tokens["access_token"])
}

func recordDPoPAPI(t *testing.T, r *tape) {
	t.Helper()
	form := changed(redemption, "code", r.authorize().Get("code"))
	nonce := r.do("POST", "/token", form, "DPoP", r.proving("POST", "/token", "").compact(t)).Header.Get("DPoP-Nonce")
	p := r.proving("POST", "/token", "")
	p.claims.add("nonce", nonce)
	if nonce == "" {
		form.Set("code", r.authorize().Get("code")) // the first was redeemed
	}
	access := str(r.do("POST", "/token", form, "DPoP", p.compact(t)), "access_token")
	w, next := r.proves("first userinfo", "/userinfo", nonce, access, nil)
	if w.Code != 200 && next != nonce {
		w, _ = r.proves("second userinfo", "/userinfo", next, access, nil)
	}
	r.answered("userinfo", w.Body.Bytes())
}

func recordBound(t *testing.T, r *tape) {
	t.Helper()
	got := r.showing(t, "web-tls", url.Values{"grant_type": {grantCredentials}, "client_id": {"service-tls"}})
	access, _ := got["access_token"].(string)
	r.confirmed("token", access)
}
