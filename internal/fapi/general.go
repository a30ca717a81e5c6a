package fapi

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// The specifications, as rules cite them.
const (
	sp = "FAPI 2.0 Security Profile §"
	ms = "FAPI 2.0 Message Signing §"
)

// general are the requirements on every conversation.
func general() []rule {
	return []rule{
		{
			id: "fapi2.tls", spec: sp + "5.2.1", from: Security, wants: "TLS with a certificate that is verified",
			chosen: chosenTLS, held: heldTLS,
		},
		{
			id: "fapi2.metadata", spec: sp + "5.3.3.1-9", from: Security,
			wants: "endpoints from the metadata of an issuer, which names itself as it was asked for", chosen: chosenMetadata,
		},
		{
			id: "fapi2.grant", spec: sp + "5.3.2.1-2", from: Security, wants: "a grant that the profile describes",
			chosen: chosenGrant, held: heldGrant,
		},
		{
			id: "fapi2.client_auth", spec: sp + "5.3.3.1-2", from: Security, wants: "client authentication by private_key_jwt or mTLS",
			chosen: chosenMethod, offered: offeredMethod, held: heldMethod,
		},
		{
			id: "fapi2.assertion_audience", spec: sp + "5.3.3.1-5", from: Security, wants: "the issuer, as one string, for aud of client assertions",
			chosen: func(c *Choices) *clash {
				if c.AssertionAudience != "" && c.AssertionAudience != oauth.AudienceIssuer && c.AssertionAudience != c.Issuer {
					return &clash{flag: "--assertion-audience", got: c.AssertionAudience}
				}
				return nil
			},
		},
		{
			id: "fapi2.sender_constrained", spec: sp + "5.3.3.1-1", from: Security, wants: "access tokens bound to a key, by DPoP or mTLS",
			chosen: chosenBinding, offered: offeredBinding, held: heldBinding,
		},
		{
			id: "fapi2.clock", spec: sp + "5.3.2.1-13", from: Security, wants: "a leeway of 10 s to 60 s",
			chosen: func(c *Choices) *clash {
				if c.Leeway != nil && (*c.Leeway < 10*time.Second || *c.Leeway > time.Minute) {
					return &clash{flag: "--leeway", got: c.Leeway.String()}
				}
				return nil
			},
		},
		{
			id: "fapi2.refresh_rotation", spec: sp + "5.3.2.1-9", from: Security, wants: "a refresh token that stays, but in extraordinary circumstances",
			held: func(c *Choices, o *Outcome) (verdict.Status, string) {
				switch {
				case c.Grant != grantRefresh:
					return "", ""
				case o.Rotated:
					return verdict.Warn, "the refresh token was replaced"
				}
				return verdict.Pass, "it stays"
			},
		},
	}
}

func chosenTLS(c *Choices) *clash {
	switch {
	case c.AnyTLS:
		return &clash{flag: "--insecure", hint: "trust the right authority instead: --cacert FILE"}
	case c.PlainHTTP:
		return &clash{flag: "--allow-http"}
	}
	return nil
}

func heldTLS(_ *Choices, o *Outcome) (verdict.Status, string) {
	if o.Plain != "" {
		return verdict.Skip, o.Plain + " is on this machine and has no TLS: good for testing only"
	}
	return verdict.Pass, "TLS 1.2 or later; of TLS 1.2 the cipher suites that BCP 195 recommends"
}

func chosenMetadata(c *Choices) *clash {
	switch {
	case len(c.Endpoints) > 0:
		return &clash{flag: "--endpoint", got: strings.Join(c.Endpoints, ", ")}
	case c.ExpectIssuer != "" && c.ExpectIssuer != c.Issuer:
		return &clash{flag: "--expect-issuer", got: c.ExpectIssuer}
	case c.Discovers && c.Issuer == "":
		return &clash{flag: "no --issuer", hint: "--issuer URL"}
	}
	return nil
}

const (
	grantCode        = "authorization_code"
	grantCredentials = "client_credentials"
	grantRefresh     = "refresh_token"
)

func chosenGrant(c *Choices) *clash {
	if c.Grant == "password" || c.Grant == "implicit" {
		return &clash{flag: "the grant " + c.Grant, hint: "oauthctl login; --fapi2=none turns the profile off"}
	}
	return nil
}

// heldGrant lets other grants through: the general requirements are meant for any (§5.3.2.1 Note 2).
func heldGrant(c *Choices, o *Outcome) (verdict.Status, string) {
	switch {
	case !o.Response:
		return "", ""
	case slices.Contains([]string{grantCode, grantCredentials, grantRefresh, oauth.GrantCIBA}, c.Grant):
		return verdict.Pass, c.Grant
	}
	return verdict.Warn, c.Grant + ", of which the profile says nothing; its general requirements were checked (Note 2)"
}

