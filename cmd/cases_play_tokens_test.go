package cmd

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/op"
)

// What single cases of the table do: key sets and tokens.

const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// refusing is a proof of a second input of a row, with the rule that refuses that one.
func refusing(exit int, rule string, p proof) proof {
	return proof{run: func(t *testing.T, group string, c hostile) {
		t.Helper()
		c.must, c.exit, c.rule = reject, exit, rule
		p.run(t, group, c)
	}}
}

// flooded verifies fifty tokens, each changed, against keys that are fetched.
func flooded(change func(i int, f *forged), rule string) proof {
	return holds(func(t *testing.T) {
		t.Helper()
		server, seen := provider(t, nil)
		var lines strings.Builder
		for i := range 50 {
			_, token := forge(t, jose.ES256, []func(*forged){header("kid", "test-p256"), claim("iss", server.Issuer()), func(f *forged) { change(i, f) }})
			lines.WriteString(token + "\n")
		}
		now := time.Now() // which stands still: after a minute the keys may be fetched again
		p := player{secret: webSecret, stdin: lines.String(), now: func() time.Time { return now }}
		got := p.play(t, "jwt", "verify", "--issuer", server.Issuer(), "--client-id", forgedClient, "-o", "json")
		refused := 0
		for line := range strings.Lines(got.stdout) {
			if r := reportOf(line); r != nil && !r.Valid && slices.Contains(r.with("fail"), rule) {
				refused++
			}
		}
		if got.code != 4 || refused != 50 {
			t.Errorf("exit %d, %d refused by %s\n%s%.2000s", got.code, refused, rule, got.stderr, got.stdout)
		}
		if n := seen.at("jwks"); n > 2 {
			t.Errorf("the keys were fetched %d times", n)
		}
	})
}

func besideKey(alg jose.Algorithm, kid string) func(*forged) {
	_, text := op.TestClientKey(alg)
	key, err := jose.ParsePrivateKey([]byte(text), noPassword)
	return func(f *forged) {
		if err != nil {
			panic(err)
		}
		public := key.Signer.Public().(*rsa.PublicKey)
		beside(map[string]any{"kty": "RSA", "kid": kid, "n": encode(public.N.Bytes()), "e": "AQAB"})(f)
	}
}

// modulus returns a number of so many bits that is odd.
func modulus(bits uint) string {
	n := new(big.Int).Lsh(big.NewInt(1), bits-1)
	return encode(n.Add(n, big.NewInt(12345)).Bytes())
}

// otherCertificate is one whose key signs nothing here.
func otherCertificate() string {
	text, _ := op.TestCertificate("web-tls")
	_, text, _ = strings.Cut(text, "-----\n")
	text, _, _ = strings.Cut(text, "-----")
	return strings.ReplaceAll(text, "\n", "")
}

func hmacEmpty(f *forged) {
	f.header["alg"] = "HS256"
	f.after = func(token string) string {
		input := token[:strings.LastIndexByte(token, '.')]
		return input + "." + encode(hmacSHA256(nil, input))
	}
}

func secretFile(content string) func(*forged) {
	return func(f *forged) { f.secret = content }
}

func flattened(token string) string {
	parts := strings.Split(token, ".")
	return fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2])
}

func twiceSigned(token string) string {
	parts := strings.Split(token, ".")
	good := fmt.Sprintf(`{"protected":%q,"signature":%q}`, parts[0], parts[2])
	return fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":"AA"},%s]}`, parts[1], parts[0], good)
}

func emptied(token string) string {
	parts := strings.Split(token, ".")
	return parts[0] + ".." + parts[2]
}

// inCapitals names a claim in capitals, and not as it should be.
func inCapitals(name string) func(*forged) {
	return func(f *forged) {
		f.claims[strings.ToUpper(name)] = f.claims[name]
		delete(f.claims, name)
	}
}

// highS takes the other of the two values that make an ECDSA signature valid.
func highS(b []byte) []byte {
	n, _ := new(big.Int).SetString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16)
	s := new(big.Int).SetBytes(b[32:])
	out := append(slices.Clone(b[:32]), make([]byte, 32)...)
	n.Sub(n, s).FillBytes(out[32:])
	return out
}

