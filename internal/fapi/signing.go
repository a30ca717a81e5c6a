package fapi

import (
	"slices"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// signing are the requirements that Message Signing adds.
func signing() []rule {
	return []rule{
		{
			id: "fapi2.request_object", spec: ms + "5.3.2-1", from: MessageSigning, wants: "all parameters in a signed request object, pushed",
			chosen: chosenObject,
		},
		{
			id: "fapi2.jarm", spec: ms + "5.4.2-1", from: MessageSigning, wants: "a signed authorization response, by response_mode=jwt",
			chosen: inBrowser(chosenJARM), offered: offeredJARM, held: heldJARM,
		},
		{
			id: "fapi2.introspection", spec: ms + "5.5.2-1", from: MessageSigning, wants: "a signed introspection response",
			chosen: chosenIntrospection, offered: offeredIntrospection, held: heldIntrospection,
		},
	}
}

func chosenObject(c *Choices) *clash {
	a := c.Authorization
	switch {
	case a == nil:
		return nil
	case a.RequestObject == off:
		return &clash{flag: "--request-object", got: off}
	case !c.Key.Given:
		return &clash{flag: "no --client-key", got: "nothing to sign request objects with", hint: "--client-key FILE; make one: oauthctl key generate"}
	case a.RequestObject == "":
		a.RequestObject = on
	}
	return nil
}

func chosenJARM(a *Authorization) *clash {
	if a.ResponseMode == "" {
		a.ResponseMode = "jwt"
	}
	if !jwtMode(a.ResponseMode) {
		return &clash{flag: "--response-mode", got: a.ResponseMode, hint: "--response-mode jwt, query.jwt, fragment.jwt or form_post.jwt"}
	}
	return nil
}

func offeredJARM(c *Choices, p *metadata.Provider) *lack {
	if c.Authorization == nil {
		return nil
	}
	mode, listed := c.Authorization.ResponseMode, p.List("response_modes_supported")
	if slices.Contains(listed, mode) {
		return nil
	}
	return &lack{member: "response_modes_supported", want: mode, got: orNothing(listed)}
}

func heldJARM(_ *Choices, o *Outcome) (verdict.Status, string) {
	switch {
	case !o.Answered:
		return "", ""
	case o.Signed != "":
		return verdict.Pass, string(o.Signed)
	}
	return verdict.Fail, "a plain response"
}

func chosenIntrospection(c *Choices) *clash {
	c.SignedAnswer = c.SignedAnswer || c.Introspects
	return nil
}

func offeredIntrospection(c *Choices, p *metadata.Provider) *lack {
	const member = "introspection_signing_alg_values_supported"
	listed := p.List(member)
	if !c.Introspects || slices.ContainsFunc(listed, func(alg string) bool { return Algorithms().Allows(jose.Algorithm(alg)) }) {
		return nil
	}
	return &lack{member: member, want: Algorithms().String(), got: orNothing(listed)}
}

func heldIntrospection(_ *Choices, o *Outcome) (verdict.Status, string) {
	switch {
	case !o.Introspected:
		return "", ""
	case o.IntrospectionAlg != "":
		return verdict.Pass, string(o.IntrospectionAlg)
	}
	return verdict.Fail, "plain JSON"
}
