package cmd

import (
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/op"
)

// step is one row of the demo: a command, what it must end with, and what to say of its output.
type step struct {
	name   string
	rows   []string // of the README's table that it is the proof of
	args   []string // {issuer} and the like stand for values, {dir} for the folder with the files
	stdin  string   // the name of a value
	key    string   // the client whose secret the command gets by its environment
	keep   string   // the name of the value that the output is kept as, and of the file in {dir} with it
	person person
	as     string // the persona of a provider of its own
	fault  string // of the provider, which the command must notice
	exit   int
	rule   string // the code of the error where exit is not 0
	output output
}

// person is the user whom the demo plays.
type person int

const (
	agrees person = iota
	refuses
)

// output says what stdout must hold.
type output int

const (
	usual  output = iota // something where exit is 0, else nothing
	always               // a report that is bad news, or an API's answer
	never                // nothing, as for revoke
)

// words is a command whose words hold no blanks, and more.
//
//go:noinline
func words(command string, more ...string) []string { return append(strings.Fields(command), more...) }

// steps is every flow, and then what must be refused.
func steps() []step {
	return slices.Concat(
		codeSteps(), clientSteps(), boundSteps(), fapi2Steps(), grantSteps(), requestSteps(), answerSteps(), lifeSteps(), registrationSteps(), refusedSteps(),
	)
}

// codeFlow asks for all that a person may grant.
//
//go:noinline
func codeFlow(more ...string) []string {
	return append(words("token auth-code --issuer {issuer}", "-s", "openid profile email offline_access"), more...)
}

// codeSteps are discovery and the code flow.
func codeSteps() []step {
	out := []step{
		{name: "discovery", rows: []string{"discover"}, args: words("discover {issuer} -o json")},
		{name: "key set", rows: []string{"jwks"}, args: words("jwks {issuer} -o json")},
		{name: "login, public client, PKCE", rows: []string{"login", "none", "id-token RS256"}, args: words("login --issuer {issuer} --client-id cli")},
		{
			name: "code + PKCE, public client", rows: []string{"auth-code", "query"},
			args: codeFlow("--client-id", "cli", "-o", "refresh-token"), keep: "refresh",
		},
		{
			name: "refresh, rotated", rows: []string{"refresh"},
			args: words("token refresh --issuer {issuer} --client-id cli --refresh-token-file -"), stdin: "refresh", keep: "alice",
		},
		{
			name: "userinfo, sub compared", rows: []string{"userinfo"},
			args: words("userinfo --issuer {issuer} --token-file - --expect-sub {subject}"), stdin: "alice",
		},
		{
			name: "code + PKCE, client secret (basic)", rows: []string{"client_secret_basic"}, key: "web",
			args: codeFlow("--client-id", "web", "-o", "id-token"), keep: "id",
		},
		{
			name: "code + PKCE, client secret (post)", rows: []string{"client_secret_post"}, key: "web",
			args: codeFlow("--client-id", "web", "--auth-method", "client_secret_post", "-o", "claims"),
		},
		{
			name: "code + PKCE, pushed request", rows: []string{"par"}, key: "web",
			args: codeFlow("--client-id", "web", "--par", "always", "-o", "claims"),
		},
		{
			name: "code + PKCE, pushed as the metadata want", rows: []string{"par"}, key: "web", fault: "par-required",
			args: codeFlow("--client-id", "web", "-o", "claims"),
		},
		{
			name: "code + PKCE, for one API", rows: []string{"resource"}, key: "web",
			args: codeFlow("--client-id", "web", "--resource", "https://orders.example.test"), keep: "orders",
		},
		{
			name: "JWT access token for that API", args: words("jwt verify --issuer {issuer} --audience https://orders.example.test --kind access -o json"),
			stdin: "orders",
		},
	}
	for _, mode := range []string{"form_post", "fragment", "web_message"} {
		out = append(out, step{
			name: "code + PKCE, " + mode, rows: []string{mode}, key: "web",
			args: codeFlow("--client-id", "web", "--response-mode", mode, "-o", "claims"),
		})
	}
	for _, alg := range []string{"RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "HS256"} {
		client := "web-" + strings.ToLower(alg)
		out = append(out, step{
			name: "ID token signed with " + alg, rows: []string{"id-token " + alg}, key: client,
			args: codeFlow("--client-id", client, "--algs", alg, "-o", "claims"),
		})
	}
	return out
}

// credentials asks for a token of the client itself.
func credentials(client string, more ...string) []string {
	return append(words("token client-credentials --issuer {issuer} --client-id "+client), more...)
}

