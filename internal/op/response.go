package op

import (
	"net/url"
	"slices"
	"strings"
)

// What an authorization request may ask for, and how the answer travels (OAuth 2.0 Multiple Response Type Encoding
// Practices).

// responseTypes are the supported ones, as they are advertised.
func (p *Provider) responseTypes() []string {
	types := []string{"code"}
	if p.on(FeatureImplicit) {
		types = append(types, "token", "id_token", "id_token token")
	}
	if p.on(FeatureHybrid) {
		types = append(types, "code id_token", "code token", "code id_token token")
	}
	return types
}

// responseModes are the supported ones, as they are advertised.
func (p *Provider) responseModes() []string {
	modes := []string{"query"}
	if p.on(FeatureFragment) || p.on(FeatureImplicit) || p.on(FeatureHybrid) {
		modes = append(modes, "fragment")
	}
	for mode, feature := range map[string]Feature{"form_post": FeatureFormPost, "web_message": FeatureWebMessage} {
		if p.on(feature) {
			modes = append(modes, mode)
		}
	}
	if p.on(FeatureJARM) {
		modes = append(modes, "jwt", "query.jwt", "fragment.jwt", "form_post.jwt")
	}
	slices.Sort(modes[1:])
	return modes
}

// defaultMode is that of the response type: never the query where tokens come.
func (a *authorization) defaultMode() string {
	if a.implicit() {
		return "fragment"
	}
	return "query"
}

// implicit says whether tokens come from the authorization endpoint itself.
func (a *authorization) implicit() bool {
	return a.gives("token") || a.gives("id_token")
}

// gives says whether the response type names a word.
func (a *authorization) gives(word string) bool { return slices.Contains(a.types, word) }

func judgeType(x *exchange, a *authorization, form url.Values) *refusal {
	asked := form.Get("response_type")
	a.types = strings.Fields(asked)
	supported := x.p.responseTypes()
	switch known := slices.ContainsFunc(supported, func(s string) bool { return sameWords(s, a.types) }); {
	case len(a.types) == 0:
		return refused("invalid_request", "response_type is missing; send response_type=code")
	case !known:
		return refused("unsupported_response_type", "response_type '%s' is not supported; %s", asked, only(supported))
	}
	var bad *refusal
	if a.gives("code") {
		bad = a.client.allowed(grantCode)
	}
	if bad == nil && a.implicit() { // a hybrid flow needs both grants (OpenID Connect Registration §2)
		if bad = a.client.allowed(grantImplicit); bad == nil {
			x.event.GrantType = grantImplicit
		}
	}
	return bad
}

// sameWords compares a list of words with others, whatever their order.
func sameWords(list string, words []string) bool {
	a, b := strings.Fields(list), slices.Clone(words)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// only says what is supported: "only 'a' is", or "'a', 'b' and 'c' are".
func only(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = "'" + name + "'"
	}
	if len(quoted) == 1 {
		return "only " + quoted[0] + " is"
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " and " + quoted[last] + " are"
}

func judgeMode(x *exchange, a *authorization, form url.Values) *refusal {
	if mode := form.Get("response_mode"); mode != "" {
		return x.judgeMode(a, mode)
	}
	return nil
}

func (x *exchange) judgeMode(a *authorization, mode string) *refusal {
	switch modes := x.p.responseModes(); {
	case !slices.Contains(modes, mode):
		return refused("invalid_request", "response_mode '%s' is not supported; %s", mode, only(modes))
	case mode == "query.jwt" && a.implicit() && a.client.AuthorizationEncryption.Alg == "":
		return refused("invalid_request", "response_mode 'query.jwt' would leave tokens in logs and histories, as they are not encrypted for client '%s' (JARM section 2.3.1)", a.client.ID)
	case mode == "query" && a.implicit():
		return refused("invalid_request", "response_mode 'query' would leave tokens in logs and histories; '%s' is for them", a.defaultMode())
	case mode == "web_message" && origin(a.redirectURI) == "":
		return refused("invalid_request", "response_mode 'web_message' needs a redirect_uri of http or https, whose origin gets the message")
	}
	return nil
}

// origin is what a browser takes for the origin of a URL; empty for one that has none.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	host := strings.ToLower(u.Host)
	if u.Scheme == "http" {
		host = strings.TrimSuffix(host, ":80")
	} else {
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host
}

// judgeNonce takes the nonce; an ID token from the authorization endpoint needs one (OpenID Connect Core §3.2.2.1).
func judgeNonce(_ *exchange, a *authorization, form url.Values) *refusal {
	if a.nonce = form.Get("nonce"); len(a.nonce) > maxNonce {
		return refused("invalid_request", "the nonce has %d bytes; no more than %d are taken", len(a.nonce), maxNonce)
	}
	if a.nonce == "" && a.gives("id_token") {
		return refused("invalid_request", "nonce is missing; response_type '%s' needs one", form.Get("response_type"))
	}
	if a.gives("id_token") && !slices.Contains(strings.Fields(form.Get("scope")), "openid") {
		return refused("invalid_scope", "response_type '%s' needs the scope openid", form.Get("response_type"))
	}
	return nil
}
