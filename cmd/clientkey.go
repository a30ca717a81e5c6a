package cmd

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/profile"
	"github.com/oauthctl/oauthctl/internal/text"
)

// clientKeyOptions say which key signs for the client.
type clientKeyOptions struct {
	file, passwordFile, command string
	id, alg                     string
	audience                    string
}

func (o *clientKeyOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.file, "client-key", "", "the client's private key, for private_key_jwt and request objects, in `FILE`: JWK or PEM")
	f.StringVar(&o.passwordFile, "client-key-password-file", "", "the password of an encrypted client key, in `FILE`")
	f.StringVar(&o.command, "client-key-command", "", "a `COMMAND` that signs instead of a key file, split at white space: it reads the signing input on stdin and writes the signature, raw or base64")
	f.StringVar(&o.id, "client-key-id", "", "the `KID` that the provider knows the key by (default: the JWK's)")
	f.StringVar(&o.alg, "client-key-alg", "", "the `ALG` to sign with (default: the JWK's, else one that the provider lists)")
	f.StringVar(&o.audience, "assertion-audience", "", "the aud of client assertions: `AUDIENCE` issuer, token, endpoint or a URL (default issuer, or token where no issuer is known)")
}

// unused refuses what says something about a key where there is none.
func (o *clientKeyOptions) unused() error {
	if o.id != "" || o.passwordFile != "" {
		return problem.Usagef("usage.key", "--client-key-id and --client-key-password-file are about a key, and none was given").
			WithHint("--client-key FILE")
	}
	return nil
}

// secretAlgorithm is --client-key-alg for client_secret_jwt, which signs with the client secret; empty for every other
// method.
func (o *clientKeyOptions) secretAlgorithm(method string) (jose.Algorithm, error) {
	if o.alg == "" || o.file != "" || o.command != "" {
		return "", nil
	}
	algs, err := jose.ParseAlgorithms([]string{o.alg})
	if err != nil {
		return "", err
	}
	if method != oauth.AuthSecretJWT || !algs[0].Symmetric() {
		return "", problem.Usagef("usage.key", "--client-key-alg %s: there is no key to sign with", o.alg).
			WithHint("--client-key FILE, or --auth-method client_secret_jwt with HS256, HS384 or HS512")
	}
	return algs[0], nil
}

// commandTime bounds one signature by a command: a person may have to touch a token.
const commandTime = time.Minute

// signer returns what signs for the client, and its key, which signs by other algorithms too; nil where no key was given.
// What is listed is what the provider takes of assertions, where one is going to be made.
func (app *App) signer(ctx context.Context, o *clientKeyOptions, listed []string) (*jose.Signer, *grant.SigningKey, error) {
	switch {
	case o.file != "" && o.command != "":
		return nil, nil, problem.Usagef("usage.key", "--client-key and --client-key-command exclude each other")
	case o.command != "":
		return app.commandSigner(ctx, o)
	case o.file == "":
		return nil, nil, o.unused()
	}
	key, err := o.read(app)
	if err != nil {
		return nil, nil, err
	}
	public, err := key.PublicJWK()
	if err != nil {
		return nil, nil, err
	}
	alg, own := jose.Algorithm(o.alg), public.Algorithms()
	if alg == "" && key.Algorithm == "" {
		alg = app.held.Algorithm(key)
	}
	if alg == "" && key.Algorithm == "" && len(listed) > 0 {
		if alg = firstListed(own, listed); alg == "" {
			return nil, nil, problem.Usagef("usage.key", "the provider takes none of the algorithms of this key (%s)", own).
				WithHint("it lists %s: make such a key with oauthctl key generate --alg ALG, or insist with --client-key-alg", text.Escape(strings.Join(listed, " ")))
		}
	}
	signer, err := key.SignerFor(alg, o.id)
	if err != nil {
		return nil, nil, keyError("--client-key", o.file, err)
	}
	return signer, &grant.SigningKey{
		Algorithms: app.held.Profile.Narrow(append(jose.Algorithms{signer.Algorithm()}, own...)),
		Signer:     func(alg jose.Algorithm) (*jose.Signer, error) { return key.SignerFor(alg, o.id) },
	}, nil
}

