package op

import (
	"crypto/rand"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// device is what waits for a person to decide elsewhere: a device (RFC 8628), or the consumption device of a backchannel
// request (CIBA Core).
type device struct {
	client    *Client
	userCode  string // as it is shown
	user      *User  // who is asked, of a backchannel request
	message   string // that both devices show, of one
	acr       string
	scopes    []string
	audiences []string
	details   details
	expires   time.Time
	interval  time.Duration
	polled    time.Time // the last time
	polls     int
	told      int    // how often it was told to wait
	grant     *grant // once somebody agreed
	denied    string // why, once somebody refused
	spent     bool
}

// userCodeLetters are easily told apart and make no words (RFC 8628 §6.1): 20 to the power of 8 codes.
const userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ"

// maxGuesses bounds the wrong codes of a minute, whoever sends them (RFC 8628 §5.1).
const maxGuesses = 60

func newUserCode() string {
	var b strings.Builder
	for i := range 8 {
		if i == 4 {
			b.WriteByte('-')
		}
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(userCodeLetters)))) // never fails since Go 1.24
		b.WriteByte(userCodeLetters[n.Int64()])
	}
	return b.String()
}

// plainUserCode is what is compared: people leave dashes out and type small letters (RFC 8628 §6.1).
func plainUserCode(typed string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(userCodeLetters, r) {
			return r
		}
		return -1
	}, strings.ToUpper(typed))
}

// deviceAuthorization gives a device its codes (RFC 8628 §3.1, §3.2).
func (x *exchange) deviceAuthorization() answer {
	bad := x.clientForm("resource", "audience")
	if bad == nil {
		x.client, bad = x.authenticate(x.form)
	}
	if bad == nil {
		bad = x.client.allowed(grantDevice)
	}
	if bad != nil {
		return x.refuse(bad)
	}
	d := &device{client: x.client, userCode: newUserCode(), expires: x.now.Add(x.p.config.Lifetimes.Device), interval: x.p.config.PollInterval}
	if d.scopes, bad = x.client.reduce(x.form.Get("scope")); bad == nil {
		d.audiences, bad = targets(x.form)
	}
	if bad == nil {
		d.details, bad = x.detailsOf(x.client, x.form)
	}
	if bad != nil {
		return x.refuse(bad)
	}
	code, page := random(), x.p.endpoint(atDevicePage)
	x.p.mu.Lock()
	x.p.state.devices.put(code, d, x.now)
	x.p.state.userCodes.put(plainUserCode(d.userCode), d, x.now)
	x.p.mu.Unlock()
	return x.reply(http.StatusOK, document{
		{"device_code", code},
		{"user_code", d.userCode},
		{"verification_uri", page},
		{"verification_uri_complete", page + "?" + url.Values{"user_code": {d.userCode}}.Encode()},
		{"expires_in", int(x.p.config.Lifetimes.Device.Seconds())},
		{"interval", int(d.interval.Seconds())},
	})
}

// poll answers a device that asks whether somebody agreed (RFC 8628 §3.4, §3.5).
func (x *exchange) poll() (document, *refusal) {
	return x.pollFor("device_code", "device code", x.p.config.Lifetimes.Device)
}

// waiting finds what waits under the parameter of a token request. The caller holds the lock.
func (x *exchange) waiting() (*device, bool) {
	if x.event.GrantType == grantCIBA {
		return x.p.state.backchannels.get(x.form.Get("auth_req_id"), x.now)
	}
	return x.p.state.devices.get(x.form.Get("device_code"), x.now)
}

// pollFor answers the question whether somebody agreed, by a parameter that has a name.
func (x *exchange) pollFor(parameter, name string, lifetime time.Duration) (document, *refusal) {
	refuse := func(code, format string, args ...any) (document, *refusal) {
		return nil, refused(code, format, args...)
	}
	if x.form.Get(parameter) == "" {
		return refuse("invalid_request", "%s is missing", parameter)
	}
	d, ok := x.waiting()
	if !ok {
		return refuse("invalid_grant", "this %s was never issued, or long ago", name)
	}
	if !d.client.is(x.client) {
		return refuse("invalid_grant", "this %s was issued to another client than '%s'", name, x.client.ID)
	}
	early := d.interval - x.now.Sub(d.polled)
	first := d.polled.IsZero()
	d.polled = x.now
	switch {
	case d.spent:
		return refuse("invalid_grant", "the tokens for this %s were fetched before", name)
	case !x.now.Before(d.expires):
		return refuse("expired_token", "this %s expired %s ago; %ss live %s", name, x.now.Sub(d.expires).Round(time.Second), name, lifetime)
	case d.denied != "":
		return refuse("access_denied", "%s", d.denied)
	case !first && early > 0:
		d.interval += 5 * time.Second
		return refuse("slow_down", "asked %s too early; wait %s between requests from now on", early.Round(time.Millisecond), d.interval)
	case d.grant == nil && !x.approveDevice(d):
		d.told++
		return refuse("authorization_pending", "nobody has agreed yet; ask again in %s", d.interval)
	}
	audiences, bad := x.narrow(d.grant.audiences)
	if bad != nil {
		return nil, bad
	}
	details, bad := x.narrowDetails(d.grant.details)
	if bad != nil {
		return nil, bad
	}
	d.spent = true
	x.grant = d.grant
	return x.issue(issuance{scopes: d.grant.scopes, audiences: audiences, details: details, refresh: x.wantsRefresh()})
}

// approveDevice agrees by itself, as AutoApprove and ApproveAfter say.
func (x *exchange) approveDevice(d *device) bool {
	if !x.p.config.AutoApprove || len(x.p.config.Users) == 0 || d.told < x.p.config.ApproveAfter {
		return false
	}
	user := d.user
	if user == nil {
		user = &x.p.config.Users[0]
	}
	d.grant = &grant{client: d.client, user: user, scopes: d.scopes, audiences: d.audiences, details: d.details, acr: d.acr, amr: "pwd", authTime: x.now}
	return true
}
