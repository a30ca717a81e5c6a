package cmd

import (
	"crypto/ecdsa"
	"crypto/rsa"

	"github.com/spf13/pflag"

	"github.com/oauthctl/oauthctl/internal/fapi"
	"github.com/oauthctl/oauthctl/internal/grant"
	"github.com/oauthctl/oauthctl/internal/jose"
)

// fapiOptions say to which profile a conversation is held.
type fapiOptions struct{ name string }

func (o *fapiOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.name, "fapi2", "", "hold everything to the FAPI 2.0 Security Profile, or with `PROFILE` message-signing to FAPI 2.0 Message Signing; none turns off what a profile turned on")
	f.Lookup("fapi2").NoOptDefVal = "security"
}

// hold judges what was chosen by the profile, before anything is sent, and keeps both for what follows.
func (app *App) hold(o *fapiOptions, c *fapi.Choices) error {
	profile, err := fapi.Parse(o.name)
	if err != nil || profile == fapi.None {
		return err
	}
	c.AnyTLS, c.PlainHTTP = app.global.insecure, app.global.allowHTTP
	if c.Certificate, err = app.certificateChosen(); err != nil {
		return err
	}
	app.held = grant.Held{Profile: profile, Choices: c}
	return profile.Choose(c)
}

// holdGrant holds a grant to the profile. Which profile it is is read first: without one there is nothing to collect.
func (app *App) holdGrant(g interface{ Info() grant.Info }, o *flowOptions) error {
	if profile, err := fapi.Parse(o.fapi.name); err != nil || profile == fapi.None {
		return err
	}
	algs, err := algorithms(o.trust.algs)
	if err != nil {
		return err
	}
	c := &fapi.Choices{
		Grant: g.Info().Type, DPoPOptional: o.dpop.optional, Algorithms: algs, Leeway: &o.trust.leeway,
		Decryption: splitCommas(o.trust.decryption.algs),
	}
	if _, implicit := g.(*grant.Implicit); implicit {
		c.Grant = "implicit"
	}
	if c.DPoP, err = app.proofsChosen(&o.dpop); err != nil {
		return err
	}
	judge := func(a *fapi.Authorization) error {
		c.Authorization = a
		return app.holdClient(&o.fapi, c, &o.provider, &o.client)
	}
	if holder, ok := g.(grant.Holder); ok {
		return holder.Hold(judge)
	}
	return judge(nil)
}

// holdClient holds a conversation with a provider, as a client, to the profile.
func (app *App) holdClient(o *fapiOptions, c *fapi.Choices, p *providerOptions, client *clientOptions) error {
	if profile, err := fapi.Parse(o.name); err != nil || profile == fapi.None {
		return err
	}
	var err error
	c.Client, c.AuthMethod, c.AssertionAudience = true, client.authMethod, client.key.audience
	c.Secret = client.secret != "" || client.secretFile != "" || app.profileSecret != nil
	if c.Key, err = app.keyChosen(&client.key); err != nil {
		return err
	}
	if err := app.holdProvider(o, c, p); err != nil {
		return err
	}
	if c.Secret { // which would go before the key
		client.authMethod = c.AuthMethod
	}
	return nil
}

// holdProvider holds a conversation with a provider to the profile.
func (app *App) holdProvider(o *fapiOptions, c *fapi.Choices, p *providerOptions) error {
	c.Discovers, c.Issuer, c.ExpectIssuer, c.Endpoints = true, p.issuer, p.expectIssuer, p.endpoints
	return app.hold(o, c)
}

// holdCall holds a call to the profile, and the login that may come of it.
func (app *App) holdCall(o *callOptions) error {
	proofs, err := app.proofsChosen(&o.flow.dpop)
	if err == nil {
		err = app.hold(&o.flow.fapi, &fapi.Choices{Presents: true, DPoP: proofs})
	}
	if err != nil || !o.stepUp {
		return err
	}
	return app.holdGrant(&o.login, &o.flow)
}

// bind turns DPoP on where the profile did.
func (app *App) bind(o *dpopOptions) {
	if c := app.held.Choices; c != nil && c.DPoP != "" {
		o.alg = c.DPoP
	}
}

// keyChosen is what is known of the client's key before it signs.
func (app *App) keyChosen(o *clientKeyOptions) (fapi.Key, error) {
	switch {
	case o.command != "":
		return fapi.Key{Given: true, Algorithm: jose.Algorithm(o.alg)}, nil
	case o.file == "":
		return fapi.Key{}, nil
	}
	key, err := o.read(app)
	if err != nil {
		return fapi.Key{}, err
	}
	return describe(key, jose.Algorithm(o.alg))
}

// proofsChosen is the algorithm of DPoP proofs, as far as it was chosen: by name, or with the key.
func (app *App) proofsChosen(o *dpopOptions) (string, error) {
	if o.alg != "" || o.keyFile == "" {
		return o.alg, nil
	}
	key, err := o.read(app)
	if err != nil {
		return "", err
	}
	described, err := describe(key, "")
	return string(described.Algorithm), err
}

// describe says what a profile judges of a key. One that signs by several algorithms is held to the profile's, which is
// PS256 of those of RSA.
func describe(key *jose.PrivateKey, alg jose.Algorithm) (fapi.Key, error) {
	public, err := key.PublicJWK()
	if err != nil {
		return fapi.Key{}, err
	}
	if alg == "" {
		alg = key.Algorithm
	}
	able := public.Algorithms()
	if fit := fapi.Security.Narrow(able); len(fit) > 0 {
		able = fit
	}
	if alg == "" && len(able) > 0 {
		alg = able[0]
	}
	return fapi.Key{Given: true, Algorithm: alg, Type: public.KeyType, Bits: public.Size()}, nil
}

// certificateChosen is what is known of the client certificate's key.
func (app *App) certificateChosen() (fapi.Key, error) {
	certificates, err := app.certificates()
	if err != nil || len(certificates) == 0 {
		return fapi.Key{}, err
	}
	key := fapi.Key{Given: true}
	switch public := certificates[0].Leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		key.Type, key.Bits = "RSA", public.N.BitLen()
	case *ecdsa.PublicKey:
		key.Type, key.Bits = "EC", public.Curve.Params().BitSize
	}
	return key, nil
}