func (o *clientKeyOptions) read(app *App) (*jose.PrivateKey, error) {
	return app.privateKey("--client-key", "--client-key-password-file", o.file, o.passwordFile)
}

// firstListed is the first algorithm of a key that is listed; empty where none is.
func firstListed(own jose.Algorithms, listed []string) jose.Algorithm {
	for _, alg := range own {
		if slices.Contains(listed, string(alg)) {
			return alg
		}
	}
	return ""
}

// privateKey reads a key of the user, once: it may be on stdin. A wrong or missing password is said with the flag that is
// meant.
func (app *App) privateKey(flag, passwordFlag, file, passwordFile string) (*jose.PrivateKey, error) {
	if key := app.privateKeys[file]; key != nil {
		return key, nil
	}
	data, err := app.readInput(file)
	if err != nil {
		return nil, err
	}
	password, err := app.password(passwordFile)
	if err != nil {
		return nil, err
	}
	key, err := jose.ParsePrivateKey(data, password)
	if err != nil {
		p := *problem.As(err)
		p.Hint = strings.ReplaceAll(p.Hint, "--key-password-file", passwordFlag)
		return nil, fmt.Errorf("reading %s %s: %w", flag, inputName(file), &p)
	}
	app.privateKeys[file] = key
	return key, nil
}

// keyError says which key cannot do what it is wanted for: several may be given.
func keyError(flag, file string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("using %s %s: %w", flag, inputName(file), err)
}

// commandSigner signs by a command, so that the key may stay in an HSM or a KMS. There is no shell: words are split at
// white space.
func (app *App) commandSigner(ctx context.Context, o *clientKeyOptions) (*jose.Signer, *grant.SigningKey, error) {
	argv := strings.Fields(o.command)
	if len(argv) == 0 || o.alg == "" {
		return nil, nil, problem.Usagef("usage.key", "--client-key-command needs --client-key-alg: a command does not say its algorithm").
			WithHint("--client-key-alg ES256, and --client-key-id KID where the provider knows several keys")
	}
	algs, err := jose.ParseAlgorithms([]string{o.alg})
	if err != nil {
		return nil, nil, err
	}
	signer, err := jose.NewExternalSigner(algs[0], o.id, func(input []byte) ([]byte, error) {
		out, err := profile.Command{Argv: argv, Stdin: bytes.NewReader(input), Stderr: app.Err, Limit: commandTime}.Output(ctx)
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		failed, started := errors.AsType[profile.CommandFailed](err)
		switch name := text.Escape(argv[0]); {
		case started:
			return nil, problem.Usagef("usage.key_command", "the command %s %s", name, string(failed)).
				WithHint("the command gets the signing input on stdin and must write the signature to stdout")
		case err != nil:
			return nil, problem.Usagef("usage.key_command", "the command %s cannot be run: %v", name, reason(err)).
				WithHint("--client-key-command takes a program and its arguments, split at white space: there is no shell")
		}
		return rawSignature([]byte(out)), nil
	})
	if err != nil {
		return nil, nil, err
	}
	return signer, &grant.SigningKey{Algorithms: algs, Signer: func(alg jose.Algorithm) (*jose.Signer, error) {
		if alg != algs[0] {
			return nil, problem.Usagef("usage.key", "--client-key-command signs by %s, and %s is wanted", algs[0], alg).
				WithHint("--client-key-alg %s, with a command that signs so", alg)
		}
		return signer, nil
	}}, nil
}

// reason is why a program could not be started, without the name of the system call.
func reason(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	if lookup, ok := errors.AsType[*exec.Error](err); ok {
		return lookup.Err
	}
	return err
}

// rawSignature undoes base64 where that is what came.
func rawSignature(out []byte) []byte {
	trimmed := strings.TrimRight(string(bytes.TrimSpace(out)), "=")
	for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
		if raw, err := encoding.DecodeString(trimmed); err == nil && len(raw) >= 64 {
			return raw
		}
	}
	return out
}
