package cmd

// premise is what a reader has, or has done, before samples that begin alike; or why these samples are not run.
type premise struct {
	sample, before, not string

	aside bool // it waits, and leaves nothing behind: the next are typed meanwhile
}

// samplesProfiles are the reader's profiles, and keyedProfiles those of a client with a key.
const (
	samplesProfiles = `profiles:
  job: {issuer: ISSUER, client_id: service, client_secret: {file: HOME/secret}}
  gateway: {issuer: ISSUER, client_id: exchange, client_secret: {file: HOME/secret}}
  api: {issuer: ISSUER, client_id: exchange, client_secret: {file: HOME/secret}}
  bank: {issuer: ISSUER, client_id: ciba, client_secret: {file: HOME/secret}}
  app: {issuer: ISSUER, client_id: web-hybrid, client_secret: {file: HOME/secret}}
  legacy: {issuer: ISSUER, client_id: legacy, client_secret: {file: HOME/secret}}
  web: {issuer: ISSUER, client_id: web-encrypted, client_secret: {file: HOME/secret}}
  staging: {issuer: ISSUER, client_id: cli, scope: [openid]}
  tv: {issuer: ISSUER, client_id: device}
`
	keyedProfiles = `profiles:
  job: {issuer: ISSUER, client_id: web-jwt}
  bank: {issuer: ISSUER, client_id: web-jwt}
`
)

// signIn is how a reader got a token before; more flags follow.
const signIn = "oauthctl token auth-code --issuer " + addressOf + " --client-id "

// What readers have: keys in the place of those that a provider would be told of, and the profile of a client with a key.
const (
	serviceToken = "oauthctl token client-credentials -p job > token"
	clientKey    = "export OAUTHCTL_CONFIG=keyed.yaml; cp keys/web-jwt-p256.jwk client.jwk"
	clientPair   = "export OAUTHCTL_CONFIG=keyed.yaml OAUTHCTL_CLIENT_ID=web-tls OAUTHCTL_CACERT=keys/ca.pem; cp keys/web-tls.pem client.pem; cp keys/web-tls.pem client.key"
	encrypted    = "cp keys/decryption-ECDH-ES.pem decryption.jwk; oauthctl token auth-code -p web --decryption-key decryption.jwk -s openid -o id-token > id_token"
	somebody     = signIn + "cli -s 'openid api:read' > user; oauthctl token client-credentials -p gateway > service; cp user user.token; cp service service.token"
)

func readmePremises() []premise {
	return []premise{
		{sample: "go run ./cmd/oauthctl demo", not: "it takes seconds: .ci/run runs it, and TestReadmeDemo holds the lines to its steps"},
		{sample: "go test ./...", not: "that is what runs this"},
		{sample: "CGO_ENABLED=0 go install", not: "it builds the program, as every test does"},
		{sample: "oauthctl token client-credentials --issuer " + addressOf + " --client-id service --client-secret-file bad", before: "printf not-the-secret > bad"},
		{sample: "oauthctl token client-credentials -o header", before: "oauthctl profile use job"},
	}
}

func recipesPremises() []premise {
	const at = " --issuer " + addressOf
	return []premise{
		{sample: "oauthctl token device", aside: true},
		{sample: "oauthctl token ciba", before: "cp secret ciba-secret", aside: true},
		{sample: "oauthctl token refresh", before: signIn + "cli -s 'openid offline_access' -o refresh-token > rt"},
		{sample: "oauthctl userinfo" + at + " --token-file", before: signIn + "cli -s openid > token; " + signIn + "cli -s openid -o id-token > id_token"},
		{sample: "oauthctl token exchange", before: somebody},
		{sample: "oauthctl token custom", not: "a grant of the reader's own provider"},
		{sample: "oauthctl token client-credentials -p job --client-key client.jwk", before: clientKey},
		{sample: "oauthctl token client-credentials -p job --client-key-command", not: "a key service of the reader's own"},
		{sample: "oauthctl token client-credentials -p job --cert", before: clientPair},
		{sample: "oauthctl client metadata https://", not: "a document on the reader's own site"},
		{sample: "oauthctl login -p bank", before: clientKey},
		{sample: "oauthctl token auth-code -p bank --authorization-details @payment.json -o", before: clientKey + "; export OAUTHCTL_CLIENT_KEY=client.jwk"},
		{sample: "oauthctl token auth-code -p bank", before: clientKey + "; export OAUTHCTL_CLIENT_KEY=client.jwk OAUTHCTL_ISSUER=https://less.example.com"},
		{sample: "oauthctl jwt verify --issuer https://id.example.com --audience https://api.example.com - ", before: serviceToken + "; cat token token token > tokens.txt"},
		{sample: "oauthctl jwt verify --issuer https://id.example.com --audience https://api.example.com --summary", before: "printf 'no.token.\neyJhbGciOiJub25lIn0.e30.\n' >> tokens.txt"},
		{sample: "oauthctl token auth-code -p web", before: encrypted},
		{sample: "oauthctl revoke", before: serviceToken + "; cp secret web-secret"},
		{sample: "oauthctl logout", before: signIn + "web --client-secret-file secret -s openid -o id-token > id_token"},
		{sample: "oauthctl call --token-file token \"" + addressOf, before: signIn + "cli -s 'openid api:read' > token"},
		{sample: "oauthctl userinfo" + at + " --client-id web-encrypted", before: signIn + "web-encrypted --client-secret-file secret -s openid --decryption-key $K > token"},
		{sample: "oauthctl jwt verify" + at, before: "printf %s $(oauthctl token client-credentials -p job) > token.jwt"},
		{sample: "oauthctl test client", not: "it takes a minute"},
		{sample: "oauthctl login --provider", not: "a real provider"},
	}
}

