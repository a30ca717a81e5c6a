package oauth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// Registration is what a provider says of a client that it registered (RFC 7591 §3.2.1, RFC 7592 §3).
type Registration struct {
	ClientID     string
	ClientSecret secret.Secret
	URI          string        // registration_client_uri; empty where the client cannot be managed
	AccessToken  secret.Secret // registration_access_token, which goes to URI and nowhere else
	Members      strictjson.Object
	Raw          []byte
}

// RegistrationWanted is what the answer to a registration request must be.
type RegistrationWanted struct {
	Status   int            // 201 where a client is made, 200 where it is read or updated
	Endpoint string         // that was called: its origin alone may have the registration access token
	Sent     ClientMetadata // what was asked for, to be compared; nothing where a client is read
	ClientID string         // of the client that is read or updated
	Now      time.Time
}

// maxCredential bounds a client secret and a registration access token, which may be a JWT.
const maxCredential = 16 << 10

var (
	registrationPlace = place{"registration", "the registration endpoint", "RFC 7591 §3.2.1", "RFC 7591 §3.2.2"}
	managementPlace   = place{"registration", "the client configuration endpoint", "RFC 7592 §3", "RFC 7592 §2"}
)

// ParseRegistration judges the answer of a registration endpoint, or of a client's own (RFC 7591 §3.2, RFC 7592 §3).
// With an error there may be a registration all the same: the client was made, and is to be removed again.
func ParseRegistration(status int, header http.Header, body []byte, want RegistrationWanted) (*Registration, verdict.Checks, error) {
	at := registrationPlace
	if want.Status != http.StatusCreated {
		at = managementPlace
	}
	a, err := readGranted(at, status, header, body)
	if err != nil {
		return nil, a.checks, explainRegistration(at, status, err)
	}
	a.expectStatus(want.Status)
	r := &Registration{Members: a.members, Raw: a.members.Raw()}
	for _, step := range []func(*answer, *Registration, RegistrationWanted) error{
		(*answer).judgeManagement, (*answer).judgeClientID, (*answer).judgeClientSecret, (*answer).judgeMembers,
	} {
		if wrong := step(a, r, want); wrong != nil && err == nil {
			err = wrong
		}
	}
	return r, a.checks, err
}

// judgeClientID reads the name of the client, which its management must not change (RFC 7591 §3.2.1, RFC 7592 §2.2).
func (a *answer) judgeClientID(r *Registration, want RegistrationWanted) (err error) {
	if r.ClientID, err = a.required("client_id", 0x20, maxAddress); err != nil || want.ClientID == "" || r.ClientID == want.ClientID {
		return err
	}
	return a.fail(a.at.title+" answered about another client", verdict.Check{
		Rule: "registration.client_id", Spec: a.at.granted, Want: text.Escape(want.ClientID), Got: text.Escape(r.ClientID),
	})
}

// judgeClientSecret reads the secret, and how long it lives, which must be said of every secret (RFC 7591 §3.2.1).
func (a *answer) judgeClientSecret(r *Registration, want RegistrationWanted) error {
	const rule = "registration.client_secret_expires_at"
	expiry, has := a.members.Value("client_secret_expires_at")
	if !a.members.Has("client_secret") {
		if seconds, _ := number(expiry); has && seconds != 0 {
			a.warn(rule, "RFC 7591 §3.2.1", "a client_secret beside it", "client_secret_expires_at without a secret", "")
		}
		return nil
	}
	value, err := a.required("client_secret", 0x20, maxCredential)
	if err != nil {
		return err
	}
	r.ClientSecret = secret.New(value)
	check := verdict.Check{Rule: rule, Spec: "RFC 7591 §3.2.1", Want: "a number of seconds since 1970, or 0 for never", Got: kindOf(a.members, "client_secret_expires_at")}
	if expiry.Kind() != '0' {
		return a.fail(a.at.title+" does not say when the client secret expires", check)
	}
	seconds, _ := number(expiry)
	switch at := time.Unix(int64(min(max(seconds, 0), 1<<40)), 0).UTC(); {
	case seconds == 0:
		a.pass(rule, check.Spec, "never")
	case at.Before(want.Now):
		a.warn(rule, check.Spec, "after "+want.Now.UTC().Format(time.RFC3339), "the client secret expired at "+at.Format(time.RFC3339), "")
	default:
		a.pass(rule, check.Spec, at.Format(time.RFC3339))
	}
	return nil
}

