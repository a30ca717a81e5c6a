// The clients that are there from the start; a test registers those whose keys it holds.
import { grantTypes } from './grants.mjs';

// A secret that reads differently raw and form-encoded (RFC 6749 §2.3.1), and everybody's password.
export const secret = 'a+b/c%d:e=f&g?h-0123456789-0123456789';
export const phrase = 'correct horse';

export const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'];
const device = 'urn:ietf:params:oauth:grant-type:device_code';

// A native application may use any port of a loopback address (RFC 8252 §7.3).
const app = {
  application_type: 'native',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
  post_logout_redirect_uris: ['http://127.0.0.1/callback', 'http://127.0.0.1/logout'],
};
const basic = { client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' };
const machine = { response_types: [], redirect_uris: [] };
const publicly = { token_endpoint_auth_method: 'none' };

export const clients = [
  { ...app, ...publicly, client_id: 'public' },
  { ...app, ...basic, client_id: 'basic' },
  { ...app, client_id: 'post', client_secret: secret, token_endpoint_auth_method: 'client_secret_post' },
  ...algorithms.map((alg) => ({ ...app, ...publicly, client_id: `public-${alg}`, id_token_signed_response_alg: alg })),
  { ...app, ...publicly, client_id: 'implicit', grant_types: ['implicit'], response_types: ['id_token token'] },
  {
    ...app, ...publicly, client_id: 'hybrid', grant_types: ['authorization_code', 'implicit', 'refresh_token'],
    response_types: ['code', 'code id_token', 'code token', 'code id_token token'],
  },
  { ...machine, ...basic, client_id: 'service', grant_types: ['client_credentials'] },
  {
    ...machine, client_id: 'secret-jwt', client_secret: secret, token_endpoint_auth_method: 'client_secret_jwt',
    grant_types: ['client_credentials'],
  },
  {
    ...machine, client_id: 'tls', token_endpoint_auth_method: 'tls_client_auth', grant_types: ['client_credentials'],
    tls_client_auth_subject_dn: 'CN=tls-client,O=Interop',
  },
  { ...app, ...publicly, client_id: 'bound', tls_client_certificate_bound_access_tokens: true },
  { ...machine, ...basic, client_id: 'dpop-only', grant_types: ['client_credentials'], dpop_bound_access_tokens: true },
  { ...machine, ...publicly, client_id: 'tv', grant_types: [device, 'refresh_token'] },
  { ...machine, ...basic, client_id: 'tv-basic', grant_types: [device] },
  {
    ...machine, ...basic, client_id: 'desk', grant_types: ['urn:openid:params:grant-type:ciba'],
    backchannel_token_delivery_mode: 'poll',
  },
  { ...machine, ...basic, client_id: 'exchanger', grant_types: [grantTypes.exchange] },
  { ...machine, ...basic, client_id: 'legacy', grant_types: [grantTypes.password] },
];
