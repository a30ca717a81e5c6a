package cmd

import (
	"strings"
	"testing"
)

// TestMistypedCommandLines holds that what people type wrong is refused with what they meant.
func TestMistypedCommandLines(t *testing.T) {
	token := "eyJhbGciOiJSUzI1NiJ9." + strings.Repeat("a", 40) + "." + strings.Repeat("b", 300)
	for line, want := range map[string][2]string{ // the message, and the hint
		"token code":               {`unknown command "code" for "oauthctl token"`, "did you mean this? oauthctl token auth-code"},
		"token authorization-code": {`unknown command "authorization-code" for "oauthctl token"`, "did you mean this? oauthctl token auth-code"},
		"token token_exchange":     {`unknown command "token_exchange" for "oauthctl token"`, "did you mean this? oauthctl token exchange"},
		"verify token.jwt":         {`unknown command "verify" for "oauthctl"`, "did you mean this? oauthctl jwt verify"},
		"device":                   {`unknown command "device" for "oauthctl"`, "did you mean this? oauthctl token device"},
		"login -issuer x":          {"unknown flag -issuer", "did you mean --issuer?"},
		"login -client-id=x":       {"unknown flag -client-id", "did you mean --client-id?"},
		"login -verbose":           {"unknown flag -verbose", "did you mean --verbose?"},
		"login -scope openid":      {`"oauthctl login" takes no arguments, and was given "openid"`, "did you mean --scope?"},
		"login -y":                 {"unknown shorthand flag: 'y' in -y", "oauthctl login --help lists the flags"},
		"login --secret s3cret":    {"unknown flag --secret", "did you mean --client-secret-file?"},
		"login --redirect x":       {"unknown flag --redirect", "did you mean --redirect-uri?"},
		"login --port 8400":        {"unknown flag --port", "oauthctl login --help lists the flags"},
		"login https://id.example.com/realms/main": {
			`"oauthctl login" takes no arguments, and was given "http… (34 characters)"`, "the provider's address is given by a flag: --issuer URL",
		},
		"introspect " + token: {
			`"oauthctl introspect" takes no arguments, and was given "eyJh… (362 characters)"`,
			"a token is handed over as --token-file FILE, or by stdin: --token-file -",
		},
		"token refresh mistyped_test.go": {
			`"oauthctl token refresh" takes no arguments, and was given "mistyped_test.go"`,
			"a token is handed over as --refresh-token-file FILE, or by stdin: --refresh-token-file -",
		},
		"introspect --token x":             {"unknown flag --token", "did you mean --token-file?"},
		"token password --password x":      {"unknown flag --password", "did you mean --password-file?"},
		"login --max-age 5m":               {`invalid argument "5m" for "--max-age" flag`, "it takes a number alone: --max-age 300"},
		"login --max-age soon":             {`invalid argument "soon" for "--max-age" flag`, "it takes a number alone"},
		"login --client-id x --par on":     {`--par is "on", and can be auto, always, never`, "oauthctl login --help"},
		"login --client-id x --pkce s256":  {`--pkce is "s256", and can be S256, plain, none`, "did you mean --pkce S256?"},
		"login --client-id x --pkce s2566": {`--pkce is "s2566", and can be S256, plain, none`, "did you mean --pkce S256?"},
		"login --client-id x --response-mode form-post": {
			`--response-mode is "form-post", and can be query, fragment, form_post, web_message, jwt, query.jwt, fragment.jwt, form_post.jwt`,
			"did you mean --response-mode form_post?",
		},
		"jwks " + token: {
			"asking the provider for its metadata: what was given as the issuer looks like a token, of 362 characters, and is not shown (RFC 8414 §2)",
			"an issuer is an https URL without query and fragment, such as https://id.example.com",
		},
		"key generate --alg es256": {`unknown signature algorithm "es256"`, "did you mean --alg ES256?"},
		"key generate --alg RS265": {`unknown signature algorithm "RS265"`, "did you mean --alg RS256?"},
		"jwt verify --issuer https://id.test --kind acces x.y.z": {
			`--kind "acces" is none of auto, id, access, logout, dpop, jarm, introspection, request, assertion`, "did you mean --kind access?",
		},
		"jwt verify --jwks mistyped_test.go x.y.z": {
			"reading the keys of mistyped_test.go: not a key set: neither JSON nor PEM: invalid character 'p' at start of value at byte 0 (jose.key_set, RFC 7517 §5)\n" +
				"  got:  neither JSON nor PEM: invalid character 'p' at start of value at byte 0\n  want: {\"keys\":[…]}",
			"a key set, a JWK or a PEM is wanted; oauthctl jwks ISSUER -o json prints a provider's",
		},
		"discover https://id.test --proxy proxy.test:3128":         {"--proxy is no URL with a host", "--proxy http://proxy.test:3128"},
		"discover https://id.test --proxy 127.0.0.1:3128":          {"--proxy is no URL with a host", "--proxy http://127.0.0.1:3128"},
		"discover https://id.test --proxy me:hush@proxy.test:3128": {"--proxy is no URL with a host", "--proxy http://proxy.example.com:3128"},
		"login --client-id x --redirect-uri 127.0.0.1:8400/cb": {
			`--redirect-uri "127.0.0.1:8400/cb" has no scheme such as http:// (RFC 6749 §3.1.2)`, "--redirect-uri http://127.0.0.1:8400/cb",
		},
		"login --client-id x --redirect-uri localhost:8400/cb": {
			`--redirect-uri "localhost:8400/cb" has no scheme such as http:// (RFC 6749 §3.1.2)`, "--redirect-uri http://localhost:8400/cb",
		},
		"login --client-id x --redirect-uri :8400/cb": {
			`--redirect-uri ":8400/cb" has no scheme such as http:// (RFC 6749 §3.1.2)`, "--redirect-uri http://127.0.0.1:8400/cb",
		},
		"login --client-id x --redirect-uri app.example.com/cb": {
			`--redirect-uri "app.example.com/cb" has no scheme such as http:// (RFC 6749 §3.1.2)`, "--redirect-uri https://app.example.com/cb",
		},
		"client register --issuer https://id.test --redirect-uri localhost:8400/cb": {
			`--redirect-uri "localhost:8400/cb" has no scheme such as http:// (RFC 6749 §3.1.2)`, "--redirect-uri http://localhost:8400/cb",
		},
		`login --client-id x --redirect-uri "http://127.0.0.1/cb"`: {
			`--redirect-uri "\"http://127.0.0.1/cb\"" has white space or quotation marks around it`, "--redirect-uri http://127.0.0.1/cb",
		},
		"login --client-id x --redirect-uri /cb": {
			`--redirect-uri "/cb" has no scheme such as http:// (RFC 6749 §3.1.2)`, "--redirect-uri http://127.0.0.1:0/callback; port 0 is any free port",
		},
		"login --client-id x --redirect-uri http://127.0.0.1:8400/#/cb": {
			`--redirect-uri "http://127.0.0.1:8400/#/cb" has a fragment, which browsers send to no server (RFC 6749 §3.1.2)`,
			"leave out what follows the #: --redirect-uri http://127.0.0.1:8400/",
		},
		"token client-credentials --endpoint token=https://x.test --client-id x --client-secret-file abc --auth-method post": {
			`reading abc: no such file or directory`, "check the path and who may read it; - stands for standard input",
		},
		"token refresh --endpoint token=https://x.test --client-id x --refresh-token-file " + token: {
			"refreshing the token: there is no file of that name, of 362 characters, which is not shown: it may be a secret or a token",
			"the flag takes the name of a file that holds the value, and - for standard input",
		},
		"token client-credentials --client-id x --client-secret-file s3cr3t0123456789": {
			"there is no file of that name, of 16 characters, which is not shown: it may be a secret or a token",
			"the flag takes the name of a file that holds the value, and - for standard input",
		},
	} {
		got := playAs(t, "", "", strings.Fields(line)...)
		errs := "oauthctl: " + want[0] + "\nhint: " + want[1] + "\n"
		if wrong := strings.HasPrefix(line, "jwt verify --jwks"); got.code != 2 && !wrong || wrong && got.code != 4 || got.stdout != "" || got.stderr != errs {
			t.Errorf("%s: exit %d, want 2\n%s%s, want\n%s", line, got.code, got.stdout, got.stderr, errs)
		}
	}
}
