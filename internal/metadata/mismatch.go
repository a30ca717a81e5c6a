package metadata

import (
	"net/url"
	"strings"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/wire"
)

// mismatch says how the document's issuer differs from the one asked for, and which value to use: only identical
// strings are the same issuer (RFC 8414 §3.3, §4).
func mismatch(s Source, doc *Document) *problem.Error {
	want, got := s.expected(), doc.Issuer
	p := &problem.Error{
		Kind: problem.Verification, Code: "metadata.issuer", Spec: "RFC 8414 §3.3",
		Message: "the metadata belongs to another issuer", Want: text.Escape(want), Got: text.Escape(got),
	}
	use := "--issuer " + quote(got)
	if s.ExpectIssuer != "" {
		use = "--expect-issuer " + quote(got)
	}
	p.Hint = "if " + text.Escape(got) + " is the right provider, use " + use
	if _, err := CheckIssuer(got, wire.AllowHTTP); err != nil {
		p.Hint = "the document's issuer is no usable issuer: the provider must mend its metadata"
	}
	if hint := microsoft(want, got); hint != "" {
		p.Hint = hint
		return p
	}
	w, errWant := url.Parse(want)
	g, errGot := url.Parse(got)
	switch {
	case strings.TrimSuffix(want, "/") == strings.TrimSuffix(got, "/"):
		p.Message = "the issuer differs only in its trailing slash"
		p.Hint = "use " + use
	case strings.EqualFold(want, got):
		p.Message = "the issuer differs only in letter case"
		p.Hint = "use " + use
	case errWant != nil || errGot != nil:
	case w.Scheme != g.Scheme && strings.TrimPrefix(want, w.Scheme) == strings.TrimPrefix(got, g.Scheme):
		p.Message = "the issuer differs only in its scheme"
		p.Hint = "the provider seems to be behind a proxy and not to know its public address: " + frontEnd
	case w.Host != g.Host && w.EscapedPath() == g.EscapedPath() && wire.IsLoopback(w.Hostname()) && wire.IsLoopback(g.Hostname()):
		p.Message = "the issuer has another name of this machine, or another port"
		p.Hint = "use " + use
	case w.Host != g.Host && w.EscapedPath() == g.EscapedPath():
		p.Message = "the issuer has another host"
		p.Hint = "the provider answers under a front-end URL of its own, wherever it is asked: use " + use +
			" if that is its public address; else, behind a proxy or in Docker or Kubernetes, it needs " + frontEnd +
			"; --expect-issuer " + quote(got) + " takes the difference as it is"
	}
	return p
}

// frontEnd names the setting that mends an issuer behind a proxy, where it is the same for many.
const frontEnd = "its public URL set (Keycloak: hostname, which is KC_HOSTNAME, and KC_PROXY_HEADERS; others: issuer, base URL or X-Forwarded-* headers)"

// microsoft explains the issuers of Entra ID, whose v1.0, v2.0 and multi-tenant documents name others than their address.
func microsoft(want, got string) string {
	w, err := url.Parse(want)
	if err != nil {
		return ""
	}
	g, err := url.Parse(got)
	if err != nil && !strings.Contains(got, "{tenantid}") {
		return ""
	}
	tenant, rest, _ := strings.Cut(strings.Trim(w.Path, "/"), "/")
	switch {
	case strings.Contains(got, "{tenantid}"):
		return "this is the multi-tenant address (" + text.Escape(tenant) + "), whose issuer is a template: use your tenant's, --issuer " +
			quote(strings.ReplaceAll(got, "{tenantid}", "TENANT-ID")) + ", or add --expect-issuer " + quote(got)
	case g != nil && g.Host == "sts.windows.net" && !strings.HasPrefix(want, "https://sts.windows.net/"):
		id := strings.Trim(g.Path, "/")
		return "this is the v1.0 document: for v2.0 use --issuer " + quote(w.Scheme+"://"+w.Host+"/"+id+"/v2.0") +
			"; for v1.0 tokens use --issuer " + quote(got)
	case g != nil && w.Host == g.Host && strings.HasPrefix(w.Host, "login.microsoftonline.") && rest == "v2.0":
		return "the issuer names the tenant by its id: use --issuer " + quote(got)
	}
	return ""
}

// quote makes a value of others safe to paste into a shell.
func quote(value string) string { return text.Argument(text.Escape(value)) }
