// Package verdict holds the result of one rule applied to one thing: what a report, an exit code, a JSON document
// and a sentence for people are all made of.
package verdict

import (
	"github.com/oauthctl/oauthctl/internal/problem"
)

// Status is the outcome of a check.
type Status string

// The outcomes. Only Fail makes a report fail.
const (
	Pass Status = "pass"
	Fail Status = "fail"
	Warn Status = "warn"
	Skip Status = "skip" // could not be checked; Got says why
)

// Check is one rule applied once.
type Check struct {
	Rule   string `json:"rule"` // stable and dotted, such as "jwt.exp"
	Spec   string `json:"spec"` // "RFC 7519 §4.1.4"
	Status Status `json:"status"`
	Want   string `json:"want,omitempty"`
	Got    string `json:"got,omitempty"`
	Hint   string `json:"hint,omitempty"`
}

// Problem returns the check as a verification error.
//
//go:noinline
func (c Check) Problem() *problem.Error {
	return &problem.Error{
		Kind: problem.Verification, Code: c.Rule, Message: "the check " + c.Rule + " failed",
		Spec: c.Spec, Want: c.Want, Got: c.Got, Hint: c.Hint,
	}
}

// Checks is a report: every rule that was applied, in order.
type Checks []Check

// Count returns how many checks ended with the status.
func (c Checks) Count(s Status) int {
	n := 0
	for _, check := range c {
		if check.Status == s {
			n++
		}
	}
	return n
}

// With returns the checks that ended with the status, in order.
func (c Checks) With(s Status) Checks {
	var out Checks
	for _, check := range c {
		if check.Status == s {
			out = append(out, check)
		}
	}
	return out
}

// Failed says whether any check failed.
func (c Checks) Failed() bool { return c.Count(Fail) > 0 }

// Err returns the first failure as a *problem.Error of kind Verification, or nil.
func (c Checks) Err() error {
	for _, check := range c {
		if check.Status == Fail {
			return check.Problem()
		}
	}
	return nil
}

// Of returns the check with the outcome of ok: Pass or Fail.
func Of(ok bool, c Check) Check {
	c.Status = Fail
	if ok {
		c.Status, c.Hint = Pass, ""
	}
	return c
}