// judgeManagement reads where the client can be managed and with which token. An address at another origin gets no
// token: whoever wrote it there would own the client (RFC 7592 §3, §5).
func (a *answer) judgeManagement(r *Registration, want RegistrationWanted) error {
	const uriName, tokenName, spec = "registration_client_uri", "registration_access_token", "RFC 7592 §3"
	token, uri := "", ""
	var err error
	if a.members.Has(tokenName) {
		if token, err = a.required(tokenName, 0x21, maxCredential); err != nil {
			return err
		}
		r.AccessToken = secret.New(token)
	}
	if a.members.Has(uriName) {
		if uri, err = a.required(uriName, 0x21, maxAddress); err != nil {
			return err
		}
		if !SameOrigin(uri, want.Endpoint) {
			return a.fail(a.at.title+" names an address at another origin for the management of the client", verdict.Check{
				Rule: "registration." + uriName, Spec: spec, Want: "an address at " + addressOrigin(want.Endpoint), Got: text.URL(uri),
				Hint: "the registration access token is not sent there",
			})
		}
		r.URI = uri
	}
	made := want.Status == http.StatusCreated
	switch {
	case uri != "" && token != "":
		a.pass("registration.management", spec, "the client can be read, updated and deleted")
	case uri == "" && token == "" && made:
		a.add(verdict.Check{Rule: "registration.management", Spec: spec, Status: verdict.Skip, Got: "the provider offers no management of clients"})
	case made:
		alone := uriName
		if uri == "" {
			alone = tokenName
		}
		a.warn("registration.management", spec, uriName+" and "+tokenName, alone+" alone", "the client cannot be read, updated or deleted")
	case token == "":
		a.warn("registration.management", spec, uriName+" and "+tokenName, "no "+tokenName,
			"keep the token that was used: this answer does not hold it")
	}
	return nil
}

// unregistered are never compared: what the provider makes, and what is not the client's own word.
var unregistered = []string{"client_id", "client_secret", "software_statement"}

// judgeMembers compares what was registered with what was asked for: a provider may change and drop what it likes, and
// says so only here. Another list of redirect URIs is refused: a code would go elsewhere (RFC 7591 §3.2.1).
func (a *answer) judgeMembers(_ *Registration, want RegistrationWanted) error {
	const spec = "RFC 7591 §3.2.1"
	var failed error
	for _, asked := range want.Sent.members {
		if slices.Contains(unregistered, asked.Name) {
			continue
		}
		got, has := a.members.Value(asked.Name)
		name := text.Escape(asked.Name)
		check := verdict.Check{Rule: "registration.metadata", Spec: spec, Want: name + " " + shown(asked.Value), Got: "the provider registered another " + name + ": " + shown(got)}
		switch {
		case !has && (string(asked.Value) == "[]" || string(asked.Value) == `""`), has && sameMember(asked.Name, asked.Value, got):
			a.pass("registration.metadata", spec, name)
			continue
		case !has:
			check.Got = "the provider dropped " + name
		}
		if asked.Name == "redirect_uris" {
			check.Rule = "registration.redirect_uris"
			failed = a.fail(a.at.title+" registered other redirect URIs than were asked for", check)
			continue
		}
		if asked.Name == "token_endpoint_auth_method" && has {
			check.Hint = "the client must authenticate so: --auth-method " + text.Argument(text.Escape(strings.Trim(string(got), `"`)))
		}
		a.warn(check.Rule, check.Spec, check.Want, check.Got, check.Hint)
	}
	return failed
}

// shown is a value of a client's metadata on one line, of bounded length.
func shown(value jsontext.Value) string {
	s := string(value)
	if len(s) > maxExcerpt {
		return kindOfValue(value)
	}
	return text.Escape(s)
}

