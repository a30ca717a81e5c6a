// What oidc-provider offers to those who need more than a browser and a bearer token: on the common provider for
// clients that ask for it, and for everybody on the providers of a profile.
import { randomBytes } from 'node:crypto';

import { errors } from 'oidc-provider';

import { algorithms } from './clients.mjs';
import { strongJWKS } from './keys.mjs';
import { ciba } from './phone.mjs';

// certificate is what the TLS layer has found out, read as RFC 8705 §2.1 says it.
const certificate = (ctx) => ctx.req.socket.getPeerX509Certificate?.();
const mTLS = {
  enabled: true,
  certificateBoundAccessTokens: true,
  selfSignedTlsClientAuth: true,
  tlsClientAuth: true,
  getCertificate: certificate,
  certificateAuthorized: (ctx) => ctx.req.socket.authorized === true,
  certificateSubjectMatches: (ctx, property, expected) =>
    property === 'tls_client_auth_subject_dn' && certificate(ctx).subject.split('\n').reverse().join(',') === expected,
};

// A proof without a nonce of the provider's is refused (RFC 9449 §8).
const dPoP = { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true };

// details grants what was asked, but never to write, and says from which account is paid (RFC 9396 §7, §7.1).
const details = (asked) => asked.map((detail) => ({
  ...detail,
  ...(detail.actions && { actions: detail.actions.filter((action) => action !== 'write') }),
  ...(detail.type === 'payment' && { debtor: 'DE02100100109307118603' }),
}));

const richAuthorizationRequests = {
  enabled: true,
  types: {
    accounts: { validate: () => {} },
    payment: {
      validate: (ctx, detail) => {
        if (!detail.amount) throw new errors.InvalidAuthorizationDetails('a payment needs an amount');
      },
    },
  },
  authorizationDetailsForGrantSource: (ctx) => JSON.parse(ctx.oidc.params.authorization_details),
  authorizationDetailsForAccessToken: (ctx, token, source) =>
    details(source?.rar ?? JSON.parse(ctx.oidc.params.authorization_details)),
  authorizationDetailsForIntrospection: (ctx, token) => token.rar,
};

export const clientDefaults = { authorization_details_types: Object.keys(richAuthorizationRequests.types) };

// requests takes signed requests, and demands of them what the profiles of FAPI do (Message Signing §5.3.1).
const requests = (required) => ({
  enabled: true,
  requireSignedRequestObject: required,
  assertJwtClaimsAndHeader: (ctx, claims, header) => {
    if (!required || ctx.oidc.route === 'authorization') return; // was pushed, and looked at then
    const bounded = claims.nbf > Date.now() / 1000 - 3600 && claims.exp - claims.nbf <= 3600;
    if (!bounded || claims.aud !== ctx.oidc.issuer || header.typ !== 'oauth-authz-req+jwt') {
      throw new errors.InvalidRequestObject('nbf, exp, aud or typ is not as FAPI 2.0 Message Signing wants it');
    }
  },
});

export const features = {
  ciba,
  claimsParameter: { enabled: true },
  clientCredentials: { enabled: true },
  devInteractions: { enabled: true },
  deviceFlow: { enabled: true },
  dPoP,
  encryption: { enabled: true },
  introspection: { enabled: true },
  jwtIntrospection: { enabled: true },
  jwtResponseModes: { enabled: true },
  jwtUserinfo: { enabled: true },
  mTLS,
  registration: { enabled: true },
  registrationManagement: { enabled: true },
  requestObjects: requests(false),
  revocation: { enabled: true },
  richAuthorizationRequests,
  webMessageResponseMode: { enabled: true, ack: 'individual-draft-01' },
};

const signed = ['idToken', 'clientAuth', 'requestObject', 'userinfo', 'introspection', 'authorization', 'dPoP'];
const encrypted = ['idToken', 'requestObject', 'userinfo', 'introspection', 'authorization'];
const keyEncryption = [
  'RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A128KW', 'ECDH-ES+A192KW', 'ECDH-ES+A256KW',
  'A128KW', 'A192KW', 'A256KW', 'A128GCMKW', 'A192GCMKW', 'A256GCMKW', 'dir',
];
const contentEncryption = ['A128CBC-HS256', 'A192CBC-HS384', 'A256CBC-HS512', 'A128GCM', 'A192GCM', 'A256GCM'];

const each = (uses, what, algs) => Object.fromEntries(uses.map((use) => [`${use}${what}Values`, algs]));

export const enabledJWA = {
  ...each(signed, 'SigningAlg', algorithms),
  ...each(['clientAuth', 'requestObject', 'authorization'], 'SigningAlg', [...algorithms, 'HS256']),
  ...each(encrypted, 'EncryptionAlg', keyEncryption),
  ...each(encrypted, 'EncryptionEnc', contentEncryption),
};

// fapi is the FAPI 2.0 Security Profile: oidc-provider's own, and the settings that it leaves to whoever runs it.
export const fapi = {
  clients: [],
  jwks: strongJWKS,
  assertJwtClientAuthClaimsAndHeader: (ctx, claims) => {
    if (claims.aud !== ctx.oidc.issuer) throw new errors.InvalidClientAuth('aud must be the issuer and nothing else');
  },
  clientAuthMethods: ['private_key_jwt', 'tls_client_auth', 'self_signed_tls_client_auth'],
  clientDefaults: {
    ...clientDefaults,
    authorization_signed_response_alg: 'PS256',
    dpop_bound_access_tokens: true,
    id_token_signed_response_alg: 'PS256',
    introspection_signed_response_alg: 'PS256',
    token_endpoint_auth_method: 'private_key_jwt',
  },
  enabledJWA: each(signed, 'SigningAlg', ['PS256', 'ES256', 'EdDSA', 'Ed25519']),
  responseTypes: ['code'],
  rotateRefreshToken: false,
  features: {
    ciba: { enabled: false },
    deviceFlow: { enabled: false },
    encryption: { enabled: false },
    fapi: { enabled: true, profile: '2.0' },
    jwtResponseModes: { enabled: false },
    jwtUserinfo: { enabled: false },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    requestObjects: { enabled: false },
    webMessageResponseMode: { enabled: false },
  },
};

// signing is FAPI 2.0 Message Signing: requests, responses and introspection are signed.
export const signing = {
  ...fapi,
  clientDefaults: {
    ...fapi.clientDefaults,
    response_modes: ['jwt', 'query.jwt', 'fragment.jwt', 'form_post.jwt'],
  },
  features: { ...fapi.features, jwtResponseModes: { enabled: true }, requestObjects: requests(true) },
};
