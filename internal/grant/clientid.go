package grant

import (
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// CheckClientID says of a client ID that is the address of a metadata document whether the provider supports such: one
// that does not knows no such client, unless it is registered under that name
// (draft-ietf-oauth-client-id-metadata-document §6).
func (env *Env) CheckClientID() {
	if !oauth.IsClientURL(env.Client.ID) {
		return
	}
	const member = "client_id_metadata_document_supported"
	check := verdict.Check{Rule: "client_id.document", Spec: "draft-ietf-oauth-client-id-metadata-document §6", Status: verdict.Pass, Got: member}
	switch document := env.Provider.Document; {
	case document == nil:
		check.Status, check.Got = verdict.Skip, "no metadata say whether the provider takes a URL as client ID"
	case !document.True(member):
		check.Status = verdict.Warn
		check.Got = "the client ID " + text.URL(env.Client.ID) + " is a URL, and the provider does not say that it fetches client ID metadata documents"
		check.Hint = "where the client is not registered under that name, register one: oauthctl client register"
	}
	env.Observer.Checks(verdict.Checks{check})
}
