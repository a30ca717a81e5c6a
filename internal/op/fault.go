package op

import (
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// Expect is what a correct client does with a faulty answer.
type Expect string

// The expectations.
const (
	Reject Expect = "reject" // nothing of the answer may be used
	Warn   Expect = "warn"   // used, but said
	Accept Expect = "accept" // odd, yet within the specification
)

// Fault is one way in which the provider misbehaves on purpose. A new one is one more row.
type Fault struct {
	Name   string // stable, as users give it
	Group  string
	Spec   string
	Short  string // what the provider does
	Expect Expect
	Must   string // what a correct client does then
	point
}

// point is where a fault acts: every function that is set is called with what is about to leave, in this order of
// the flow. The exchange says who asked and what was sent.
type point struct {
	metadata    func(*exchange, *document)
	keys        func(*exchange, *[]document)
	callback    func(*exchange, *document) // the parameters of the authorization response
	accessToken func(*exchange, *forgery)
	idToken     func(*exchange, *forgery)
	token       func(*exchange, *document) // the members of a successful token response
	userinfo    func(*exchange, *document)
	audiences   func(x *exchange, accepted []string) []string // of client assertions
	grant       func(*exchange) *refusal                      // before a grant at the token endpoint, by the lock
	pushed      func(*exchange, *pushed)                      // before a request_uri is used, by the lock
	logout      func(*exchange, *document)                    // the parameters of the redirect after a logout
	at          string                                        // the endpoint that the last three are for
	reply       func(*exchange, *document)                    // the members of its successful answer
	instead     func(*exchange) answer                        // takes its place: nothing is redeemed
	answer      func(*exchange, *answer)                      // changes its raw answer: status, header, body, or all of it by a stream
}

// Faults returns every fault, by group.
func Faults() []Fault {
	var all []Fault
	for _, group := range []struct {
		name string
		rows []Fault
	}{
		{"discovery", discoveryFaults()},
		{"discovery", endpointFaults()},
		{"jwks", keyFaults()},
		{"jose-header", headerFaults()},
		{"jose-header", strictFaults()},
		{"signature", signatureFaults()},
		{"claims", claimFaults()},
		{"authz-response", callbackFaults()},
		{"token-endpoint", tokenFaults()},
		{"token-endpoint", lifetimeFaults()},
		{"token-endpoint", formFaults()},
		{"token-endpoint", rawTokenFaults()},
		{"refresh", refreshFaults()},
		{"userinfo-introspect-logout", userinfoFaults()},
	} {
		for _, fault := range group.rows {
			fault.Group = group.name
			all = append(all, fault)
		}
	}
	return all
}

// selectFaults finds faults by name.
func selectFaults(names []string) ([]Fault, error) {
	if len(names) == 0 {
		return nil, nil
	}
	all := Faults()
	known := make([]string, 0, len(all))
	byName := make(map[string]Fault, len(all))
	for _, f := range all {
		known, byName[f.Name] = append(known, f.Name), f
	}
	var out []Fault
	for _, name := range names {
		f, ok := byName[name]
		if !ok {
			err := problem.Usagef("serve.fault", "there is no fault %q", text.Escape(name))
			if near := text.Suggest(name, known); near != "" {
				return nil, err.WithHint("did you mean %s?", near)
			}
			if like := beginning(known, name); like != "" {
				return nil, err.WithHint("faults of that group: %s", like)
			}
			return nil, err.WithHint("there are %d, from %s to %s", len(known), known[0], known[len(known)-1])
		}
		out = append(out, f)
	}
	return out, nil
}

// beginning lists the names that share the group prefix of a wrong one.
func beginning(known []string, name string) string {
	prefix, _, _ := strings.Cut(name, "-")
	var out []string
	for _, k := range known {
		if strings.HasPrefix(k, prefix+"-") {
			out = append(out, k)
		}
	}
	return strings.Join(out, " ")
}
