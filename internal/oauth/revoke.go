package oauth

import (
	"bytes"
	"errors"
	"net/http"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// ParseRevocation judges the answer of a revocation endpoint. No error means that the token is not valid any more: it
// was revoked, or never was known there. The body of a success is of no meaning, but an error in it is one (RFC 7009
// §2.2, §2.2.1).
func ParseRevocation(status int, header http.Header, body []byte) (verdict.Checks, error) {
	if status == http.StatusOK || status == http.StatusNoContent {
		return revoked(status, header, body)
	}
	a, err := readGranted(revokePlace, status, header, body)
	switch {
	case status == http.StatusServiceUnavailable:
		return a.checks, a.unavailable()
	case err != nil:
		return a.checks, err
	}
	return a.checks, &problem.Error{
		Kind: problem.Verification, Code: "revocation.status", Spec: "RFC 7009 §2.2", Want: "200", Got: statusText(status),
		Message: "the revocation endpoint did not say that the token is revoked",
		Hint:    "it may still be valid: try again, or ask the provider with: oauthctl introspect",
	}
}

// revoked takes the status for the answer, unless the body contradicts it.
func revoked(status int, header http.Header, body []byte) (verdict.Checks, error) {
	a := &answer{at: revokePlace, status: status, media: mediaType(header)}
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 {
		_, err := readGranted(revokePlace, status, header, trimmed)
		var refusal *problem.Error
		said := errors.As(err, &refusal)
		switch {
		case said && refusal.Answer != nil:
			return nil, refusal
		case a.media == "text/html", trimmed[0] == '<':
			a.warn("revocation.body", "RFC 7009 §2.2", "an empty body", "an HTML page",
				"a login page may stand in the way: oauthctl introspect tells whether the token is still valid")
		case said && refusal.Kind == problem.Verification:
			a.warn("revocation.body", "RFC 7009 §2.2", "an empty body", refusal.Got, "")
		}
	}
	a.expectStatus(http.StatusOK)
	return a.checks, nil
}

// unavailable is the one failure after which the token is to be taken for valid and revoked again later (RFC 7009
// §2.2.1).
func (a *answer) unavailable() *problem.Error {
	return &problem.Error{
		Kind: problem.Network, Code: "revocation.unavailable", Spec: "RFC 7009 §2.2.1", Want: "200", Got: statusText(a.status),
		Message: "the revocation endpoint cannot answer now, so the token may still be valid", Hint: text.Later(a.after),
	}
}
