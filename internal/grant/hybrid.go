package grant

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/loopback"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// asks says whether the response type names a word.
func (v *visit) asks(word string) bool {
	return slices.Contains(strings.Fields(v.request.ResponseType), word)
}

// hybrid judges an answer that brings tokens with the code. The ID token among them is verified, and with it that the
// code and the access token belong to it, before the code is redeemed (OpenID Connect Core §3.3.2.8 to §3.3.2.12).
func (v *visit) hybrid(ctx context.Context, encoded, mode string) (*Result, error) {
	callback, front, err := oauth.ParseHybrid(encoded, v.pending)
	if err == nil {
		err = v.inMode(mode)
	}
	if err != nil {
		return nil, err
	}
	env := v.env
	env.Ring.Add(callback.Code(), front.AccessToken, front.IDToken)
	env.Observer.Checks(callback.Checks())
	want := v.owed()
	var early verdict.Checks
	if v.asks("id_token") {
		if want.Front, early, err = v.verifyFront(ctx, callback, front); err != nil {
			return nil, err
		}
	}
	result, err := v.redeem(ctx, callback, want)
	if err != nil {
		return nil, err
	}
	result.Checks = slices.Concat(early, result.Checks)
	if !front.AccessToken.IsZero() {
		where := "in the browser's history"
		if transport, _ := oauth.Transport(v.responseMode); transport == loopback.ModeFormPost {
			where = "seen by the browser" // the body of a POST stands in no history
		}
		result.Front = append(result.Front, "access token "+where)
		env.Observer.Checks(verdict.Checks{{
			Rule: "callback.token", Spec: "RFC 9700 §2.1.2", Status: verdict.Warn,
			Got:  "an access token came through the browser too, and was not used: the token endpoint's is",
			Hint: "it is " + where + ": ask for " + strings.TrimSuffix(v.request.ResponseType, " token") + " alone, which brings none",
		}})
	}
	return result, nil
}

// verifyFront verifies the ID token that came with the code. c_hash is demanded, and at_hash where an access token came
// with it (OpenID Connect Core §3.3.2.11).
func (v *visit) verifyFront(ctx context.Context, callback *oauth.Callback, front *oauth.Response) (*jose.Token, verdict.Checks, error) {
	want := Expectation{
		Nonce: &v.request.Nonce, Code: callback.Code(), State: secret.New(v.request.State), Fresh: true,
		MaxAge: v.maxAgeGiven(), ACRValues: strings.Fields(v.acrValues), Required: []string{"c_hash"},
	}
	if v.asks("token") {
		want.Required = append(want.Required, "at_hash")
	}
	v.env.Observer.Step("verifying the ID token that came with the code")
	report, err := v.env.verify(ctx, front.IDToken.Reveal(), want, front)
	if err != nil {
		return nil, nil, err
	}
	v.env.Observer.Checks(report.Checks)
	if err := failed(report.Checks); err != nil {
		return nil, nil, fmt.Errorf("verifying the ID token that came with the code: %w", err)
	}
	return &jose.Token{Claims: report.Claims}, report.Checks, nil // what it says, decrypted and verified
}

// owed is what is expected of the ID token that the token endpoint gives.
func (v *visit) owed() Expectation {
	return Expectation{
		Nonce: &v.request.Nonce, Fresh: true, Owed: true, ACRValues: strings.Fields(v.acrValues), MaxAge: v.maxAgeGiven(),
	}
}

// demand refuses a response type for which something is missing, before anybody is troubled with it.
func (v *visit) demand() error {
	switch {
	case v.asks("id_token") && !slices.Contains(v.env.Scopes, "openid"):
		return problem.Usagef("usage.response_type", "--response-type %q asks for an ID token, and the scope openid for none", v.request.ResponseType).
			WithHint("add it: -s openid (OpenID Connect Core §3.3.2.1)")
	case v.tokensInQuery() && !v.inJWT():
		return problem.Usagef("usage.response_mode", "--response-mode %s would leave tokens in logs and histories", v.responseMode).
			WithHint("leave it out: fragment is the default for tokens, and form_post hides them better (OAuth 2.0 Multiple Response Types §5)")
	case v.tokensInQuery() && len(v.env.Trust.Decryption.Keys) == 0:
		return problem.Usagef("usage.response_mode", "--response-mode %s would leave tokens in logs and histories, unless they are encrypted", v.responseMode).
			WithHint("--response-mode jwt sends them in the fragment; where the provider encrypts the answer for this client: --decryption-key FILE (JARM §2.3.1)")
	}
	return nil
}

// tokensInQuery says whether tokens are to come in the address, which servers, proxies and browsers keep.
func (v *visit) tokensInQuery() bool {
	return v.request.ResponseType != "code" && v.mode() == loopback.ModeQuery
}
