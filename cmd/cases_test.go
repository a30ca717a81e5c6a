package cmd

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oauthctl/oauthctl/internal/op"
)

const (
	reject = op.Reject
	warn   = op.Warn
	accept = op.Accept
)

// hostile is one way in which a provider, a browser or a token goes wrong, or is odd and yet right, and what must become
// of it. A new one is one more row.
type hostile struct {
	id   string
	must op.Expect
	exit int    // 0, but for what is refused and for reports of bad news
	rule string // by which it is refused or warned of; empty: no one rule
	held proof
	what string // empty: as the fault of that name says
}

// group is the rows about one part of a flow. Those that were collected from specifications, test suites and real
// providers before the client was written come first, so that none of them is lost.
type group struct {
	name      string
	collected []hostile
	further   []hostile
}

// atOnce is how many rows run side by side: most of their time they wait.
const atOnce = 8

// collectedCases is how many rows were collected; none is dropped.
const collectedCases = 236

func caseGroups() []group {
	return []group{
		{"discovery", discoveryCases(), furtherDiscoveryCases()},
		{"jwks", keyCases(), furtherKeyCases()},
		{"jose-header", headerCases(), furtherHeaderCases()},
		{"signature", signatureCases(), furtherSignatureCases()},
		{"claims", claimCases(), furtherClaimCases()},
		{"jwe", encryptionCases(), furtherEncryptionCases()},
		{"authz-response", callbackCases(), furtherCallbackCases()},
		{"token-endpoint", tokenCases(), furtherTokenCases()},
		{"refresh", refreshCases(), furtherRefreshCases()},
		{"device", deviceCases(), furtherDeviceCases()},
		{"par-jar-dpop-mtls", boundCases(), furtherBoundCases()},
		{"userinfo-introspect-logout", answerCases(), furtherAnswerCases()},
		{"output-and-local", localCases(), furtherLocalCases()},
		{"wild-accept", wildCases(), furtherWildCases()},
		{"control", controlCases(), nil},
		{"ciba", nil, cibaCases()},
		{"step-up", nil, stepUpCases()},
		{"registration", nil, registrationCases()},
		{"fapi2", nil, fapi2Cases()},
	}
}

// cases returns every row by its name.
func cases() map[string]hostile {
	rows := map[string]hostile{}
	for _, g := range caseGroups() {
		for _, c := range slices.Concat(g.collected, g.further) {
			rows[c.id] = c
		}
	}
	return rows
}

// TestCases holds every row of the table, and prints with -v how many there are by group and verdict.
func TestCases(t *testing.T) {
	t.Parallel()
	all, tally := caseGroups(), &tally{counts: map[string]map[string]int{}}
	t.Run("held", func(t *testing.T) {
		var workers sync.WaitGroup
		slots := make(chan struct{}, atOnce)
		for _, g := range all {
			for _, c := range slices.Concat(g.collected, g.further) {
				slots <- struct{}{}
				workers.Go(func() {
					defer func() { <-slots }()
					t.Run(g.name+"/"+c.id, func(t *testing.T) {
						defer func() { tally.add(g.name, c, t.Failed()) }()
						if c.held.missing != "" {
							t.Skipf("%s: %s", c.held.missing, c.held.why)
						}
						c.held.run(t, g.name, c)
					})
				})
			}
		}
		workers.Wait()
	})
	t.Log("\n" + tally.table(all))
}

// TestEveryCaseIsARow counts what was collected, and compares the table with the faults of the provider: each has a row.
func TestEveryCaseIsARow(t *testing.T) {
	t.Parallel()
	faults := map[string]op.Fault{}
	for _, f := range op.Faults() {
		faults[f.Name] = f
	}
	seen, collected := map[string]bool{}, 0
	for _, g := range caseGroups() {
		collected += len(g.collected)
		for _, c := range slices.Concat(g.collected, g.further) {
			fault, known := faults[c.id]
			delete(faults, c.id)
			switch {
			case seen[c.id]:
				t.Errorf("%s: two rows", c.id)
			case known && fault.Group != g.name:
				t.Errorf("%s: in the group %s, its fault in %s", c.id, g.name, fault.Group)
			case known && fault.Expect != c.must:
				t.Errorf("%s: must be %s, the provider's table says %s", c.id, c.must, fault.Expect)
			case !known && c.what == "":
				t.Errorf("%s: no words about it", c.id)
			case c.held.missing != "" && c.held.why == "":
				t.Errorf("%s: %s without a reason", c.id, c.held.missing)
			case c.must == reject && c.held.missing == "" && c.rule == "":
				t.Errorf("%s: refused without a rule", c.id)
			}
			seen[c.id] = true
		}
	}
	if collected != collectedCases {
		t.Errorf("%d collected cases, of %d", collected, collectedCases)
	}
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		t.Errorf("the fault %s has no row", name)
	}
}

// judge compares what a command did with what must become of a case.
func (c hostile) judge(t *testing.T, got run) {
	t.Helper()
	code, report := errorCode([]byte(got.stderr)), reportOf(got.stdout)
	if code == "" && report != nil && !report.Valid {
		code = report.refusedBy(c.rule)
	}
	wanted := ""
	if c.must == reject {
		wanted = c.rule
	}
	if got.code != c.exit || code != wanted {
		t.Errorf("exit %d by %q, want %d by %q\n%s%s", got.code, code, c.exit, wanted, got.stderr, gist(got.stdout))
	}
	if strings.Contains(got.stderr, "the check "+c.rule+" failed") {
		t.Errorf("the rule is named, and nothing says what is wrong\n%s", got.stderr)
	}
	if refused := c.must == reject; report == nil && refused != (got.stdout == "") || report != nil && refused == report.Valid {
		t.Errorf("stdout: %s", gist(got.stdout))
	}
	if c.must == warn && !c.warned(got.stderr, report) {
		t.Errorf("no warning %q:\n%s%s", c.rule, got.stderr, gist(got.stdout))
	}
	if strings.ContainsAny(got.stderr+got.stdout, "\x1b\x07\u202e") {
		t.Errorf("hostile characters were printed: %q", got.stderr+got.stdout)
	}
}

