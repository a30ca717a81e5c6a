package op

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// maxDocument is how much of a client's metadata document is read (draft-ietf-oauth-client-id-metadata-document §8.7),
// and documentTime how long that may take.
const (
	maxDocument  = 5 << 10
	documentTime = 3 * time.Second
)

// clientNamed finds the client of an ID: one that is known, else, where the ID is a URL, the one that its document
// describes. It must not be called with the provider's lock held: the document may be slow. The error says what is
// wrong, as the end of a sentence.
func (x *exchange) clientNamed(id string) (*Client, error) {
	if c := x.p.client(id); c != nil {
		return c, nil
	}
	if !strings.HasPrefix(id, "https://") && !strings.HasPrefix(id, "http://") || !x.p.on(FeatureClientDocuments) {
		return nil, errors.New("no client '" + id + "' is registered" + x.suggestClient(id))
	}
	if x.foreignPage() {
		return nil, fmt.Errorf("the metadata document of client '%s' is not fetched for a page of another site", id)
	}
	c, err := x.documented(id)
	if err != nil {
		return nil, fmt.Errorf("the metadata document of client '%s' %w", id, err)
	}
	return c, nil
}

// foreignPage says that a page from elsewhere than this machine has its browser send the request, and no person follows a
// link there. What is fetched for it, and what the answer says of that, would be its look into the other servers of this
// machine, past the browser that keeps it from them.
func (x *exchange) foreignPage() bool {
	h := x.r.Header
	if origin := h.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		return err != nil || u.Host == "" || !x.p.ourHost(u.Host)
	}
	visited := slices.Contains([]string{"", "document", "iframe", "frame"}, h.Get("Sec-Fetch-Dest"))
	return h.Get("Sec-Fetch-Site") == "cross-site" && !visited
}

// documented makes a client of the document at its ID (draft-ietf-oauth-client-id-metadata-document §4, §5).
func (x *exchange) documented(id string) (*Client, error) {
	if wrong := wrongDocumentURL(id); wrong != "" {
		return nil, errors.New("is not fetched: the address " + wrong)
	}
	object, err := x.fetchDocument(id)
	if err != nil {
		return nil, err
	}
	if own, err := object.String("client_id"); err != nil || own != id {
		return nil, errors.New("names another client_id: '" + own + "'")
	}
	for _, name := range []string{"client_secret", "client_secret_expires_at"} {
		if object.Has(name) {
			return nil, errors.New("holds a " + name + ", which everybody could read")
		}
	}
	c, _, bad := x.p.clientFrom(id, object, authNone)
	if bad == nil && c.needsSecret() {
		return nil, errors.New("wants " + c.AuthMethod + ", and there is no secret")
	}
	if bad == nil {
		bad = c.complete()
	}
	if bad != nil {
		return nil, errors.New("is refused: " + bad.description)
	}
	return c, nil
}

// wrongDocumentURL says why nothing is fetched from an address; empty where it may be. This provider is for trying: it
// fetches from this machine alone, so that nobody can make it ask others (§3, §8.6).
func wrongDocumentURL(id string) string {
	u, wrong := parseAbsolute(id)
	if wrong != "" {
		return wrong
	}
	ip, err := netip.ParseAddr(u.Hostname())
	switch {
	case u.EscapedPath() == "":
		return "has no path"
	case dotted(u.Path):
		return "has a dot segment"
	case u.Hostname() != "localhost" && (err != nil || !ip.IsLoopback()):
		return "is not on loopback"
	}
	return ""
}

// fetchDocument reads the document. No redirect is followed (§5).
func (x *exchange) fetchDocument(id string) (object strictjson.Object, err error) {
	transport := &http.Transport{Proxy: nil, DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(x.r.Context(), documentTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, id, http.NoBody)
	if err != nil {
		return object, errors.New("cannot be asked for")
	}
	request.Header.Set("Accept", "application/json")
	response, err := transport.RoundTrip(request)
	if err != nil {
		return object, errors.New("cannot be fetched")
	}
	defer response.Body.Close()
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	body, err := io.ReadAll(io.LimitReader(response.Body, maxDocument+1))
	switch {
	case response.StatusCode != http.StatusOK:
		return object, fmt.Errorf("answers %d; 200 is wanted, and redirects are not followed", response.StatusCode)
	case media != "application/json" && (!strings.HasPrefix(media, "application/") || !strings.HasSuffix(media, "+json")):
		return object, errors.New("is '" + media + "', not application/json")
	case err != nil:
		return object, errors.New("breaks off")
	case len(body) > maxDocument:
		return object, fmt.Errorf("has more than %d bytes", maxDocument)
	}
	if object, err = strictjson.Parse(body); err != nil {
		return object, errors.New("is no JSON object: " + err.Error())
	}
	return object, nil
}

// clientDocument is the metadata document of an example client, whose ID is its address.
func (x *exchange) clientDocument() answer {
	return x.json(http.StatusOK, document{
		{"client_id", x.p.endpoint(atDocument)},
		{"client_name", "Example Client with a Metadata Document"},
		{"token_endpoint_auth_method", authNone},
		{"grant_types", []string{grantCode, grantRefresh}},
		{"response_types", []string{"code"}},
		{"redirect_uris", []string{"http://127.0.0.1/callback", "http://[::1]/callback", "http://localhost/callback"}},
		{"post_logout_redirect_uris", []string{"http://127.0.0.1/callback"}},
		{"scope", "openid profile email offline_access api:read"},
	}).cacheable()
}
