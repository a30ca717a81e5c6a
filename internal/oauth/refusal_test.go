package oauth

import (
	"net/http"
	"testing"

	"github.com/oauthctl/oauthctl/internal/problem"
)

func TestProviderErrors(t *testing.T) {
	for name, test := range map[string]struct {
		status  int
		header  http.Header
		body    string
		code    string
		message string
		answer  problem.Answer
	}{
		"RFC 6749 §5.2": {
			400, nil, `{"error":"invalid_request"}`, "oauth.invalid_request", "the provider refused: invalid_request",
			problem.Answer{Error: "invalid_request"},
		},
		"with a token": {
			400, nil, `{"error":"invalid_grant","access_token":"hush"}`, "oauth.invalid_grant", "the provider refused: invalid_grant",
			problem.Answer{Error: "invalid_grant"},
		},
		"200 with a token": {
			200, nil, `{"error":"invalid_grant","access_token":"hush","token_type":"Bearer"}`, "oauth.invalid_grant",
			"the provider refused: invalid_grant",
			problem.Answer{Error: "invalid_grant"},
		},
		"GitHub": {
			200, typed("application/x-www-form-urlencoded"),
			"error=bad_verification_code&error_description=The+code+passed+is+incorrect+or+expired.&error_uri=https%3A%2F%2Fdocs.example%2Fe",
			"oauth.bad_verification_code", "the provider refused: bad_verification_code: The code passed is incorrect or expired.",
			problem.Answer{Error: "bad_verification_code", Description: "The code passed is incorrect or expired.", URI: "https://docs.example/e"},
		},
		"Slack": {
			200, nil, `{"ok":false,"error":"invalid_code"}`, "oauth.invalid_code", "the provider refused: invalid_code",
			problem.Answer{Error: "invalid_code"},
		},
		"Slack, no reason": {
			200, nil, `{"ok":false}`, "oauth.error", "the provider refused without saying why", problem.Answer{},
		},
		"Facebook": {
			400, typed("text/javascript"), `{"error":{"message":"Error validating verification code","type":"OAuthException","code":190,"fbtrace_id":"x"}}`,
			"oauth.oauthexception", "the provider refused: OAuthException: Error validating verification code (code 190)",
			problem.Answer{Error: "OAuthException", Description: "Error validating verification code (code 190)"},
		},
		"error object, code alone": {
			400, nil, `{"error":{"message":"x","code":190}}`, "oauth.190", "the provider refused: 190: x",
			problem.Answer{Error: "190", Description: "x"},
		},
		"Apple": {
			400, nil, `{"error":"invalid_client"}`, "oauth.invalid_client", "the provider refused: invalid_client",
			problem.Answer{Error: "invalid_client"},
		},
		"Auth0": {
			401, nil, `{"error":"access_denied","error_description":"Unauthorized"}`, "oauth.access_denied",
			"the provider refused: access_denied: Unauthorized",
			problem.Answer{Error: "access_denied", Description: "Unauthorized"},
		},
		"Zoom": {
			400, nil, `{"reason":"Invalid client_id or client_secret","error":"invalid_client"}`, "oauth.invalid_client",
			"the provider refused: invalid_client: Invalid client_id or client_secret",
			problem.Answer{Error: "invalid_client", Description: "Invalid client_id or client_secret"},
		},
		"Fitbit": {
			400, nil, `{"errors":[{"errorType":"invalid_grant","message":"expired"}],"success":false}`, "oauth.invalid_grant",
			"the provider refused: invalid_grant: expired",
			problem.Answer{Error: "invalid_grant", Description: "expired"},
		},
		"Instagram": {
			400, nil, `{"error_type":"OAuthException","code":400,"error_message":"Invalid code"}`, "oauth.oauthexception",
			"the provider refused: OAuthException: Invalid code",
			problem.Answer{Error: "OAuthException", Description: "Invalid code"},
		},
		"WeChat": {
			200, nil, `{"errcode":40029,"errmsg":"invalid code"}`, "oauth.40029", "the provider refused: 40029: invalid code",
			problem.Answer{Error: "40029", Description: "invalid code"},
		},
		"Twitch": {
			400, nil, `{"status":400,"message":"Invalid authorization code"}`, "oauth.400",
			"the provider refused: 400: Invalid authorization code",
			problem.Answer{Error: "400", Description: "Invalid authorization code"},
		},
		"HubSpot": {
			400, nil, `{"status":"BAD_AUTH_CODE","message":"missing or unknown auth code"}`, "oauth.bad_auth_code",
			"the provider refused: BAD_AUTH_CODE: missing or unknown auth code",
			problem.Answer{Error: "BAD_AUTH_CODE", Description: "missing or unknown auth code"},
		},
		"503 that is OAuth's": {
			503, nil, `{"error":"temporarily_unavailable"}`, "oauth.temporarily_unavailable",
			"the provider refused: temporarily_unavailable",
			problem.Answer{Error: "temporarily_unavailable"},
		},
		"hostile": {
			400, nil, `{"error":"x\u001b[31m","error_description":"\u009b2J\u202e","error_uri":"javascript:alert(1)"}`, "oauth.error",
			`the provider refused: x\x1b[31m: \x9b2J\u202e`,
			problem.Answer{Error: "x\x1b[31m", Description: "\u009b2J\u202e"},
		},
		"a number": {400, nil, `{"error":7}`, "oauth.7", "the provider refused: 7", problem.Answer{Error: "7"}},
	} {
		t.Run(name, func(t *testing.T) {
			header := test.header
			if header == nil {
				header = jsonHeader()
			}
			response, _, err := ParseTokenResponse(test.status, header, []byte(test.body))
			test.answer.Status, test.answer.Endpoint = test.status, "token"
			equal(t, "error", outcome{Kind: problem.Provider, Code: test.code, Answer: &test.answer}, outcomeOf(t, err))
			if response != nil {
				t.Errorf("%v", response)
			}
			equal(t, "message", test.message, err.Error())
		})
	}
}
