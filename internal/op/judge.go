package op

import (
	"fmt"
	"slices"
	"strings"
)

// stage is how far a client has come. A fault says from which stage on a client that has noticed is no longer seen.
type stage int

const (
	stageNone  stage = iota // metadata, keys: nothing to be held against anybody
	stageAsk                // a request that no person sees: pushed, of a device, of a client, to end something
	stageSign               // somebody is asked to sign in
	stageToken              // the token endpoint
	stageUse                // a token is used
)

func stageOf(endpoint string) stage {
	switch endpoint {
	case atPAR, atDevice, atBackchannel, atRegistration, atClient, atRevocation, atEndSession:
		return stageAsk
	case atAuthorization, atLogin, atConsent, atDevicePage, atCIBAPage:
		return stageSign
	case atToken:
		return stageToken
	case atUserInfo, atAPI, atIntrospection:
		return stageUse
	}
	return stageNone
}

// stop is how far a client must not get once a fault that it must refuse has acted.
func (f Fault) stop() stage {
	switch {
	case f.idToken != nil || f.accessToken != nil:
		return stageUse // it shows when the tokens have come
	case f.at == atDiscovery:
		return stageAsk // nothing of the document may be used
	case f.Group == "fapi2" || f.Flow == FlowPAR:
		return stageSign // nobody may be asked to sign in
	case f.Group == "authz-response" || f.Flow == FlowDevice || f.Flow == FlowCIBA:
		return stageToken // nothing may be redeemed
	}
	return stageUse // no token may be used
}

// Verdict is what a client is worth at one fault.
type Verdict string

// The verdicts.
const (
	Caught       Verdict = "caught"        // it did what it must
	Missed       Verdict = "missed"        // it did not
	NotExercised Verdict = "not exercised" // it never came to where the fault acts, or nobody can tell
)

// Run is how a command line ended that stood for a client.
type Run struct {
	Exit     int
	TimedOut bool
}

// Result is the judgement of a client at one fault.
type Result struct {
	Verdict Verdict
	Reason  string
	Did     []string // what the client did, in order
}

// Judge says what a client is worth, by what it did where the fault acts and by how its command line ended.
func (f Fault) Judge(events []Event, run Run) Result {
	verdict, reason := f.judge(events, run)
	return Result{verdict, reason, did(events)}
}

func (f Fault) judge(events []Event, run Run) (Verdict, string) {
	first := firstAct(f, events)
	switch wrong := f.wrongs(events, first); {
	case first < 0 && run.succeeded() && f.unverified(events):
		return Missed, unverified + "; exit 0"
	case first < 0 && f.Group != GroupControl:
		return NotExercised, "it never came to where the fault acts; " + run.String()
	case f.Group == GroupControl && furthest(events) == stageNone:
		return Missed, "it never asked for anything; " + run.String()
	case f.Expect != Reject && run.succeeded():
		return Caught, "it got on"
	case f.stoppable() && !run.TimedOut:
		return Caught, stopped + "; " + run.String()
	case f.Expect != Reject:
		return Missed, "it did not get on; " + run.String()
	case wrong != "":
		return Missed, wrong
	case run.TimedOut && f.silent:
		return Missed, "it was still waiting; " + run.String()
	case run.succeeded():
		return Missed, "it took it for good; exit 0"
	}
	return Caught, "it refused; " + run.String()
}

const (
	stopped    = "it stopped, which is right, too"
	unverified = "it took an ID token, and never fetched the keys to verify it"
)

// stoppable says whether a client that stops is right, too: so it is where the provider does what it must not, though a
// client may go on and say so.
func (f Fault) stoppable() bool { return f.Expect == Warn || f.mayStop }

// unverified says whether a client was given an ID token and never came for the keys, of which the fault is.
func (f Fault) unverified(events []Event) bool {
	return f.Expect == Reject && (f.keys != nil || f.at == atKeys) &&
		slices.ContainsFunc(events, func(e Event) bool { return e.IDToken }) &&
		!slices.ContainsFunc(events, func(e Event) bool { return e.Endpoint == atKeys })
}

// Scripted says that a script on a page must notice, which takes a browser that runs scripts.
func (f Fault) Scripted() bool { return f.scripted }

func (r Run) succeeded() bool { return r.Exit == 0 && !r.TimedOut }

// String says how the run ended.
func (r Run) String() string {
	if r.TimedOut {
		return "its time was up"
	}
	return fmt.Sprintf("exit %d", r.Exit)
}

// Watch says what a client is worth by what it did alone, compared with what it does where the provider behaves.
func (t *Trial) Watch(control *Trial) Result {
	events := t.Events()
	verdict, reason := t.seen(events, control)
	return Result{verdict, reason, did(events)}
}

