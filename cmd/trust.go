package cmd

import (
	"bytes"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/secret"
)

// trustOptions say what is accepted when tokens are judged.
type trustOptions struct {
	algs                []string
	leeway              time.Duration
	trustAud, allowAZPs []string
	decryption          decryptionOptions
}

func (o *trustOptions) flags(f *pflag.FlagSet) {
	o.tokenFlags(f)
	listVar(f, &o.trustAud, "trust-aud", "a further audience `AUD` that an ID token may name; repeatable")
	listVar(f, &o.allowAZPs, "allow-azp", "a further authorized party `CLIENT` that an ID token may name; repeatable")
}

// tokenFlags are those that concern any token, and not ID tokens alone.
func (o *trustOptions) tokenFlags(f *pflag.FlagSet) {
	listVar(f, &o.algs, "algs", "signature algorithms accepted, a `LIST` with commas (default: what the metadata lists, asymmetric only)")
	f.DurationVar(&o.leeway, "leeway", 30*time.Second, "how far the clocks may differ, a `DURATION`")
	o.decryption.flags(f)
}

// trust reads what is accepted, the keys of the user included.
func (app *App) trust(o *trustOptions) (grant.Trust, error) {
	algs, err := algorithms(o.algs)
	if err != nil {
		return grant.Trust{}, err
	}
	decryption, err := app.decryption(&o.decryption)
	return grant.Trust{
		Algorithms: algs, Leeway: o.leeway, Audiences: o.trustAud, AuthorizedParties: o.allowAZPs, Decryption: decryption,
	}, err
}

// decryptionOptions say what encrypted tokens are opened with.
type decryptionOptions struct{ keys, algs []string }

func (o *decryptionOptions) flags(f *pflag.FlagSet) {
	listVar(f, &o.keys, "decryption-key", "a private key in `FILE`, a JWK or PEM, that opens encrypted tokens and answers; repeatable")
	listVar(f, &o.algs, "decryption-algs", "encryption algorithms accepted, alg and enc, a `LIST` with commas (default: all but RSA1_5)")
}

// decryption reads the keys and the list of what is accepted.
func (app *App) decryption(o *decryptionOptions) (jose.Decryption, error) {
	var d jose.Decryption
	if len(o.algs) > 0 {
		var err error
		if d.Allow, err = jose.ParseEncryptionAlgorithms(splitCommas(o.algs)); err != nil {
			return jose.Decryption{}, err
		}
	}
	if missing := d.NeedsKey(); missing != "" && len(o.keys) == 0 {
		return jose.Decryption{}, problem.Usagef("usage.decryption", "--decryption-algs: %s needs a private key, and none was given", missing).
			WithHint("--decryption-key FILE")
	}
	for _, file := range o.keys {
		key, err := app.decryptionKey(file)
		if err != nil {
			return jose.Decryption{}, err
		}
		d.Keys = append(d.Keys, key)
	}
	return d, nil
}

func (app *App) decryptionKey(file string) (*jose.DecryptionKey, error) {
	data, err := app.readInput(file)
	if err != nil {
		return nil, err
	}
	var password secret.Secret
	if bytes.Contains(data, []byte("ENCRYPTED")) {
		if password, err = app.password(app.global.certificate.passwordFile); err != nil {
			return nil, err
		}
	}
	key, err := jose.ParseDecryptionKey(data, password)
	if err != nil {
		return nil, fmt.Errorf("reading --decryption-key %s: %w", inputName(file), err)
	}
	return key, nil
}