// gist is what of a result helps to see why it is not the one that was wanted.
func gist(stdout string) string {
	r := reportOf(stdout)
	if r == nil {
		return fmt.Sprintf("%.1000s", stdout)
	}
	return fmt.Sprintf("valid %t, failed %v, warned %v\n", r.Valid, r.with("fail"), r.with("warn"))
}

// patience is short where nothing comes, and that is the case.
func (c hostile) patience() patience {
	p := patient
	switch {
	case c.rule == "network.timeout":
		p.timeout = "3s"
	case c.rule == "login.timeout", c.id == "logout-no-redirect":
		p.wait = "3s"
	}
	return p
}

// longer is patience on a machine that is so busy that nothing had come to where it does not come.
func (c hostile) longer() patience {
	p := c.patience()
	for _, bound := range []*string{&p.timeout, &p.wait} {
		if *bound == "3s" {
			*bound = "40s"
		}
	}
	return p
}

// warned says whether the warning came, on stderr or in a report.
func (c hostile) warned(stderr string, report *verified) bool {
	if report != nil && slices.Contains(report.with("warn"), c.rule) {
		return true
	}
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "warning: ") && strings.Contains(line, c.rule) {
			return true
		}
	}
	return false
}

// verified is the report of jwt verify.
type verified struct {
	Valid  bool `json:"valid"`
	Checks []struct {
		Rule   string `json:"rule"`
		Status string `json:"status"`
	} `json:"checks"`
}

// reportOf returns the report that stdout is; nil where it is none.
func reportOf(stdout string) *verified {
	var r verified
	if !strings.HasPrefix(stdout, `{"valid":`) || json.Unmarshal([]byte(stdout), &r) != nil {
		return nil
	}
	return &r
}

func (r *verified) with(status string) []string {
	var rules []string
	for _, c := range r.Checks {
		if c.Status == status {
			rules = append(rules, c.Rule)
		}
	}
	return rules
}

// refusedBy returns the expected rule where it is among those that failed, else the first of them.
func (r *verified) refusedBy(expected string) string {
	failed := r.with("fail")
	if len(failed) == 0 || slices.Contains(failed, expected) {
		return expected
	}
	return failed[0]
}

// tally counts rows by group and verdict.
type tally struct {
	mutex  sync.Mutex
	counts map[string]map[string]int
}

func (y *tally) add(group string, c hostile, failed bool) {
	verdict := string(c.must)
	if c.held.missing != "" {
		verdict = c.held.missing
	}
	if failed {
		verdict = "FAILED"
	}
	y.mutex.Lock()
	defer y.mutex.Unlock()
	if y.counts[group] == nil {
		y.counts[group] = map[string]int{}
	}
	y.counts[group][verdict]++
}

func (y *tally) table(groups []group) string {
	columns := []string{string(reject), string(accept), string(warn), pending, "FAILED"}
	var b strings.Builder
	fmt.Fprintf(&b, "%-28s", "cases")
	for _, c := range columns {
		fmt.Fprintf(&b, "%9s", c)
	}
	fmt.Fprintf(&b, "%9s\n", "all")
	total := map[string]int{}
	line := func(name string, counts map[string]int) {
		sum := 0
		fmt.Fprintf(&b, "%-28s", name)
		for _, c := range columns {
			fmt.Fprintf(&b, "%9d", counts[c])
			sum, total[c] = sum+counts[c], total[c]+counts[c]
		}
		fmt.Fprintf(&b, "%9d\n", sum)
	}
	for _, g := range groups {
		line(g.name, y.counts[g.name])
	}
	line("all", maps.Clone(total))
	return b.String()
}

// playFault runs the flow that a fault of the provider disturbs.
func playFault(t *testing.T, name string, p patience) (op.Fault, run, *watcher) {
	t.Helper()
	for _, f := range op.Faults() {
		if f.Name != name {
			continue
		}
		server, seen := provider(t, func(c *op.Config) {
			c.Faults = []string{name}
			c.AutoApprove = f.Flow == op.FlowDevice || f.Flow == op.FlowCIBA
		})
		return f, flowOf(t, f.Flow, server.Issuer(), p), seen
	}
	t.Fatalf("the provider has no fault %s", name)
	return op.Fault{}, run{}, nil
}

// provider starts one of its own, which is watched.
func provider(t *testing.T, change func(*op.Config)) (*op.Server, *watcher) {
	t.Helper()
	config, seen := op.DefaultConfig(), &watcher{}
	config.PollInterval, config.Observe = time.Second, seen.observe
	if change != nil {
		change(&config)
	}
	server, err := op.Start(t.Context(), "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server, seen
}

// watcher remembers what a provider was asked.
type watcher struct {
	mutex  sync.Mutex
	events []op.Event
}

func (w *watcher) observe(e op.Event) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.events = append(w.events, e)
}

func (w *watcher) seen() []op.Event {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return slices.Clone(w.events)
}

// acted says whether the fault was met.
func (w *watcher) acted(fault string) bool {
	return slices.ContainsFunc(w.seen(), func(e op.Event) bool { return e.Fault == fault })
}

// at counts the requests to an endpoint.
func (w *watcher) at(endpoint string) (n int) {
	for _, e := range w.seen() {
		if e.Endpoint == endpoint {
			n++
		}
	}
	return n
}
