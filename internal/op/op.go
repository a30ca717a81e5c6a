// Package op is an OpenID provider for loopback: what the serve and demo commands run and what every test talks to.
// It is as strict as a good provider and says precisely what was wrong; named faults (see Faults) make it misbehave
// on purpose. It signs with crypto/* itself, so that a mistake in this program's own JOSE code cannot hide behind
// the same mistake here.
package op

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// Config says what a provider is. The zero value of every field but Issuer has a sensible meaning.
type Config struct {
	// Issuer is the issuer identifier: an absolute http or https URL, which may have a path. Start completes an
	// empty one, or one that is only a path, with the address it listens on.
	Issuer  string
	Clients []Client
	Users   []User
	// AutoApprove signs in the user of login_hint, else the first one, and consents, without showing a page.
	AutoApprove bool
	// ApproveAfter is how often a device or a backchannel request is told to wait before AutoApprove agrees.
	ApproveAfter int
	// Audience is the aud of access tokens where a request names no resource or audience; empty means
	// DefaultAudience.
	Audience  string
	Lifetimes Lifetimes
	// Features are what is on beyond the core; see Feature. DefaultConfig has all of them.
	Features []Feature
	// Paths move endpoints: a name such as "token" to a path below the issuer. See endpoints() for names and defaults.
	Paths map[string]string
	// RequirePAR refuses authorization requests that were not pushed (RFC 9126 §5).
	RequirePAR bool
	// InitialAccessToken is what whoever registers a client must bring; none means that anybody may (RFC 7591 §3).
	InitialAccessToken secret.Secret
	// RotateRegistration gives a new registration access token with every answer about a client (RFC 7592 §3).
	RotateRegistration bool
	// RequireSignedRequest refuses authorization requests that are not signed (RFC 9101 §10.5).
	RequireSignedRequest bool
	// FAPI2 refuses what the FAPI 2.0 Security Profile refuses; New checks that the configuration suits it.
	FAPI2 bool
	// RequireSignedResponse refuses authorization requests that ask for none (FAPI 2.0 Message Signing §5.4.1).
	RequireSignedResponse bool
	// PollInterval is how often a device may ask for its token; zero is 5 s (RFC 8628 §3.2).
	PollInterval time.Duration
	// MTLS is the base URL of the listener that asks for client certificates, such as https://127.0.0.1:9443; Start
	// fills it in where FeatureMTLS is on.
	MTLS string
	// ClientCAs is PEM text: whose certificates tls_client_auth accepts. Empty means the published test authority's.
	ClientCAs string
	// DPoPNonce is how long a nonce for DPoP proofs is good; zero demands none (RFC 9449 §8).
	DPoPNonce time.Duration
	// DPoPAlgs are the algorithms of DPoP proofs; empty means every asymmetric one.
	DPoPAlgs []string
	// Faults are the names of the faults to turn on.
	Faults []string
	// Trials are faults that have an issuer of their own each, below this one: see Provider.Trials.
	Trials []Fault
	// Keys is PEM text: PKCS#8 blocks, each with a Key-ID header. Empty means the published test keys.
	Keys string
	// Now is the clock; nil is the system's.
	Now func() time.Time
	// Observe is called after every answer; it may be called concurrently. Nil means nobody watches.
	Observe func(Event)

	nonceOnce bool // a nonce is good for one proof, and is demanded once of a key: a fault

	quirks []Fault // of a persona: they act before the faults, at the same points
}

// DefaultAudience is the aud of an access token whose request named no resource: an API that does not exist.
const DefaultAudience = "https://api.example.test"

// Lifetimes bound what the provider gives out. A zero one means the default.
type Lifetimes struct {
	Code         time.Duration // 60 s (RFC 6749 §4.1.2 recommends at most ten minutes)
	AccessToken  time.Duration // 1 h
	IDToken      time.Duration // 1 h
	RefreshToken time.Duration // 30 days, anew at each rotation
	Session      time.Duration // 12 h
	Interaction  time.Duration // 10 min to get through the login and consent pages
	Device       time.Duration // 10 min for a device code and its user code
	CIBA         time.Duration // 2 min for a backchannel request
	PAR          time.Duration // 90 s for a pushed request
}

// User is somebody who can sign in.
type User struct {
	Username, Subject string
	Password          secret.Secret
	Name              string
	GivenName         string
	FamilyName        string
	Email             string
}

// Event is one answered request: enough to see what a client did, without a secret, and fit to be printed.
type Event struct {
	Time        time.Time
	Endpoint    string // "discovery", "stray", "home", or a name of the table of endpoints
	Method      string
	Path        string
	Status      int
	ClientID    string
	AuthMethod  string // how the client authenticated, at the endpoints where it does
	GrantType   string
	Error       string
	Description string
	Confirm     string // who must answer a request that just came, and where
	Fault       string // the fault that acted on the answer, if one did
	IDToken     bool   // the answer holds an ID token
	Credential  bool   // the request brought a secret, a code or a token
}

