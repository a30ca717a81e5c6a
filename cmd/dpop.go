package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/fapi"
	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
	"github.com/oauthctl/oauthctl/internal/metadata"
	"github.com/oauthctl/oauthctl/internal/oauth"
	"github.com/oauthctl/oauthctl/internal/problem"
	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

// dpopOptions say whether tokens are bound to a key, and to which (RFC 9449).
type dpopOptions struct {
	alg, keyFile, passwordFile string
	optional                   bool
}

const (
	dpopDefault = "ES256"
	dpopNone    = "none"
)

// flags adds what says which key. A command that uses a token takes these alone.
func (o *dpopOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.alg, "dpop", "", "bind tokens to a key (RFC 9449) that signs with `ALG` (default "+dpopDefault+"), made on the spot unless --dpop-key gives it; none turns off what a profile turned on")
	f.Lookup("dpop").NoOptDefVal = dpopDefault
	f.StringVar(&o.keyFile, "dpop-key", "", "the private key that tokens are bound to, in `FILE`: JWK or PEM; implies --dpop")
	f.StringVar(&o.passwordFile, "dpop-key-password-file", "", "the password of an encrypted DPoP key, in `FILE`")
}

// issueFlags are flags, and what a command that asks for tokens can say beyond.
func (o *dpopOptions) issueFlags(f *pflag.FlagSet) {
	o.flags(f)
	f.BoolVar(&o.optional, "dpop-optional", false, "accept a bearer token where a bound one was asked for; warns")
}

// off says that nothing is bound to a key.
func (o *dpopOptions) off() bool { return o.alg == dpopNone || o.alg == "" && o.keyFile == "" }

// prover returns what signs proofs; nil where none are wanted. The provider may be nil, where nothing is known of it.
func (app *App) prover(o *dpopOptions, provider *metadata.Provider) (*oauth.Prover, error) {
	if o.off() {
		return nil, o.unused()
	}
	var listed []string
	if provider != nil {
		listed = provider.Algs("dpop_signing_alg_values_supported")
	}
	signer, err := app.dpopSigner(o, listed)
	if err != nil {
		return nil, err
	}
	if alg := signer.Algorithm(); len(listed) > 0 && !slices.ContainsFunc(listed, func(l string) bool { return alg.Equal(jose.Algorithm(l)) }) {
		app.warn(verdict.Check{
			Rule: "dpop.alg", Spec: "RFC 9449 §5.1", Status: verdict.Warn,
			Got:  "the provider does not list " + string(alg) + " for DPoP proofs; it lists " + text.Escape(strings.Join(listed, ", ")),
			Hint: "choose one of these: --dpop=ALG",
		})
	}
	return oauth.NewProver(signer, app.keepNonces())
}

// keepNonces has the nonces of all answers kept that come from now on.
func (app *App) keepNonces() *oauth.Nonces {
	if app.nonces == nil {
		app.nonces = new(oauth.Nonces)
	}
	return app.nonces
}

// idleProof refuses what was typed about proofs where there are none.
func (app *App) idleProof(o *dpopOptions) error {
	switch {
	case o.alg == dpopNone:
		return app.idle("beside --dpop=none, which turns proofs off", "--dpop=ALG turns them on", "dpop-key", "dpop-key-password-file", "dpop-optional")
	case o.off() && app.held.Profile == fapi.None:
		return app.idle("where no token is bound to a key", "--dpop, or --dpop-key FILE", "dpop-optional")
	}
	return nil
}

// unused refuses what says something about a key where there is none.
func (o *dpopOptions) unused() error {
	if o.passwordFile != "" && o.alg != dpopNone {
		return problem.Usagef("usage.dpop", "--dpop-key-password-file is about a key, and none was given").WithHint("--dpop-key FILE")
	}
	return nil
}

// dpopSigner reads the key, or makes one.
func (app *App) dpopSigner(o *dpopOptions, listed []string) (*jose.Signer, error) {
	alg := jose.Algorithm(o.alg)
	if alg != "" {
		if _, err := jose.ParseAlgorithms([]string{o.alg}); err != nil || alg.Symmetric() {
			return nil, problem.Usagef("usage.dpop", "--dpop=%s: proofs are signed by a key pair, with one of %s", text.Escape(o.alg), jose.Asymmetric()).
				WithHint("--dpop=%s, or none", dpopDefault)
		}
	}
	if o.keyFile == "" {
		if err := o.unused(); err != nil {
			return nil, err
		}
		key, err := jose.GenerateKey(alg)
		if err != nil {
			return nil, err
		}
		return key.SignerFor(alg, "")
	}
	key, err := o.read(app)
	if err != nil {
		return nil, err
	}
	if alg == "" && key.Algorithm == "" {
		public, err := key.PublicJWK()
		if err != nil {
			return nil, err
		}
		alg = firstListed(public.Algorithms(), listed)
	}
	signer, err := key.SignerFor(alg, "")
	return signer, keyError("--dpop-key", o.keyFile, err)
}

func (o *dpopOptions) read(app *App) (*jose.PrivateKey, error) {
	return app.privateKey("--dpop-key", "--dpop-key-password-file", o.keyFile, o.passwordFile)
}

// holder is prover for a command that uses a token: the key is that with which the token was asked for, and a new one
// would be another.
func (app *App) holder(o *dpopOptions) (*oauth.Prover, error) {
	if err := app.idleProof(o); err != nil {
		return nil, err
	}
	if !o.off() && o.keyFile == "" {
		return nil, problem.Usagef("usage.dpop", "--dpop without --dpop-key: a token is bound to the key that it was asked for with, and a new key is another").
			WithHint("--dpop-key FILE; --dpop=none where the token is a bearer token")
	}
	return app.prover(o, nil)
}

// comparer is holder for a command that only compares what a token is bound to: without a key there is nothing to
// compare with, whatever is said of proofs.
func (app *App) comparer(o *dpopOptions) (*oauth.Prover, error) {
	if o.keyFile == "" {
		return nil, o.unused()
	}
	return app.holder(o)
}

// warnOfLostKey tells that a key made on the spot is gone with this run, and with it the use of the tokens that are
// handed on.
func (app *App) warnOfLostKey(o *dpopOptions, result *grant.Result) {
	if o.off() || o.keyFile != "" || result.Response.Scheme() != oauth.TypeDPoP ||
		slices.Contains([]string{formatClaims, formatIDToken, formatSummary}, app.format) {
		return
	}
	app.warn(verdict.Check{
		Rule: "dpop.key", Spec: "RFC 9449 §7.1", Status: verdict.Warn,
		Got:  "the token is bound to a key that was made for this run alone, and is of no use without it",
		Hint: "keep one: oauthctl key generate --output-file dpop.jwk, then --dpop-key dpop.jwk here and wherever the token is used",
	})
}
