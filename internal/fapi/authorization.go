package fapi

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/metadata"
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
			chosen: inBrowser(func(a *Authorization) *clash {
				if a.ResponseType == "" || a.ResponseType == "code" {
					return nil
				}
				return &clash{flag: "--response-type", got: a.ResponseType}
			}),
			offered: func(c *Choices, p *metadata.Provider) *lack {
				return unless(c, p, "response_types_supported", "code")
			},
		},
		{
			id: "fapi2.par", spec: sp + "5.3.3.2-2", from: Security, wants: "a pushed authorization request",
			chosen: inBrowser(func(a *Authorization) *clash {
				if a.PAR == "never" {
					return &clash{flag: "--par", got: a.PAR}
				}
				a.PAR = "always"
				return nil
			}),
			offered: func(c *Choices, p *metadata.Provider) *lack {
				if c.Authorization == nil || p.Has("par") {
					return nil
				}
				return &lack{member: "pushed_authorization_request_endpoint", want: "an address", got: "nothing"}
			},
			held: func(_ *Choices, o *Outcome) (verdict.Status, string) {
				switch {
				case !o.Answered:
					return "", ""
				case o.Pushed > 0:
					return verdict.Pass, ""
				}
				return verdict.Fail, "a request that was not pushed"
			},
		},
		{
			id: "fapi2.par_expires_in", spec: sp + "5.3.2.2-12", from: Security, wants: "expires_in below 600 s for a request_uri",
			held: heldExpiry,
		},
		{
			id: "fapi2.pkce", spec: sp + "5.3.3.2-3", from: Security, wants: "PKCE with S256",
			chosen: inBrowser(func(a *Authorization) *clash {
				if a.PKCE == "" || a.PKCE == "S256" {
					return nil
				}
				return &clash{flag: "--pkce", got: a.PKCE}
			}),
			offered: func(c *Choices, p *metadata.Provider) *lack {
				if listed := p.List("code_challenge_methods_supported"); c.Authorization != nil && !slices.Contains(listed, "S256") {
					return &lack{member: "code_challenge_methods_supported", want: "S256", got: orNothing(listed)}
				}
				return nil
			},
		},
		{
			id: "fapi2.redirect_uri", spec: sp + "5.3.2.2-8", from: Security, wants: "a redirect URI without http, but on loopback",
			chosen: inBrowser(func(a *Authorization) *clash {
				u, err := url.Parse(a.RedirectURI)
				if err != nil || !strings.EqualFold(u.Scheme, "http") || wire.IsLoopback(u.Hostname()) {
					return nil
				}
				return &clash{flag: "--redirect-uri", got: a.RedirectURI, hint: "an https URI, or http://127.0.0.1:0/callback"}
			}),
		},
		{
			id: "fapi2.iss", spec: sp + "5.3.3.2-5", from: Security, wants: "iss in the authorization response",
			offered: offeredIss, held: heldIss,
		},
	}
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

// inBrowser is a rule for flows through the browser alone.
func inBrowser(judge func(*Authorization) *clash) func(*Choices) *clash {
	return func(c *Choices) *clash {
		if c.Authorization == nil {
			return nil
		}
		return judge(c.Authorization)
	}
}

// unless finds a list of the metadata that does not hold what is wanted, for flows through the browser. A list that is
// not there says nothing.
func unless(c *Choices, p *metadata.Provider, member, want string) *lack {
	listed := p.List(member)
	if c.Authorization == nil || listed == nil || slices.Contains(listed, want) {
		return nil
	}
	return &lack{member: member, want: want, got: orNothing(listed)}
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