func (t *Trial) seen(events []Event, control *Trial) (Verdict, string) {
	usual, first := furthest(control.Events()), firstAct(t.Fault, events)
	if t.Fault.Group == GroupControl {
		if usual == stageNone {
			return NotExercised, "nobody came"
		}
		return Caught, "it got on"
	}
	wrong := t.Fault.wrongs(events, first)
	switch {
	case first < 0 && furthest(events) == stageUse && t.Fault.unverified(events):
		return Missed, unverified
	case first < 0:
		return NotExercised, "it never came to where the fault acts"
	case wrong != "":
		return Missed, wrong
	case usual == stageNone:
		return NotExercised, "it was not seen at " + control.Issuer + ", and so nobody knows how far it would get"
	case t.Fault.Expect != Reject && furthest(events) >= usual:
		return Caught, "it got on"
	case t.Fault.stoppable():
		return Caught, stopped
	case t.Fault.Expect != Reject:
		return Missed, "it did not get on as it does where the provider behaves"
	case usual < t.Fault.stop() || stageOf(events[first].Endpoint) >= t.Fault.stop():
		return NotExercised, "what it made of the answer cannot be seen from here: have it call userinfo, or run it by --exec"
	}
	return Caught, "it went no further"
}

// firstAct is where the fault acted first, or -1.
func firstAct(f Fault, events []Event) int {
	return slices.IndexFunc(events, func(e Event) bool { return e.Fault == f.Name })
}

func furthest(events []Event) stage {
	most := stageNone
	for _, e := range events {
		most = max(most, stageOf(e.Endpoint))
	}
	return most
}

// maxTries is how often an endpoint that misbehaves may be asked before that is a loop.
const maxTries = 10

// wrongs says what a client did that it must not do once the fault has acted, or nothing.
func (f Fault) wrongs(events []Event, first int) string {
	if first < 0 || f.Expect != Reject {
		return ""
	}
	acts, polls := 0, f.Flow == FlowDevice || f.Flow == FlowCIBA
	for i, e := range events {
		same := e.Endpoint == events[first].Endpoint
		if same {
			acts++
		}
		switch {
		case e.followed():
			return "it " + phrase(e)
		case i <= first:
		case acts > maxTries && !polls:
			return fmt.Sprintf("it asked the %s endpoint %d times", e.Endpoint, acts)
		case stageOf(e.Endpoint) < f.stop() || same && f.stop() == stageUse:
		case f.Flow == FlowStepUp && e.Status >= 300: // it asks, to hear what is demanded
		default:
			return "it " + phrase(e) + ", and should have stopped before"
		}
	}
	return ""
}

// followed says whether somebody was led astray: a client, not a browser that shows another page.
func (e Event) followed() bool {
	_, rest, ok := strings.Cut(e.Path, strayPath)
	return e.Endpoint == atStray && ok && rest != atStray
}

// phrases say what a request to an endpoint means.
var phrases = map[string]string{
	atDiscovery: "fetched the metadata", atKeys: "fetched the keys", atAuthorization: "asked for a sign-in", atPAR: "pushed a request",
	atToken: "asked for tokens", atUserInfo: "called userinfo", atAPI: "called the API", atDevice: "asked for a device code",
	atBackchannel: "had somebody asked", atIntrospection: "had a token introspected", atRevocation: "revoked a token",
	atEndSession: "asked for a logout", atRegistration: "registered a client", atClient: "managed its registration",
}

// tokenPhrases say it of the grants that are not to be told apart otherwise.
var tokenPhrases = map[string]string{
	grantCode: "redeemed the code", grantRefresh: "used a refresh token", grantDevice: "polled", grantCIBA: "polled", grantExchange: "exchanged a token",
}

func phrase(e Event) string {
	said := phrases[e.Endpoint]
	if special := tokenPhrases[e.GrantType]; e.Endpoint == atToken && special != "" {
		said = special
	}
	switch {
	case e.followed() && e.Credential:
		return "sent a credential where it was led: " + e.Method + " " + e.Path
	case e.followed():
		return "followed to where it was led: " + e.Method + " " + e.Path
	case said != "" && e.Status >= 400:
		return fmt.Sprintf("%s (%d)", said, e.Status)
	}
	return said
}

// did lists what a client did, without repetition in a row. What people do on the provider's pages is not the client's.
func did(events []Event) []string {
	out := []string{}
	for _, e := range events {
		if said := phrase(e); said != "" && (len(out) == 0 || out[len(out)-1] != said) {
			out = append(out, said)
		}
	}
	return out
}
