package oidc

import (
	"context"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Key names the key under which a signature held.
type Key struct {
	KeyID      string         `json:"kid"`
	Algorithm  jose.Algorithm `json:"alg"`
	Thumbprint string         `json:"thumbprint"`
}

// Report is everything that was found about one token. Header and claims are the token's own words, true only where
// Valid says so.
type Report struct {
	Valid  bool              `json:"valid"`
	Kind   Kind              `json:"kind"`
	Header strictjson.Object `json:"header"`
	Claims strictjson.Object `json:"claims"`
	Key    *Key              `json:"key"` // nil where the signature did not hold
	Checks verdict.Checks    `json:"checks"`

	Encryption *Encryption `json:"encryption,omitempty"` // nil where the token came unencrypted
}

// Encryption says how a token was encrypted: its outermost layer.
type Encryption struct {
	Algorithm  string `json:"alg"`
	Encryption string `json:"enc"`
	KeyID      string `json:"kid,omitempty"`
}

// Verify runs every check on a token: what it is encrypted in is opened first, then its signature is verified, then its
// claims are judged. The error is for what is no JWT and for keys that
// could not be had. Verified is nil unless the report is valid (RFC 7519 §7.2, RFC 8725 §3).
//
// A DPoP proof proves possession of the key in its own header and nothing more, so it is accepted only where the reader
// asked for that kind: a stranger must not turn a token into one by its typ.
func Verify(
	ctx context.Context, compact string, allow func(Kind) jose.Algorithms, keys jose.KeySource, want Expected,
) (*Report, *jose.Verified, error) {
	outer := Unwrapped{Signed: compact}
	if jose.IsEncrypted(compact) {
		opened, err := Unwrap(compact, want.Decryption)
		if err != nil {
			return nil, nil, err
		}
		outer = *opened
	}
	if outer.Signed == "" {
		kind := want.Kind
		if kind == "" {
			kind = Unknown
		}
		return &Report{Kind: kind, Header: outer.Header, Checks: outer.Checks, Encryption: outer.Encryption}, nil, nil
	}
	token, checks, err := want.Headers.Inspect(outer.Signed)
	if err != nil {
		return nil, nil, err
	}
	if outer.Encryption != nil {
		checks = append(outer.Checks, checks...)
	}
	kind := want.Kind
	if kind == "" {
		kind = Detect(token, want.ClientID)
	}
	if outer.Encryption == nil {
		checks = append(checks, unencryptedCheck(kind, want)...)
	}
	if kind == DPoP {
		var own verdict.Check
		keys, own = proofKeys(token, want)
		checks = append(checks, own)
	}
	verified, signature, err := jose.Verify(ctx, token, allow(kind), keys)
	if err != nil {
		return nil, nil, err
	}
	if s := newSubject(token, kind, &want); kind == JARM {
		checks = append(checks, inOrder(signature, s.judge(nil))...)
	} else {
		checks = s.judge(append(checks, signature...))
	}
	report := &Report{Kind: kind, Header: token.Header, Claims: token.Claims, Checks: checks, Encryption: outer.Encryption}
	if verified != nil {
		key := verified.Key()
		report.Key = &Key{KeyID: key.KeyID, Algorithm: token.Algorithm, Thumbprint: key.Thumbprint()}
		checks = append(checks, keyIssuerCheck(key, token)...)
		report.Checks = checks
	}
	report.Valid = verified != nil && !checks.Failed()
	if !report.Valid {
		verified = nil
	}
	return report, verified, nil
}

// inOrder puts the checks of a JARM's signature and claims together, which have an order of their own: iss, aud and
// exp, the signature, and only where all of them hold what the response says (JARM §2.4).
func inOrder(signature, claims verdict.Checks) verdict.Checks {
	var checks, others, content verdict.Checks
	for _, c := range claims {
		switch {
		case c.Rule == "jwt.iss" || c.Rule == "jwt.aud" || c.Rule == "jwt.exp":
			checks = append(checks, c)
		case strings.HasPrefix(c.Rule, "jarm."):
			content = append(content, c)
		default:
			others = append(others, c)
		}
	}
	checks = slices.Concat(checks, signature, others)
	if checks.Failed() {
		return checks
	}
	return append(checks, content...)
}

func proofKeys(token *jose.Token, want Expected) (jose.KeySource, verdict.Check) {
	if want.Kind != DPoP {
		return jose.Fixed(nil), verdict.Check{
			Rule: "jose.header_key", Spec: "RFC 9449 §4.3", Status: verdict.Fail, Want: "a token of another kind",
			Got:  "a DPoP proof, which is signed by whatever key it names itself",
			Hint: "if a proof was expected, say so: --kind dpop",
		}
	}
	set, check := jose.ProofKeys(token)
	return jose.Fixed(set), check
}
