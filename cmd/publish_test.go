package cmd_test

import (
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// startSite publishes the script's files on loopback and sets SITE: .json as JSON, others as text. @URL@ in a file
// stands for its own address, and /moved leads to /good.json.
func startSite(ts *testscript.TestScript, _ bool, _ []string) {
	files := make(map[string]string)
	for _, name := range []string{"good.json", "bad.json", "good.txt", "broken.json", "large.json", "secret.json", "method.json"} {
		files["/"+name] = ts.ReadFile(name)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/good.json", http.StatusFound)
			return
		}
		body, ok := files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if strings.HasSuffix(r.URL.Path, ".json") {
			w.Header().Set("Content-Type", "application/json")
		}
		_, _ = w.Write([]byte(strings.ReplaceAll(body, "@URL@", "http://"+r.Host+r.URL.Path)))
	}))
	ts.Defer(server.Close)
	ts.Setenv("SITE", server.URL)
}