// Provider is the provider: an http.Handler that serves everything below its issuer.
type Provider struct {
	config    Config
	issuer    *url.URL
	base      string // the issuer's path, without a slash at its end
	mark      string // of the issuer, in the names of cookies
	keys      *keyring
	clients   map[string]*Client
	users     map[string]*User
	faults    []Fault
	paths     map[string]string // of endpoints, below the issuer
	routes    map[string]route
	browser   [32]byte // keys the tokens of the forms
	nonces    [32]byte // keys the nonces of DPoP proofs
	registry  registry
	trials    []*Trial
	clientCAs *x509.CertPool
	realm     [64]byte // signs access tokens by HS*: nobody else has it

	mu    sync.Mutex
	state state
}

// New makes a provider. The error names what in the configuration is wrong.
func New(config Config) (*Provider, error) {
	issuer, err := url.Parse(config.Issuer)
	if err != nil || issuer.Host == "" || (issuer.Scheme != "http" && issuer.Scheme != "https") ||
		issuer.RawQuery != "" || issuer.Fragment != "" || issuer.User != nil {
		return nil, problem.Usagef("serve.issuer",
			"the issuer must be an absolute http or https URL without query or fragment, not %q", config.Issuer)
	}
	p := &Provider{config: config.withDefaults(), issuer: issuer, base: strings.TrimSuffix(issuer.EscapedPath(), "/")}
	sum := sha256.Sum256([]byte(config.Issuer))
	p.mark = hex.EncodeToString(sum[:4])
	if err = p.config.checkFAPI2(); err != nil {
		return nil, err
	}
	if p.clients, p.users, err = register(p.config); err != nil {
		return nil, err
	}
	for _, c := range p.clients {
		if c.keys, err = c.readKeys(); err != nil {
			return nil, err
		}
	}
	if p.faults, err = SelectFaults(config.Faults); err != nil {
		return nil, err
	}
	if p.keys, err = parseKeys(p.config.Keys); err != nil {
		return nil, err
	}
	if p.config.Observe != nil {
		for i, f := range p.faults {
			p.faults[i] = f.witnessed()
		}
	}
	p.lay()
	p.faults = append(slices.Clone(config.quirks), p.faults...)
	for _, f := range p.faults {
		if f.configure != nil {
			f.configure(&p.config)
		}
	}
	if err = checkFeatures(config.Features); err != nil {
		return nil, err
	}
	if p.paths, err = layPaths(config.Paths); err != nil {
		return nil, err
	}
	if p.on(FeatureMTLS) {
		if err = p.readClientCAs(); err != nil {
			return nil, err
		}
	}
	randomInto(p.browser[:])
	randomInto(p.realm[:])
	randomInto(p.nonces[:])
	p.state = newState(p.config)
	p.routes = p.table()
	return p, nil
}

// Issuer returns the issuer identifier.
func (p *Provider) Issuer() string { return p.config.Issuer }

// Info is what somebody needs to use the provider; it marshals to the JSON line of the serve command.
type Info struct {
	Issuer  string       `json:"issuer"`
	Clients []ClientInfo `json:"clients"`
	Users   []UserInfo   `json:"users"`
	Trials  []TrialInfo  `json:"fault_issuers,omitempty"`
}

// TrialInfo is the issuer of one fault.
type TrialInfo struct {
	Fault  string `json:"fault"`
	Issuer string `json:"issuer"`
}

// ClientInfo is one client of Info, its secret readable: it is a test client's.
type ClientInfo struct {
	ID           string   `json:"client_id"`
	Secret       string   `json:"client_secret,omitempty"`
	AuthMethod   string   `json:"auth_method"`
	GrantTypes   []string `json:"grant_types"`
	RedirectURIs []string `json:"redirect_uris"`
}

// UserInfo is one user of Info, the password readable: it is a test user's.
type UserInfo struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// Info describes the provider.
func (p *Provider) Info() Info {
	info := Info{Issuer: p.config.Issuer, Clients: []ClientInfo{}, Users: []UserInfo{}}
	for _, c := range p.config.Clients {
		method := c.AuthMethod
		if method == "" {
			method = c.authMethods()[0]
		}
		info.Clients = append(info.Clients, ClientInfo{
			ID: c.ID, Secret: c.Secret.Reveal(), AuthMethod: method,
			GrantTypes: append([]string{}, c.GrantTypes...), RedirectURIs: append([]string{}, c.RedirectURIs...),
		})
	}
	for _, u := range p.config.Users {
		info.Users = append(info.Users, UserInfo{u.Username, u.Password.Reveal()})
	}
	for _, t := range p.trials {
		info.Trials = append(info.Trials, TrialInfo{t.Fault.Name, t.Issuer})
	}
	return info
}

func (p *Provider) now() time.Time { return p.config.Now() }
