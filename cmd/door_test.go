package cmd

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"sync"
)

// atTheDoor sends a browser off, and returns when its first request to the callback of a login is on its way, or when it
// went elsewhere: what has to come before a wait is over is there before the wait begins, on a busy machine too.
func atTheDoor(ctx context.Context, browse func(network http.RoundTripper)) {
	there := make(chan struct{})
	knock := sync.OnceFunc(func() { close(there) })
	go func() {
		defer knock()
		browse(knocking{&http.Transport{DisableKeepAlives: true}, knock})
	}()
	select {
	case <-there:
	case <-ctx.Done():
	}
}

// knocking is a network that tells of the first request to a callback.
type knocking struct {
	http.RoundTripper
	knock func()
}

// RoundTrip sends the request.
func (k knocking) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == "/callback" {
		sent := &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { k.knock() }}
		r = r.WithContext(httptrace.WithClientTrace(r.Context(), sent))
	}
	return k.RoundTripper.RoundTrip(r)
}
