package jose

import (
	"crypto/rsa"
	"fmt"
	"math/big"

	"github.com/oauthctl/oauthctl/internal/text"
	"github.com/oauthctl/oauthctl/internal/verdict"
)

const (
	minRSA    = 2048 // RFC 7518 §3.3
	commonRSA = 4096
	maxRSA    = 8192 // the limit of crypto/tls: larger ones only cost time
)

// unusableRSA says why a public key is no RSA key at all.
func unusableRSA(key *rsa.PublicKey) string {
	switch {
	case key.E == 1:
		return "its exponent is 1: every signature would verify"
	case key.E < 1 || key.E&1 == 0:
		return fmt.Sprintf("its exponent %d is not an odd number above 1", key.E)
	case key.N.Sign() <= 0 || key.N.Bit(0) == 0:
		return "its modulus is not an odd positive number"
	case key.N.BitLen() > maxRSA:
		return fmt.Sprintf("its modulus has %d bits, more than %d", key.N.BitLen(), maxRSA)
	}
	return ""
}

// Checks returns the key's weaknesses as warnings; those that keep it from being used are failures (RFC 7518 §3, RFC 8725 §3.5).
func (k *Key) Checks() verdict.Checks {
	checks := k.weaknesses()
	if c := k.strength(nil); c.Status != verdict.Pass {
		c.Got = k.label() + c.Got
		checks = append(checks, c)
	}
	return checks
}

// label names the key in front of what is said of it.
func (k *Key) label() string { return text.Escape(fmt.Sprintf("kid %q: ", k.KeyID)) }

// weaknesses are what is wrong with a key that is used all the same.
func (k *Key) weaknesses() verdict.Checks {
	var checks verdict.Checks
	for _, c := range k.notes {
		c.Got = k.label() + c.Got
		checks = append(checks, c)
	}
	rsaKey, ok := k.public.(*rsa.PublicKey)
	if !ok {
		return checks
	}
	warn := func(rule, want, got string) {
		checks = append(checks, verdict.Check{
			Rule: rule, Spec: "RFC 8725 §3.5", Status: verdict.Warn, Want: want, Got: k.label() + got,
			Hint: "replace the key",
		})
	}
	if rsaKey.E < 65537 {
		warn("jose.key_exponent", "65537", fmt.Sprintf("exponent %d", rsaKey.E))
	}
	if n := rsaKey.N.BitLen(); n > commonRSA {
		warn("jose.key_size", fmt.Sprintf("at most %d bits", commonRSA), fmt.Sprintf("%d bits, which many clients refuse", n))
	}
	if roca(rsaKey.N) {
		warn("jose.key_roca", "a modulus of two random primes", "the modulus bears the mark of the ROCA weakness (CVE-2017-15361)")
	}
	return checks
}

// strength judges the size of the key for a suite, nil for whichever it will be (RFC 7518 §3.2 to §3.5).
func (k *Key) strength(s *suite) verdict.Check {
	check := verdict.Check{Rule: "jose.key_strength", Spec: "RFC 7518 §3.4", Status: verdict.Pass, Got: fmt.Sprintf("%s, %d bits", k.KeyType, k.Size())}
	switch k.KeyType {
	case "RSA":
		check.Spec, check.Want = "RFC 7518 §3.3", fmt.Sprintf("RSA of at least %d bits", minRSA)
		if k.Size() < minRSA {
			check.Status, check.Hint = verdict.Fail, "the key can be broken: the provider must replace it"
		}
	case "oct":
		need := 256
		if s != nil {
			need = s.hash.Size() * 8
		}
		check.Spec, check.Want = "RFC 7518 §3.2", fmt.Sprintf("a secret of at least %d bits", need)
		switch {
		case k.Size() == 0:
			check.Status, check.Got = verdict.Fail, "an empty secret"
			check.Hint = "give the client secret with --secret-file"
		case k.Size() < need:
			check.Status = verdict.Warn
			check.Hint = "whoever holds one token can guess a short secret: use a longer one, or an asymmetric algorithm"
		}
	}
	if check.Status == verdict.Pass {
		check.Want = ""
	}
	return check
}

// rocaPrimes are the primes modulo which a ROCA modulus is a power of 65537.
var rocaPrimes = [...]int64{
	3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
	113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
}

// roca looks for the mark of the key generator of CVE-2017-15361: modulo every small prime the modulus lies in the
// subgroup that 65537 makes. A random modulus does so about once in 2^28.
func roca(n *big.Int) bool {
	remainder := new(big.Int)
	for _, p := range rocaPrimes {
		want := remainder.Mod(n, big.NewInt(p)).Int64()
		if !inSubgroup(want, 65537%p, p) {
			return false
		}
	}
	return true
}

func inSubgroup(want, generator, p int64) bool {
	for power, i := int64(1), int64(0); i < p; i++ {
		if power == want {
			return true
		}
		power = power * generator % p
	}
	return false
}