// paddedBy signs with RSA over a padding that is not that of PKCS #1 v1.5 (RFC 8017 §9.2).
func paddedBy(how string) func(*forged) {
	info := []byte{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}
	return func(f *forged) {
		key := f.key.Signer.(*rsa.PrivateKey)
		f.after = func(token string) string {
			input := token[:strings.LastIndexByte(token, '.')]
			sum := sha256.Sum256([]byte(input))
			tail := append(slices.Clone(info), sum[:]...)
			fill := key.Size() - len(tail) - 3
			switch how {
			case "another hash":
				tail[14] = 0x02
			case "no null":
				tail = append([]byte{0x30, 0x2f, 0x30, 0x0b}, tail[4:]...)
				tail = append(tail[:15], tail[17:]...)
				fill += 2
			case "garbage":
				tail, fill = append(append(tail, 0x5a), make([]byte, fill-9)...), 8
			case "short":
				fill = 0
			}
			block := append([]byte{0, 1}, slices.Repeat([]byte{0xff}, fill)...)
			block = append(append(block, 0), tail...)
			s := new(big.Int).Exp(new(big.Int).SetBytes(block), key.D, key.N)
			return input + "." + encode(s.FillBytes(make([]byte, key.Size())))
		}
	}
}

// spelt verifies claims whose spelling must come out as it went in.
func spelt(members string) proof {
	return holds(func(t *testing.T) {
		t.Helper()
		_, token := forge(t, jose.ES256, []func(*forged){payload("{" + members + "}")})
		got := play(t, token, "jwt", "decode", "-o", "json")
		if got.code != 0 || !strings.Contains(got.stdout, members) {
			t.Errorf("exit %d: %s", got.code, got.stdout)
		}
	})
}

func logoutToken(f *forged) {
	f.kind, f.header["typ"] = "logout", "logout+jwt"
	delete(f.claims, "nonce")
	f.claims["jti"], f.claims["events"] = "1", map[string]any{logoutEvent: map[string]any{}}
}

// accessToken is one as many providers write it, without a typ of its own.
func accessToken(f *forged) {
	f.kind = "access"
	delete(f.claims, "nonce")
	f.claims["client_id"], f.claims["jti"] = forgedClient, "1"
}

// validJSON decodes what no JSON can hold, and reads what comes out.
func validJSON() proof {
	return holds(func(t *testing.T) {
		t.Helper()
		for _, claims := range []string{"{\"a\":\"\xff\"}", `{"a":"\ud800"}`, `{"a":1e999}`, `{"a":1,"a":2}`, `{"a":NaN}`, "{\"a\":\"\u009b\u202e\"}"} {
			_, token := forge(t, jose.ES256, []func(*forged){payload(claims)})
			got := play(t, token, "jwt", "decode", "-o", "json")
			if !json.Valid([]byte(got.stdout)) || !utf8.ValidString(got.stdout) {
				t.Errorf("%q: %q", claims, got.stdout)
			}
			if got.code != 0 && !strings.Contains(got.stdout, base64.RawURLEncoding.EncodeToString([]byte(claims))) {
				t.Errorf("%q: its octets are not beside: %s", claims, got.stdout)
			}
		}
	})
}

// saysNotVerified decodes a token that nobody signed.
func saysNotVerified() proof {
	return holds(func(t *testing.T) {
		t.Helper()
		_, token := forge(t, jose.ES256, []func(*forged){headed(`{"alg":"none"}`)})
		token = token[:strings.LastIndexByte(token, '.')+1]
		text, object := play(t, token, "jwt", "decode"), play(t, token, "jwt", "decode", "-o", "json")
		if !strings.Contains(text.stdout, "NOT VERIFIED") || !strings.Contains(object.stdout, `"verified":false`) {
			t.Errorf("%s%s", text.stdout, object.stdout)
		}
	})
}

// injected answers with the code of a login that somebody else began.
func injected(v visitor) {
	theirs := *v.address
	q := theirs.Query()
	q.Set("code_challenge", encode(make([]byte, 32)))
	theirs.RawQuery = q.Encode()
	v.goes(http.MethodGet, v.asked(theirs.String()), nil)
}