// chosenMethod takes a key before a secret: which of the two a profile was made for is clear.
func chosenMethod(c *Choices) *clash {
	const hint = "--client-key FILE, or --cert FILE --key FILE; --auth-method says which"
	switch {
	case !c.Client:
		return nil
	case c.AuthMethod != "" && !allowedMethod(c.AuthMethod):
		return &clash{flag: "--auth-method", got: c.AuthMethod, hint: hint}
	case c.AuthMethod != "":
		return nil
	case c.Key.Given:
		c.AuthMethod = oauth.AuthPrivateKeyJWT
		return nil
	case c.Secret:
		return &clash{flag: "a client secret", got: "a client secret and no key", hint: hint}
	case !c.Certificate.Given:
		return &clash{flag: "no client authentication", got: "a client without a key", hint: hint}
	}
	return nil
}

func allowedMethod(name string) bool {
	return slices.Contains([]string{oauth.AuthPrivateKeyJWT, oauth.AuthTLS, oauth.AuthSelfSignedTLS}, name)
}

func offeredMethod(c *Choices, p *metadata.Provider) *lack {
	if !c.Client {
		return nil
	}
	const member = "token_endpoint_auth_methods_supported"
	listed := p.AuthMethods("token")
	wanted := []string{c.AuthMethod}
	if c.AuthMethod == "" {
		wanted = []string{oauth.AuthTLS, oauth.AuthSelfSignedTLS}
	}
	if slices.ContainsFunc(wanted, func(m string) bool { return slices.Contains(listed, m) }) {
		return nil
	}
	return &lack{member: member, want: strings.Join(wanted, " or "), got: orNothing(listed)}
}

func heldMethod(_ *Choices, o *Outcome) (verdict.Status, string) {
	switch {
	case o.AuthMethod == "":
		return "", ""
	case allowedMethod(o.AuthMethod):
		return verdict.Pass, o.AuthMethod
	}
	return verdict.Fail, o.AuthMethod
}

func chosenBinding(c *Choices) *clash {
	const hint = "--dpop-key FILE, or --cert FILE --key FILE: the key that the token is bound to"
	switch {
	case c.DPoPOptional:
		return &clash{flag: "--dpop-optional"}
	case c.Presents && c.DPoP == "" && !c.Certificate.Given:
		return &clash{flag: "a bearer token", got: "neither a DPoP key nor a certificate", hint: hint}
	case c.Grant != "" && c.DPoP == off && !c.Certificate.Given:
		return &clash{flag: "--dpop=none", got: "no certificate either", hint: "leave it out, or give --cert FILE --key FILE"}
	}
	return nil
}

// How a choice with an optional value is turned off, and on without a value.
const (
	off = "none"
	on  = "auto"
)

// offeredBinding takes the certificate where there is one and the provider binds tokens to it, else DPoP.
func offeredBinding(c *Choices, p *metadata.Provider) *lack {
	const dpop, mtls = "dpop_signing_alg_values_supported", "tls_client_certificate_bound_access_tokens"
	byMTLS := c.Certificate.Given && p.Document != nil && p.Document.True(mtls)
	switch {
	case c.Grant == "":
		return nil
	case c.DPoP == off && !byMTLS:
		return &lack{member: mtls, want: "true", got: "false, and DPoP was turned off", hint: "leave --dpop=none out"}
	case byMTLS && (c.DPoP == "" || c.DPoP == off):
		c.BoundByCertificate = true
		return nil
	}
	listed, wanted := p.List(dpop), jose.Algorithms{jose.ES256, jose.Ed25519, jose.PS256} // whose keys are made fastest, first
	if c.DPoP != "" {
		wanted = jose.Algorithms{jose.Algorithm(c.DPoP)}
	}
	for _, alg := range wanted {
		if i := slices.IndexFunc(listed, func(name string) bool { return alg.Equal(jose.Algorithm(name)) }); i >= 0 {
			c.DPoP = listed[i]
			return nil
		}
	}
	return &lack{member: dpop, want: cmp.Or(c.DPoP, Algorithms().String()), got: orNothing(listed)}
}

func heldBinding(c *Choices, o *Outcome) (verdict.Status, string) {
	switch {
	case !o.Response || o.AccessToken.IsZero():
		return "", ""
	case o.Bound == ByDPoP:
		return verdict.Pass, "by DPoP"
	case o.Bound == ByCertificate:
		return verdict.Pass, "by the client certificate"
	case o.Opaque && c.BoundByCertificate:
		return verdict.Skip, "an opaque token: the provider alone knows to which certificate it is bound; oauthctl introspect asks"
	}
	return verdict.Fail, "an access token that anybody can use who has it"
}

func orNothing(list []string) string { return cmp.Or(strings.Join(list, ", "), "nothing") }

func seconds(d time.Duration) string { return strconv.Itoa(int(d/time.Second)) + " s" }
