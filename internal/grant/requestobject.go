package grant

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// requestObject are the options of a signed, and perhaps encrypted, authorization request (RFC 9101).
type requestObject struct {
	sign    string
	encrypt string
}

// The words of options that may stand alone.
const (
	automatic = "auto"
	none      = "none"
)

func (o *requestObject) flags(f *pflag.FlagSet) {
	f.StringVar(&o.sign, "request-object", "", "sign the request (JAR, RFC 9101) with --client-key, or by HS256, HS384 or HS512 with the client secret: `ALG`, or auto for one that the provider lists")
	f.StringVar(&o.encrypt, "request-object-encryption", "", "encrypt the signed request to the provider's key: `ALG[/ENC]` such as RSA-OAEP-256/A256GCM, or auto for what the provider lists; implies --request-object")
	f.Lookup("request-object").NoOptDefVal = automatic
	f.Lookup("request-object-encryption").NoOptDefVal = automatic
}

// on says whether the request is signed.
func (o *requestObject) on() bool { return o.sign != "" }

// validate makes plain what the options amount to.
func (o *requestObject) validate() error {
	if o.encrypt == none {
		o.encrypt = ""
	}
	if o.sign == none { // turns off what a profile turned on: the encryption, too, of what is signed
		o.sign, o.encrypt = "", ""
	}
	if o.encrypt != "" && o.sign == "" {
		o.sign = automatic
	}
	if o.encrypt != "" && o.encrypt != automatic {
		alg, enc, _ := strings.Cut(o.encrypt, "/")
		if err := jose.CheckEncryption(alg, cmp.Or(enc, defaultEncryption)); err != nil {
			return fmt.Errorf("--request-object-encryption: %w", err)
		}
	}
	if o.sign == "" || o.sign == automatic {
		return nil
	}
	_, err := jose.ParseAlgorithms([]string{o.sign})
	return err
}

// SigningKey is the client's key, which signs by every algorithm of its type.
type SigningKey struct {
	Algorithms jose.Algorithms
	Signer     func(jose.Algorithm) (*jose.Signer, error)
}

// requestSigner returns what signs a request of the client: its key, or for HS* its secret. An algorithm that is asked
// for goes before what the provider lists; auto is the first that both know (RFC 9101 §6.2,
// OpenID Connect Discovery §3).
func (env *Env) requestSigner(asked, member string) (oauth.Signer, error) {
	if env.Provider.Issuer == "" {
		return nil, problem.Usagef("usage.request_object", "for whom the request is signed is not known: no issuer is").
			WithHint("--issuer URL, or --expect-issuer VALUE")
	}
	listed := env.Provider.Algs(member)
	alg := jose.Algorithm(asked)
	if asked == automatic {
		var err error
		if alg, err = env.requestAlgorithm(listed); err != nil {
			return nil, err
		}
	} else if len(listed) > 0 && !algorithmsOf(listed).Allows(alg) {
		env.Observer.Checks(verdict.Checks{{
			Rule: "metadata.request_object", Spec: "OpenID Connect Discovery §3", Status: verdict.Warn,
			Got: "the provider does not list " + asked + " for requests, and may refuse it; it lists " + text.Escape(strings.Join(listed, ", ")),
		}})
	}
	if alg.Symmetric() {
		return env.secretSigner(alg)
	}
	if env.Key == nil {
		return nil, problem.Usagef("usage.request_object", "there is no key to sign the request with by %s", alg).
			WithHint("--client-key FILE; make one with oauthctl key generate --alg %s, and register its public half", alg)
	}
	return env.Key.Signer(alg)
}

func algorithmsOf(names []string) jose.Algorithms {
	out := make(jose.Algorithms, len(names))
	for i, name := range names {
		out[i] = jose.Algorithm(name)
	}
	return out
}

// requestAlgorithm is the first algorithm of the key, or of the secret where there is no key, that the provider lists.
func (env *Env) requestAlgorithm(listed []string) (jose.Algorithm, error) {
	var own jose.Algorithms
	what := "key"
	switch {
	case env.Key != nil:
		own = env.Key.Algorithms
	case !env.Client.Secret.IsZero():
		own, what = jose.Symmetric(), "secret"
	default:
		return "", problem.Usagef("usage.request_object", "there is nothing to sign the request with: neither a client key nor a client secret").
			WithHint("--client-key FILE")
	}
	for _, alg := range own {
		if len(listed) == 0 || algorithmsOf(listed).Allows(alg) {
			return alg, nil
		}
	}
	return "", problem.Usagef("usage.request_object", "the provider takes requests signed by none of the algorithms of this %s (%s)", what, own).
		WithHint("it lists %s: --client-key FILE with such a key (oauthctl key generate --alg ALG), or insist with --request-object=ALG",
			text.Escape(strings.Join(listed, " ")))
}

