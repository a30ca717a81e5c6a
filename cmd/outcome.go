package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// listOutcome says what a command prints, and with which exit codes it ends.
func listOutcome(w io.Writer, c *cobra.Command, columns int) {
	formats, codes := strings.Fields(c.Annotations[annotationFormats]), codesOf(c.CommandPath())
	if len(formats) == 0 && codes == "" {
		return
	}
	fmt.Fprint(w, "\nWhat comes out:\n")
	line := func(text string) {
		lines := []string{text}
		if columns > 0 {
			lines = wrap(text, max(columns-2, 30))
		}
		fmt.Fprintf(w, "  %s\n", strings.Join(lines, "\n  "))
	}
	if len(formats) > 0 {
		for i, f := range formats {
			if f == c.Annotations[annotationDefault] {
				formats[i] += " (default)"
			}
		}
		line("-o FORMAT: " + strings.Join(formats, ", ") + ". The result goes to stdout, all else to stderr.")
	}
	if c.Annotations[annotationGrant] != "" {
		fmt.Fprint(w, tokenFormatsExplained)
	}
	if codes != "" {
		line("Exit codes: " + explainCodes(c.CommandPath(), codes) + `. See "oauthctl help exit-codes".`)
	}
}

// tokenFormatsExplained is what the formats of a token are.
const tokenFormatsExplained = `    token          the access token and a newline
    json           the provider's answer as it came
    header         Authorization: Bearer …, or DPoP …
    env            export OAUTH_ACCESS_TOKEN=…, quoted for a shell
    claims         the claims of the ID token, else of the access token, verified
    id-token       the ID token and a newline; refresh-token likewise
    summary        what a person wants to know, without the tokens
`

// codesOf returns the exit codes of a command, without 1, 130 and 143, with which every command may end.
func codesOf(path string) string {
	switch strings.TrimPrefix(path, "oauthctl ") {
	case "login", "token auth-code", "token implicit", "call":
		return "0 2 3 4 5 6 7"
	case "token device", "token ciba":
		return "0 2 3 4 5 6"
	case "token refresh":
		return "0 2 3 4 5 7"
	case "token client-credentials", "token custom", "token exchange", "token jwt-bearer", "token password", "introspect", "revoke",
		"userinfo", "logout", "client register", "client read", "client update", "client delete":
		return "0 2 3 4 5"
	case "discover", "jwks", "jwt verify", "client metadata":
		return "0 2 4 5"
	case "jwt decode", "test client":
		return "0 2 4"
	case "test browser":
		return "0 2 5"
	case "key generate", "key public", "key thumbprint", "profile list", "profile show", "profile use", "profile validate",
		"profile providers", "serve":
		return "0 2"
	}
	return ""
}

func explainCodes(path, codes string) string {
	var out []string
	for code := range strings.FieldsSeq(codes) {
		meaning := map[string]string{
			"0": "done", "2": "wrong usage", "3": "the provider refused", "4": "a check failed", "5": "network",
			"6": "nobody finished in --wait", "7": "a person must act first",
		}[code]
		switch path + " " + code {
		case "oauthctl call 3":
			meaning = "the API answered 400 or above (--fail=false: 0)"
		case "oauthctl introspect 4":
			meaning = "the token is not active, or a check failed"
		case "oauthctl test client 0":
			meaning = "faults were caught, and none missed"
		case "oauthctl test client 4":
			meaning = "a fault was missed, or none caught"
		case "oauthctl serve 0":
			meaning = "ended by SIGINT or SIGTERM"
		}
		out = append(out, code+" "+meaning)
	}
	return strings.Join(out, ", ")
}

// trial is what shows a command at work against the built-in provider, typed as it stands.
func trial(path string) string {
	const (
		provider = "http://127.0.0.1:9400"
		at       = " --issuer " + provider
		public   = at + " --client-id cli"
		signIn   = "  oauthctl token auth-code" + public
		api      = "  export OAUTHCTL_ISSUER=" + provider + " OAUTHCTL_CLIENT_ID=api OAUTHCTL_CLIENT_SECRET=api-secret-for-tests-only-0123456789\n"
		register = "  oauthctl client register" + at + " --name Example --redirect-uri http://127.0.0.1/callback --output-file client.json\n"
	)
	switch strings.TrimPrefix(path, "oauthctl ") {
	case "login":
		return "  oauthctl login" + public
	case "logout":
		return "  oauthctl login" + public + " -o id-token > id_token\n  oauthctl logout" + public + " --id-token-file id_token"
	case "token auth-code":
		return signIn + " -s openid -o claims"
	case "token client-credentials":
		return api + "  oauthctl token client-credentials -o summary"
	case "token custom":
		return api + "  oauthctl token custom --grant-type client_credentials"
	case "token device":
		return "  oauthctl token device" + at + " --client-id device -s openid -o claims"
	case "token ciba":
		return "  OAUTHCTL_CLIENT_SECRET=ciba-secret-for-tests-only-0123456789 oauthctl token ciba" + at + " --client-id ciba --login-hint alice"
	case "token refresh":
		return "  oauthctl login" + public + " -s 'openid offline_access' -o refresh-token > rt\n  oauthctl token refresh" + public + " --refresh-token-file rt -o json"
	case "token exchange":
		return signIn + " -s openid > user\n" +
			"  OAUTHCTL_CLIENT_SECRET=exchange-secret-for-tests-only-0123456789 oauthctl token exchange" + at + " --client-id exchange --subject-token-file user"
	case "token jwt-bearer":
		return "  oauthctl token jwt-bearer" + at + " --client-id web-jwt --client-key keys/web-jwt-p256.jwk --subject alice"
	case "token password":
		return "  echo wonderland | oauthctl token password" + at + " --client-id legacy --client-secret legacy-secret-for-tests-only-0123456789 --username alice --password-file -"
	case "token implicit":
		return "  oauthctl token implicit" + at + " --client-id legacy -s openid -o claims"
	case "introspect", "revoke":
		return api + "  oauthctl token client-credentials | " + path + " --token-file -"
	case "userinfo":
		return signIn + " -s openid | oauthctl userinfo" + at + " --token-file - --expect-sub user-alice-7f3a"
	case "call":
		return signIn + " -s 'openid api:read' | oauthctl call --token-file - " + provider + "/api"
	case "discover", "jwks":
		return "  " + path + " " + provider
	case "jwt decode":
		return signIn + " | oauthctl jwt decode"
	case "jwt verify":
		return signIn + " -s openid -o id-token | oauthctl jwt verify" + public
	case "client register":
		return strings.TrimSuffix(register, "\n")
	case "client read", "client delete":
		return register + "  " + path + " --registration client.json"
	case "client update":
		return register + "  oauthctl client update --registration client.json --name Other --output-file client.json"
	case "client metadata":
		return "  oauthctl client metadata " + provider + "/client.json"
	case "test browser":
		return "  BROWSER='oauthctl test browser' oauthctl login" + public
	}
	return ""
}
