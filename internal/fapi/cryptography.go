package fapi

import (
	"fmt"
	"maps"
	"slices"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// The least sizes of keys, and the fewest characters that can hold 128 bits (§5.4.1-2 to §5.4.1-4): tokens and codes
// are made of 94 characters at most (RFC 6749 Appendix A), which is 6.55 bits each.
const (
	minRSA        = 2048
	minEC         = 224
	minCharacters = 20
)

// cryptography are the requirements on algorithms, keys and secrets.
func cryptography() []rule {
	const wants = "signatures by PS256, ES256, EdDSA or Ed25519"
	return []rule{
		{
			id: "fapi2.alg", spec: sp + "5.4.1-1", from: Security, wants: wants,
			chosen: chosenAlgorithms, offered: offeredAlgorithms, held: heldAlgorithms,
		},
		{
			id: "fapi2.encryption", spec: sp + "5.4.1-1", from: Security, wants: "encryption by another alg than RSA1_5 (RFC 8725 §3.2)",
			chosen: func(c *Choices) *clash {
				if slices.Contains(c.Decryption, "RSA1_5") {
					return &clash{flag: "--decryption-algs", got: "RSA1_5"}
				}
				return nil
			},
		},
		{
			id: "fapi2.key_size", spec: sp + "5.4.1-2", from: Security, wants: "RSA keys of 2048 bits and more, elliptic curves of 224 and more",
			chosen: func(c *Choices) *clash {
				for _, k := range []struct {
					flag string
					key  Key
				}{{"--client-key", c.Key}, {"--cert", c.Certificate}} {
					if k.key.Type == "RSA" && k.key.Bits < minRSA || k.key.Type == "EC" && k.key.Bits < minEC {
						return &clash{flag: k.flag, got: fmt.Sprintf("%s, %d bits", k.key.Type, k.key.Bits), hint: "make another key: oauthctl key generate"}
					}
				}
				return nil
			},
		},
		{id: "fapi2.entropy", spec: sp + "5.4.1-4", from: Security, wants: "at least 128 bits of entropy in codes and tokens", held: heldEntropy},
	}
}

func chosenAlgorithms(c *Choices) *clash {
	request := ""
	if c.Authorization != nil {
		request = c.Authorization.RequestObject
	}
	for _, chosen := range []struct {
		flag string
		algs jose.Algorithms
	}{
		{"--algs", c.Algorithms},
		{"--client-key", jose.Algorithms{c.Key.Algorithm}},
		{"--dpop", jose.Algorithms{jose.Algorithm(c.DPoP)}},
		{"--request-object", jose.Algorithms{jose.Algorithm(request)}},
	} {
		for _, alg := range chosen.algs {
			if alg != "" && alg != off && alg != on && !Algorithms().Allows(alg) {
				return &clash{flag: chosen.flag, got: string(alg), hint: "choose one of these; a fitting key: oauthctl key generate"}
			}
		}
	}
	return nil
}

// offeredAlgorithms wants what will be signed by the client, and something that the provider may sign by, in each list
// that the conversation depends on. A list that is not there says nothing.
func offeredAlgorithms(c *Choices, p *metadata.Provider) *lack {
	own := Algorithms()
	if c.Key.Algorithm != "" {
		own = jose.Algorithms{c.Key.Algorithm}
	}
	wanted := make(map[string]jose.Algorithms)
	if c.AuthMethod == oauth.AuthPrivateKeyJWT {
		wanted["token_endpoint_auth_signing_alg_values_supported"] = own
	}
	if a := c.Authorization; a != nil {
		if p.OpenID() {
			wanted["id_token_signing_alg_values_supported"] = Algorithms()
		}
		if jwtMode(a.ResponseMode) {
			wanted["authorization_signing_alg_values_supported"] = Algorithms()
		}
		switch a.RequestObject {
		case "", off:
		case on:
			wanted["request_object_signing_alg_values_supported"] = own
		default:
			wanted["request_object_signing_alg_values_supported"] = jose.Algorithms{jose.Algorithm(a.RequestObject)}
		}
	}
	for _, member := range slices.Sorted(maps.Keys(wanted)) {
		listed := p.List(member)
		if listed != nil && !slices.ContainsFunc(listed, func(alg string) bool { return wanted[member].Allows(jose.Algorithm(alg)) }) {
			return &lack{member: member, want: wanted[member].String(), got: orNothing(listed)}
		}
	}
	return nil
}

func heldAlgorithms(_ *Choices, o *Outcome) (verdict.Status, string) {
	seen := ""
	for _, t := range []struct {
		what string
		alg  jose.Algorithm
	}{{"the ID token", o.IDTokenAlg}, {"the access token", o.AccessAlg}, {"the authorization response", o.Signed}, {"the introspection", o.IntrospectionAlg}} {
		switch {
		case t.alg == "":
		case !Algorithms().Allows(t.alg):
			return verdict.Fail, t.what + " is signed by " + string(t.alg)
		case seen == "":
			seen = t.what + ": " + string(t.alg)
		default:
			seen += ", " + t.what + ": " + string(t.alg)
		}
	}
	if seen == "" {
		return "", ""
	}
	return verdict.Pass, seen
}

// heldEntropy finds what is too short to be unguessable. What is long enough may be guessable all the same.
func heldEntropy(_ *Choices, o *Outcome) (verdict.Status, string) {
	seen := false
	for _, s := range []struct {
		what  string
		value secret.Secret
	}{{"the code", o.Code}, {"the access token", o.AccessToken}, {"the refresh token", o.Refresh}} {
		if s.value.IsZero() {
			continue
		}
		seen = true
		if n := len(s.value.Reveal()); n < minCharacters {
			return verdict.Fail, fmt.Sprintf("%s has %d characters, which cannot hold 128 bits", s.what, n)
		}
	}
	if !seen {
		return "", ""
	}
	return verdict.Pass, "none is too short for them"
}
