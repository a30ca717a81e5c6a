package jose

import (
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/oauthctl/oauthctl/internal/secret"
	"github.com/oauthctl/oauthctl/internal/strictjson"
)

// primitives are vectors of bare signatures: a message, a key, and what somebody says is its signature.
type primitives struct {
	NumberOfTests int              `json:"numberOfTests"`
	TestGroups    []primitiveGroup `json:"testGroups"`
}

type primitiveGroup struct {
	SHA          string          `json:"sha"`
	MGFSHA       string          `json:"mgfSha"`
	SLen         *int            `json:"sLen"` // of the salt
	TagSize      int             `json:"tagSize"`
	PublicKeyJWK json.RawMessage `json:"publicKeyJwk"`
	PublicKey    struct {
		Uncompressed   string `json:"uncompressed"`
		Modulus        string `json:"modulus"`
		PublicExponent string `json:"publicExponent"`
	} `json:"publicKey"`
	Tests []struct {
		TcID    int    `json:"tcId"`
		Comment string `json:"comment"`
		Msg     string `json:"msg"`
		Sig     string `json:"sig"`
		Key     string `json:"key"`
		Tag     string `json:"tag"`
		Result  string `json:"result"`
	} `json:"tests"`
}

// What no algorithm of JWS is, however right the mathematics may be.
const (
	cutTag     = "the tag is cut, and JWS has it whole (RFC 7518 §3.2)"
	otherHash  = "no algorithm of JWS has this hash (RFC 7518 §3.1)"
	otherMGF   = "MGF1 with another hash than the message's (RFC 7518 §3.5)"
	otherSalt  = "a salt that is not as long as the hash (RFC 7518 §3.5)"
	missedNull = "the NULL of DigestInfo is missing: legacy encoders alone do so (RFC 8017 §9.2)"
)

