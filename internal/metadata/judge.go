package metadata

import (
	"cmp"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/strictjson"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// rule is one row of what a document is judged by; find returns what was found wrong, one text each.
type rule struct {
	id, spec, want, hint string
	when                 occasion
	status               verdict.Status // of what is found
	find                 func(*Document) []string
}

// occasion says who is told.
type occasion int

const (
	grading   occasion = iota // who asks what the provider's metadata is worth
	tolerated                 // every flow too: something was put up with, or may explain a failure later
)

// rules is the table of Judge.
func rules() []rule {
	return []rule{
		{"metadata.endpoint_url", "RFC 8414 §2", goodEndpoint, "--endpoint NAME=URL sets the right one", grading, verdict.Fail, badEndpoints},
		{"metadata.issuer_url", "RFC 8414 §2", "an https URL without query and fragment", "", grading, verdict.Warn, badIssuerURL},
		{"metadata.content_type", "RFC 8414 §3.2", "application/json", "", tolerated, verdict.Warn, contentType},
		{"metadata.json", "RFC 8259 §8.1", "JSON", "a stricter client fails here", tolerated, verdict.Warn, byteOrderMark},
		{"metadata.list", "RFC 8414 §2", "an array of strings", "", tolerated, verdict.Warn, badLists},
		{"metadata.member_case", "RFC 8259 §4", "member names in lower case", "names are case-sensitive: these members are ignored", tolerated, verdict.Warn, wrongCase},
		{"metadata.required", "OpenID Connect Discovery 1.0 §3", "every required member", "", grading, verdict.Warn, missing},
		{"metadata.alg_none", "RFC 8725 §3.2", "signature algorithms only", "none is never accepted, whatever metadata lists", grading, verdict.Warn, algNone},
		{"metadata.pkce", "RFC 9700 §2.1.1", "S256 in code_challenge_methods_supported", "PKCE is sent all the same; a provider that ignores it is less protected", grading, verdict.Warn, noPKCE},
		{"metadata.hosts", "RFC 8414 §2", "endpoints that can be reached from where the issuer can", "the provider publishes its inner address: its public URL setting mends that", tolerated, verdict.Warn, innerHosts},
		{"metadata.idn", "RFC 5890 §4.4", "an issuer that cannot be taken for another", "compare the spelling of the host", tolerated, verdict.Warn, foreignLetters},
		{"metadata.clock", "RFC 9110 §6.6.1", "clocks that agree", "set this machine's clock, or widen --leeway", tolerated, verdict.Warn, clock},
	}
}

// Judge returns what is wrong with a document by every rule: one check for each finding, or one that passed.
func Judge(doc *Document) verdict.Checks {
	return append(judge(doc, grading), frontAndBack(doc))
}

// maxFindings bounds what one rule says: a document may have tens of thousands of members, each a warning.
const maxFindings = 10

func judge(doc *Document, when occasion) verdict.Checks {
	var out verdict.Checks
	for _, r := range rules() {
		if r.when < when {
			continue
		}
		check := verdict.Check{Rule: r.id, Spec: r.spec, Status: verdict.Pass, Want: r.want}
		found := r.find(doc)
		if more := len(found) - maxFindings; more > 0 {
			found = append(found[:maxFindings:maxFindings], fmt.Sprintf("and %d more", more))
		}
		if len(found) == 0 {
			out = append(out, check)
		}
		for _, got := range found {
			check.Status, check.Got, check.Hint = r.status, got, r.hint
			out = append(out, check)
		}
	}
	return out
}

func badEndpoints(d *Document) []string {
	var out []string
	for _, e := range endpoints() {
		if _, err := d.endpoint(e, d.plain); err != nil {
			value, _ := d.Value(e.member)
			out = append(out, fmt.Sprintf("%s: %s", err.Error(), text.Escape(string(value))))
		}
	}
	return out
}

func badIssuerURL(d *Document) []string {
	if strings.Contains(d.Issuer, "{tenantid}") {
		return []string{text.Escape(d.Issuer) + ": a template, not an issuer"}
	}
	if _, err := CheckIssuer(d.Issuer, d.plain); err != nil {
		return []string{err.Error()}
	}
	return nil
}

func contentType(d *Document) []string {
	if d.URL == "" || d.ContentType == "application/json" {
		return nil
	}
	return []string{cmp.Or(text.Escape(d.ContentType), "no content type")}
}

func byteOrderMark(d *Document) []string {
	if !d.Marked {
		return nil
	}
	return []string{"a byte order mark, and then JSON"}
}

// badLists finds lists that are none: the names of all lists end alike.
func badLists(d *Document) []string {
	var out []string
	for _, m := range d.Members() {
		if !strings.HasSuffix(m.Name, "_supported") || m.Value.Kind() == 't' || m.Value.Kind() == 'f' {
			continue // authorization_response_iss_parameter_supported and its like are booleans
		}
		if m.Value.Kind() != '[' {
			out = append(out, text.Escape(m.Name)+": "+text.Escape(string(m.Value)))
			continue
		}
		elements, _ := strictjson.Elements(m.Value)
		for _, e := range elements {
			if e.Kind() != '"' {
				out = append(out, text.Escape(m.Name)+": the element "+text.Escape(string(e)))
				break
			}
		}
	}
	return out
}

func wrongCase(d *Document) []string {
	var out []string
	for _, m := range d.Members() {
		lower := strings.ToLower(m.Name)
		known := lower == "issuer" || slices.ContainsFunc(endpoints(), func(e endpoint) bool { return e.member == lower })
		if m.Name != lower && known {
			out = append(out, text.Escape(m.Name))
		}
	}
	return out
}

func missing(d *Document) []string {
	required := []string{"response_types_supported"}
	if d.OpenID() {
		required = append(required, "authorization_endpoint", "jwks_uri", "subject_types_supported", "id_token_signing_alg_values_supported")
	}
	var out []string
	for _, name := range required {
		if !d.Has(name) {
			out = append(out, name+" is missing")
		}
	}
	return out
}

func algNone(d *Document) []string {
	var out []string
	for _, m := range d.Members() {
		if strings.HasSuffix(m.Name, "signing_alg_values_supported") && slices.Contains(d.List(m.Name), "none") {
			out = append(out, text.Escape(m.Name)+" lists none")
		}
	}
	return out
}

func noPKCE(d *Document) []string {
	methods := d.List("code_challenge_methods_supported")
	switch {
	case !d.Has("authorization_endpoint"), slices.Contains(methods, "S256"):
		return nil
	case len(methods) == 0:
		return []string{"code_challenge_methods_supported is missing"}
	}
	return []string{"only " + text.Escape(strings.Join(methods, ", "))}
}

func foreignLetters(d *Document) []string {
	u, err := url.Parse(d.Issuer)
	if err != nil {
		return nil
	}
	ascii, ok := text.ASCIIHost(u.Hostname())
	if ok && strings.EqualFold(ascii, u.Hostname()) && !strings.Contains(strings.ToLower(ascii), "xn--") {
		return nil
	}
	return []string{"the host " + text.Escape(u.Hostname()) + " is " + text.Escape(cmp.Or(ascii, "not a valid name"))}
}

const clockTolerance = time.Minute

func clock(d *Document) []string {
	switch {
	case d.Skew > clockTolerance:
		return []string{"this machine's clock is " + d.Skew.String() + " behind the provider's"}
	case d.Skew < -clockTolerance:
		return []string{"this machine's clock is " + (-d.Skew).String() + " ahead of the provider's"}
	}
	return nil
}

// front says which endpoints a browser visits; the others are called by the client.
func front(name string) bool { return name == "authorization" || name == "end_session" }

// frontAndBack returns a passing check that lists the hosts behind the issuer: for the browser, and for the client.
func frontAndBack(d *Document) verdict.Check {
	var browser, client []string
	for _, e := range endpoints() {
		u, err := url.Parse(d.Text(e.member))
		if err != nil || u.Host == "" {
			continue
		}
		if front(e.name) {
			browser = append(browser, text.Escape(u.Host))
		} else {
			client = append(client, text.Escape(u.Host))
		}
	}
	got := "all endpoints on one host"
	if all := distinct(append(slices.Clone(browser), client...)); len(all) > 1 {
		got = "browser: " + strings.Join(distinct(browser), ", ") + "; client: " + strings.Join(distinct(client), ", ")
	}
	return verdict.Check{Rule: "metadata.front_back", Spec: "RFC 8414 §2", Status: verdict.Pass, Got: got}
}

func distinct(values []string) []string {
	slices.Sort(values)
	return slices.Compact(values)
}

// innerHosts finds endpoints on hosts that only the provider's own network knows, while the issuer is public.
func innerHosts(d *Document) []string {
	issuer, err := url.Parse(d.Issuer)
	if err != nil || inner(issuer.Hostname()) {
		return nil
	}
	var out []string
	for _, e := range endpoints() {
		u, err := url.Parse(d.Text(e.member))
		if err == nil && u.Host != "" && u.Host != issuer.Host && inner(u.Hostname()) {
			out = append(out, e.member+" is on "+text.Escape(u.Host)+", the issuer on "+text.Escape(issuer.Host))
		}
	}
	return out
}

// inner says whether a host name looks like one of a private network: without a dot, or a private address.
func inner(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast()
	}
	for _, suffix := range []string{".local", ".internal", ".svc", ".lan", ".localhost"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return !strings.Contains(host, ".")
}
