package oauth

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

func TestChoose(t *testing.T) {
	s := secret.New("hush")
	both := []string{AuthPost, AuthBasic}
	key := keyed(t, jose.ES256)
	all := []string{AuthBasic, AuthPrivateKeyJWT, AuthTLS, AuthSelfSignedTLS}
	const listed = "the provider lists basic, private_key_jwt, tls_client_auth and self_signed_tls_client_auth"
	for name, test := range map[string]struct {
		credentials    Credentials
		supported      []string
		method, reason string
	}{
		"secret":               {Credentials{Secret: s}, []string{AuthBasic, AuthPost}, AuthBasic, "client_secret_basic: a secret was given; the provider lists basic and post"},
		"order is no wish":     {Credentials{Secret: s}, both, AuthBasic, "client_secret_basic: a secret was given; the provider lists post and basic"},
		"only post":            {Credentials{Secret: s}, []string{AuthPost}, AuthPost, "client_secret_post: a secret was given; the provider lists post"},
		"neither":              {Credentials{Secret: s}, []string{"private_key_jwt"}, AuthBasic, "client_secret_basic: a secret was given; the provider lists private_key_jwt"},
		"nothing known":        {Credentials{Secret: s}, nil, AuthBasic, "client_secret_basic: a secret was given; the provider lists no methods"},
		"public":               {Credentials{}, both, AuthNone, "none: no secret was given; the provider lists post and basic"},
		"asked for":            {Credentials{Secret: s, Method: AuthPost}, []string{AuthBasic}, AuthPost, "client_secret_post: asked for; the provider lists basic"},
		"none, with secret":    {Credentials{Secret: s, Method: AuthNone}, nil, AuthNone, "none: asked for; the secret is not sent; the provider lists no methods"},
		"a secret and a key":   {Credentials{Secret: s, Signer: key, Certificate: true}, all, AuthBasic, "client_secret_basic: a secret was given; " + listed},
		"a key":                {Credentials{Signer: key, Certificate: true}, all, AuthPrivateKeyJWT, "private_key_jwt: a client key was given; " + listed},
		"a key, not listed":    {Credentials{Signer: key}, both, AuthPrivateKeyJWT, "private_key_jwt: a client key was given; the provider lists post and basic"},
		"a certificate":        {Credentials{Certificate: true}, all, AuthTLS, "tls_client_auth: a client certificate was given; " + listed},
		"only self-signed":     {Credentials{Certificate: true}, all[3:], AuthSelfSignedTLS, "self_signed_tls_client_auth: a client certificate was given; the provider lists self_signed_tls_client_auth"},
		"a certificate, alone": {Credentials{Certificate: true}, nil, AuthTLS, "tls_client_auth: a client certificate was given; the provider lists no methods"},
		"asked for JWT":        {Credentials{Secret: s, Method: AuthSecretJWT}, nil, AuthSecretJWT, "client_secret_jwt: asked for; the provider lists no methods"},
		"asked for a key":      {Credentials{Secret: s, Signer: key, Method: AuthPrivateKeyJWT}, nil, AuthPrivateKeyJWT, "private_key_jwt: asked for; the provider lists no methods"},
		"asked for TLS":        {Credentials{Certificate: true, Method: AuthSelfSignedTLS}, nil, AuthSelfSignedTLS, "self_signed_tls_client_auth: asked for; the provider lists no methods"},
		"hostile list":         {Credentials{}, []string{"\x1b[31m"}, AuthNone, `none: no secret was given; the provider lists \x1b[31m`},
	} {
		t.Run(name, func(t *testing.T) {
			method, reason, err := test.credentials.Choose(test.supported)
			equal(t, "choice", []any{test.method, test.reason, error(nil)}, []any{method, reason, err})
		})
	}
	for hint, credentials := range map[string]Credentials{
		"--client-secret-file FILE, or --auth-method none for a public client":  {Method: AuthPost},
		"--client-secret-file FILE, or --auth-method none for a public client ": {Method: AuthSecretJWT, Signer: key},
		"--client-key FILE; make one: oauthctl key generate":                    {Method: AuthPrivateKeyJWT, Secret: s},
		"--cert FILE --key FILE":            {Method: AuthTLS, Secret: s},
		"--cert FILE --key FILE ":           {Method: AuthSelfSignedTLS, Signer: key},
		"--auth-method client_secret_basic": {Method: "client_secret_basci"},
		"--auth-method private_key_jwt":     {Method: "private_key_jtw"},
		"--auth-method takes none, client_secret_basic, client_secret_post, client_secret_jwt, private_key_jwt, " +
			"tls_client_auth, self_signed_tls_client_auth": {Method: "x"},
	} {
		_, _, err := credentials.Choose(nil)
		equal(t, "error", outcome{Kind: problem.Usage, Code: "usage.auth_method"}, outcomeOf(t, err))
		equal(t, "hint", strings.TrimSpace(hint), problem.As(err).Hint)
	}
}

