package fapi

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/verdict"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// maxPushed bounds how long the reference to a pushed request may be good for, itself excluded (§5.3.2.2-12).
const maxPushed = 600 * time.Second

// authorization are the requirements on a flow through the browser.
func authorization() []rule {
	return []rule{
		{
			id: "fapi2.response_type", spec: sp + "5.3.2.2-1", from: Security, wants: "response_type=code",
			chosen: inBrowser(chosenType), offered: offeredType,
		},
		{
			id: "fapi2.par", spec: sp + "5.3.3.2-2", from: Security, wants: "a pushed authorization request",
			chosen: inBrowser(chosenPAR), offered: offeredPAR, held: heldPAR,
		},
		{
			id: "fapi2.par_expires_in", spec: sp + "5.3.2.2-12", from: Security, wants: "expires_in below 600 s for a request_uri",
			held: heldExpiry,
		},
		{
			id: "fapi2.pkce", spec: sp + "5.3.3.2-3", from: Security, wants: "PKCE with S256",
			chosen: inBrowser(chosenPKCE), offered: offeredPKCE,
		},
		{
			id: "fapi2.redirect_uri", spec: sp + "5.3.2.2-8", from: Security, wants: "a redirect URI without http, but on loopback",
			chosen: inBrowser(chosenRedirect),
		},
		{
			id: "fapi2.iss", spec: sp + "5.3.3.2-5", from: Security, wants: "iss in the authorization response",
			offered: offeredIss, held: heldIss,
		},
	}
}

func chosenType(a *Authorization) *clash {
	if a.ResponseType == "" || a.ResponseType == "code" {
		return nil
	}
	return &clash{flag: "--response-type", got: a.ResponseType}
}

// offeredType lets metadata without a list pass: it says nothing.
func offeredType(c *Choices, p *metadata.Provider) *lack {
	const member = "response_types_supported"
	listed := p.List(member)
	if c.Authorization == nil || listed == nil || slices.Contains(listed, "code") {
		return nil
	}
	return &lack{member: member, want: "code", got: orNothing(listed)}
}

func chosenPAR(a *Authorization) *clash {
	if a.PAR == "never" {
		return &clash{flag: "--par", got: a.PAR}
	}
	a.PAR = "always"
	return nil
}

func offeredPAR(c *Choices, p *metadata.Provider) *lack {
	if c.Authorization == nil || p.Has("par") {
		return nil
	}
	return &lack{member: "pushed_authorization_request_endpoint", want: "an address", got: "nothing"}
}

func heldPAR(_ *Choices, o *Outcome) (verdict.Status, string) {
	switch {
	case !o.Answered:
		return "", ""
	case o.Pushed > 0:
		return verdict.Pass, ""
	}
	return verdict.Fail, "a request that was not pushed"
}

func heldExpiry(_ *Choices, o *Outcome) (verdict.Status, string) {
	switch {
	case o.Pushed == 0:
		return "", ""
	case o.Pushed < maxPushed:
		return verdict.Pass, seconds(o.Pushed)
	}
	return verdict.Fail, seconds(o.Pushed)
}

func chosenPKCE(a *Authorization) *clash {
	if a.PKCE == "" || a.PKCE == oauth.PKCES256 {
		return nil
	}
	return &clash{flag: "--pkce", got: a.PKCE}
}

func offeredPKCE(c *Choices, p *metadata.Provider) *lack {
	const member = "code_challenge_methods_supported"
	listed := p.List(member)
	if c.Authorization == nil || slices.Contains(listed, oauth.PKCES256) {
		return nil
	}
	return &lack{member: member, want: oauth.PKCES256, got: orNothing(listed)}
}

func chosenRedirect(a *Authorization) *clash {
	u, err := url.Parse(a.RedirectURI)
	if err != nil || !strings.EqualFold(u.Scheme, "http") || wire.IsLoopback(u.Hostname()) {
		return nil
	}
	return &clash{flag: "--redirect-uri", got: a.RedirectURI, hint: "an https URI, or http://127.0.0.1:0/callback"}
}

// inBrowser is a rule for flows through the browser alone.
func inBrowser(judge func(*Authorization) *clash) func(*Choices) *clash {
	return func(c *Choices) *clash {
		if c.Authorization == nil {
			return nil
		}
		return judge(c.Authorization)
	}
}

// offeredIss wants iss announced. A signed response has it inside, and need not announce it (JARM §2.1).
func offeredIss(c *Choices, p *metadata.Provider) *lack {
	if c.Authorization == nil || jwtMode(c.Authorization.ResponseMode) || p.ResponseIssRequired() {
		return nil
	}
	return &lack{member: "authorization_response_iss_parameter_supported", want: "true", got: "false"}
}

func heldIss(_ *Choices, o *Outcome) (verdict.Status, string) {
	switch {
	case !o.Answered:
		return "", ""
	case o.Issuer != "":
		return verdict.Pass, o.Issuer
	}
	return verdict.Fail, "no iss"
}

// jwtMode says whether a response mode makes the response a JWT (JARM §2.3).
func jwtMode(mode string) bool { return mode == "jwt" || strings.HasSuffix(mode, ".jwt") }
