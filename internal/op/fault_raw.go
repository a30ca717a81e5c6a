package op

import (
	"bytes"
	"net/http"
)

// These make the points that change an answer as a whole; every endpoint may use each.

// raw replaces the answer.
//
//go:noinline
func raw(at string, status int, contentType, body string) *point {
	return &point{at: at, answer: func(_ *exchange, a *answer) {
		a.status, a.body = status, []byte(body)
		a.header.Set("Content-Type", contentType)
	}}
}

// rawJSON is raw for JSON.
//
//go:noinline
func rawJSON(at string, status int, body string) *point {
	return raw(at, status, "application/json", body)
}

// rawHTML replaces the answer by a page, as captive portals and broken proxies do.
//
//go:noinline
func rawHTML(at string, status int) *point {
	return raw(at, status, "text/html; charset=utf-8",
		"<!DOCTYPE html><html><head><title>Please log in</title></head><body><h1>Please log in</h1>\x1b[31m"+hostileText+"</body></html>\n")
}

// redirecting sends the client to another origin, where it would get on and be seen.
//
//go:noinline
func redirecting(at string, status int) *point {
	return &point{at: at, instead: func(x *exchange) answer {
		a := x.redirect(x.elsewhere())
		a.status = status
		return a
	}}
}

// slow never answers; it ends when the client or the server goes.
//
//go:noinline
func slow(at string) *point {
	return &point{at: at, silent: true, answer: func(_ *exchange, a *answer) {
		a.stream = func(_ http.ResponseWriter, r *http.Request) {
			<-r.Context().Done()
			panic(http.ErrAbortHandler) // or net/http would answer 200
		}
	}}
}

// hugeSize is 1 GiB: more than anybody should read.
const hugeSize = 1 << 30

// huge answers with a JSON object that never seems to end.
//
//go:noinline
func huge(at string) *point {
	return &point{at: at, answer: func(_ *exchange, a *answer) {
		header, status := a.header, a.status
		a.stream = func(w http.ResponseWriter, r *http.Request) {
			for name, values := range header {
				w.Header()[name] = values
			}
			w.WriteHeader(status)
			chunk := bytes.Repeat([]byte("x"), 64<<10)
			_, err := w.Write([]byte(`{"padding":"`))
			for sent := 0; sent < hugeSize && err == nil && r.Context().Err() == nil; sent += len(chunk) {
				_, err = w.Write(chunk)
			}
			if err == nil {
				_, _ = w.Write([]byte(`"}`))
			}
		}
	}}
}

// dropped closes the connection when the request has been read.
//
//go:noinline
func dropped(at string) *point {
	return &point{at: at, answer: func(_ *exchange, a *answer) {
		a.stream = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	}}
}
