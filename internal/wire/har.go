package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/oauthctl/oauthctl/internal/text"
)

// The parts of an HTTP Archive, which browsers and proxies read: http://www.softwareishard.com/blog/har-12-spec/.
type (
	harFile struct {
		Log harLog `json:"log"`
	}
	harLog struct {
		Version string     `json:"version"`
		Creator harCreator `json:"creator"`
		Entries []harEntry `json:"entries"`
		Comment string     `json:"comment,omitempty"`
	}
	harCreator struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}
	harEntry struct {
		Started  string      `json:"startedDateTime"`
		Time     float64     `json:"time"`
		Request  harRequest  `json:"request"`
		Response harResponse `json:"response"`
		Cache    struct{}    `json:"cache"`
		Timings  harTimings  `json:"timings"`
		Comment  string      `json:"comment,omitempty"`
		Proxy    string      `json:"_proxy,omitempty"`
	}
	harRequest struct {
		Method      string   `json:"method"`
		URL         string   `json:"url"`
		HTTPVersion string   `json:"httpVersion"`
		Cookies     []Field  `json:"cookies"`
		Headers     []Field  `json:"headers"`
		Query       []Field  `json:"queryString"`
		PostData    *harPost `json:"postData,omitempty"`
		HeadersSize int      `json:"headersSize"`
		BodySize    int      `json:"bodySize"`
	}
	harResponse struct {
		Status      int        `json:"status"`
		StatusText  string     `json:"statusText"`
		HTTPVersion string     `json:"httpVersion"`
		Cookies     []Field    `json:"cookies"`
		Headers     []Field    `json:"headers"`
		Content     harContent `json:"content"`
		RedirectURL string     `json:"redirectURL"`
		HeadersSize int        `json:"headersSize"`
		BodySize    int        `json:"bodySize"`
		Error       string     `json:"_error,omitempty"`
	}
	harPost struct {
		MimeType string  `json:"mimeType"`
		Params   []Field `json:"params"`
		Text     string  `json:"text"`
	}
	harContent struct {
		Size     int    `json:"size"`
		MimeType string `json:"mimeType"`
		Text     string `json:"text"`
		Comment  string `json:"comment,omitempty"`
	}
	harTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
)

// harUnknown is how the format spells a size that was not measured.
const harUnknown = -1

// HAR returns what was recorded as an HTTP Archive 1.2 that names the version of its maker. A nil Recorder gives one
// without entries.
func (r *Recorder) HAR(version string) ([]byte, error) {
	file := harFile{harLog{Version: "1.2", Creator: harCreator{"oauthctl", version}, Entries: []harEntry{}}}
	for _, e := range r.Exchanges() {
		file.Log.Entries = append(file.Log.Entries, harOf(e))
	}
	if seen := r.seen(); seen > len(file.Log.Entries) {
		file.Log.Comment = fmt.Sprintf("the first %d of %d exchanges", len(file.Log.Entries), seen)
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(file); err != nil {
		return nil, fmt.Errorf("writing the archive: %w", err)
	}
	return text.EscapeJSON(out.Bytes()), nil
}

// seen is how many exchanges began, kept or not.
func (r *Recorder) seen() int {
	if r == nil {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count
}

// harOf is one exchange. Only its whole time is measured, and most of that is waiting for the server.
func harOf(e Exchange) harEntry {
	took := float64(e.Elapsed.Microseconds()) / 1000
	out := harEntry{
		Started: e.Started.Format("2006-01-02T15:04:05.000Z07:00"), Time: took, Timings: harTimings{Wait: took},
		Comment: e.Doing, Proxy: e.Proxy,
		Request: harRequest{
			Method: e.Request.Method, URL: e.Request.URL, HTTPVersion: e.Request.Protocol,
			Cookies: harCookies(e.Request, "Cookie"), Headers: harFields(e.Request.Header), Query: harQuery(e.Request.URL),
			HeadersSize: harUnknown, BodySize: e.Request.Size,
		},
		Response: harResponse{
			Status: e.Response.Status, StatusText: http.StatusText(e.Response.Status), HTTPVersion: e.Response.Protocol,
			Cookies: harCookies(e.Response, "Set-Cookie"), Headers: harFields(e.Response.Header),
			RedirectURL: e.Response.first("Location"), HeadersSize: harUnknown, BodySize: harUnknown, Error: e.Err,
			Content: harContent{
				Size: max(e.Response.Size, 0), MimeType: e.Response.first("Content-Type"), Text: e.Response.Body,
			},
		},
	}
	if e.Response.Size == unread {
		out.Response.Content.Comment = "the body was not recorded"
	}
	if e.Request.Form != nil || e.Request.Body != "" {
		out.Request.PostData = &harPost{e.Request.first("Content-Type"), harFields(e.Request.Form), e.Request.Body}
	}
	if e.Response.Form != nil { // only a request's body has parameters in this format
		out.Response.Content.Text = formText(e.Response.Form)
	}
	return out
}

// first is the first value of a header field; empty without one.
func (m Message) first(name string) string {
	for _, f := range m.Header {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// harFields are fields as the format has them: an empty list where there are none.
func harFields(fields []Field) []Field { return append([]Field{}, fields...) }

// harQuery are the parameters of an address, in their order.
func harQuery(address string) []Field {
	out := []Field{}
	address, _, _ = strings.Cut(address, "#")
	_, query, _ := strings.Cut(address, "?")
	for pair := range strings.SplitSeq(query, "&") {
		if pair != "" {
			name, value := unescapePair(pair)
			out = append(out, Field{name, value})
		}
	}
	return out
}

// harCookies are the cookies of the header fields of that name, without their attributes.
func harCookies(m Message, name string) []Field {
	out := []Field{}
	for _, f := range m.Header {
		if !strings.EqualFold(f.Name, name) {
			continue
		}
		for pair := range strings.SplitSeq(f.Value, ";") {
			if cookie, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok {
				out = append(out, Field{cookie, value})
			}
			if name == "Set-Cookie" {
				break
			}
		}
	}
	return out
}

func formText(form []Field) string {
	pairs := make([]string, len(form))
	for i, f := range form {
		pairs[i] = f.Name + "=" + f.Value
	}
	return strings.Join(pairs, "&")
}