// secretSigner signs with the client secret, which must not be shorter than the hash (RFC 7518 §3.2).
func (env *Env) secretSigner(alg jose.Algorithm) (oauth.Signer, error) {
	need := alg.Hash().Size()
	switch size := len(env.Client.Secret.Reveal()); {
	case size == 0:
		return nil, problem.Usagef("usage.request_object", "%s signs with the client secret, and there is none", alg).
			WithHint("--client-secret-file FILE, or sign with a key: --client-key FILE")
	case size < need:
		return nil, problem.Usagef("usage.request_object", "the client secret is too short for %s: %d bytes, and %d are needed (RFC 7518 §3.2)", alg, size, need).
			WithHint("have the provider issue a longer secret, or sign with a key: --client-key FILE")
	}
	return jose.NewSecretSigner(env.Client.Secret, alg), nil
}

// signing returns what the request is signed with; nil where it is not to be signed (RFC 9101 §10.5).
func (v *visit) signing() (oauth.Signer, error) {
	env := v.env
	if !v.object.on() {
		if env.Provider.SignedRequestRequired() {
			return nil, &problem.Error{
				Kind: problem.Verification, Code: "metadata.request_object", Spec: "RFC 9101 §10.5",
				Message: "the provider takes signed requests only (require_signed_request_object)",
				Hint:    "sign it: --request-object with --client-key FILE",
			}
		}
		return nil, nil //nolint:nilnil // a plain request needs no signer
	}
	if env.Provider.Denies("request_parameter_supported") {
		env.Observer.Checks(verdict.Checks{{
			Rule: "metadata.request_object", Spec: "OpenID Connect Discovery §3", Status: verdict.Warn,
			Got: "the provider says that it takes no request objects (request_parameter_supported), and may never answer",
		}})
	}
	signer, err := env.requestSigner(v.object.sign, "request_object_signing_alg_values_supported")
	if err == nil {
		env.Observer.Step("the request is signed by %s", signer.Algorithm())
	}
	return signer, err
}

// signed makes a request object, good for one request (RFC 9101 §4, §5).
func (v *visit) signed(ctx context.Context, signer oauth.Signer, values url.Values) (string, error) {
	env := v.env
	compact, err := oauth.RequestObject{Issuer: env.Client.ID, Audience: env.Provider.Issuer, Params: values}.Sign(signer, env.Now())
	if err != nil || v.object.encrypt == "" {
		return compact, err
	}
	return v.encrypted(ctx, compact)
}

// encrypted hides a signed request from the browser that carries it (RFC 9101 §4, §6.1).
func (v *visit) encrypted(ctx context.Context, compact string) (string, error) {
	env := v.env
	if env.Keys == nil {
		return "", noKeys("request_object.keys", "the request cannot be encrypted: the provider's keys are not known")
	}
	alg, enc, err := v.encryption()
	if err != nil {
		return "", err
	}
	set, err := env.Keys.Keys(ctx)
	if err != nil {
		return "", err
	}
	key, used, err := set.ForEncryption(alg)
	if err != nil {
		return "", err
	}
	out, err := jose.Encrypt([]byte(compact), key, used, enc, map[string]any{"cty": "JWT"})
	if err != nil {
		return "", err
	}
	env.Observer.Step("the request is encrypted by %s and %s", used, enc)
	return out, nil
}

// encryption returns the algorithms that may be used for the key, best first, and the one for the content (OpenID
// Connect Discovery §3).
func (v *visit) encryption() (algs []string, enc string, err error) {
	const algMember, encMember = "request_object_encryption_alg_values_supported", "request_object_encryption_enc_values_supported"
	listedAlgs, listedEncs := v.env.Provider.List(algMember), v.env.Provider.List(encMember)
	alg, enc, _ := strings.Cut(v.object.encrypt, "/")
	if alg != automatic {
		algs = []string{alg}
	} else if algs = listedAlgs; len(algs) == 0 {
		return nil, "", &problem.Error{
			Kind: problem.Verification, Code: "metadata.request_object", Spec: "OpenID Connect Discovery §3",
			Message: "the provider does not take encrypted requests: its metadata has no " + algMember,
			Hint:    "send it signed alone with --request-object, or hide it from the browser: --par always",
		}
	}
	if enc != "" {
		return algs, enc, nil
	}
	for _, known := range []string{"A256GCM", "A128GCM", "A256CBC-HS512", "A128CBC-HS256"} {
		if slices.Contains(listedEncs, known) {
			return algs, known, nil
		}
	}
	return algs, defaultEncryption, nil
}

// defaultEncryption is the default of registration (OpenID Connect Registration §2).
const defaultEncryption = "A128CBC-HS256"