// TestWycheproofPrimitives: every valid signature holds, and under no other algorithm of the same kind of key; every
// invalid one is refused. Where we differ from a file is counted by its reason.
func TestWycheproofPrimitives(t *testing.T) {
	files := []struct {
		name       string
		algorithms []Algorithm
		valid      int            // that hold
		invalid    int            // that are refused, as the file says
		different  map[string]int // that are refused though the file calls them valid or acceptable
	}{
		{"ecdsa_secp256r1_sha256_p1363", []Algorithm{ES256}, 173, 89, nil},
		{"ecdsa_secp384r1_sha384_p1363", []Algorithm{ES384}, 193, 87, nil},
		{"ecdsa_secp521r1_sha512_p1363", []Algorithm{ES512}, 231, 87, nil},
		{"ed25519", []Algorithm{Ed25519, EdDSA}, 88, 63, nil},
		{"hmac_sha256", []Algorithm{HS256}, 33, 108, map[string]int{cutTag: 33}},
		{"hmac_sha384", []Algorithm{HS384}, 33, 108, map[string]int{cutTag: 33}},
		{"hmac_sha512", []Algorithm{HS512}, 33, 108, map[string]int{cutTag: 33}},
		{"rsa_pss_2048_sha256_mgf1_32", []Algorithm{PS256}, 63, 45, nil},
		{"rsa_pss_2048_sha384_mgf1_48", []Algorithm{PS384}, 95, 46, nil},
		{"rsa_pss_3072_sha256_mgf1_32", []Algorithm{PS256}, 63, 45, nil},
		{"rsa_pss_4096_sha512_mgf1_64", []Algorithm{PS512}, 132, 47, nil},
		{"rsa_pss_misc", []Algorithm{PS256, PS384, PS512}, 3, 0, map[string]int{otherHash: 60, otherMGF: 72, otherSalt: 15}},
		{"rsa_signature_2048_sha256", []Algorithm{RS256}, 9, 249, map[string]int{missedNull: 1}},
		{"rsa_signature_2048_sha384", []Algorithm{RS384}, 7, 250, map[string]int{missedNull: 1}},
		{"rsa_signature_2048_sha512", []Algorithm{RS512}, 8, 250, map[string]int{missedNull: 1}},
	}
	for _, file := range files {
		t.Run(file.name, func(t *testing.T) {
			vectors := loadPrimitives(t, file.name)
			valid, invalid, different := 0, 0, map[string]int(nil)
			for _, g := range vectors.TestGroups {
				reason := g.foreign(file.algorithms)
				for _, v := range g.Tests {
					key := g.key(t, v.Key)
					held := holds(t, key, v.Msg, v.Sig+v.Tag)
					why := reason
					if v.Result == "acceptable" {
						why = missedNull
					}
					var want []Algorithm
					switch {
					case v.Result == "invalid": // some are valid signatures of another algorithm
						invalid++
						held = slices.DeleteFunc(held, func(alg Algorithm) bool { return !slices.Contains(file.algorithms, alg) })
						want = held[:0]
					case why != "":
						if different == nil {
							different = map[string]int{}
						}
						different[why]++
					default:
						valid++
						want = g.algorithms(file.algorithms)
					}
					if diff := cmp.Diff(want, held); diff != "" {
						t.Errorf("%d (%s, %s): %s", v.TcID, v.Comment, v.Result, diff)
					}
				}
			}
			t.Logf("%d vectors: %d valid hold, %d invalid are refused, of others: %v", vectors.NumberOfTests, valid, invalid, different)
			total := valid + invalid
			for _, n := range different {
				total += n
			}
			if valid != file.valid || invalid != file.invalid || total != vectors.NumberOfTests {
				t.Errorf("%d valid and %d invalid, want %d and %d", valid, invalid, file.valid, file.invalid)
			}
			if diff := cmp.Diff(file.different, different); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func loadPrimitives(t *testing.T, name string) (out primitives) {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", "wycheproof", name+"_test.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	plain, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewDecoder(plain).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// foreign says why valid signatures of the group are none of JWS; empty where they are some.
func (g *primitiveGroup) foreign(algorithms []Algorithm) string {
	size := algorithms[0].Hash().Size()
	switch {
	case g.TagSize != 0 && g.TagSize != 8*size:
		return cutTag
	case g.SLen == nil:
	case len(g.algorithms(algorithms)) == 0:
		return otherHash
	case g.MGFSHA != g.SHA:
		return otherMGF
	case *g.SLen != g.algorithms(algorithms)[0].Hash().Size():
		return otherSalt
	}
	return ""
}

// algorithms are those of a file that have the hash of the group.
func (g *primitiveGroup) algorithms(all []Algorithm) (out []Algorithm) {
	for _, alg := range all {
		if g.SHA == "" || g.SHA == alg.Hash().String() {
			out = append(out, alg)
		}
	}
	return out
}

func (g *primitiveGroup) key(t *testing.T, shared string) *Key {
	t.Helper()
	switch {
	case shared != "":
		return SecretKeys(secret.New(string(octets(t, shared)))).Keys[0]
	case g.PublicKeyJWK != nil:
		jwk, err := strictjson.Parse(g.PublicKeyJWK)
		if err != nil {
			t.Fatal(err)
		}
		key, err := readKey(jwk, published)
		if err != nil {
			t.Fatal(err)
		}
		key.Algorithm = "" // which would rule the others out before their mathematics do
		return key
	case g.PublicKey.Modulus != "":
		e, err := strconv.ParseInt(g.PublicKey.PublicExponent, 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		return newPublic(t, &rsa.PublicKey{N: new(big.Int).SetBytes(octets(t, g.PublicKey.Modulus)), E: int(e)})
	}
	for _, name := range []string{"P-256", "P-384", "P-521"} {
		curve, _ := curveByName(name)
		if public, err := ecdsa.ParseUncompressedPublicKey(curve, octets(t, g.PublicKey.Uncompressed)); err == nil {
			return newPublic(t, public)
		}
	}
	t.Fatal("no key")
	return nil
}

func newPublic(t *testing.T, public any) *Key {
	t.Helper()
	key, err := newKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// holds lists the algorithms for the kind of key under which a signature holds.
func holds(t *testing.T, key *Key, message, signature string) (out []Algorithm) {
	t.Helper()
	for i := range suites {
		if key.fits(suites[i]) && verifySignature(suites[i], key, octets(t, message), octets(t, signature)) == "" {
			out = append(out, suites[i].name)
		}
	}
	return out
}

func octets(t *testing.T, digits string) []byte {
	t.Helper()
	out, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(fmt.Errorf("%q: %w", digits, err))
	}
	return out
}

// TestRFC8037Agreement agrees as the reader of RFC 8037 appendix A.6 does: what is shared is Z there. His private key is
// that of RFC 7748 §6.1.
func TestRFC8037Agreement(t *testing.T) {
	const d, z = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb", "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
	var rfc struct {
		Vectors []struct {
			OKP []json.RawMessage `json:"okp"`
		} `json:"vectors"`
	}
	data, err := os.ReadFile("testdata/rfc/rfc8037-okp.json")
	if err == nil {
		err = json.Unmarshal(data, &rfc)
	}
	if err != nil {
		t.Fatal(err)
	}
	octets := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	pair := rfc.Vectors[len(rfc.Vectors)-1].OKP
	ephemeral, err := strictjson.Parse(pair[1])
	if err != nil {
		t.Fatal(err)
	}
	epk, err := readEphemeral(ephemeral, curveX25519)
	if err != nil {
		t.Fatal(err)
	}
	bob, err := ParseDecryptionKey(append(slices.Clone(pair[0][:len(pair[0])-1]), []byte(`,"d":"`+encodePart(octets(d))+`"}`)...), secret.Secret{})
	if err != nil {
		t.Fatal(err)
	}
	m, _ := managementOf("ECDH-ES+A128KW")
	got, err := m.agree(&sender{epk: epk}, contentEncryption{}, bob.private)
	if diff := cmp.Diff(agreedKey(octets(z), "ECDH-ES+A128KW", nil, nil, 16), got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// TestEmptySecretVerifiesNothing holds even where somebody made a key of it.
func TestEmptySecretVerifiesNothing(t *testing.T) {
	s, _ := HS256.suite()
	mac := hmac.New(sha256.New, nil)
	mac.Write([]byte("signed"))
	if verifyHMAC(s, &Key{KeyType: "oct"}, []byte("signed"), mac.Sum(nil)) == "" {
		t.Error("everybody knows the empty secret")
	}
}
