package cmd_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// startAPI starts an API on loopback and sets API. It answers with what it was asked, or as the headers Answer-… of the
// request say: Answer-Status: 401, Answer-WWW-Authenticate: Bearer.
func startAPI(ts *testscript.TestScript, _ bool, _ []string) {
	server := httptest.NewServer(http.HandlerFunc(api))
	ts.Defer(server.Close)
	ts.Setenv("API", server.URL)
}

func api(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	status := http.StatusOK
	for name, values := range r.Header {
		rest, ok := strings.CutPrefix(name, "Answer-")
		switch {
		case !ok:
		case rest == "Status":
			status, _ = strconv.Atoi(values[0])
		default:
			w.Header()[rest] = values
		}
	}
	switch r.URL.Path {
	case "/bytes":
		_, _ = w.Write([]byte{0, 0x1b, '[', '3', '1', 'm', 0xff, '\r', '\n'})
		return
	case "/broken":
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "half")
		return
	}
	w.WriteHeader(status)
	fmt.Fprintf(w, "%s %s\nauthorization: %s\ncontent-type: %s\ncontent-length: %d\naccept: %s\nbody: %s\n",
		r.Method, r.RequestURI, strings.Join(r.Header["Authorization"], " | "), r.Header.Get("Content-Type"), r.ContentLength, r.Header.Get("Accept"), body)
}

// forge FILE CLAIMS [TYP] writes a JWT that nobody signed. @-60 and @60 in the claims are seconds from now.
func forge(ts *testscript.TestScript, _ bool, args []string) {
	claims := regexp.MustCompile(`@-?[0-9]+`).ReplaceAllStringFunc(args[1], func(at string) string {
		seconds, err := strconv.ParseInt(at[1:], 10, 64)
		ts.Check(err)
		return strconv.FormatInt(time.Now().Unix()+seconds, 10)
	})
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	typ := "at+jwt"
	if len(args) > 2 {
		typ = args[2]
	}
	token := part(`{"alg":"RS256","typ":"`+typ+`"}`) + "." + part(claims) + "." + part("nobody signed this")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(token+"\n"), 0o600))
}
