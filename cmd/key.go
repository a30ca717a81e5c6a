package cmd

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/render"
	"github.com/oauthctl/oauthctl/internal/text"
)

func newKey(app *App) *cobra.Command {
	c := &cobra.Command{
		Use:   "key",
		Short: "Make a client's key, and show its public part or thumbprint",
		Example: `  oauthctl key generate --output-file client.jwk
  oauthctl key public client.jwk`,
		Args: noSubcommand, RunE: showHelp,
	}
	c.AddCommand(newKeyGenerate(app), newKeyPublic(app), newKeyThumbprint(app))
	return c
}

// keyOptions say what a key is for, and what it is called.
type keyOptions struct{ alg, kid string }

func newKeyGenerate(app *App) *cobra.Command {
	o := &keyOptions{}
	c := &cobra.Command{
		Use:   "generate",
		Short: "Make a private key for signing or decryption, as a JWK (RFC 7517)",
		Long: `Make a private key for signing client assertions, request objects and proofs, as a JWK; with an encryption
algorithm such as RSA-OAEP-256 or ECDH-ES+A256KW, one for --decryption-key. Its kid is its thumbprint (RFC 7638),
unless --kid says otherwise. RSA keys have 2048 bits, those of ECDH-ES are on P-256. A file that exists is not
overwritten.

"oauthctl key public" gives the part that the provider must know.`,
		Example: `  oauthctl key generate --output-file client.jwk
  oauthctl key generate --alg PS256 --kid web-2026 --output-file client.jwk
  oauthctl key generate --alg RSA-OAEP-256 --output-file decryption.jwk`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error { return runKeyGenerate(app, o) },
	}
	c.Flags().StringVar(&o.alg, "alg", "ES256", "the `ALGORITHM` that the key is for, of signatures or of encryption")
	c.Flags().StringVar(&o.kid, "kid", "", "the key's `ID` (default: its thumbprint)")
	describeOutput(c, []string{formatJSON}, formatJSON)
	return c
}

func runKeyGenerate(app *App, o *keyOptions) error {
	if err := app.keepKey(); err != nil {
		return err
	}
	alg, err := keyAlgorithm(o.alg)
	if err != nil {
		return err
	}
	key, err := jose.GenerateKey(alg)
	if err != nil {
		return err
	}
	if key, err = key.WithKeyID(o.kid); err != nil {
		return err
	}
	jwk, err := key.JWK()
	if err != nil {
		return fmt.Errorf("writing the key: %w", err)
	}
	if app.OutTTY && app.global.outputFile == "" {
		app.notice("note: this is a private key; --output-file FILE keeps it from other eyes")
	}
	return app.emit([]byte(jwk.Reveal() + "\n"))
}

// keepKey refuses to make a new key in the place of something: a private key that is overwritten is lost, and with it
// the client that is registered with it. An empty file is nobody's key.
func (app *App) keepKey() error {
	path := app.global.outputFile
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil //nolint:nilerr // there is nothing to be kept; what cannot be made is told when it is made
	}
	return problem.Usagef("output.file", "%s exists, and a key in it would be lost", path).
		WithHint("remove it first, or name another file with --output-file")
}

// keyAlgorithm reads --alg of a key pair, for signatures or for encryption.
func keyAlgorithm(name string) (jose.Algorithm, error) {
	if alg := jose.Algorithm(name); slices.Contains(jose.EncryptionAlgorithms(), alg) {
		return alg, nil
	}
	algs, err := jose.ParseAlgorithms([]string{name})
	if err != nil {
		p := problem.As(err)
		all := slices.Concat(jose.Asymmetric(), jose.EncryptionAlgorithms())
		if near := text.Suggest(name, strings.Fields(all.String())); near != "" {
			return "", p.WithHint("did you mean --alg %s?", near)
		}
		return "", p.WithHint("--alg takes %s, and for encryption %s", jose.Asymmetric(), jose.EncryptionAlgorithms())
	}
	if algs[0].Symmetric() {
		return "", problem.Usagef("usage.algs", "%s has no key pair: it signs with a secret that both sides know", name).
			WithHint("--alg takes %s", jose.Asymmetric())
	}
	return algs[0], nil
}

