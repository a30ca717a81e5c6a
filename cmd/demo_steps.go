package cmd

import (
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/op"
)

// step is one row of the demo: a command, what it must end with, and what to say of its output.
// The tables are constants, so that the compiler lays them out and the program builds none of them.
type step struct {
	_      [0]func() // or the compiler writes out how the tables are compared, which none ever is
	name   string
	each   string // a list: there is a step for each, which {each} stands for in name, rows, args and key, or {client}
	rows   string // a list, of the README's table that it is the proof of
	args   string // as in a shell; {issuer} and the like stand for values, {dir} for the folder with the files
	stdin  string // the name of a value
	key    string // the client whose secret the command gets by its environment
	keep   string // the name of the value that the output is kept as, and of the file in {dir} with it
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

// entries splits what a step lists.
func entries(text string) []string {
	return slices.DeleteFunc(strings.Split(text, ", "), func(entry string) bool { return entry == "" })
}

// prints says whether something must come out.
func (s step) prints() bool { return s.exit == 0 && s.output == usual || s.output == always }

// steps is every flow, and then what must be refused.
func steps() []step {
	var out []step
	for _, table := range [][]step{
		codeSteps(), clientSteps(), boundSteps(), fapi2Steps(), grantSteps(), requestSteps(), answerSteps(), lifeSteps(), registrationSteps(), refusedSteps(),
	} {
		for _, s := range table {
			out = append(out, s.spread()...)
		}
	}
	return out
}

// spread makes the steps that a row of a table stands for.
func (s step) spread() []step {
	if s.each == "" {
		return []step{s}
	}
	var out []step
	for _, each := range entries(s.each) {
		client := strings.ToLower(strings.ReplaceAll(each, "+", "-")) // as in the names of clients
		replace := strings.NewReplacer("{each}", each, "{client}", client)
		row := s
		for _, field := range []*string{&row.name, &row.rows, &row.args, &row.key} {
			*field = replace.Replace(*field)
		}
		out = append(out, row)
	}
	return out
}

// What the commands of many steps begin with, and the flags that they share.
const (
	codeFlow    = "token auth-code --issuer {issuer} -s 'openid profile email offline_access' --client-id " // all that a person may grant
	credentials = "token client-credentials --issuer {issuer} --client-id "
	password    = "token password --issuer {issuer} --client-id legacy --username {user} --password-file "
	exchange    = "token exchange --issuer {issuer} --client-id exchange --subject-token-file {dir}/alice"

	webTLS     = " --cacert {dir}/ca.pem --cert {dir}/web-tls.pem --key {dir}/web-tls.key"
	webTLSSelf = " --cacert {dir}/ca.pem --cert {dir}/web-tls-self.pem --key {dir}/web-tls-self.key"
	dpopKey    = " --dpop-key {dir}/ES256.pem"
)

// clientAlgorithms are those of client assertions by a key.
const clientAlgorithms = "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519"

// codeSteps are discovery and the code flow.
func codeSteps() []step {
	return []step{
		{name: "discovery", rows: "discover", args: "discover {issuer} -o json"},
		{name: "key set", rows: "jwks", args: "jwks {issuer} -o json"},
		{name: "login, public client, PKCE", rows: "login, none, id-token RS256", args: "login --issuer {issuer} --client-id cli"},
		{name: "code + PKCE, public client", rows: "auth-code, query", args: codeFlow + "cli -o refresh-token", keep: "refresh"},
		{
			name: "refresh, rotated", rows: "refresh", stdin: "refresh", keep: "alice",
			args: "token refresh --issuer {issuer} --client-id cli --refresh-token-file -",
		},
		{name: "userinfo, sub compared", rows: "userinfo", args: "userinfo --issuer {issuer} --token-file - --expect-sub {subject}", stdin: "alice"},
		{name: "code + PKCE, client secret (basic)", rows: "client_secret_basic", key: "web", args: codeFlow + "web -o id-token", keep: "id"},
		{
			name: "code + PKCE, client secret (post)", rows: "client_secret_post", key: "web",
			args: codeFlow + "web --auth-method client_secret_post -o claims",
		},
		{name: "code + PKCE, pushed request", rows: "par", key: "web", args: codeFlow + "web --par always -o claims"},
		{name: "code + PKCE, pushed as the metadata want", rows: "par", key: "web", fault: "par-required", args: codeFlow + "web -o claims"},
		{name: "code + PKCE, for one API", rows: "resource", key: "web", args: codeFlow + "web --resource https://orders.example.test", keep: "orders"},
		{
			name: "JWT access token for that API", stdin: "orders",
			args: "jwt verify --issuer {issuer} --audience https://orders.example.test --kind access -o json",
		},
		{
			name: "code + PKCE, {each}", each: "form_post, fragment, web_message", rows: "{each}", key: "web",
			args: codeFlow + "web --response-mode {each} -o claims",
		},
		{
			name: "ID token signed with {each}", each: "RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, HS256",
			rows: "id-token {each}", key: "web-{client}", args: codeFlow + "web-{client} --algs {each} -o claims",
		},
	}
}

// clientSteps are the ways in which a client authenticates.
func clientSteps() []step {
	return []step{
		{name: "client credentials", rows: "client-credentials", key: "service", args: credentials + "service", keep: "service"},
		{
			name: "JWT access token (RFC 9068)", rows: "jwt verify", stdin: "service",
			args: "jwt verify --issuer {issuer} --audience " + op.DefaultAudience + " --kind access --strict -o json",
		},
		{
			name: "client_secret_jwt", rows: "client_secret_jwt", key: "web-secret-jwt",
			args: credentials + "web-secret-jwt --auth-method client_secret_jwt",
		},
		{
			name: "private_key_jwt, {each}", each: clientAlgorithms, rows: "private_key_jwt {each}",
			args: credentials + "web-jwt --client-key {dir}/{each}.pem --client-key-alg {each}",
		},
		{name: "tls_client_auth", rows: "tls_client_auth", args: credentials + "web-tls" + webTLS},
		{
			name: "self_signed_tls_client_auth", rows: "self_signed_tls_client_auth",
			args: credentials + "web-tls-self --auth-method self_signed_tls_client_auth" + webTLSSelf,
		},
	}
}

// grantSteps are the other grants.
func grantSteps() []step {
	return []step{
		{name: "device", rows: "device", args: "token device --issuer {issuer} --client-id device -s openid -o claims"},
		{name: "login on another device", rows: "login --device", args: "login --device --issuer {issuer} --client-id device"},
		{
			name: "CIBA, by poll", rows: "ciba", key: "ciba",
			args: "token ciba --issuer {issuer} --client-id ciba --login-hint {user} -s openid -o claims --binding-message 'pay 42'",
		},
		{name: "token exchange, impersonation", rows: "exchange", key: "exchange", args: exchange},
		{name: "a token of the one who acts", key: "exchange", args: credentials + "exchange", keep: "actor"},
		{name: "token exchange, delegation", rows: "exchange", key: "exchange", args: exchange + " --actor-token-file {dir}/actor -o summary"},
		{
			name: "jwt-bearer", rows: "jwt-bearer",
			args: "token jwt-bearer --issuer {issuer} --client-id web-jwt --client-key {dir}/ES256.pem --subject {user}",
		},
		{name: "password (legacy)", rows: "password", key: "legacy", args: password + "{dir}/password"},
		{name: "implicit (legacy)", rows: "implicit", key: "legacy", args: "token implicit --issuer {issuer} --client-id legacy -s openid -o claims"},
		{
			name: "any grant by its name", rows: "custom", key: "service",
			args: "token custom --issuer {issuer} --client-id service --grant-type client_credentials --token-param scope=api:read",
		},
	}
}

// lifeSteps are what becomes of a token.
func lifeSteps() []step {
	const introspect, call = "introspect --issuer {issuer} --client-id api --token-file -", "call {issuer}/userinfo --token-file - -o json"
	return []step{
		{name: "call an API", rows: "call", args: call, stdin: "alice"},
		{
			name: "call an API that wants another login", rows: "call --step-up", stdin: "alice",
			args: "call {issuer}/api?acr_values=gold&max_age=60 --step-up --issuer {issuer} --client-id cli --token-file - -o json",
		},
		{name: "introspect", rows: "introspect", key: "api", args: introspect, stdin: "alice"},
		{name: "revoke", rows: "revoke", args: "revoke --issuer {issuer} --client-id cli --token-file -", stdin: "alice", output: never},
		{name: "introspect a revoked token", rows: "introspect", key: "api", args: introspect, stdin: "alice", exit: 4, output: always},
		{name: "call an API with it", rows: "call", args: call, stdin: "alice", exit: 3, rule: "oauth.invalid_token", output: always},
		{
			name: "logout, back by redirect", rows: "logout", key: "web", stdin: "id",
			args: "logout --issuer {issuer} --client-id web --id-token-file - -o json",
		},
	}
}
