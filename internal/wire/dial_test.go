package wire

import (
	"net/http"
	"strings"
	"testing"
)

// TestLocalhostStays: a name of this machine that is looked up elsewhere leads nowhere.
func TestLocalhostStays(t *testing.T) {
	for _, host := range []string{"localhost", "LocalHost", "127.0.0.1", "::1"} {
		judge := staying(host)
		for address, fine := range map[string]bool{
			"127.0.0.1:80": true, "127.8.8.8:80": true, "[::1]:80": true, "[::ffff:127.0.0.1]:80": true,
			"192.0.2.1:80": false, "[2001:db8::1]:80": false, "0.0.0.0:80": false, "10.0.0.1:80": false, "": false,
		} {
			if err := judge("tcp", address, nil); (err == nil) != fine {
				t.Errorf("%s at %q: %v", host, address, err)
			}
		}
	}
	if staying("id.test") != nil {
		t.Error("another host is judged")
	}
	at := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	c := client(t, Options{})
	if res, err := c.Do(t.Context(), Request{URL: strings.Replace(at, "127.0.0.1", "localhost", 1)}); err != nil || res.Status != http.StatusNoContent {
		t.Error(err)
	}
	if transport, ok := c.transport.(*http.Transport); !ok || transport.DialContext == nil {
		t.Error("the transport connects in a way of its own")
	}
}