func examplePremises() []premise {
	const (
		id           = " --issuer https://id.example.com"
		confidential = "export OAUTHCTL_CLIENT_ID=web OAUTHCTL_CLIENT_SECRET=$(cat secret) OAUTHCTL_ISSUER=" + addressOf
		anyone       = signIn + "cli -s 'openid api:read' > token"
		refresh      = signIn + `cli -s 'openid offline_access' -o json > both; sed 's/.*"refresh_token":"//; s/".*//' both > rt; sed 's/.*"id_token":"//; s/".*//' both > idt`
	)
	return []premise{
		{sample: "oauthctl demo", not: "it takes seconds: .ci/run runs it"},
		{sample: "oauthctl jwt verify" + id + " --audience", before: serviceToken + "; cp token token.jwt"},
		{sample: "oauthctl call --token-file token --dpop-key", before: "oauthctl key generate --output-file dpop.jwk; " + signIn + "cli-dpop -s api:read --dpop-key dpop.jwk > token"},
		{sample: "oauthctl call --token-file token -X", before: anyone + "; cp token photo.png"},
		{sample: "oauthctl call", before: anyone},
		{sample: "oauthctl client metadata --client-id https://app.example.com/oauth-client --client-key", before: "cp keys/web-jwt-p256.jwk client.jwk"},
		{sample: "oauthctl client metadata https://", not: "a document on the reader's own site"},
		{sample: "oauthctl client read --registration-client-uri", not: "the address of a client that nobody registered"},
		{sample: "oauthctl client update --registration client.json --name", before: "oauthctl client register -p staging --name Example --redirect-uri http://127.0.0.1/callback --output-file client.json"},
		{sample: "oauthctl completion bash >", not: "a folder of the system"},
		{sample: "oauthctl discover https://id.example.com/realms/main", before: "jq() { cat; }"},
		{sample: "oauthctl introspect" + id, before: serviceToken},
		{sample: "oauthctl token refresh -p staging --refresh-token-file rt |", before: confidential + "; oauthctl token auth-code -s 'openid offline_access' -o refresh-token > rt"},
		{sample: "oauthctl token refresh", before: refresh},
		{sample: "oauthctl introspect -p staging", before: confidential + "; export OAUTHCTL_CLIENT_ID=web-encrypted; cp keys/decryption-ECDH-ES.pem key.jwk; oauthctl token auth-code -s openid --decryption-key key.jwk > token"},
		{sample: "pbpaste", before: "pbpaste() { cat token.jwt; }"},
		{sample: "oauthctl jwt decode --decryption-key", before: encrypted},
		{sample: "oauthctl jwt verify" + id + " --client-id", before: signIn + "cli -s openid -o id-token > id_token"},
		{sample: "oauthctl jwt verify --jwks", before: "oauthctl jwks -p staging -o json > keys.json"},
		{sample: "oauthctl jwt verify" + id + " --summary", before: "cp token.jwt tokens.txt"},
		{sample: "oauthctl key generate", before: "rm -f client.jwk decryption.jwk"},
		{sample: "oauthctl key thumbprint client.jwk", before: "cp keys/web-jwt-p256.jwk client.jwk"},
		{sample: "oauthctl key thumbprint server.crt", before: "cp keys/ca.pem server.crt"},
		{sample: "oauthctl login -p mobile", not: "a person pastes an address"},
		{sample: "oauthctl token auth-code -p mobile", not: "a person pastes an address"},
		{sample: "oauthctl login --fapi2", before: "cp keys/web-jwt-p256.jwk app.jwk"},
		{sample: "oauthctl logout", before: refresh},
		{sample: "oauthctl profile show", before: "oauthctl profile use job"},
		{sample: "oauthctl profile validate --config", before: "cp oauthctl/config.yaml ci.yaml"},
		{sample: "oauthctl revoke" + id, before: refresh},
		{sample: "oauthctl revoke -p", before: anyone},
		{sample: "oauthctl serve --provider-config", before: "oauthctl serve --help | sed -n '/^  lifetimes/,/^$/p' > provider.yaml"},
		{sample: "oauthctl test client --fault", not: "it waits for a client"},
		{sample: "oauthctl test client", not: "it takes a minute, or a client of the reader's own"},
		{sample: "oauthctl token ciba -p bank --id-token-hint-file", before: "oauthctl token ciba -p bank --login-hint alice -s openid -o id-token > id.token", aside: true},
		{sample: "oauthctl token ciba", aside: true},
		{sample: "oauthctl token device", aside: true},
		{sample: "oauthctl token custom", not: "a grant of the reader's own provider"},
		{sample: "oauthctl token exchange", before: somebody},
		{sample: "oauthctl token jwt-bearer -p job --assertion-file", not: "an assertion that somebody else signed"},
		{sample: "oauthctl token jwt-bearer -p job --client-key", before: clientKey + "; cp client.jwk key.jwk"},
		{sample: "oauthctl userinfo" + id, before: anyone + "; " + signIn + "cli -s openid -o id-token > id_token"},
		{sample: "oauthctl userinfo -p staging", before: anyone + "; " + signIn + "cli -s openid -o id-token > id_token"},
	}
}
