package oauth

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
)

// insufficientLogin is the error by which an API asks for a stronger or a fresher login (RFC 9470 §3).
const insufficientLogin = "insufficient_user_authentication"

// Bounds of what an API may demand of a login.
const (
	maxClasses = 16
	maxClass   = 256
)

// StepUp is what an API demands of the login behind a token (RFC 9470 §3).
type StepUp struct {
	ACRValues []string       // any of them; empty: it does not say
	MaxAge    *time.Duration // nil: it does not say
	Scopes    []string       // of the same challenge
}

// ParseStepUp reads the challenge of an API that refuses a token for the login behind it; nil where there is none. What
// it demands is going to be asked of a provider and of a person, so nothing of it is guessed (RFC 9470 §3).
func ParseStepUp(header http.Header) (*StepUp, error) {
	p := readChallenges(header)
	i := slices.IndexFunc(p.out, func(c Challenge) bool { return c.Params["error"] == insufficientLogin })
	if i < 0 {
		return nil, nil //nolint:nilnil // there is no such challenge
	}
	params := p.out[i].Params
	for _, name := range []string{"acr_values", "max_age", "scope"} {
		if slices.Contains(p.twice, repetition{i, name}) {
			return nil, oddDemand(name+" once", name+" several times")
		}
	}
	demand := &StepUp{ACRValues: strings.Fields(params["acr_values"]), Scopes: strings.Fields(params["scope"])}
	for _, class := range demand.ACRValues {
		if len(class) > maxClass || !isVisible(class) || strings.ContainsAny(class, `"\`) {
			return nil, oddDemand("names of authentication context classes", "acr_values "+text.Escape(params["acr_values"]))
		}
	}
	if len(demand.ACRValues) > maxClasses {
		return nil, oddDemand(fmt.Sprintf("%d classes at most", maxClasses), fmt.Sprintf("%d of them", len(demand.ACRValues)))
	}
	if age, there := params["max_age"]; there {
		seconds, err := strconv.ParseUint(age, 10, 31)
		if err != nil {
			return nil, oddDemand("a whole number of seconds, of 0 or more", "max_age "+text.Escape(age))
		}
		limit := time.Duration(seconds) * time.Second
		demand.MaxAge = &limit
	}
	return demand, nil
}

func oddDemand(want, got string) *problem.Error {
	return &problem.Error{
		Kind: problem.Verification, Code: "resource.step_up", Spec: "RFC 9470 §3", Want: want, Got: got,
		Message: "the API demands another login in a way that cannot be read",
		Hint:    "the API must mend its challenge; until then say yourself what it wants: --acr-values and --max-age of oauthctl login",
	}
}
