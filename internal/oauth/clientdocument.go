package oauth

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// draftDocument is the specification of client ID metadata documents, version 02; a section follows.
const draftDocument = "draft-ietf-oauth-client-id-metadata-document "

// usualDocument is how large a document may be with every provider: they read 5 KB at least (§8.7).
const usualDocument = 5 << 10

// ClientDocument is a client ID metadata document as its address answered.
type ClientDocument struct {
	URL    string
	Status int
	Header http.Header
	Body   []byte
}

// ClientDocumentReport is the verdict on a document.
type ClientDocumentReport struct {
	Valid    bool              `json:"valid"`
	ClientID string            `json:"client_id"`
	Document strictjson.Object `json:"document"`
	Checks   verdict.Checks    `json:"checks"`
}

// documentRule is one thing that a document must be. It fills in the outcome: status, got, and a hint.
type documentRule struct {
	rule, spec, want string
	judge            func(*documentJudge, *verdict.Check)
}

// documentJudge is a document whose parts were read.
type documentJudge struct {
	ClientDocument
	members strictjson.Object
	err     error // of reading the members
	meta    ClientMetadata
}

// answerRules are of the answer, whatever it says.
func answerRules() []documentRule {
	return []documentRule{
		{"client_document.url", "§3", "an https URL with a path, without dot segments, fragment and user name", (*documentJudge).url},
		{"client_document.status", "§5", "200, and no redirect: no provider follows one", (*documentJudge).status},
		{"client_document.content_type", "§4", "application/json, or another type that ends in +json", (*documentJudge).contentType},
		{"client_document.size", "§8.7", "5 KB at most", (*documentJudge).size},
		{"client_document.json", "§4", "one JSON object", (*documentJudge).json},
	}
}

// memberRules are of what it says.
func memberRules() []documentRule {
	return []documentRule{
		{"client_document.client_id", "§4", "the URL of the document, character for character", (*documentJudge).clientID},
		{"client_document.secret", "§4", "no client_secret: everybody reads the document", (*documentJudge).secret},
		{"client_document.auth_method", "§4", "none, private_key_jwt, or another method without a shared secret", (*documentJudge).authMethod},
		{"client_document.redirect_uris", "§4", "the redirect URIs, absolute and without fragment", (*documentJudge).redirects},
		{"client_document.redirect_origin", "§8.1", "redirect URIs at the origin of the client_id, or on the user's machine", (*documentJudge).redirectOrigins},
		{"client_document.jwks", "RFC 7591 §2", "public keys, in jwks or at jwks_uri, for a client that signs", (*documentJudge).keys},
		{"client_document.grants", "RFC 7591 §2.1", "grant_types and response_types that go together", (*documentJudge).grants},
		{"client_document.client_name", "§4", "a name to show to people", (*documentJudge).name},
		{"client_document.links", "RFC 7591 §2", "https URLs for people", (*documentJudge).links},
	}
}

// JudgeClientDocument checks a client ID metadata document; every check is made and listed
// (draft-ietf-oauth-client-id-metadata-document §3, §4, §5, §8).
func JudgeClientDocument(d ClientDocument) *ClientDocumentReport {
	j := &documentJudge{ClientDocument: d}
	j.members, j.err = strictjson.Parse(d.Body)
	j.meta = ClientMetadata{j.members.Members()}
	report := &ClientDocumentReport{ClientID: d.URL, Document: j.members}
	rules := answerRules()
	if j.err == nil {
		rules = append(rules, memberRules()...)
	}
	for _, row := range rules {
		check := verdict.Check{Rule: row.rule, Spec: row.spec, Want: row.want, Status: verdict.Pass}
		if strings.HasPrefix(row.spec, "§") {
			check.Spec = draftDocument + row.spec
		}
		row.judge(j, &check)
		report.Checks = append(report.Checks, check)
	}
	report.Valid = !report.Checks.Failed()
	return report
}

// IsClientURL says whether a client ID is the address of a metadata document (§3).
func IsClientURL(id string) bool {
	return strings.HasPrefix(id, "https://") || strings.HasPrefix(id, "http://") && isLocal(id)
}

// set fills in an outcome.
func set(c *verdict.Check, status verdict.Status, got, hint string) {
	c.Status, c.Got, c.Hint = status, got, hint
}

