package op

import (
	"net/http"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
)

// What rows are made of. None of it is inlined, lest it be written out in every row.

// setting gives one member of a document another value: of the metadata, an answer, or the claims of a token.
//
//go:noinline
func setting(name string, value any) func(*exchange, *document) {
	return func(_ *exchange, d *document) { d.set(name, value) }
}

// removing takes a member away.
//
//go:noinline
func removing(name string) func(*exchange, *document) {
	return func(_ *exchange, d *document) { d.remove(name) }
}

// suffixing adds to the text of a member.
//
//go:noinline
func suffixing(name, suffix string) func(*exchange, *document) {
	return func(_ *exchange, d *document) { d.set(name, d.text(name)+suffix) }
}

// dating gives one member the time that is so far ahead of now, or behind it.
//
//go:noinline
func dating(name string, ahead time.Duration) func(*exchange, *document) {
	return func(x *exchange, d *document) { d.set(name, x.now.Add(ahead).Unix()) }
}

// inClaims changes the claims of a token.
//
//go:noinline
func inClaims(change func(*exchange, *document)) func(*exchange, *forgery) {
	return func(x *exchange, f *forgery) { change(x, &f.claims) }
}

// header sets a header parameter of a token.
//
//go:noinline
func header(name string, value any) func(*exchange, *forgery) {
	return func(_ *exchange, f *forgery) { f.header.set(name, value) }
}

// signingBy signs rightly by another algorithm, with the key that the provider has for it.
//
//go:noinline
func signingBy(alg jose.Algorithm) func(*exchange, *forgery) {
	return func(x *exchange, f *forgery) {
		f.alg, f.key = alg, x.p.keys.keys[keyFor[alg]]
		f.header.set("alg", string(alg))
		f.header.set("kid", keyFor[alg])
	}
}

// unsigned takes the algorithm away; the header says none.
func unsigned(_ *exchange, f *forgery) {
	f.alg = "none"
	f.header.set("alg", "none")
	f.header.remove("kid")
}

// zeroed puts zeroes in the place of the signature.
func zeroed(_ *exchange, f *forgery) {
	f.after = append(f.after, inLastPart(func(signature string) string { return strings.Repeat("A", len(signature)) }))
}

// inLastPart changes what follows the last dot: a signature, or the tag of what is encrypted.
func inLastPart(change func(part string) string) func(compact string) string {
	return func(compact string) string {
		cut := strings.LastIndexByte(compact, '.') + 1
		return compact[:cut] + change(compact[cut:])
	}
}

// undefinedExtension makes a header demand an extension that nobody knows (RFC 7515 §4.1.11, RFC 7516 §4.1.13).
func undefinedExtension(header *document) {
	const name = "http://example.com/UNDEFINED"
	header.set("crit", []string{name})
	header.set(name, true)
}

// idClaims changes the claims of the ID tokens that a grant brings.
//
//go:noinline
func idClaims(grant string, change func(*exchange, *document)) *point {
	return &point{idToken: func(x *exchange, f *forgery) {
		if x.event.GrantType == grant {
			change(x, &f.claims)
		}
	}}
}

// granting changes the token response of a grant.
//
//go:noinline
func granting(grant string, change func(*exchange, *document)) *point {
	return &point{token: func(x *exchange, d *document) {
		if x.event.GrantType == grant {
			change(x, d)
		}
	}}
}

// replying changes the members of an endpoint's successful answer.
//
//go:noinline
func replying(at string, change func(*exchange, *document)) *point {
	return &point{at: at, reply: change}
}

// contentType changes the media type of an endpoint's answer.
//
//go:noinline
func contentType(at, value string) *point {
	return &point{at: at, answer: func(_ *exchange, a *answer) { a.header.Set("Content-Type", value) }}
}

// notCreated says 200 instead of 201.
//
//go:noinline
func notCreated(at string) *point {
	return &point{at: at, answer: func(_ *exchange, a *answer) {
		if a.status == http.StatusCreated {
			a.status = http.StatusOK
		}
	}}
}

// knowingNobody refuses every client, whatever it sends.
//
//go:noinline
func knowingNobody(at string) *point {
	return &point{at: at, answer: func(x *exchange, a *answer) { *a = x.refuse(x.unauthenticated("client authentication failed")) }}
}
