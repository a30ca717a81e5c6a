package op

import (
	"slices"
	"strconv"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/profile"
	"github.com/oauthctl/oauthctl/internal/text"
)

// ParseConfig reads a provider's configuration file over a configuration that is there already, such as a persona's:
// what the file does not name stays, and a list in it takes the place of the whole list. Errors name line and column.
func ParseConfig(base Config, data []byte, path string) (Config, error) {
	root, err := profile.ParseYAML(data, path, "serve", "the provider configuration")
	if err != nil {
		return Config{}, err
	}
	r := &configReader{config: base}
	err = root.Fields(profile.Fields{
		"issuer":                        toText(&r.config.Issuer),
		"audience":                      toText(&r.config.Audience),
		"auto_approve":                  toBool(&r.config.AutoApprove),
		"require_par":                   toBool(&r.config.RequirePAR),
		"initial_access_token":          toSecret(&r.config.InitialAccessToken),
		"dpop_nonce":                    toDuration(&r.config.DPoPNonce),
		"dpop_algs":                     r.proofAlgs,
		"rotate_registration_tokens":    toBool(&r.config.RotateRegistration),
		"approve_after":                 r.approveAfter,
		"poll_interval":                 toDuration(&r.config.PollInterval),
		"lifetimes":                     toLifetimes(&r.config.Lifetimes),
		"features":                      r.features,
		"paths":                         r.paths,
		"faults":                        r.faults,
		"users":                         r.users,
		"clients":                       func(n *profile.Node) error { r.clients = n; return nil },
		"access_token":                  r.common(formatOf),
		"id_token_alg":                  r.common(algOf(func(c *Client) *jose.Algorithm { return &c.IDTokenAlg })),
		"access_token_alg":              r.common(algOf(func(c *Client) *jose.Algorithm { return &c.AccessTokenAlg })),
		"userinfo_alg":                  r.common(algOf(func(c *Client) *jose.Algorithm { return &c.UserInfoAlg })),
		"keys":                          r.keys,
		"require_signed_request_object": toBool(&r.config.RequireSignedRequest),
		"fapi2":                         toBool(&r.config.FAPI2),
		"require_signed_response":       toBool(&r.config.RequireSignedResponse),
	})
	if err == nil {
		err = r.finish()
	}
	return r.config, err
}

// approveAfter reads how often a client is told to wait before auto_approve agrees.
func (r *configReader) approveAfter(n *profile.Node) error {
	var count string
	if err := n.Text(&count); err != nil {
		return err
	}
	times, err := strconv.ParseUint(count, 10, 16)
	if err != nil {
		return n.Fault("a whole number is wanted, not %q", text.Escape(count))
	}
	r.config.ApproveAfter = int(times)
	return nil
}

// configReader fills a configuration in the order in which its parts need each other, not that of the file.
type configReader struct {
	config  Config
	clients *profile.Node   // read last: what holds for all of them comes first
	shared  []func(*Client) // what holds for all of them
}

// reading reads one value, and says what it does to a client.
type reading func(*profile.Node) (func(*Client), error)

// common reads a value that holds for every client which does not say otherwise.
func (r *configReader) common(read reading) func(*profile.Node) error {
	return func(n *profile.Node) error {
		set, err := read(n)
		r.shared = append(r.shared, set)
		return err
	}
}

func (r *configReader) finish() error {
	if r.clients == nil {
		r.config.Clients = slices.Clone(r.config.Clients)
		for i := range r.config.Clients {
			r.share(&r.config.Clients[i])
		}
		return nil
	}
	r.config.Clients = []Client{}
	return r.clients.Items(func(n *profile.Node) error {
		c, err := r.client(n)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(r.config.Clients, func(other Client) bool { return other.ID == c.ID }) {
			return n.Fault("client_id %s is there already", text.Escape(c.ID))
		}
		r.config.Clients = append(r.config.Clients, *c)
		return nil
	})
}

func (r *configReader) share(c *Client) {
	for _, set := range r.shared {
		set(c)
	}
}

