package oidc

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// judgeProofClaims: what every proof has. Method and address are known to the server of the request alone.
func judgeProofClaims(s *subject) findings {
	var out findings
	for _, name := range []string{"jti", "htm", "htu"} {
		value, err := s.claims.String(name)
		if err != nil {
			out = append(out, fail("a string", err.Error(), "")...)
		} else if value == "" {
			out = append(out, fail("jti, htm and htu", "no "+name, "")...)
		}
	}
	if out != nil {
		return out
	}
	method, _ := s.claims.String("htm")
	address, _ := s.claims.String("htu")
	return skip(fmt.Sprintf("for %s %s, not compared with a request", method, address), "compare claims with --require-claim htm=POST --require-claim htu=URL")
}

// judgeProofHash binds a proof to the access token that goes with it.
func judgeProofHash(s *subject) findings {
	ath, err := s.claims.String("ath")
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case s.want.AccessToken.IsZero() && ath == "":
		return nil
	case s.want.AccessToken.IsZero():
		return skip("not compared: the access token is not known", "")
	}
	sum := sha256.Sum256([]byte(s.want.AccessToken.Reveal()))
	want := base64.RawURLEncoding.EncodeToString(sum[:])
	if !same(ath, want) {
		return fail(want, orElse(ath, "no ath"), "the proof was not made for this access token")
	}
	return s.pass(ath)
}

// judgeProofNonce compares the nonce that the server gave.
func judgeProofNonce(s *subject) findings {
	nonce, err := s.claims.String("nonce")
	switch {
	case err != nil:
		return fail("a string", err.Error(), "")
	case s.want.Nonce == nil && nonce == "":
		return nil
	case s.want.Nonce == nil:
		return skip("not compared: the nonce that the server gave is not known", "name it: --nonce VALUE")
	case *s.want.Nonce == "":
		return nil
	case !same(nonce, *s.want.Nonce):
		return fail(*s.want.Nonce, orElse(nonce, "no nonce"), "make a new proof with the nonce of the last DPoP-Nonce header")
	}
	return s.pass(nonce)
}
