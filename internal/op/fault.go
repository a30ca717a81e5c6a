package op

import (
	"net/url"
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

// The flows of faults: what a client must do to meet them. Each begins with discovery and ends with tokens, unless its
// name says otherwise.
const (
	FlowCode          = "code"
	FlowRefresh       = "refresh"       // after a code
	FlowUserInfo      = "userinfo"      // after a code
	FlowDevice        = "device"        // by the client device
	FlowCIBA          = "ciba"          // by the client ciba
	FlowPAR           = "par"           // a code, its request pushed
	FlowAssertion     = "assertion"     // a client that signs, web-jwt
	FlowCertificate   = "certificate"   // a client that shows a certificate, web-tls
	FlowIntrospection = "introspection" // of an access token
	FlowRevocation    = "revocation"    // of an access token
	FlowLogout        = "logout"        // with the ID token of a code, a redirect URI and a state
	FlowExchange      = "exchange"      // of an access token, by the client exchange
	FlowStepUp        = "step_up"       // a call of the API that demands another login than that of a code
	FlowMessage       = "web_message"   // a code, by web message
	FlowDPoP          = "dpop"          // a code, its request pushed, with DPoP proofs
	FlowDPoPAPI       = "dpop_api"      // userinfo with a DPoP proof, after a code with one
	FlowBound         = "bound"         // a client whose tokens are bound to its certificate, service-tls
	FlowRegistration  = "registration"  // of a client; no tokens
	FlowManagement    = "management"    // an update of a client that registered itself

	FlowEncrypted           = "encrypted"            // a code, by the client web-encrypted
	FlowEncryptedUserInfo   = "encrypted_userinfo"   // after such a code
	FlowSignedUserInfo      = "signed_userinfo"      // after a code, by the client web-signed
	FlowSignedIntrospection = "signed_introspection" // of an access token, asked for by Accept (RFC 9701)
	FlowObject              = "jar"                  // a code for web-jwt, its request signed
	FlowJARM                = "jarm"                 // a code, in a signed response
	FlowHybrid              = "hybrid"               // a code with an ID token and an access token, by the client web-hybrid
	FlowDetails             = "rar"                  // a code, with authorization details
	FlowFAPI2               = "fapi2"                // a code with all that FAPI 2.0 wants, by the client web-fapi2
)

// Fault is one way in which the provider misbehaves on purpose. Faults and Control make them.
type Fault struct {
	row
	Group string
	Flow  string // what a client must do to meet it: see FlowCode and those after it
}

// row is a fault as it stands in its table, which says the group and the flow. A new fault is one more row.
type row struct {
	_      [0]func() // or the compiler writes out how the tables are compared, which none ever is
	Name   string    // stable, as users give it
	Spec   string
	Short  string // what the provider does
	Expect Expect
	Must   string // what a correct client does then
	*point
}

// point is where a fault acts: every function that is set is called with what is about to leave, in this order of
// the flow. The exchange says who asked and what was sent.
type point struct {
	configure   func(*Config) // when the provider is made
	metadata    func(*exchange, *document)
	keys        func(*exchange, *[]document)
	callback    func(*exchange, *document)                         // the parameters of the authorization response
	response    func(*exchange, *forgery)                          // the JWT of the authorization response
	wrapped     func(x *exchange, outer *document, plain document) // the parameters that carry it
	accessToken func(*exchange, *forgery)
	idToken     func(*exchange, *forgery)
	front       func(*exchange, *forgery)  // the ID token that comes with a code
	signed      func(*exchange, *forgery)  // answers that are JWTs
	encrypted   func(*exchange, *sealing)  // whatever is encrypted for the client
	token       func(*exchange, *document) // the members of a successful token response
	userinfo    func(*exchange, *document)
	audiences   func(x *exchange, accepted []string) []string // of client assertions
	grant       func(*exchange) *refusal                      // before a grant at the token endpoint, by the lock
	message     func(*exchange, *document)                    // the data of a web message; none is no message
	foreign     func(*exchange, url.Values) answer            // in place of the page that posts it
	pushed      func(*exchange, *pushed)                      // before a request_uri is used, by the lock
	inQuery     bool                                          // tokens come in the query, whatever the response mode
	silent      bool                                          // the answer never comes
	mayStop     bool                                          // a client that stops is right, too, though it should get on
	scripted    bool                                          // a script on a page judges it: it takes a real browser
	logout      func(*exchange, *document)                    // the parameters of the redirect after a logout
	at          string                                        // the endpoint that the last three are for
	reply       func(*exchange, *document)                    // the members of its successful answer
	instead     func(*exchange) answer                        // takes its place: nothing is redeemed
	answer      func(*exchange, *answer)                      // changes its raw answer: status, header, body, or all of it by a stream
}

// faultGroups are the tables of faults.
var faultGroups = []struct {
	name, flow string
	rows       func() []row
}{
	{"discovery", FlowCode, discoveryFaults},
	{"discovery", FlowCode, endpointFaults},
	{"jwks", FlowCode, keyFaults},
	{"jwks", FlowCode, rotationFaults},
	{"jose-header", FlowCode, headerFaults},
	{"jose-header", FlowCode, strictFaults},
	{"signature", FlowCode, signatureFaults},
	{"signature", FlowCode, otherSignatureFaults},
	{"claims", FlowCode, claimFaults},
	{"authz-response", FlowCode, callbackFaults},
	{"token-endpoint", FlowCode, tokenFaults},
	{"token-endpoint", FlowCode, lifetimeFaults},
	{"token-endpoint", FlowCode, formFaults},
	{"token-endpoint", FlowCode, rawTokenFaults},
	{"refresh", FlowRefresh, refreshFaults},
	{"userinfo-introspect-logout", FlowUserInfo, userinfoFaults},
	{"device", FlowDevice, deviceFaults},
	{"device", FlowDevice, pollFaults},
	{"ciba", FlowCIBA, cibaFaults},
	{"ciba", FlowCIBA, cibaTokenFaults},
	{"ciba", FlowCIBA, cibaRefusals},
	{"step-up", FlowStepUp, stepUpFaults},
	{"par-jar-dpop-mtls", FlowPAR, parFaults},
	{"par-jar-dpop-mtls", FlowAssertion, assertionFaults},
	{"par-jar-dpop-mtls", FlowCertificate, certificateFaults},
	{"par-jar-dpop-mtls", FlowDPoP, dpopFaults},
	{"par-jar-dpop-mtls", FlowDPoPAPI, dpopAPIFaults},
	{"par-jar-dpop-mtls", FlowBound, boundFaults},
	{"userinfo-introspect-logout", FlowIntrospection, introspectionFaults},
	{"userinfo-introspect-logout", FlowRevocation, revocationFaults},
	{"userinfo-introspect-logout", FlowLogout, logoutFaults},
	{"userinfo-introspect-logout", FlowExchange, exchangeFaults},
	{"authz-response", FlowMessage, messageFaults},
	{"registration", FlowRegistration, registrationFaults},
	{"registration", FlowManagement, managementFaults},
	{"jwe", FlowEncrypted, encryptionFaults},
	{"userinfo-introspect-logout", FlowSignedUserInfo, signedUserInfoFaults},
	{"userinfo-introspect-logout", FlowEncryptedUserInfo, encryptedUserInfoFaults},
	{"userinfo-introspect-logout", FlowSignedIntrospection, signedIntrospectionFaults},
	{"authz-response", FlowJARM, jarmFaults},
	{"claims", FlowHybrid, hybridFaults},
	{"authz-response", FlowHybrid, queryFaults},
	{"par-jar-dpop-mtls", FlowObject, objectFaults},
	{"par-jar-dpop-mtls", FlowDetails, detailFaults},
	{"fapi2", FlowFAPI2, fapi2Faults},
}

// Faults returns every fault, by group.
func Faults() []Fault {
	var all []Fault
	for _, group := range faultGroups {
		for _, r := range group.rows() {
			all = append(all, Fault{r, group.name, group.flow})
		}
	}
	return all
}

// SelectFaults finds faults by name; a name that is none is an error that says which is near.
func SelectFaults(names []string) ([]Fault, error) {
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
