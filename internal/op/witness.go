package op

import (
	"fmt"
	"net/url"
	"slices"
)

// witnessed returns the fault such that the event of a request tells whether it acted there: whether it changed what
// left, or took its place.
func (f Fault) witnessed() Fault {
	w, own := witness(f.Name), *f.point
	f.point = &own
	f.metadata, f.callback, f.token, f.userinfo = altering(w, f.metadata), altering(w, f.callback), altering(w, f.token), altering(w, f.userinfo)
	f.message, f.logout, f.reply = altering(w, f.message), altering(w, f.logout), altering(w, f.reply)
	f.response, f.accessToken, f.idToken = altering(w, f.response), altering(w, f.accessToken), altering(w, f.idToken)
	f.front, f.signed, f.encrypted = altering(w, f.front), altering(w, f.signed), altering(w, f.encrypted)
	f.keys, f.answer = altering(w, f.keys), altering(w, f.answer)
	if pushing := f.pushed; pushing != nil {
		f.pushed = func(x *exchange, p *pushed) { altering(w, pushing)(x, p) }
	}
	if wrapped := f.wrapped; wrapped != nil {
		f.wrapped = func(x *exchange, outer *document, plain document) {
			altering(w, func(x *exchange, outer *document) { wrapped(x, outer, plain) })(x, outer)
		}
	}
	if audiences := f.audiences; audiences != nil {
		f.audiences = func(x *exchange, accepted []string) []string {
			changed := audiences(x, accepted)
			if !slices.Equal(changed, accepted) {
				w.acted(x)
			}
			return changed
		}
	}
	if grant := f.grant; grant != nil {
		f.grant = func(x *exchange) *refusal {
			bad := grant(x)
			if bad != nil {
				w.acted(x)
			}
			return bad
		}
	}
	if foreign := f.foreign; foreign != nil {
		f.foreign = func(x *exchange, page url.Values) answer { w.acted(x); return foreign(x, page) }
	}
	if instead := f.instead; instead != nil {
		f.instead = func(x *exchange) answer { w.acted(x); return instead(x) }
	}
	return f
}

// witness is the name of a fault, which it leaves where the fault acts.
type witness string

func (w witness) acted(x *exchange) { x.event.Fault = string(w) }

// altering leaves the name where a change made a difference.
func altering[T any](w witness, change func(*exchange, *T)) func(*exchange, *T) {
	if change == nil {
		return nil
	}
	return func(x *exchange, value *T) {
		before := fmt.Sprintf("%#v", *value)
		change(x, value)
		if fmt.Sprintf("%#v", *value) != before {
			w.acted(x)
		}
	}
}

// always leaves the names of the faults that change what the provider is, wherever a flow is under way.
func (x *exchange) always() {
	if stageOf(x.event.Endpoint) == stageNone || x.event.Fault != "" {
		return
	}
	for _, f := range x.p.faults {
		if (f.configure != nil || f.inQuery) && f.instead == nil && f.answer == nil {
			x.event.Fault = f.Name
		}
	}
}

// credentialed says whether a request brought something that is worth stealing.
func (x *exchange) credentialed() bool {
	if x.r.Header.Get("Authorization") != "" {
		return true
	}
	return slices.ContainsFunc([]string{"client_secret", "client_assertion", "code", "refresh_token", "token", "access_token", "request"}, func(name string) bool {
		return x.r.PostForm.Has(name) //nolint:forbidigo // the field of a request that came, not the function that sends one
	})
}
