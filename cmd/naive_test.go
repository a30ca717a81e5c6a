package cmd_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
)

// naive is a client as many are: it goes through the code flow, follows redirects, and verifies nothing.
func naive() {
	if err := naiveFlow(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func naiveFlow(issuer string) error {
	var metadata struct {
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
		UserInfo      string `json:"userinfo_endpoint"`
	}
	var err error
	for range 3000 { // its provider may be about to start
		if err = naiveJSON(http.Get(issuer + "/.well-known/openid-configuration"))(&metadata); !errors.Is(err, syscall.ECONNREFUSED) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		return err
	}
	client, redirect := os.Getenv("OAUTH_TEST_CLIENT_ID"), os.Getenv("OAUTH_TEST_REDIRECT_URI")
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page, err := browser.Get(metadata.Authorization + "?" + url.Values{
		"response_type": {"code"}, "client_id": {client}, "redirect_uri": {redirect}, "scope": {"openid"}, "state": {"s"}, "nonce": {"n"},
	}.Encode())
	if err != nil {
		return err
	}
	_ = page.Body.Close()
	answer, err := url.Parse(page.Header.Get("Location"))
	if err != nil || answer.Query().Get("code") == "" {
		return errors.New("no code came")
	}
	var tokens struct {
		AccessToken string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {answer.Query().Get("code")}, "redirect_uri": {redirect}}
	request, err := http.NewRequest(http.MethodPost, metadata.Token, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(client, os.Getenv("OAUTH_TEST_CLIENT_SECRET"))
	if err := naiveJSON(http.DefaultClient.Do(request))(&tokens); err != nil {
		return err
	}
	asking, err := http.NewRequest(http.MethodGet, metadata.UserInfo, nil)
	if err != nil {
		return err
	}
	asking.Header.Set("Authorization", "Bearer "+tokens.AccessToken)
	return naiveJSON(http.DefaultClient.Do(asking))(&struct{}{})
}

// naiveJSON reads an answer, whatever it says of itself.
func naiveJSON(answer *http.Response, err error) func(any) error {
	return func(into any) error {
		if err != nil {
			return err
		}
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
		if err != nil {
			return err
		}
		return json.Unmarshal(body, into)
	}
}
