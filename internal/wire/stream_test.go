package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// lazy is a source that thinks for a while before each of its parts.
type lazy struct {
	parts int
	pause time.Duration
}

func (l *lazy) Read(p []byte) (int, error) {
	if l.parts--; l.parts < 0 {
		return 0, io.EOF
	}
	time.Sleep(l.pause)
	return copy(p, "part"), nil
}

func TestStreamIsPatientWithItsSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, Options{Timeout: time.Second, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil || string(body) != "partpartpart" {
				t.Errorf("%q, %v", body, err)
			}
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, r.Context().Err()
		})})
		res, err := c.Stream(t.Context(), Request{Method: http.MethodPost, URL: "https://api.test/", Body: &lazy{3, time.Hour}})
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	})
}

func TestStreamIsImpatientWithTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, Options{Timeout: time.Second, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			_, _ = io.ReadAll(r.Body)
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		started := time.Now()
		_, err := c.Stream(t.Context(), Request{Method: http.MethodPost, URL: "https://api.test/", Body: &lazy{2, time.Minute}})
		wantCode(t, err, "network.timeout")
		if took := time.Since(started); took != 2*time.Minute+time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestStreamOutlivesItsClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent context.Context
		c := client(t, Options{Timeout: time.Second, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			sent = r.Context()
			go func() { _, _ = io.ReadAll(r.Body) }() // a server may answer before it has all
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody}, nil
		})})
		res, err := c.Stream(t.Context(), Request{Method: http.MethodPost, URL: "https://api.test/", Body: &lazy{2, time.Minute}})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		if sent.Err() != nil {
			t.Error("the clock ended an answer that had begun")
		}
		if _ = res.Body.Close(); sent.Err() == nil {
			t.Error("closing the body does not end the request")
		}
	})
}

func TestStreamSendsLength(t *testing.T) {
	var lengths []int64
	at := serve(t, func(_ http.ResponseWriter, r *http.Request) { lengths = append(lengths, r.ContentLength) })
	c := client(t, Options{})
	for _, length := range []int64{8, 0} {
		res, err := c.Stream(t.Context(), Request{Method: http.MethodPut, URL: at, Body: &lazy{2, 0}, Length: length})
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	if len(lengths) != 2 || lengths[0] != 8 || lengths[1] != -1 {
		t.Errorf("got lengths %v, want 8 and then none", lengths)
	}
}

func TestStreamTellsOfABrokenBody(t *testing.T) {
	at := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "half")
	})
	res, err := client(t, Options{}).Stream(t.Context(), Request{URL: at})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	wantCode(t, err, "network.closed")
	if string(body) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q, %v", body, err)
	}
}
