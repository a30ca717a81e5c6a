package op

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// trialPath is below which each fault has an issuer of its own.
const trialPath = "/f/"

// maxEvents bounds what is remembered of what a client does at one issuer: no flow comes near.
const maxEvents = 2000

// GroupControl is the group of the issuers that behave.
const GroupControl = "control"

// Control is no fault: an issuer that behaves, for a flow. A client that does not get on there refuses everything.
func Control(flow string) Fault {
	name := "none"
	if flow != FlowCode {
		name += "-" + flow
	}
	return Fault{Group: GroupControl, Flow: flow, row: row{
		Name: name, Spec: "RFC 6749 §4", Short: "behaves", Expect: Accept, Must: "get on: who refuses everything notices nothing", point: &point{},
	}}
}

// Trial is one fault at an issuer of its own, with a state of its own, and what was done there.
type Trial struct {
	Fault  Fault
	Issuer string

	config   Config
	once     sync.Once
	provider *Provider
	broken   error

	mu     sync.Mutex
	events []Event
}

// Trials returns the issuers below this one that Config.Trials asked for, in its order.
func (p *Provider) Trials() []*Trial { return p.trials }

// lay makes the trials; their providers are made when somebody comes.
func (p *Provider) lay() {
	for _, fault := range p.config.Trials {
		t := &Trial{Fault: fault, Issuer: p.below(trialPath + fault.Name), config: p.config}
		t.config.Issuer, t.config.Trials, t.config.Observe = t.Issuer, nil, t.observer(p.config.Observe)
		if fault.Group != GroupControl {
			t.config.Faults = append([]string{fault.Name}, p.config.Faults...)
		}
		p.trials = append(p.trials, t)
	}
}

// observer remembers an event, and hands it on.
func (t *Trial) observer(next func(Event)) func(Event) {
	return func(e Event) {
		t.mu.Lock()
		if len(t.events) < maxEvents {
			t.events = append(t.events, e)
		}
		t.mu.Unlock()
		if next != nil {
			next(e)
		}
	}
}

// Events returns what was done there until now, in order.
func (t *Trial) Events() []Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.events)
}

// trialOf finds the trial that a path belongs to: below its issuer, or where RFC 8414 §3.1 puts its metadata.
func (p *Provider) trialOf(path string) *Trial {
	if len(p.trials) == 0 {
		return nil
	}
	for _, lead := range []string{"", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"} {
		rest, ok := strings.CutPrefix(path, lead+p.base+trialPath)
		name, _, _ := strings.Cut(rest, "/")
		for _, t := range p.trials {
			if ok && t.Fault.Name == name {
				return t
			}
		}
	}
	return nil
}

func (t *Trial) serve(w http.ResponseWriter, r *http.Request) {
	t.once.Do(func() { t.provider, t.broken = New(t.config) })
	if t.broken != nil {
		http.Error(w, "this provider could not be made: "+t.broken.Error(), http.StatusInternalServerError)
		return
	}
	t.provider.ServeHTTP(w, r)
}

// ClientFor names the client of DefaultConfig with which a flow is gone through; none for one that registers itself.
func ClientFor(flow string) string {
	switch flow {
	case FlowRegistration, FlowManagement:
		return ""
	case FlowDevice, FlowCIBA, FlowExchange:
		return flow
	case FlowAssertion, FlowObject:
		return "web-jwt"
	case FlowCertificate:
		return "web-tls"
	case FlowBound:
		return "service-tls"
	case FlowHybrid, FlowFAPI2:
		return "web-" + flow
	case FlowEncrypted, FlowEncryptedUserInfo:
		return "web-encrypted"
	case FlowSignedUserInfo:
		return "web-signed"
	}
	return "web"
}

// Flows lists the flows that faults are of, in the order of the faults.
func Flows() []string {
	var out []string
	for _, f := range Faults() {
		if !slices.Contains(out, f.Flow) {
			out = append(out, f.Flow)
		}
	}
	return out
}