// client reads a client. Its keys are those that serve -o json prints, and registered names of RFC 7591 §2.
func (r *configReader) client(n *profile.Node) (*Client, error) {
	c := &Client{}
	r.share(c)
	set := func(read reading) func(*profile.Node) error {
		return func(n *profile.Node) error {
			apply, err := read(n)
			if err == nil {
				apply(c)
			}
			return err
		}
	}
	fields := profile.Fields{
		"client_id":                toText(&c.ID),
		"client_name":              toText(&c.Name),
		"client_secret":            toSecret(&c.Secret),
		"auth_method":              toText(&c.AuthMethod),
		"keys":                     toText(&c.Keys),
		"tls_subject":              toText(&c.TLSSubject),
		"grant_types":              toTexts(&c.GrantTypes),
		"dpop_bound_access_tokens": toBool(&c.DPoPBound),
		"tls_client_certificate_bound_access_tokens": toBool(&c.CertificateBound),
		"redirect_uris":                     toTexts(&c.RedirectURIs),
		"post_logout_redirect_uris":         toTexts(&c.PostLogoutRedirectURIs),
		"scopes":                            toTexts(&c.Scopes),
		"access_token":                      set(formatOf),
		"id_token_alg":                      set(algOf(func(c *Client) *jose.Algorithm { return &c.IDTokenAlg })),
		"access_token_alg":                  set(algOf(func(c *Client) *jose.Algorithm { return &c.AccessTokenAlg })),
		"userinfo_alg":                      set(algOf(func(c *Client) *jose.Algorithm { return &c.UserInfoAlg })),
		"refresh_token":                     set(refreshOf),
		"introspects":                       set(rightOf(func(c *Client) *Right { return &c.Introspects })),
		"revokes":                           set(rightOf(func(c *Client) *Right { return &c.Revokes })),
		"lifetimes":                         toLifetimes(&c.Lifetimes),
		"authorization_details_types":       toTexts(&c.DetailTypes),
		"require_signed_request_object":     toBool(&c.RequireSignedRequest),
		"request_object_signing_alg":        set(algOf(func(c *Client) *jose.Algorithm { return &c.RequestObjectAlg })),
		"authorization_signed_response_alg": set(algOf(func(c *Client) *jose.Algorithm { return &c.AuthorizationAlg })),

		"introspection_signed_response_alg": set(algOf(func(c *Client) *jose.Algorithm { return &c.IntrospectionAlg })),
	}
	for _, answer := range c.encryptions() {
		fields[answer.name+"_encrypted_response_alg"] = toText(&answer.field.Alg)
		fields[answer.name+"_encrypted_response_enc"] = toText(&answer.field.Enc)
	}
	if err := n.Fields(fields); err != nil {
		return nil, err
	}
	if c.ID == "" {
		return nil, n.Fault("client_id is missing")
	}
	return c, placed(n, c.check())
}

// placed puts the place in the file before an error that does not know it.
func placed(n *profile.Node, err error) error {
	if err == nil {
		return nil
	}
	e := problem.As(err)
	return n.Fault("%s", e.Message).WithHint("%s", e.Hint)
}

// proofAlgs reads the algorithms of DPoP proofs.
func (r *configReader) proofAlgs(n *profile.Node) error {
	r.config.DPoPAlgs = []string{}
	return n.Items(func(n *profile.Node) error {
		alg, err := choice(n, keyAlgs, keyAlgs)
		r.config.DPoPAlgs = append(r.config.DPoPAlgs, alg)
		return err
	})
}

func (r *configReader) keys(n *profile.Node) error {
	if err := n.Text(&r.config.Keys); err != nil {
		return err
	}
	_, err := parseKeys(r.config.Keys)
	return placed(n, err)
}

func (r *configReader) features(n *profile.Node) error {
	r.config.Features = []Feature{}
	return n.Items(func(n *profile.Node) error {
		var name string
		if err := n.Text(&name); err != nil {
			return err
		}
		r.config.Features = append(r.config.Features, Feature(name))
		return placed(n, checkFeatures([]Feature{Feature(name)}))
	})
}

// paths adds to the paths that are there: a persona has its own.
func (r *configReader) paths(n *profile.Node) error {
	paths := make(map[string]string)
	for name, path := range r.config.Paths {
		paths[name] = path
	}
	r.config.Paths = paths
	return n.Each(func(name string, value *profile.Node) error {
		var path string
		if err := value.Text(&path); err != nil {
			return err
		}
		paths[name] = path
		_, err := layPaths(paths)
		return placed(value, err)
	})
}

func (r *configReader) faults(n *profile.Node) error {
	r.config.Faults = []string{}
	return n.Items(func(n *profile.Node) error {
		var name string
		if err := n.Text(&name); err != nil {
			return err
		}
		r.config.Faults = append(r.config.Faults, name)
		_, err := SelectFaults([]string{name})
		return placed(n, err)
	})
}

func (r *configReader) users(n *profile.Node) error {
	r.config.Users = []User{}
	return n.Items(func(n *profile.Node) error {
		var u User
		err := n.Fields(profile.Fields{
			"username":    toText(&u.Username),
			"password":    toSecret(&u.Password),
			"sub":         toText(&u.Subject),
			"name":        toText(&u.Name),
			"given_name":  toText(&u.GivenName),
			"family_name": toText(&u.FamilyName),
			"email":       toText(&u.Email),
		})
		if err != nil {
			return err
		}
		if u.Username == "" || u.Password.IsZero() {
			return n.Fault("username and password are wanted")
		}
		if slices.ContainsFunc(r.config.Users, func(other User) bool { return other.Username == u.Username }) {
			return n.Fault("username %s is there already", text.Escape(u.Username))
		}
		if u.Subject == "" {
			u.Subject = "user-" + u.Username
		}
		r.config.Users = append(r.config.Users, u)
		return nil
	})
}
