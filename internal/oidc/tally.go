package oidc

import (
	"slices"

	"github.com/oauthctl/oauthctl/internal/verdict"
)

// OtherIssuers stands in a Tally for every issuer that nobody trusts: strangers may name as many as they like.
const OtherIssuers = "other"

// Count is how many tokens of a sort held, and how many did not.
type Count struct {
	Valid   int `json:"valid"`
	Invalid int `json:"invalid"`
}

// Tally counts the reports on many tokens. Its size does not depend on what the tokens say.
type Tally struct {
	Total   int              `json:"total"`
	Valid   int              `json:"valid"`
	Invalid int              `json:"invalid"`
	Failed  map[string]int   `json:"failed"` // by rule, how many tokens failed it
	Kinds   map[Kind]Count   `json:"kinds"`
	Issuers map[string]Count `json:"issuers,omitempty"` // the expected ones, and OtherIssuers
}

// NewTally makes an empty tally that tells the expected issuers apart.
func NewTally(issuers []string) *Tally {
	t := &Tally{Failed: make(map[string]int), Kinds: make(map[Kind]Count)}
	if len(issuers) > 0 {
		t.Issuers = map[string]Count{OtherIssuers: {}}
		for _, issuer := range issuers {
			t.Issuers[issuer] = Count{}
		}
	}
	return t
}

// Add counts one report.
func (t *Tally) Add(r *Report) {
	one := Count{Invalid: 1}
	if r.Valid {
		one = Count{Valid: 1}
	}
	t.count(one)
	t.Kinds[r.Kind] = t.Kinds[r.Kind].plus(one)
	if t.Issuers != nil {
		issuer, _ := r.Claims.String("iss")
		if _, expected := t.Issuers[issuer]; !expected {
			issuer = OtherIssuers
		}
		t.Issuers[issuer] = t.Issuers[issuer].plus(one)
	}
	if r.Valid {
		return
	}
	for i, c := range r.Checks {
		again := func(other verdict.Check) bool { return other.Rule == c.Rule && other.Status == verdict.Fail }
		if c.Status == verdict.Fail && !slices.ContainsFunc(r.Checks[:i], again) {
			t.Failed[c.Rule]++
		}
	}
}

// Merge adds what another tally counted.
func (t *Tally) Merge(other *Tally) {
	t.count(Count{other.Valid, other.Invalid})
	for rule, n := range other.Failed {
		t.Failed[rule] += n
	}
	for kind, n := range other.Kinds {
		t.Kinds[kind] = t.Kinds[kind].plus(n)
	}
	for issuer, n := range other.Issuers {
		t.Issuers[issuer] = t.Issuers[issuer].plus(n)
	}
}

func (t *Tally) count(c Count) {
	t.Total += c.Valid + c.Invalid
	t.Valid += c.Valid
	t.Invalid += c.Invalid
}

func (c Count) plus(other Count) Count {
	return Count{c.Valid + other.Valid, c.Invalid + other.Invalid}
}