func TestApply(t *testing.T) {
	for name, test := range map[string]struct {
		credentials Credentials
		method      string
		form        url.Values
		header      http.Header
	}{
		"none":            {Credentials{ID: "web", Secret: secret.New("x")}, AuthNone, url.Values{"client_id": {"web"}}, http.Header{}},
		"post":            {Credentials{ID: "web", Secret: secret.New("p+")}, AuthPost, url.Values{"client_id": {"web"}, "client_secret": {"p+"}}, http.Header{}},
		"TLS":             {Credentials{ID: "web", Certificate: true}, AuthTLS, url.Values{"client_id": {"web"}}, http.Header{}},
		"self-signed TLS": {Credentials{ID: "web", Secret: secret.New("x"), Certificate: true}, AuthSelfSignedTLS, url.Values{"client_id": {"web"}}, http.Header{}},
		// s6BhdRkqt3:7Fjfp0ZBr1KtDRbnfVdmIw
		"RFC 6749 §2.3.1": {
			Credentials{ID: "s6BhdRkqt3", Secret: secret.New("7Fjfp0ZBr1KtDRbnfVdmIw")},
			AuthBasic,
			url.Values{},
			http.Header{"Authorization": {"Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3"}},
		},
		// we%3Ab:a%2Bb+%C3%A9
		"form-encoded": {
			Credentials{ID: "we:b", Secret: secret.New("a+b é")},
			AuthBasic,
			url.Values{},
			http.Header{"Authorization": {"Basic d2UlM0FiOmElMkJiKyVDMyVBOQ=="}},
		},
		// web:a+b:%
		"raw": {
			Credentials{ID: "web", Secret: secret.New("a+b:%"), BasicEncoding: BasicRaw},
			AuthBasic,
			url.Values{},
			http.Header{"Authorization": {"Basic d2ViOmErYjol"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			form, header := url.Values{}, http.Header{}
			if err := test.credentials.Apply(test.method, Target{}, form, header); err != nil {
				t.Fatal(err)
			}
			equal(t, "form", test.form, form)
			equal(t, "header", test.header, header)
		})
	}
}

func TestApplyRefused(t *testing.T) {
	for name, test := range map[string]struct {
		credentials Credentials
		method      string
		form        url.Values
		code        string
	}{
		"no ID":             {Credentials{}, AuthNone, url.Values{}, "usage.client_id"},
		"a second secret":   {Credentials{ID: "x"}, AuthBasic, url.Values{"client_secret": {"y"}}, "usage.param"},
		"another ID":        {Credentials{ID: "x"}, AuthNone, url.Values{"client_id": {"y"}}, "usage.param"},
		"an ID twice":       {Credentials{ID: "x"}, AuthNone, url.Values{"client_id": {"x", "x"}}, "usage.param"},
		"an assertion":      {Credentials{ID: "x"}, AuthNone, url.Values{"client_assertion": {"y"}}, "usage.param"},
		"no key":            {Credentials{ID: "x"}, AuthPrivateKeyJWT, url.Values{}, "usage.auth_method"},
		"nothing for Basic": {Credentials{ID: "x"}, AuthBasic, url.Values{}, "usage.auth_method"},
		"no secret":         {Credentials{ID: "x"}, AuthSecretJWT, url.Values{}, "usage.auth_method"},
		"no certificate":    {Credentials{ID: "x"}, AuthTLS, url.Values{}, "usage.auth_method"},
		"colon in raw":      {Credentials{ID: "x:y", Secret: secret.New("s"), BasicEncoding: BasicRaw}, AuthBasic, url.Values{}, "usage.basic_encoding"},
		"unknown encoding":  {Credentials{ID: "x", Secret: secret.New("s"), BasicEncoding: "hex"}, AuthBasic, url.Values{}, "usage.basic_encoding"},
		"unknown method":    {Credentials{ID: "x"}, "magic", url.Values{}, "usage.auth_method"},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			err := test.credentials.Apply(test.method, Target{}, test.form, header)
			equal(t, "error", outcome{Kind: problem.Usage, Code: test.code}, outcomeOf(t, err))
			equal(t, "header", http.Header{}, header)
		})
	}
}

// A pushed request names the client itself, whatever authenticates it (RFC 9126 §2.1).
func TestApplyBesideClientID(t *testing.T) {
	form, header := url.Values{"client_id": {"web"}, "state": {"S"}}, http.Header{}
	c := Credentials{ID: "web", Secret: secret.New("hush")}
	if err := c.Apply(AuthBasic, Target{}, form, header); err != nil {
		t.Fatal(err)
	}
	equal(t, "form", url.Values{"client_id": {"web"}, "state": {"S"}}, form)
	equal(t, "header", http.Header{"Authorization": {"Basic d2ViOmh1c2g="}}, header)
}

func TestBasicNeedsASecret(t *testing.T) {
	for _, method := range []string{AuthBasic, AuthPost, AuthSecretJWT} {
		_, _, err := Credentials{ID: "web", Method: method}.Choose(nil)
		if p := problem.As(err); p.Kind != problem.Usage || p.Code != "usage.auth_method" {
			t.Errorf("%s: %v", method, err)
		}
	}
}
