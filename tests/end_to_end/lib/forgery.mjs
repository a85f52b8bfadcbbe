// Tokens that no library would make: every part is the test's own, and signed byte for byte as it stands.
import { createHmac, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { answering } from './answers.mjs';

export const part = (value) => Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url');

const privateOf = (key) => createPrivateKey({ key: key.jwk, format: 'jwk' });
const publicOf = (key) => createPublicKey({ key: key.publicJwk, format: 'jwk' });

// Ways to sign: functions of the signing input.
export const ecdsa = (key, dsaEncoding = 'ieee-p1363', hash = 'sha256') => (input) => sign(hash, Buffer.from(input), { key: privateOf(key), dsaEncoding });
export const rsa = (key, hash = 'sha256') => (input) => sign(hash, Buffer.from(input), privateOf(key));
export const pss = (key, saltLength = 32, hash = 'sha256') => (input) => sign(hash, Buffer.from(input), { key: privateOf(key), padding: 6, saltLength });
export const eddsa = (key) => (input) => sign(null, Buffer.from(input), privateOf(key));
export const hmac = (secret, hash = 'sha256') => (input) => createHmac(hash, secret).update(input).digest();
export const fixed = (...bytes) => () => Buffer.concat(bytes.map((one) => Buffer.from(one)));

// header and claims: objects, or texts where JSON.stringify would not write what is wanted.
export function token(header, claims, by) {
    const input = `${part(header)}.${part(claims)}`;
    return `${input}.${part(by(input))}`;
}

// A public key in each form in which somebody might take it for a shared secret.
export function secretsOf(key) {
    const [text, der] = [publicOf(key).export({ type: 'spki', format: 'pem' }), publicOf(key).export({ type: 'spki', format: 'der' })];
    const { kid, alg, use, ...bare } = key.publicJwk;
    return {
        PEM: text, 'PEM without its last line end': text.trimEnd(), DER: der, JWK: JSON.stringify(key.publicJwk), 'bare JWK': JSON.stringify(bare),
        'first member': bare.n ?? bare.x, nothing: '',
        ...(bare.kty === 'RSA' && { 'PKCS #1': publicOf(key).export({ type: 'pkcs1', format: 'pem' }) }),
    };
}

// It listens on every address of this machine, so that each way to it counts, and answers what a careless gateway would look
// for, with the keys of `other`. `log`: what came; `connections`: how many did, whether or not they asked for anything.
export async function canary(t, other, resource) {
    const made = await answering(t, {}, { host: '0.0.0.0' });
    made.connections = 0;
    made.server.on('connection', () => (made.connections += 1));
    for (const path of ['/', '/keys', '/token', '/metadata', '/.well-known/openid-configuration', '/.well-known/oauth-authorization-server', '/.well-known/oauth-protected-resource/mcp'])
        made.answers[path] = () => [200, { keys: [other.publicJwk], issuer: made.base, jwks_uri: `${made.base}/keys`, token_endpoint: `${made.base}/token`, resource, authorization_servers: [made.base] }];
    return made;
}