// replayed makes the good callback twice.
func replayed() proof {
	return holds(func(t *testing.T) {
		t.Helper()
		got, seen := login(t, func(v visitor) {
			callback := v.callback()
			again := make(chan struct{})
			go func() {
				defer close(again)
				v.goesIfOpen(callback)
			}()
			v.goesIfOpen(callback)
			<-again
		})
		if got.code != 0 || seen.at("token") != 1 {
			t.Errorf("exit %d after %d token requests\n%s", got.code, seen.at("token"), got.stderr)
		}
	})
}

// goesIfOpen is goes where the listener may be gone already.
func (v visitor) goesIfOpen(address string) {
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		v.t.Error(err)
		return
	}
	if res, err := v.network.RoundTrip(r); err == nil {
		_ = res.Body.Close()
	}
}

// movedEndpoints has every endpoint at another path than usual.
func movedEndpoints() proof {
	return does(func(t *testing.T) run {
		t.Helper()
		server, seen := provider(t, func(c *op.Config) {
			c.Paths = map[string]string{"authorization": "/x1", "token": "/x2/y", "jwks": "/x3", "userinfo": "/x4"}
		})
		got := play(t, "", loginTo(t, server)...)
		for _, e := range seen.seen() {
			if slices.Contains([]string{"/authorize", "/token", "/jwks", "/userinfo"}, e.Path) || e.Status == http.StatusNotFound {
				t.Errorf("asked for %s", (&url.URL{Path: e.Path}).String())
			}
		}
		return got
	})
}

// doubled publishes the same key twice.
func doubled(f *forged) { f.keys = append(f.keys, f.keys[0]) }

// beyondOrder adds the order of the curve to S, which RFC 8032 §5.1.7 forbids.
func beyondOrder(b []byte) []byte {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	little := slices.Clone(b[32:])
	slices.Reverse(little)
	sum := order.Add(order, new(big.Int).SetBytes(little)).FillBytes(make([]byte, 32))
	slices.Reverse(sum)
	return append(slices.Clone(b[:32]), sum...)
}

// mixedBatch verifies a forged token among good ones.
func mixedBatch() proof {
	return holds(func(t *testing.T) {
		t.Helper()
		f, good := forge(t, jose.ES256, nil)
		_, bad := forge(t, jose.ES256, []func(*forged){signature(flipped)})
		keys, err := json.Marshal(map[string]any{"keys": f.keys})
		if err != nil {
			t.Fatal(err)
		}
		got := play(t, strings.Join([]string{good, bad, "", "no token", good}, "\n"), "jwt", "verify", "--jwks", saved(t, "keys.json", string(keys)),
			"--issuer", forgedIssuer, "--client-id", forgedClient, "-o", "json")
		var valid []bool
		for line := range strings.Lines(got.stdout) {
			if r := reportOf(line); r != nil {
				valid = append(valid, r.Valid)
			}
		}
		if want := []bool{true, false, false, true}; got.code != 4 || !slices.Equal(valid, want) {
			t.Errorf("exit %d, %v, want %v\n%s", got.code, valid, want, got.stderr)
		}
	})
}

// shownEscaped shows claims that would change a terminal, in every format.
func shownEscaped() proof {
	return holds(func(t *testing.T) {
		t.Helper()
		f, token := forge(t, jose.ES256, []func(*forged){claim("name", "\x1b[2J\x07\u009b\u202eb"), header("x\u202e", "\x1b")})
		keys, err := json.Marshal(f.keys[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"text", "json"} {
			for _, command := range [][]string{{"jwt", "decode"}, {"jwt", "verify", "--issuer", forgedIssuer, "--jwks", saved(t, "key.json", string(keys))}} {
				got := play(t, token, append(command, "-o", format)...)
				if got.code != 0 || strings.ContainsAny(got.stdout+got.stderr, "\x1b\x07\u009b\u202e") {
					t.Errorf("%v: exit %d, %q%q", command[1], got.code, got.stdout, got.stderr)
				}
			}
		}
	})
}
