package oauth

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// vector reads the examples of an RFC; a file that is not there or empty fails the test instead of passing in silence.
func vector(t *testing.T, name string, out any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "rfc", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, out); err != nil {
		t.Fatal(err)
	}
}

func TestDeviceOfTheRFC(t *testing.T) {
	var rfc struct {
		Response jsontext.Value
		Polling  []struct{ Error, Transport, Action string }
		Defaults struct{ Interval int }
	}
	vector(t, "rfc8628-device.json", &rfc)
	device, checks, err := ParseDevice(200, jsonHeader(), rfc.Response)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "device", seenDevice{
		Code: "GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS", UserCode: "WDJB-MJHT", URI: "https://example.com/device",
		Complete: "https://example.com/device?user_code=WDJB-MJHT", Expires: "30m0s", Interval: "5s",
	}, seenOf(device))
	equal(t, "warned", []string{}, warned(checks))

	want := map[string]Polling{
		"authorization_pending": {7 * time.Second}, "slow_down": {12 * time.Second}, "connection timeout": {14 * time.Second},
	}
	for _, row := range rfc.Polling {
		var err error = &problem.Error{Kind: problem.Network, Code: "network.timeout"}
		if row.Error != "" {
			_, _, err = ParseTokenResponse(400, jsonHeader(), []byte(`{"error":"`+row.Error+`"}`))
		}
		polling := Polling{7 * time.Second}
		again := polling.After(err)
		next, asked := want[row.Error+row.Transport]
		if again != asked || asked && polling != next {
			t.Errorf("%s%s (%s): %v, %v", row.Error, row.Transport, row.Action, again, polling)
		}
	}
	first := Polling{}
	if !first.After(refusalOf(t, 400, `{"error":"authorization_pending"}`)) || first.Interval != time.Duration(rfc.Defaults.Interval)*time.Second {
		t.Errorf("the default is %v", first)
	}
}

func TestExchangeOfTheRFC(t *testing.T) {
	var rfc struct {
		Tokens []struct {
			Token  string
			Claims jsontext.Value
		}
		Request  map[string]string `json:"request_A1"`
		Response map[string]any    `json:"response_A2"`
		Members  []string          `json:"required_response_members"`
	}
	vector(t, "rfc8693-token-exchange.json", &rfc)
	rfc.Response["access_token"] = rfc.Tokens[2].Token
	for _, name := range rfc.Members {
		if _, ok := rfc.Response[name]; !ok {
			t.Errorf("the answer lacks %s", name)
		}
	}
	body, err := json.Marshal(rfc.Response)
	if err != nil {
		t.Fatal(err)
	}
	response, checks, err := ParseTokenResponse(200, jsonHeader(), body)
	if err != nil {
		t.Fatal(err)
	}
	checks = append(checks, CheckExchange(response, rfc.Request["subject_token_type"])...)
	equal(t, "scheme", "", response.Scheme())
	equal(t, "warned", []string{}, warned(checks))
	var actors [][]string
	for _, token := range rfc.Tokens {
		claims, err := strictjson.Parse(token.Claims)
		if err != nil {
			t.Fatal(err)
		}
		actors = append(actors, Actor(claims))
	}
	equal(t, "actors", [][]string{nil, nil, nil, nil, nil, {"admin@example.net"}}, actors) // may_act is no actor
}

// The assertion of RFC 9126 §2.1 is made again with its key: the same issuer, subject, audience and end, and more.
func TestPushedRequestOfTheRFC(t *testing.T) {
	var rfc struct {
		Vectors []struct {
			Assertion string `json:"client_assertion"`
			Key       jsontext.Value
		}
		Response struct {
			Status int
			Body   jsontext.Value
		}
	}
	vector(t, "rfc9126-par.json", &rfc)
	example := rfc.Vectors[1]
	theirs, err := jose.Parse(example.Assertion)
	if err != nil {
		t.Fatal(err)
	}
	key, err := jose.ParsePrivateKey(example.Key, secret.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	signer, err := key.SignerFor(jose.RS256, "")
	if err != nil {
		t.Fatal(err)
	}
	expires, _, err := theirs.Claims.Number("exp")
	if err != nil {
		t.Fatal(err)
	}
	client, err := theirs.Claims.String("sub")
	if err != nil {
		t.Fatal(err)
	}
	target := Target{
		Endpoint: "https://as.example.com/as/par", TokenEndpoint: "https://evil.example/token",
		Issuer: "https://server.example.com", Now: time.Unix(int64(expires)-60, 0),
	}
	form := map[string][]string{"client_id": {client}, "response_type": {"code"}}
	if err := (Credentials{ID: client, Signer: signer}).Apply(AuthPrivateKeyJWT, target, form, http.Header{}); err != nil {
		t.Fatal(err)
	}
	ours := asserted(t, form["client_assertion"][0])
	for _, name := range []string{"iss", "sub", "aud", "exp"} {
		a, _ := theirs.Claims.Value(name)
		b, _ := ours.Claims.Value(name)
		equal(t, name, string(a), string(b))
	}
	pushed, checks, err := ParsePushed(rfc.Response.Status, jsonHeader(), rfc.Response.Body)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "pushed", Pushed{"urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c", time.Minute}, *pushed)
	equal(t, "warned", []string{}, warned(checks))
	address, err := PushedURL("https://server.example.com/authorize", client, pushed.RequestURI)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "address", "https://server.example.com/authorize?client_id=s6BhdRkqt3&request_uri=urn%3Aietf%3Aparams%3Aoauth%3Arequest_uri%3A6esc_11ACC5bwc014ltc14eY22c", address)
}