func newKeyPublic(app *App) *cobra.Command {
	o := &keyOptions{}
	c := &cobra.Command{
		Use:   "public [FILE|-]",
		Short: "The public part of a key, as a JWK to register at the provider",
		Long: `Show the public part of a key, as a JWK to register at the provider. FILE is a JWK, a key set, or PEM: a private
key (PKCS#1, PKCS#8, SEC 1; encrypted with --key-password-file), a public key or a certificate. Of several keys a key
set is made.`,
		Example: `  oauthctl key public client.jwk
  oauthctl key public client.pem --alg RS256 --kid web-2026`,
		Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error { return runKeyPublic(app, o, args) },
	}
	c.Flags().StringVar(&o.alg, "alg", "", "the `ALGORITHM` to name, where the file names none")
	c.Flags().StringVar(&o.kid, "kid", "", "the key `ID` to name, where the file names none")
	describeOutput(c, []string{formatJSON}, formatJSON)
	return c
}

func runKeyPublic(app *App, o *keyOptions, args []string) error {
	keys, err := app.publicKeys(args)
	if err != nil {
		return err
	}
	if o.alg != "" || o.kid != "" {
		if err := nameKey(keys, o); err != nil {
			return err
		}
	}
	for _, key := range keys {
		if key.Use == "" {
			key.Use = key.Algorithm.Use()
		}
	}
	var out any = keys[0]
	if len(keys) > 1 {
		out = map[string]any{"keys": keys}
	}
	data, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("writing the key: %w", err)
	}
	return app.emit(asItCame(data))
}

// nameKey gives the one key of a file the names of --alg and --kid. A name that the file has already stays true.
func nameKey(keys []*jose.Key, o *keyOptions) error {
	if len(keys) > 1 {
		return problem.Usagef("usage.key", "--alg and --kid name one key, and the file holds %d", len(keys))
	}
	key := keys[0]
	if o.kid != "" {
		if key.KeyID != "" && key.KeyID != o.kid {
			return problem.Usagef("usage.key", "the key has the kid %q already, and --kid says %q", key.KeyID, o.kid)
		}
		key.KeyID = o.kid
	}
	if o.alg == "" {
		return nil
	}
	alg, err := keyAlgorithm(o.alg)
	switch {
	case err != nil:
		return err
	case key.Algorithm != "" && !key.Algorithm.Equal(alg):
		return problem.Usagef("usage.key", "the key is for %q already, and --alg says %s", string(key.Algorithm), alg)
	case alg.Encrypts():
		if !key.CanEncrypt(alg) {
			return problem.Usagef("usage.key", "a key of this kind cannot be for %s", alg)
		}
	case !key.Algorithms().Allows(alg):
		return problem.Usagef("usage.key", "the key cannot sign %s", alg).WithHint("algorithms of this key: %s", key.Algorithms())
	}
	key.Algorithm = alg
	return nil
}

func newKeyThumbprint(app *App) *cobra.Command {
	c := &cobra.Command{
		Use:   "thumbprint [FILE|-]",
		Short: "The SHA-256 thumbprint of a key (RFC 7638)",
		Example: `  oauthctl key thumbprint client.jwk
  oauthctl key thumbprint server.crt -o json`,
		Args: atMost(1),
		RunE: func(_ *cobra.Command, args []string) error { return runKeyThumbprint(app, args) },
	}
	describeOutput(c, textOrJSON, formatText)
	return c
}

func runKeyThumbprint(app *App, args []string) error {
	keys, err := app.publicKeys(args)
	if err != nil {
		return err
	}
	var out []byte
	for _, key := range keys {
		if app.format == formatJSON {
			out = append(out, render.JSON(struct {
				KeyID      string `json:"kid,omitempty"`
				KeyType    string `json:"kty"`
				Thumbprint string `json:"thumbprint"`
			}{key.KeyID, key.KeyType, key.Thumbprint()})...)
			continue
		}
		out = append(out, key.Thumbprint()+"\n"...)
	}
	return app.emit(out)
}

// publicKeys reads the keys of [FILE|-], each by its public part.
func (app *App) publicKeys(args []string) ([]*jose.Key, error) {
	if len(args) == 0 {
		if app.InTTY {
			return nil, problem.Usagef("usage.arguments", "no key was given").WithHint("name a file with a JWK or PEM, or pipe it in")
		}
		args = []string{"-"}
	}
	data, err := app.readInput(args[0])
	if err != nil {
		return nil, err
	}
	password, err := app.password(app.global.certificate.passwordFile)
	if err != nil {
		return nil, err
	}
	set, err := jose.ParseKeyFile(data, password)
	if err != nil {
		return nil, fmt.Errorf("reading the key of %s: %w", inputName(args[0]), err)
	}
	for _, rejected := range set.Rejected {
		app.warn(rejected.Check)
	}
	return set.Keys, nil
}
