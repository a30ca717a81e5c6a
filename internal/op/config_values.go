package op

import (
	"slices"
	"time"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/profile"
	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/text"
)

// The values of a configuration file.

// choice reads one of a few words.
func choice[T any](n *profile.Node, words []string, values []T) (T, error) {
	var word string
	var none T
	if err := n.Text(&word); err != nil {
		return none, err
	}
	i := slices.Index(words, word)
	if i < 0 {
		return none, n.Fault("one of %s is wanted, not %q", joined(words), text.Escape(word))
	}
	return values[i], nil
}

func formatOf(n *profile.Node) (func(*Client), error) {
	format, err := choice(n, []string{"jwt", "opaque"}, []TokenFormat{FormatJWT, FormatOpaque})
	return func(c *Client) { c.AccessToken = format }, err
}

func refreshOf(n *profile.Node) (func(*Client), error) {
	policy, err := choice(n, []string{"offline_access", "always"}, []RefreshPolicy{RefreshOffline, RefreshAlways})
	return func(c *Client) { c.Refresh = policy }, err
}

func rightOf(field func(*Client) *Right) reading {
	return func(n *profile.Node) (func(*Client), error) {
		right, err := choice(n, []string{"own", "any", "none"}, []Right{RightOwn, RightAny, RightNone})
		return func(c *Client) { *field(c) = right }, err
	}
}

// algOf reads an algorithm's name; whether the client can have it is checked when the client is complete.
func algOf(field func(*Client) *jose.Algorithm) reading {
	return func(n *profile.Node) (func(*Client), error) {
		names := slices.Concat(secretAlgs, keyAlgs)
		values := make([]jose.Algorithm, 0, len(names))
		for _, name := range names {
			values = append(values, jose.Algorithm(name))
		}
		alg, err := choice(n, names, values)
		return func(c *Client) { *field(c) = alg }, err
	}
}

// toText, and those after it, read a value into a field.
//
//go:noinline
func toText(field *string) func(*profile.Node) error {
	return func(n *profile.Node) error { return n.Text(field) }
}

//go:noinline
func toSecret(field *secret.Secret) func(*profile.Node) error {
	return func(n *profile.Node) error {
		var value string
		err := n.Text(&value)
		*field = secret.New(value)
		return err
	}
}

//go:noinline
func toTexts(field *[]string) func(*profile.Node) error {
	return func(n *profile.Node) error { return n.Texts(field) }
}

//go:noinline
func toBool(field *bool) func(*profile.Node) error {
	return func(n *profile.Node) error { return n.Bool(field) }
}

//go:noinline
func toDuration(field *time.Duration) func(*profile.Node) error {
	return func(n *profile.Node) error { return n.Duration(field) }
}

func toLifetimes(field *Lifetimes) func(*profile.Node) error {
	return func(n *profile.Node) error {
		return n.Fields(profile.Fields{
			"code":          toDuration(&field.Code),
			"access_token":  toDuration(&field.AccessToken),
			"id_token":      toDuration(&field.IDToken),
			"refresh_token": toDuration(&field.RefreshToken),
			"session":       toDuration(&field.Session),
			"interaction":   toDuration(&field.Interaction),
			"device":        toDuration(&field.Device),
			"ciba":          toDuration(&field.CIBA),
			"par":           toDuration(&field.PAR),
		})
	}
}