// clientSteps are the ways in which a client authenticates.
func clientSteps() []step {
	out := []step{
		{name: "client credentials", rows: []string{"client-credentials"}, key: "service", args: credentials("service"), keep: "service"},
		{
			name: "JWT access token (RFC 9068)", rows: []string{"jwt verify"},
			args:  words("jwt verify --issuer {issuer} --audience " + op.DefaultAudience + " --kind access --strict -o json"),
			stdin: "service",
		},
		{
			name: "client_secret_jwt", rows: []string{"client_secret_jwt"}, key: "web-secret-jwt",
			args: credentials("web-secret-jwt", "--auth-method", "client_secret_jwt"),
		},
	}
	for _, alg := range clientAlgorithms() {
		out = append(out, step{
			name: "private_key_jwt, " + alg, rows: []string{"private_key_jwt " + alg},
			args: credentials("web-jwt", "--client-key", "{dir}/"+alg+".pem", "--client-key-alg", alg),
		})
	}
	return append(out,
		step{
			name: "tls_client_auth", rows: []string{"tls_client_auth"},
			args: credentials("web-tls", words("--cacert {dir}/ca.pem --cert {dir}/web-tls.pem --key {dir}/web-tls.key")...),
		},
		step{
			name: "self_signed_tls_client_auth", rows: []string{"self_signed_tls_client_auth"},
			args: credentials("web-tls-self", words("--auth-method self_signed_tls_client_auth --cacert {dir}/ca.pem --cert {dir}/web-tls-self.pem --key {dir}/web-tls-self.key")...),
		},
	)
}

// clientAlgorithms are those of client assertions by a key.
func clientAlgorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
}

const password = "token password --issuer {issuer} --client-id legacy --username {user} --password-file "

// grantSteps are the other grants.
func grantSteps() []step {
	exchange := words("token exchange --issuer {issuer} --client-id exchange --subject-token-file {dir}/alice")
	return []step{
		{name: "device", rows: []string{"device"}, args: words("token device --issuer {issuer} --client-id device -s openid -o claims")},
		{name: "login on another device", rows: []string{"login --device"}, args: words("login --device --issuer {issuer} --client-id device")},
		{
			name: "CIBA, by poll", rows: []string{"ciba"}, key: "ciba",
			args: words("token ciba --issuer {issuer} --client-id ciba --login-hint {user} -s openid -o claims --binding-message", "pay 42"),
		},
		{name: "token exchange, impersonation", rows: []string{"exchange"}, key: "exchange", args: exchange},
		{name: "a token of the one who acts", key: "exchange", args: credentials("exchange"), keep: "actor"},
		{
			name: "token exchange, delegation", rows: []string{"exchange"}, key: "exchange",
			args: append(exchange, words("--actor-token-file {dir}/actor -o summary")...),
		},
		{
			name: "jwt-bearer", rows: []string{"jwt-bearer"},
			args: words("token jwt-bearer --issuer {issuer} --client-id web-jwt --client-key {dir}/ES256.pem --subject {user}"),
		},
		{name: "password (legacy)", rows: []string{"password"}, key: "legacy", args: words(password + "{dir}/password")},
		{name: "implicit (legacy)", rows: []string{"implicit"}, key: "legacy", args: words("token implicit --issuer {issuer} --client-id legacy -s openid -o claims")},
		{
			name: "any grant by its name", rows: []string{"custom"}, key: "service",
			args: words("token custom --issuer {issuer} --client-id service --grant-type client_credentials --token-param scope=api:read"),
		},
	}
}

// lifeSteps are what becomes of a token.
func lifeSteps() []step {
	introspect := words("introspect --issuer {issuer} --client-id api --token-file -")
	call := words("call {issuer}/userinfo --token-file - -o json")
	return []step{
		{name: "call an API", rows: []string{"call"}, args: call, stdin: "alice"},
		{
			name: "call an API that wants another login", rows: []string{"call --step-up"}, stdin: "alice",
			args: words("call {issuer}/api?acr_values=gold&max_age=60 --step-up --issuer {issuer} --client-id cli --token-file - -o json"),
		},
		{name: "introspect", rows: []string{"introspect"}, key: "api", args: introspect, stdin: "alice"},
		{name: "revoke", rows: []string{"revoke"}, args: words("revoke --issuer {issuer} --client-id cli --token-file -"), stdin: "alice", output: never},
		{name: "introspect a revoked token", rows: []string{"introspect"}, key: "api", args: introspect, stdin: "alice", exit: 4, output: always},
		{name: "call an API with it", rows: []string{"call"}, args: call, stdin: "alice", exit: 3, rule: "oauth.invalid_token", output: always},
		{
			name: "logout, back by redirect", rows: []string{"logout"}, key: "web",
			args: words("logout --issuer {issuer} --client-id web --id-token-file - -o json"), stdin: "id",
		},
	}
}
