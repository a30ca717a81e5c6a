package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/op"
)

// run is what one command did.
type run struct {
	code           int
	stdout, stderr string
}

// play runs a command line in process, with alice at the browser. The environment holds the secret of web.
func play(t *testing.T, stdin string, args ...string) run {
	t.Helper()
	return playAs(t, webSecret, stdin, args...)
}

// playAs is play with another client's secret in the environment.
func playAs(t *testing.T, secret, stdin string, args ...string) run {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{
		In: strings.NewReader(stdin), Out: &out, Err: &errs, GOOS: "linux", Now: time.Now,
		Environ: []string{"HOME=" + t.TempDir(), "OAUTHCTL_CLIENT_SECRET=" + secret},
		Browser: func(ctx context.Context, url string) {
			go func() { _, _ = op.SignIn(ctx, url, "alice", "wonderland") }()
		},
	}
	return run{execute(t.Context(), app, args), out.String(), errs.String()}
}

const webSecret = "web-secret-for-tests-only-0123456789"

// flowOf runs what a fault of that flow disturbs: a login, and after it what is done with its tokens.
func flowOf(t *testing.T, flow, issuer string) run {
	t.Helper()
	if got, ok := signedFlow(t, flow, issuer); ok {
		return got
	}
	common := []string{"--issuer", issuer, "--timeout", "3s", "-o", "json"}
	write := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	switch flow { // those that begin without a code
	case op.FlowDevice:
		return playAs(t, "", "", append(common, "token", "device", "--client-id", "device", "--wait", "20s")...)
	case op.FlowCIBA:
		return playAs(t, strings.Replace(webSecret, "web", "ciba", 1), "", append(common, "token", "ciba", "--client-id", "ciba",
			"--login-hint", "alice", "--wait", "20s")...)
	case op.FlowAssertion:
		kid, key := op.TestClientKey("ES256")
		return playAs(t, "", "", append(common, "token", "client-credentials", "--client-id", "web-jwt",
			"--client-key", write("key.pem", key), "--client-key-id", kid)...)
	case op.FlowRegistration, op.FlowManagement:
		register := append(slices.Clone(common), "client", "register", "--name", "Example", "--redirect-uri", "http://127.0.0.1/callback",
			"--auth-method", "client_secret_basic", "-s", "openid")
		first := playAs(t, "", "", register...)
		if flow == op.FlowRegistration || first.code != 0 {
			return first
		}
		return playAs(t, "", "", "client", "update", "--registration", write("client.json", first.stdout), "--name", "Other", "-o", "json", "--timeout", "3s")
	case op.FlowCertificate, op.FlowBound:
		certificate, key := op.TestCertificate("web-tls")
		client := map[string]string{op.FlowCertificate: "web-tls", op.FlowBound: "service-tls"}[flow]
		return playAs(t, "", "", append(common, "token", "client-credentials", "--client-id", client,
			"--cert", write("cert.pem", certificate), "--key", write("key.pem", key), "--cacert", write("ca.pem", op.TestCA()))...)
	}
	login := []string{
		"token", "auth-code", "--issuer", issuer, "--client-id", "web", "-s", "openid profile offline_access",
		"--timeout", "3s", "--wait", "3s", "--max-age", "3600", "-o", "json",
	}
	_, key := op.TestClientKey("ES256")
	proving := []string{"--dpop-key", write("dpop.pem", key)}
	switch flow {
	case op.FlowPAR:
		return play(t, "", append(login, "--par", "always")...)
	case op.FlowDPoP:
		return play(t, "", slices.Concat(login, proving, []string{"--par", "always"})...)
	case op.FlowFAPI2:
		return playAs(t, "", "", append(login, underFAPI2(t)...)...)
	case op.FlowDPoPAPI:
		login = append(login, proving...)
	case op.FlowJARM:
		return play(t, "", append(login, "--response-mode", "jwt")...)
	case op.FlowDetails:
		return play(t, "", append(login, "--authorization-details",
			`[{"type":"payment_initiation","actions":["initiate","status"],"instructedAmount":{"currency":"EUR","amount":"123.50"}}]`)...)
	case op.FlowHybrid:
		return playAs(t, strings.Replace(webSecret, "web", "web-hybrid", 1), "",
			append(login, "--client-id", "web-hybrid", "--response-type", "code id_token token")...)
	case op.FlowObject:
		kid, key := op.TestClientKey("ES256")
		return playAs(t, "", "", append(login, "--client-id", "web-jwt", "--request-object",
			"--client-key", write("key.pem", key), "--client-key-id", kid)...)
	case op.FlowMessage:
		return play(t, "", append(login, "--response-mode", "web_message")...)
	}
	first := play(t, "", login...)
	if first.code != 0 || flow == op.FlowCode {
		return first
	}
	var tokens struct {
		AccessToken  string `json:"access_token"`
		RefreshToken string `json:"refresh_token"`
		IDToken      string `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(first.stdout), &tokens); err != nil {
		t.Fatal(err)
	}
	idToken := filepath.Join(t.TempDir(), "id_token")
	if err := os.WriteFile(idToken, []byte(tokens.IDToken), 0o600); err != nil {
		t.Fatal(err)
	}
	then := func(stdin, command string, flags ...string) run {
		args := append(strings.Fields(command), "--issuer", issuer, "--timeout", "3s", "-o", "json")
		return play(t, stdin, append(args, flags...)...)
	}
	switch flow {
	case op.FlowRefresh:
		return then(tokens.RefreshToken, "token refresh --client-id web --refresh-token-file -", "--id-token-file", idToken)
	case op.FlowUserInfo:
		return then(tokens.AccessToken, "userinfo --token-file -", "--id-token-file", idToken)
	case op.FlowDPoPAPI:
		return then(tokens.AccessToken, "userinfo --token-file -", proving...)
	case op.FlowStepUp:
		return play(t, tokens.AccessToken, "call", issuer+"/api?acr_values=gold&max_age=60", "--token-file", "-", "--step-up",
			"--issuer", issuer, "--client-id", "web", "--timeout", "3s", "--wait", "3s", "-o", "json")
	case op.FlowIntrospection:
		return then(tokens.AccessToken, "introspect --client-id web --token-file -")
	case op.FlowRevocation:
		return then(tokens.AccessToken, "revoke --client-id web --token-file -")
	case op.FlowLogout:
		return then(tokens.IDToken, "logout --client-id web --id-token-file - --wait 1s")
	case op.FlowExchange:
		return playAs(t, strings.Replace(webSecret, "web", "exchange", 1), tokens.AccessToken,
			append(common, "token", "exchange", "--client-id", "exchange", "--subject-token-file", "-",
				"--requested-token-type", "access_token")...)
	}
	t.Fatalf("no command for the flow %s", flow)
	return run{}
}

// refusals is how each fault that must be refused is: the exit code and the rule. A fault that is not here must be
// accepted, with a warning where its row says so.
func refusals() map[string]struct {
	exit int
	code string
} {
	return map[string]struct {
		exit int
		code string
	}{
		"cl-hybrid-athash-missing":  {4, "id_token.at_hash"},
		"cl-chash":                  {4, "id_token.c_hash"},
		"cl-chash-missing":          {4, "id_token.c_hash"},
		"cl-hybrid-differ-iss":      {4, "jwt.iss"},
		"cb-hybrid-query":           {4, "callback.response_mode"},
		"cl-shash":                  {4, "id_token.s_hash"},
		"cl-hybrid-differ":          {4, "id_token.hybrid_sub"},
		"jar-refused":               {3, "oauth.invalid_request_object"},
		"cb-jarm-aud-missing":       {4, "jwt.aud"},
		"cb-jarm-aud":               {4, "jwt.aud"},
		"cb-jarm-beside":            {4, "callback.jarm"},
		"cb-jarm-exp":               {4, "jwt.exp"},
		"cb-jarm-iss":               {4, "jwt.iss"},
		"cb-jarm-exp-missing":       {4, "jwt.exp"},
		"cb-jarm-none":              {4, "jose.alg"},
		"cb-jarm-plain":             {4, "callback.jarm"},
		"cb-jarm-dup":               {4, "callback.repeated"},
		"cb-jarm-signature":         {4, "jose.signature"},
		"cb-jarm-state-missing":     {6, "login.timeout"},
		"rar-dropped":               {4, "token.authorization_details"},
		"rar-malformed":             {4, "token.authorization_details"},
		"rar-other":                 {4, "token.authorization_details"},
		"rar-smaller":               {4, "token.authorization_details"},
		"rar-token-wider":           {4, "access_token.authorization_details"},
		"cb-code-missing":           {4, "callback.code"},
		"cb-dup-params":             {4, "callback.repeated"},
		"cb-error-ansi":             {3, "oauth.access_denied"},
		"cb-error-xss":              {3, "oauth.error"},
		"cb-iss-missing":            {4, "callback.iss"},
		"cb-mixup":                  {4, "callback.iss"},
		"cb-state-missing":          {6, "login.timeout"},
		"cb-state-suffix":           {6, "login.timeout"},
		"cb-token-in-query":         {4, "callback.token"},
		"cl-at-hash":                {4, "id_token.at_hash"},
		"cl-aud-extra":              {4, "id_token.aud"},
		"cl-aud-missing":            {4, "jwt.aud"},
		"cl-aud-substring":          {4, "jwt.aud"},
		"cl-auth-time-old":          {4, "id_token.auth_time"},
		"cl-azp-other":              {4, "id_token.azp"},
		"cl-dup-sub":                {4, "jose.payload"},
		"cl-exp-6min":               {4, "jwt.exp"},
		"cl-exp-missing":            {4, "jwt.exp"},
		"cl-exp-rfc3339":            {4, "jwt.exp"},
		"cl-exp-type":               {4, "jwt.exp"},
		"cl-iat-future":             {4, "jwt.iat"},
		"cl-iat-missing":            {4, "jwt.iat"},
		"cl-iss-missing":            {4, "jwt.iss"},
		"cl-iss-slash":              {4, "jwt.iss"},
		"cl-iss-suffix":             {4, "jwt.iss"},
		"cl-nbf-max":                {4, "jwt.nbf"},
		"cl-nonce-missing":          {4, "id_token.nonce"},
		"cl-nonce-suffix":           {4, "id_token.nonce"},
		"cl-sub-missing":            {4, "jwt.sub"},
		"disc-404-ansi":             {4, "metadata.not_found"},
		"disc-alg-none":             {4, "jose.alg"},
		"disc-authz-dash":           {4, "metadata.endpoint_url"},
		"disc-authz-fragment":       {4, "metadata.endpoint_url"},
		"disc-authz-preset":         {4, "authorization.preset"},
		"disc-authz-shell":          {4, "metadata.endpoint_url"},
		"disc-bad-utf8":             {4, "metadata.json"},
		"disc-endpoint-http":        {4, "metadata.endpoint_url"},
		"disc-endpoint-relative":    {4, "metadata.endpoint_url"},
		"disc-endpoint-userinfo":    {4, "metadata.endpoint_url"},
		"disc-html":                 {5, "network.not_oauth"},
		"disc-huge":                 {5, "network.size"},
		"disc-issuer-case":          {4, "metadata.issuer"},
		"disc-issuer-dup":           {4, "metadata.json"},
		"disc-issuer-missing":       {4, "metadata.issuer"},
		"disc-issuer-slash":         {4, "metadata.issuer"},
		"disc-issuer-wrongcase-key": {4, "metadata.issuer"},
		"disc-jwks-file":            {4, "metadata.endpoint_url"},
		"disc-no-token-endpoint":    {4, "metadata.endpoint"},
		"disc-redirect-host":        {4, "wire.redirect"},
		"disc-slow":                 {5, "network.timeout"},
		"intro-401":                 {3, "oauth.invalid_client"},
		"intro-active-missing":      {4, "introspection.active"},
		"intro-active-null":         {4, "introspection.active"},
		"intro-active-string":       {4, "introspection.active"},
		"intro-html":                {5, "network.not_oauth"},
		"jose-alg-key-case":         {4, "jose.header"},
		"jose-alt-alg":              {4, "jose.alg"},
		"jose-b64-jwt":              {4, "jose.crit"},
		"jose-crit-empty":           {4, "jose.crit"},
		"jose-crit-unknown":         {4, "jose.crit"},
		"jose-dup-alg":              {4, "jose.header"},
		"jose-embedded-jwk":         {4, "jose.signature"},
		"jose-hs-rsa":               {4, "jose.signature"},
		"jose-jku":                  {4, "jose.key"},
		"jose-none":                 {4, "jose.alg"},
		"jose-none-sig-kept":        {4, "jose.alg"},
		"jose-typ-dpop":             {4, "jwt.typ"},
		"jose-typ-logout":           {4, "jwt.typ"},
		"jwks-404":                  {5, "network.not_oauth"},
		"jwks-alg-mismatch":         {4, "jose.key"},
		"jwks-empty":                {4, "jose.key"},
		"jwks-html":                 {5, "network.not_oauth"},
		"jwks-huge":                 {5, "network.size"},
		"jwks-key-ops":              {4, "jose.key"},
		"jwks-kid-unknown":          {4, "jose.key"},
		"jwks-oct":                  {4, "jose.signature"},
		"jwks-rsa-e1":               {4, "jose.key"},
		"jwks-slow":                 {5, "network.timeout"},
		"jwks-use-enc":              {4, "jose.key"},
		"revoke-200-error":          {3, "oauth.server_error"},
		"revoke-503":                {5, "revocation.unavailable"},
		"revoke-unsupported":        {3, "oauth.unsupported_token_type"},
		"rt-idt-aud":                {4, "jwt.aud"},
		"rt-idt-iss":                {4, "jwt.iss"},
		"rt-idt-nonce":              {4, "id_token.refresh_nonce"},
		"rt-idt-sub":                {4, "id_token.refresh_sub"},
		"step-access-old":           {4, "access_token.auth_time"},
		"step-access-weaker":        {4, "access_token.acr"},
		"step-acr-missing":          {4, "id_token.acr"},
		"step-acr-twice":            {4, "resource.step_up"},
		"step-acr-weaker":           {4, "id_token.acr"},
		"step-again":                {3, "oauth.insufficient_user_authentication"},
		"step-auth-time-old":        {4, "id_token.auth_time"},
		"step-max-age-odd":          {4, "resource.step_up"},
		"step-nothing":              {4, "resource.step_up"},
		"sig-empty":                 {4, "jose.signature"},
		"sig-es-der":                {4, "jose.signature"},
		"sig-flip":                  {4, "jose.signature"},
		"sig-other-issuer":          {4, "jose.signature"},
		"sig-padding-chars":         {4, "jose.base64"},
		"sig-payload-mutate":        {4, "jose.signature"},
		"sig-psychic":               {4, "jose.signature"},
		"sig-trailing-bits":         {4, "jose.base64"},
		"tok-200-error":             {3, "oauth.invalid_code"},
		"tok-302-host":              {4, "wire.redirect"},
		"tok-307-host":              {4, "wire.redirect"},
		"tok-400-token":             {4, "token.status"},
		"tok-401-basic":             {3, "oauth.invalid_client"},
		"tok-500":                   {5, "network.not_oauth"},
		"tok-at-odd":                {4, "token.access_token"},
		"tok-dup":                   {4, "token.json"},
		"tok-error-echo":            {3, "oauth.invalid_grant"},
		"tok-error-html":            {5, "network.not_oauth"},
		"tok-error-object":          {3, "oauth.190"},
		"tok-huge":                  {5, "network.size"},
		"tok-no-at":                 {4, "token.access_token"},
		"tok-no-idt":                {4, "id_token.missing"},
		"tok-retry-timeout":         {5, "network.closed"},
		"tok-slow":                  {5, "network.timeout"},
		"tok-type-evil":             {4, "token.type"},
		"ui-html":                   {5, "network.not_oauth"},
		"ui-huge":                   {5, "network.size"},
		"ui-redirect-token":         {4, "wire.redirect"},
		"ui-slow":                   {5, "network.timeout"},
		"ui-sub":                    {4, "userinfo.sub"},
		"ui-sub-missing":            {4, "userinfo.sub"},
		"assertion-aud-token":       {3, "oauth.invalid_client"},
		"ciba-200-error":            {3, "oauth.unknown_user_id"},
		"ciba-declined":             {3, "oauth.access_denied"},
		"ciba-expired":              {6, "ciba.timeout"},
		"ciba-expires-missing":      {4, "backchannel.expires_in"},
		"ciba-id-control":           {4, "backchannel.auth_req_id"},
		"ciba-id-missing":           {4, "backchannel.auth_req_id"},
		"ciba-interval-huge":        {4, "backchannel.interval"},
		"ciba-no-poll":              {4, "metadata.delivery_modes"},
		"ciba-other-request":        {4, "id_token.auth_req_id"},
		"dev-200-error":             {3, "oauth.unauthorized_client"},
		"dev-declined":              {3, "oauth.access_denied"},
		"dev-expired":               {6, "device.timeout"},
		"dev-hang":                  {5, "network.timeout"},
		"dev-no-device-code":        {4, "device.device_code"},
		"dev-uri-script":            {4, "device.verification_uri"},
		"dev-user-code-ansi":        {4, "device.user_code"},
		"mtls-no-alias":             {4, "client_auth.tls"},
		"par-307-host":              {4, "wire.redirect"},
		"par-400":                   {3, "oauth.invalid_request"},
		"par-html":                  {5, "network.not_oauth"},
		"par-uri-expired":           {3, "oauth.invalid_request_uri"},
		"par-uri-missing":           {4, "par.request_uri"},
		"par-uri-odd":               {4, "par.request_uri"},
		"dpop-nonce-forever":        {3, "oauth.use_dpop_nonce"},
		"dpop-nonce-none":           {4, "dpop.nonce"},
		"dpop-nonce-odd":            {4, "dpop.nonce"},
		"dpop-nonce-huge":           {4, "dpop.nonce"},
		"dpop-nonce-twice":          {4, "dpop.nonce"},
		"dpop-proof":                {3, "oauth.invalid_dpop_proof"},
		"dpop-downgrade":            {4, "token.dpop_downgrade"},
		"dpop-jkt":                  {4, "access_token.cnf"},
		"dpop-cnf-missing":          {4, "access_token.cnf"},
		"dpop-cnf-string":           {4, "access_token.cnf"},
		"dpop-api-nonce-forever":    {3, "oauth.use_dpop_nonce"},
		"dpop-api-redirect":         {4, "wire.redirect"},
		"dpop-api-proof":            {3, "oauth.invalid_dpop_proof"},
		"fapi2-no-par":              {4, "fapi2.par"},
		"fapi2-no-iss":              {4, "fapi2.iss"},
		"fapi2-plain-pkce":          {4, "fapi2.pkce"},
		"fapi2-secrets":             {4, "fapi2.client_auth"},
		"fapi2-bearer":              {4, "fapi2.sender_constrained"},
		"fapi2-rs256":               {4, "fapi2.alg"},
		"fapi2-par-600":             {4, "fapi2.par_expires_in"},
		"fapi2-id-token-rs512":      {4, "jose.alg"},
		"fapi2-access-rs512":        {4, "fapi2.alg"},
		"fapi2-short-token":         {4, "fapi2.entropy"},
		"mtls-x5t":                  {4, "access_token.cnf"},
		"jwe-wrong-recipient":       {4, "jose.jwe.decrypt"},
		"jwe-rsa15":                 {4, "jose.jwe.alg"},
		"jwe-zip-bomb":              {4, "jose.jwe.zip"},
		"jwe-inner-unsigned":        {4, "jose.jwe.nested"},
		"jwe-inner-none":            {4, "jose.alg"},
		"jwe-tag":                   {4, "jose.jwe.decrypt"},
		"jwe-tag-short":             {4, "jose.jwe.decrypt"},
		"jwe-crit":                  {4, "jose.jwe.crit"},
		"jwe-epk":                   {4, "jose.jwe.header"},
		"ui-jwt-iss":                {4, "jwt.iss"},
		"ui-jwt-aud":                {4, "jwt.aud"},
		"ui-jwt-sub":                {4, "userinfo.sub"},
		"ui-jwt-none":               {4, "jose.alg"},
		"ui-jwt-signature":          {4, "jose.signature"},
		"ui-jwt-access-token":       {4, "jwt.typ"},
		"ui-jwe-recipient":          {4, "jose.jwe.decrypt"},
		"intro-jwt-plain":           {4, "introspection.signed"},
		"intro-jwt-typ":             {4, "jwt.typ"},
		"intro-jwt-iss":             {4, "jwt.iss"},
		"intro-jwt-aud":             {4, "jwt.aud"},
		"intro-jwt-empty":           {4, "introspection.claims"},
		"intro-jwt-access-token":    {4, "jwt.typ"},
		"intro-jwt-none":            {4, "jose.alg"},
		"intro-jwt-signature":       {4, "jose.signature"},
		"sig-es256":                 {4, "jose.signature"},
		"sig-hs256":                 {4, "jose.signature"},
		"cb-jarm-iss-missing":       {4, "jwt.iss"},
		"disc-issuer-other":         {4, "metadata.issuer"},
		"ciba-idt-iss":              {4, "jwt.iss"},
		"ciba-idt-iss-missing":      {4, "jwt.iss"},
		"ciba-idt-aud":              {4, "jwt.aud"},
		"ciba-idt-aud-missing":      {4, "jwt.aud"},
		"ciba-idt-aud-extra":        {4, "id_token.aud"},
		"ciba-idt-exp":              {4, "jwt.exp"},
		"ciba-idt-exp-missing":      {4, "jwt.exp"},
		"ciba-idt-none":             {4, "jose.alg"},
		"ciba-idt-signature":        {4, "jose.signature"},
		"ciba-idt-alg":              {4, "jose.alg"},
		"ciba-hint-expired":         {3, "oauth.expired_id_token_hint"},
		"ciba-hint-invalid":         {3, "oauth.invalid_id_token_hint"},
		"ciba-unknown-user":         {3, "oauth.unknown_user_id"},
		"ciba-poll-invalid":         {3, "oauth.invalid_request"},
		"wm-silent":                 {6, "login.timeout"},
		"manage-401":                {3, "oauth.invalid_token"},
		"manage-405":                {3, "oauth.invalid_request"},
		"manage-html":               {5, "network.not_oauth"},
		"manage-other-client":       {4, "registration.client_id"},
		"manage-uri-elsewhere":      {4, "registration.registration_client_uri"},
		"reg-307-host":              {4, "wire.redirect"},
		"reg-400":                   {3, "oauth.invalid_client_metadata"},
		"reg-client-id-ansi":        {4, "registration.client_id"},
		"reg-html":                  {5, "network.not_oauth"},
		"reg-no-client-id":          {4, "registration.client_id"},
		"reg-redirect-changed":      {4, "registration.redirect_uris"},
		"reg-secret-no-expiry":      {4, "registration.client_secret_expires_at"},
		"reg-uri-elsewhere":         {4, "registration.registration_client_uri"},
	}
}

// elsewhere are the faults that another test holds, and why.
func elsewhere() map[string]string {
	return map[string]string{
		"dev-slow-down-interval": "it takes half a minute; TestDevicePolling holds it where time costs nothing",
		"step-again":             "what an API answers is printed, whatever it is; step-up.txtar holds the rest",
		"wm-foreign-origin":      "who sent a message is for a browser to say: the interop suite has a real one",
		"wm-type":                "the script of the start page judges it: the interop suite has a real browser",
	}
}

// TestEveryFault runs a flow against each fault of the provider: what must be refused is, with its rule, its exit code
// and an empty stdout; what must be accepted is.
func TestEveryFault(t *testing.T) {
	t.Parallel()
	wants := refusals()
	for _, fault := range op.Faults() {
		t.Run(fault.Name, func(t *testing.T) {
			if reason := elsewhere()[fault.Name]; reason != "" {
				t.Skip(reason)
			}
			t.Parallel()
			config := op.DefaultConfig()
			config.Faults = []string{fault.Name}
			config.PollInterval, config.AutoApprove = time.Second, fault.Flow == op.FlowDevice || fault.Flow == op.FlowCIBA
			var saw witnesses
			config.Observe = saw.see
			server, err := op.Start(t.Context(), "127.0.0.1:0", config)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = server.Close() }()
			got := flowOf(t, fault.Flow, server.Issuer())
			if report := fault.Judge(saw.events(), op.Run{Exit: got.code}); report.Verdict != op.Caught {
				t.Errorf("the report card says %s: %s %q", report.Verdict, report.Reason, report.Did)
			}
			want, refused := wants[fault.Name]
			if refused != (fault.Expect == op.Reject) {
				t.Fatalf("the provider's table says %s, this test refuses: %t", fault.Expect, refused)
			}
			if fault.Name == "intro-inactive-extra" {
				want.exit = 4 // a report of bad news
			}
			if code := errorCode([]byte(got.stderr)); got.code != want.exit || code != want.code {
				t.Errorf("exit %d with code %q, want %d with %q\n%s", got.code, code, want.exit, want.code, got.stderr)
			}
			if strings.Contains(got.stderr, "the check "+want.code+" failed") {
				t.Errorf("the rule is named, and nothing says what is wrong\n%s", got.stderr)
			}
			if (got.stdout == "") != refused {
				t.Errorf("stdout has %d bytes", len(got.stdout))
			}
			if fault.Expect == op.Warn && fault.Name != "jose-at-typ" && !strings.Contains(got.stderr, "warning: ") {
				t.Errorf("no warning:\n%s", got.stderr)
			}
			if strings.ContainsAny(got.stderr, "\x1b\x07\u202e") {
				t.Errorf("hostile characters reached the terminal: %q", got.stderr)
			}
		})
	}
}

// witnesses remembers what a provider saw.
type witnesses struct {
	mu   sync.Mutex
	seen []op.Event
}

func (w *witnesses) see(e op.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, e)
}

func (w *witnesses) events() []op.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.seen)
}
