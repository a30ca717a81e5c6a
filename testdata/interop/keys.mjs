// The keys of the providers, made on the spot.
import { generateKeyPairSync } from 'node:crypto';

const jwk = (kid, alg, type, options, use = 'sig') => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }), kid, use, ...(alg && { alg }),
});

const strong = [
  jwk('pss', 'PS256', 'rsa', { modulusLength: 2048 }),
  jwk('ec', 'ES256', 'ec', { namedCurve: 'P-256' }),
  jwk('ed', undefined, 'ed25519'), // serves both of its names, EdDSA and Ed25519
];

export const jwks = {
  keys: [
    jwk('rsa', 'RS256', 'rsa', { modulusLength: 2048 }),
    ...strong,
    jwk('rsa-enc', 'RSA-OAEP-256', 'rsa', { modulusLength: 2048 }, 'enc'), // for encrypted requests
    jwk('ec-enc', 'ECDH-ES', 'ec', { namedCurve: 'P-256' }, 'enc'),
  ],
};

// strongJWKS are those that FAPI 2.0 knows (Security Profile §5.4.1).
export const strongJWKS = { keys: strong };