// ParseDeletion judges the answer to the deletion of a client (RFC 7592 §2.3).
func ParseDeletion(status int, header http.Header, body []byte) (verdict.Checks, error) {
	a := &answer{at: managementPlace, status: status, media: mediaType(header)}
	if status == http.StatusNoContent {
		a.pass("registration.status", "RFC 7592 §2.3", statusText(status))
		return a.checks, nil
	}
	if status == http.StatusOK && len(strings.TrimSpace(string(body))) == 0 {
		a.warn("registration.status", "RFC 7592 §2.3", "204", statusText(status), "")
		return a.checks, nil
	}
	a, err := readGranted(managementPlace, status, header, body)
	switch {
	case err != nil:
		return a.checks, explainRegistration(managementPlace, status, err)
	case status == http.StatusOK:
		a.warn("registration.status", "RFC 7592 §2.3", "204", statusText(status), "oauthctl client read says whether the client is still there")
		return a.checks, nil
	}
	return a.checks, &problem.Error{
		Kind: problem.Verification, Code: "registration.status", Spec: "RFC 7592 §2.3", Want: "204", Got: statusText(status),
		Message: "the client configuration endpoint did not say that the client is deleted",
		Hint:    "oauthctl client read says whether it is still there",
	}
}

// registrationHints are the next steps after the errors of a registration (RFC 7591 §3.2.2).
var registrationHints = map[string]string{
	"invalid_redirect_uri":          "use https with a host of yours, a loopback address such as http://127.0.0.1/callback, or a scheme of your own with --application-type native",
	"invalid_client_metadata":       "compare --grant-type, --response-type, --auth-method, --scope and --metadata with what the provider lists: oauthctl discover",
	"invalid_software_statement":    "check who signed the software statement, for whom, and until when: oauthctl jwt decode FILE",
	"unapproved_software_statement": "ask the provider's operator to trust its issuer, or register without --software-statement-file",
}

// explainRegistration adds what a person can do.
func explainRegistration(at place, status int, err error) error {
	p := problem.As(err)
	if p.Kind != problem.Provider {
		return err
	}
	p.Spec = at.refused
	if hint := registrationHints[p.Answer.Error]; hint != "" {
		return p.WithHint("%s", hint)
	}
	switch {
	case at == registrationPlace && (status == http.StatusUnauthorized || status == http.StatusForbidden):
		return p.WithHint("this provider registers clients of those alone who have an initial access token: --initial-access-token-file FILE")
	case at == managementPlace && status == http.StatusUnauthorized:
		return p.WithHint("the registration access token is wrong, was replaced by a newer one, or the client is deleted: --registration-access-token-file takes the one that came last")
	case at == managementPlace && status == http.StatusForbidden:
		return p.WithHint("the provider does not let this client be managed so")
	case status == http.StatusMethodNotAllowed:
		return p.WithHint("the provider does not offer this: client read, update and delete are optional (RFC 7592 §2)")
	}
	return err
}

// ReadRegistration makes a registration of what register wrote or a user gave; errors are about that file.
func ReadRegistration(data []byte) (*Registration, error) {
	object, err := strictjson.Parse(data)
	if err != nil {
		return nil, problem.Usagef("usage.registration", "the registration cannot be read: %s", text.Escape(err.Error())).
			WithHint("it is what oauthctl client register printed")
	}
	r := &Registration{Members: object, Raw: data}
	token, value := "", ""
	for _, m := range []struct {
		name string
		into *string
	}{
		{"client_id", &r.ClientID}, {"registration_client_uri", &r.URI}, {"registration_access_token", &token}, {"client_secret", &value},
	} {
		if *m.into, err = object.String(m.name); err != nil {
			return nil, problem.Usagef("usage.registration", "the registration's %s is no string", m.name)
		}
	}
	r.AccessToken, r.ClientSecret = secret.New(token), secret.New(value)
	if r.ClientID == "" {
		return nil, problem.Usagef("usage.registration", "the registration has no client_id").WithHint("it is what oauthctl client register printed")
	}
	return r, nil
}

// Metadata returns what an update must send: all that is registered, without what the provider alone says
// (RFC 7592 §2.2).
func (r *Registration) Metadata() ClientMetadata {
	var out ClientMetadata
	for _, m := range r.Members.Members() {
		if !strings.HasPrefix(m.Name, "registration_") && !strings.HasSuffix(m.Name, "_at") {
			out.members = append(out.members, m)
		}
	}
	return out
}

// SameOrigin says whether two addresses have one scheme, host and port (RFC 6454 §4). One that hides its host behind a
// user name has none.
func SameOrigin(a, b string) bool {
	origin := addressOrigin(a)
	return origin != "" && origin == addressOrigin(b)
}

func addressOrigin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return ""
	}
	return originOf(u)
}