func (j *documentJudge) url(c *verdict.Check) {
	c.Got = text.URL(j.URL)
	u, err := url.Parse(j.URL)
	bad := func(why string) {
		set(c, verdict.Fail, text.URL(j.URL)+" "+why, "choose another address for the document: it is the client_id")
	}
	switch {
	case err != nil || firstOutside(j.URL, 0x21, 0x7e) >= 0 || u.Hostname() == "":
		bad("is no URL with a host")
	case u.User != nil:
		bad("has a user name")
	case strings.Contains(j.URL, "#"):
		bad("has a fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLocal(j.URL)):
		bad("is not https")
	case u.EscapedPath() == "":
		bad("has no path")
	case slices.ContainsFunc(strings.Split(u.Path, "/"), func(s string) bool { return s == "." || s == ".." }):
		bad("has a dot segment")
	case u.Scheme == "http":
		set(c, verdict.Warn, "http on loopback, which is for trying alone", "publish the document with https")
	case u.RawQuery != "" || u.ForceQuery:
		set(c, verdict.Warn, "an address with a query", "leave the query out")
	}
}

func (j *documentJudge) status(c *verdict.Check) {
	c.Got = statusText(j.Status)
	if j.Status == http.StatusOK {
		return
	}
	c.Status = verdict.Fail
	if to := j.Header.Get("Location"); to != "" && j.Status >= 300 && j.Status < 400 {
		c.Got += ", to " + text.URL(to)
		c.Hint = "serve the document at the client_id itself, or make the address that it leads to the client_id"
	}
}

func (j *documentJudge) contentType(c *verdict.Check) {
	media := mediaType(j.Header)
	if c.Got = text.Escape(media); media == "" {
		c.Got = "no content type"
	}
	if media != "application/json" && (!strings.HasPrefix(media, "application/") || !strings.HasSuffix(media, "+json")) {
		set(c, verdict.Fail, c.Got, "have the server send Content-Type: application/json")
	}
}

func (j *documentJudge) size(c *verdict.Check) {
	if c.Got = count(len(j.Body), "byte"); len(j.Body) > usualDocument {
		set(c, verdict.Warn, c.Got, "a provider may read no more than 5 KB: put keys at a jwks_uri, and leave out what nobody needs")
	}
}

func (j *documentJudge) json(c *verdict.Check) {
	if c.Got = count(len(j.members.Members()), "member"); j.err != nil {
		set(c, verdict.Fail, text.Escape(j.err.Error()), "serve the document that oauthctl client metadata prints")
	}
}

func (j *documentJudge) clientID(c *verdict.Check) {
	id, err := j.members.String("client_id")
	c.Want = text.URL(j.URL)
	if c.Got = text.URL(id); err != nil || id == "" {
		c.Got = kindOf(j.members, "client_id")
	}
	if err != nil || id != j.URL {
		c.Status, c.Hint = verdict.Fail, "a provider refuses a document that names another client: write the address into it"
	}
}

func (j *documentJudge) secret(c *verdict.Check) {
	for _, name := range []string{"client_secret", "client_secret_expires_at"} {
		if j.members.Has(name) {
			set(c, verdict.Fail, "a "+name, "take it out, and treat a secret that was published as lost")
			return
		}
	}
}

func (j *documentJudge) authMethod(c *verdict.Check) {
	method, err := j.members.String("token_endpoint_auth_method")
	c.Got = text.Escape(method)
	switch {
	case err != nil:
		set(c, verdict.Fail, kindOf(j.members, "token_endpoint_auth_method"), "")
	case method == "":
		set(c, verdict.Warn, "no token_endpoint_auth_method, which means client_secret_basic (RFC 7591 §2), for which there is no secret", "say none, or private_key_jwt")
	case strings.HasPrefix(method, "client_secret_"):
		set(c, verdict.Fail, text.Escape(method), "there is no way to agree on a secret: use none, or private_key_jwt with jwks")
	}
}

// visits says whether the client sends people to the authorization endpoint (RFC 7591 §2).
func (m ClientMetadata) visits() bool {
	return !m.Has("grant_types") || slices.ContainsFunc(m.Strings("grant_types"), func(grant string) bool {
		return grant == "authorization_code" || grant == "implicit"
	})
}

func (j *documentJudge) redirects(c *verdict.Check) {
	uris, err := j.members.Strings("redirect_uris")
	c.Got = count(len(uris), "redirect URI")
	switch {
	case err != nil:
		set(c, verdict.Fail, "redirect_uris that is no list of strings", "")
	case len(uris) == 0 && j.meta.visits():
		set(c, verdict.Fail, "no redirect_uris, though the client sends people to the authorization endpoint", "list each, character for character as it is sent")
	}
	for _, uri := range uris {
		if flaw := redirectFlaw(uri); flaw != "" {
			set(c, verdict.Fail, text.Escape(uri)+" "+flaw, "")
			return
		}
	}
}

func (j *documentJudge) redirectOrigins(c *verdict.Check) {
	for _, uri := range j.meta.Strings("redirect_uris") {
		u, err := url.Parse(uri)
		switch {
		case err != nil || u.Scheme != "https" && u.Scheme != "http" || isLocal(uri):
		case u.Scheme == "http":
			set(c, verdict.Warn, text.URL(uri)+" is http:// off loopback: anybody on the way reads the code", "use https")
		case !SameOrigin(uri, j.URL) && c.Status == verdict.Pass:
			set(c, verdict.Warn, text.URL(uri)+" is at another origin than the client_id", "a provider may refuse it, or show it to people as somebody else's")
		}
	}
}

func (j *documentJudge) keys(c *verdict.Check) {
	jwks, inline := j.members.Value("jwks")
	address, err := j.members.String("jwks_uri")
	signs := j.meta.Text("token_endpoint_auth_method") == AuthPrivateKeyJWT
	flaw := keysFlaw(j.members)
	switch {
	case err != nil:
		set(c, verdict.Fail, "jwks_uri is "+kindOf(j.members, "jwks_uri"), "")
	case inline && address != "":
		set(c, verdict.Fail, "both jwks and jwks_uri", "leave one of them out")
	case flaw != "":
		set(c, verdict.Fail, "jwks "+flaw, "oauthctl key public FILE gives the part that may be published; a private key that was is lost")
	case address != "" && !strings.HasPrefix(address, "https://") && !isLocal(address):
		set(c, verdict.Fail, "a jwks_uri that is not https: "+text.URL(address), "")
	case signs && !inline && address == "":
		set(c, verdict.Fail, "private_key_jwt without jwks and jwks_uri", "name the client's public keys")
	case inline:
		usableKeys(c, jwks)
	case address != "":
		c.Got = "jwks_uri " + text.URL(address) + ", which was not fetched"
	default:
		set(c, verdict.Skip, "no keys, and none are needed", "")
	}
}

// usableKeys warns of keys that nobody can verify with.
func usableKeys(c *verdict.Check, jwks []byte) {
	keys, err := jose.ParseKeySet(jwks)
	if err != nil {
		set(c, verdict.Fail, "jwks that is no key set", "")
		return
	}
	c.Got = count(len(keys.Keys), "public key")
	if len(keys.Keys) == 0 {
		set(c, verdict.Fail, "no key that can be used", "make one: oauthctl key generate")
	}
	if bad := append(keys.Checks().With(verdict.Warn), keys.Checks().With(verdict.Fail)...); len(bad) > 0 && c.Status == verdict.Pass {
		set(c, verdict.Warn, bad[0].Got, bad[0].Hint)
	}
}

func (j *documentJudge) grants(c *verdict.Check) {
	grants, err := j.members.Strings("grant_types")
	types, wrong := j.members.Strings("response_types")
	code := slices.ContainsFunc(types, func(t string) bool { return slices.Contains(strings.Fields(t), "code") })
	switch {
	case err != nil || wrong != nil:
		set(c, verdict.Fail, "grant_types or response_types that is no list of strings", "")
	case types != nil && code != (grants == nil || slices.Contains(grants, "authorization_code")):
		set(c, verdict.Warn, fmt.Sprintf("grant_types %s with response_types %s", orNone(grants), orNone(types)), "code and authorization_code go together")
	case types == nil && grants != nil && !slices.Contains(grants, "authorization_code"):
		set(c, verdict.Warn, "no response_types, which means code, with grant_types "+orNone(grants), `say "response_types":[]`)
	default:
		c.Got = "grant_types " + orNone(grants) + ", response_types " + orNone(types)
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return text.Escape(strings.Join(list, " "))
}

func (j *documentJudge) name(c *verdict.Check) {
	name, err := j.members.String("client_name")
	if c.Got = text.Escape(name); err != nil || name == "" {
		set(c, verdict.Warn, "no client_name", "a provider shows the address instead")
	}
}

func (j *documentJudge) links(c *verdict.Check) {
	for _, name := range []string{"client_uri", "logo_uri", "tos_uri", "policy_uri"} {
		address, err := j.members.String(name)
		if err != nil || address != "" && !strings.HasPrefix(address, "https://") {
			set(c, verdict.Warn, name+" "+text.URL(address)+" is no https URL", "a provider should not show or fetch it")
		}
	}
}
