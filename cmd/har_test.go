package cmd

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// harMembers are the members that every entry of a HAR 1.2 has, by the JSON that their values begin with.
func harMembers() map[string]any {
	text, number, list, object := "", 0.0, []any{}, map[string]any{}
	return map[string]any{
		"startedDateTime": text, "time": number, "cache": object,
		"timings.send": number, "timings.wait": number, "timings.receive": number,
		"request.method": text, "request.url": text, "request.httpVersion": text, "request.cookies": list, "request.headers": list,
		"request.queryString": list, "request.headersSize": number, "request.bodySize": number,
		"response.status": number, "response.statusText": text, "response.httpVersion": text, "response.cookies": list,
		"response.headers": list, "response.redirectURL": text, "response.headersSize": number, "response.bodySize": number,
		"response.content.size": number, "response.content.mimeType": text, "response.content.text": text,
	}
}

// dig returns the member of a value by its path.
func dig(value any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// checkArchive holds a file to the shape of a HAR 1.2.
func checkArchive(t *testing.T, name string, data []byte) {
	t.Helper()
	var har any
	if err := json.Unmarshal(data, &har); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	entries, ok := dig(har, "log.entries").([]any)
	if !ok || dig(har, "log.version") != "1.2" || dig(har, "log.creator.name") != "oauthctl" || dig(har, "log.creator.version") == "" {
		t.Errorf("%s: the log is none: %.200s", name, data)
	}
	for i, e := range entries {
		wrong := func(what string, value any) { t.Errorf("%s: entry %d: %s is %v", name, i, what, value) }
		for path, kind := range harMembers() {
			if got := dig(e, path); reflect.TypeOf(got) != reflect.TypeOf(kind) {
				wrong(path, got)
			}
		}
		for _, path := range []string{"request.cookies", "request.headers", "request.queryString", "request.postData.params", "response.cookies", "response.headers"} {
			fields, _ := dig(e, path).([]any)
			for _, field := range fields {
				if object, ok := field.(map[string]any); !ok || len(object) != 2 || object["name"] == "" || object["value"] == nil {
					wrong(path, field)
				}
			}
		}
		started, _ := dig(e, "startedDateTime").(string)
		if _, err := time.Parse("2006-01-02T15:04:05.000Z07:00", started); err != nil {
			wrong("startedDateTime", started)
		}
		if dig(e, "time") != dig(e, "timings.wait") {
			wrong("time", dig(e, "time"))
		}
		post := dig(e, "request.postData")
		if size, _ := dig(e, "request.bodySize").(float64); size > 0 && (dig(post, "mimeType") == nil || dig(post, "params") == nil || dig(post, "text") == nil) {
			wrong("postData", post)
		}
	}
}
