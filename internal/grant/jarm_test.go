package grant

import (
	"encoding/base64"
	"errors"
	"testing"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
)

// TestTokensInTheAddress: tokens may come in the address only where nobody else can read them (JARM §2.3.1).
func TestTokensInTheAddress(t *testing.T) {
	part := base64.RawURLEncoding.EncodeToString
	answer := "response=" + part([]byte(`{"alg":"RS256"}`)) + "." + part([]byte(`{"state":"ours","code":"c","id_token":"t"}`)) + "." + part([]byte("signed"))
	v := &visit{
		Authorization: &Authorization{responseMode: "query.jwt"}, env: &Env{Trust: Trust{Decryption: jose.Decryption{Keys: make([]*jose.DecryptionKey, 1)}}},
		pending: oauth.Pending{State: "ours"},
	}
	v.request.ResponseType = "code id_token"
	v.env.Scopes = []string{"openid"}
	if err := v.demand(); err != nil {
		t.Error(err)
	}
	_, err := v.read(t.Context(), answer, "query")
	if p, ok := errors.AsType[*problem.Error](err); !ok || p.Code != "callback.jarm" || p.Spec != "JARM §2.3.1" {
		t.Error(err)
	}
	v.env.Trust.Decryption.Keys = nil
	if err := v.demand(); problem.As(err).Code != "usage.response_mode" {
		t.Error(err)
	}
}
