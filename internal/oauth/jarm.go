package oauth

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// outside are the parameters of an answer that mean something by themselves: beside a response they would be believed
// without a signature.
var outside = []string{"code", "error", "access_token", "id_token"}

// ParseJARM finds the JWT of an answer that was asked for in one. The state in it is read before anything is verified,
// solely to decide whether the answer is ours: anybody can send one, and ErrForeign is to be ignored. What is returned
// is the JWT as it came, and is still to be verified (JARM §2.4).
//
// The function opens an encrypted JWT, without which its state cannot be known.
func ParseJARM(encoded string, p Pending, open func(compact string) (string, error)) (compact string, err error) {
	if len(encoded) > maxCallback {
		return "", fmt.Errorf("%w: longer than %d bytes", ErrForeign, maxCallback)
	}
	values, malformed := url.ParseQuery(encoded)
	responses := values["response"]
	if len(responses) > maxResponses {
		return "", fmt.Errorf("%w: it has more than %d responses", ErrForeign, maxResponses)
	}
	foreign := ownState(values["state"], p.State)
	for _, response := range responses {
		if err := ownResponse(response, p, open); err == nil || len(responses) == 1 {
			foreign = err
		}
	}
	plain := slices.DeleteFunc(slices.Clone(outside), func(name string) bool { return !values.Has(name) })
	switch {
	case foreign != nil:
		return "", foreign
	case malformed != nil:
		return "", refuseCallback("callback.encoding", "RFC 6749 appendix B", "the callback is not form-encoded", "")
	case len(responses) > 1:
		return "", refuseCallback("callback.repeated", "RFC 6749 §3.1", "the callback repeats a parameter", fmt.Sprintf("response %d times", len(responses)))
	case len(responses) == 0 || len(plain) > 0:
		got := "no response"
		if len(plain) > 0 {
			got = "outside of a JWT: " + strings.Join(plain, ", ")
		}
		refusal := refuseCallback("callback.jarm", "JARM §2.4", "the answer is not signed, and was asked for in a JWT", got)
		refusal.Want = "the parameter response alone"
		refusal.Hint = "nothing of it was used: anybody could have written it; a provider that does not know JARM answers so: leave --response-mode out; oauthctl discover shows its response modes"
		return "", refusal
	}
	return responses[0], nil
}

// maxResponses bounds how many JWTs of one callback are looked at.
const maxResponses = 4

// ownResponse says whether the state in an unverified JWT is the one that was sent.
func ownResponse(compact string, p Pending, open func(string) (string, error)) error {
	if jose.IsEncrypted(compact) {
		inner, err := open(compact)
		if err != nil {
			return fmt.Errorf("%w: its response cannot be decrypted: %w", ErrForeign, err)
		}
		compact = inner
	}
	token, _, err := jose.Inspect(compact)
	if err != nil {
		return fmt.Errorf("%w: its response is no JWT", ErrForeign)
	}
	state, err := token.Claims.String("state")
	if err != nil || !token.Claims.Has("state") {
		return fmt.Errorf("%w: its response has no state", ErrForeign)
	}
	return ownState([]string{state}, p.State)
}

// ResponseParameters returns the claims of a verified response as the parameters that they stand for, to be judged as
// those of any callback. The JWT's own claims are none of them, but iss says which provider it is from (JARM §2.1,
// RFC 9207 §2.4).
func ResponseParameters(claims strictjson.Object) (encoded string, err error) {
	values := make(url.Values)
	for _, m := range claims.Members() {
		switch m.Name {
		case "aud", "exp", "iat", "nbf", "jti":
			continue
		}
		switch kind := m.Value.Kind(); {
		case kind == '"', kind == '0' && m.Name == "expires_in", m.Name == "authorization_details":
			values.Set(m.Name, plain(m.Value))
		case slices.Contains(single, m.Name):
			refusal := refuseCallback("callback.jarm", "JARM §2.1", "the response has a claim of the wrong type", m.Name+" is "+kindOfValue(m.Value))
			refusal.Want = "a string"
			return "", refusal
		}
	}
	return values.Encode(), nil
}

// ResponseModes are the ways in which an answer in a JWT travels, by what they are called (JARM §2.3).
func ResponseModes() []string { return []string{"jwt", "query.jwt", "fragment.jwt", "form_post.jwt"} }

// Transport returns how a response mode travels: "" for jwt, which takes the response type's own way (JARM §2.3.4).
// Signed says that the answer must be a JWT.
func Transport(mode string) (transport string, signed bool) {
	if mode == "jwt" {
		return "", true
	}
	return strings.CutSuffix(mode, ".jwt")
}
