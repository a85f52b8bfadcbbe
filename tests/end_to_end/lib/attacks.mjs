// Tokens that must not get in, by kind and name; and beside them those that differ in the same place and must.
import { ecdsa, eddsa, fixed, hmac, part, pss, rsa, secretsOf, token } from './forgery.mjs';

const zeros = (n) => Buffer.alloc(n);
// The order of P-256.
const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');

// One for each value of a member.
const each = (member, values, make) => Object.fromEntries(values.map((one) => {
    const text = JSON.stringify(one) ?? 'absent';
    return [`${member}: ${text.slice(0, 60)}${text.length > 60 ? ` (${text.length})` : ''}`, make(one)];
}));

// keys: {rsa, pss, ec, ed} of the issuer at `url`, `other` is nobody's; `bird`: the base URL of a canary.
export function workshop({ url, resource, keys, other, bird, inner }) {
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: url, sub: 'agent', aud: resource, iat: now, exp: now + 300, scope: 'mcp:read' };
    const header = { alg: 'ES256', kid: keys.ec.kid, typ: 'at+jwt' };
    const by = ecdsa(keys.ec);
    const headed = (more, signer = by) => token({ ...header, ...more }, claims, signer);
    const claiming = (more) => token(header, { ...claims, ...more }, by);
    // A member written as this very text.
    const raw = (name, text) => token(header, JSON.stringify({ ...claims, [name]: undefined }).replace(/}$/, `,"${name}":${text}}`), by);
    const tampered = (change) => {
        const [head, body, signature] = headed({}).split('.');
        return change(head, body, signature);
    };
    return { claims, header, by, keys, other, bird, resource, url, inner, now, headed, claiming, raw, tampered };
}

const algorithms = ({ keys, claims, headed, tampered }) => ({
    ...Object.fromEntries(['none', 'None', 'nOnE', 'NONE', '', 'es256', 'ES256 ', 'ES256K', 'RS1', 'RSA1_5', 'dir', 'HS256', 'ES384'].flatMap((alg) => [
        [`"${alg}" without a signature`, headed({ alg }, fixed())], [`"${alg}" with one`, headed({ alg })], [`"${alg}" without a key id`, headed({ alg, kid: undefined }, fixed())],
    ])),
    ...each('alg', [null, 1, ['ES256'], { alg: 'ES256' }, true, undefined], (alg) => headed({ alg })),
    'EC key named as RSA': headed({ alg: 'RS256', kid: keys.rsa.kid }), 'RSA key named as EC': headed({}, rsa(keys.rsa)), 'EdDSA key named as EC': headed({}, eddsa(keys.ed)),
    ...Object.fromEntries([keys.rsa, keys.pss, keys.ec, keys.ed].flatMap((key) => Object.entries(secretsOf(key)).flatMap(([form, secret]) => [
        [`HS256 with ${key.kid} as ${form}`, token({ alg: 'HS256', kid: key.kid, typ: 'at+jwt' }, claims, hmac(secret))],
        [`${key.alg} signed by HMAC with ${key.kid} as ${form}`, token({ alg: key.alg, kid: key.kid, typ: 'at+jwt' }, claims, hmac(secret))],
        [`HS512 with ${form} of ${key.kid} and no key id`, token({ alg: 'HS512' }, claims, hmac(secret, 'sha512'))],
    ]))),
    'none behind a good header': tampered((head, body, signature) => `${part({ alg: 'none' })}.${body}.${signature}`),
});

const signatures = ({ keys, header, claims, by, other, headed, tampered }) => {
    const rs = (signer) => token({ ...header, alg: 'RS256', kid: keys.rsa.kid }, claims, signer);
    const ps = (signer) => token({ ...header, alg: 'PS256', kid: keys.pss.kid }, claims, signer);
    const cut = (n) => headed({}, (input) => by(input).subarray(0, n));
    const one = Buffer.from([...zeros(31), 1]);
    return {
        none: headed({}, fixed()), 'r = s = 0': headed({}, fixed(zeros(64))), 'r = 0': headed({}, fixed(zeros(32), one)), 's = 0': headed({}, fixed(one, zeros(32))),
        'r = s = n': headed({}, fixed(order, order)), 'r = n': headed({}, fixed(order, one)), 'r = s = 1': headed({}, fixed(one, one)), 'all bits': headed({}, fixed(Buffer.alloc(64, 255))),
        DER: headed({}, ecdsa(keys.ec, 'der')), 'one byte less': cut(63), 'half of it': cut(32), 'one byte': cut(1),
        'one byte more': headed({}, (input) => Buffer.concat([by(input), zeros(1)])), 'a zero before each half': headed({}, (input) => Buffer.concat([zeros(1), by(input).subarray(0, 32), zeros(1), by(input).subarray(32)])),
        'SHA-384 for SHA-256': headed({}, ecdsa(keys.ec, 'ieee-p1363', 'sha384')), 'another key': headed({}, ecdsa(other)),
        'of another token': tampered((head, body, signature) => `${head}.${part({ ...claims, sub: 'root' })}.${signature}`),
        'of another header': tampered((head, body, signature) => `${part({ ...header, x: 1 })}.${body}.${signature}`),
        'RSA: zeros': rs(fixed(zeros(256))), 'RSA: one': rs(fixed(zeros(255), Buffer.from([1]))), 'RSA: empty': rs(fixed()), 'RSA: short': rs((input) => rsa(keys.rsa)(input).subarray(1)),
        'RSA: SHA-1': rs(rsa(keys.rsa, 'sha1')), 'RSA: SHA-512': rs(rsa(keys.rsa, 'sha512')), 'RSA: PSS': rs(pss(keys.rsa)), 'RSA: of the PSS key': rs(rsa(keys.pss)),
        'PSS: no salt': ps(pss(keys.pss, 0)), 'PSS: a salt of 20': ps(pss(keys.pss, 20)), 'PSS: a salt of 33': ps(pss(keys.pss, 33)), 'PSS: the longest salt': ps(pss(keys.pss, 222)),
        'PSS: SHA-384': ps(pss(keys.pss, 48, 'sha384')), 'PSS: PKCS #1': ps(rsa(keys.pss)), 'EdDSA: zeros': token({ ...header, alg: 'EdDSA', kid: keys.ed.kid }, claims, fixed(zeros(64))),
        'EdDSA: one byte more': token({ ...header, alg: 'EdDSA', kid: keys.ed.kid }, claims, (input) => Buffer.concat([eddsa(keys.ed)(input), zeros(1)])),
        'trailing bits': tampered((head, body, signature) => `${head}.${body}.${signature.slice(0, -1)}${{ A: 'B', Q: 'R', g: 'h', w: 'x' }[signature.at(-1)]}`),
        'padded at its end': `${headed({})}==`,
    };
};

const headers = ({ header, claims, by, other, bird, headed, inner }) => {
    const text = (json) => token(json, claims, by);
    const own = (more) => headed(more, ecdsa(other));
    const { kid } = header;
    return {
        ...each('crit', [['b64'], [], ['exp'], ['alg'], 'b64', null, {}, ['b64', 'b64']], (crit) => headed({ crit, b64: true })),
        'crit alone': headed({ crit: ['http://example.invalid/UNDEFINED'], 'http://example.invalid/UNDEFINED': true }), 'b64 false': headed({ b64: false }), 'crit and b64 false': headed({ b64: false, crit: ['b64'] }),
        'alg twice, none first': text(`{"alg":"none","alg":"ES256","kid":"${kid}"}`), 'alg twice, none last': text(`{"alg":"ES256","alg":"none","kid":"${kid}"}`),
        'alg twice, alike': text(`{"alg":"ES256","alg":"ES256","kid":"${kid}"}`), 'alg twice, one escaped': text(`{"alg":"ES256","\\u0061lg":"none","kid":"${kid}"}`), 'kid twice': text(`{"alg":"ES256","kid":"${kid}","kid":"x"}`),
        ...each('typ', ['logout+jwt', 'dpop+jwt', 'oauth-id-jag+jwt', 'secevent+jwt', 'token-introspection+jwt', 'client-authentication+jwt', 'JOSE', 'JOSE+JSON', 'at+jwt ', 'at+jwt\u0000', 'application/logout+jwt', 1, null, ['at+jwt']], (typ) => headed({ typ })),
        ...each('cty', ['JWT', 'jwt', 'application/jwt', 1], (cty) => headed({ cty })),
        'jku': own({ jku: `${bird}/keys` }), 'x5u': own({ x5u: `${bird}/keys` }), 'jwk': own({ jwk: other.publicJwk }), 'jwk under our id': own({ jwk: { ...other.publicJwk, kid } }),
        'x5c': own({ x5c: [bird] }), 'x5t': own({ x5t: 'AAAA', 'x5t#S256': 'AAAA' }), 'all of them': own({ jku: `${bird}/keys`, x5u: `${bird}/keys`, jwk: other.publicJwk, x5c: [bird] }),
        'no object': text('[]'), 'a word': text('"ES256"'), 'empty': text(''), 'more behind': text(`${JSON.stringify(header)}{}`), 'a mark before': text(`\ufeff${JSON.stringify(header)}`),
        'no UTF-8': token(Buffer.concat([Buffer.from('{"alg":"ES256","x":"'), Buffer.from([0xff, 0xfe]), Buffer.from(`","kid":"${kid}"}`)]), claims, by),
        'deep': text(`{"alg":"ES256","kid":"${kid}","x":${'['.repeat(64)}${']'.repeat(64)}}`), 'a token in the token': token({ ...header, cty: 'JWT' }, inner, by), 'a token in the token, unsaid': token(header, inner, by),
    };
};

// The issuer is asked about some of these ids, once, and they are 503 while it cannot be asked again.
export const keyIds = ({ bird, headed, other, keys }) => each('kid', [
    '../../../../etc/passwd', '/dev/random', `${keys.ec.kid}\u0000`, `\u0000${keys.ec.kid}`, 'x'.repeat(256), 'x'.repeat(4000), `${bird}/keys`, `file://${bird}`, '\' OR \'1\'=\'1', '; curl canary', '%00', '', '*',
    ` ${keys.ec.kid}`, keys.ec.kid.toUpperCase(), 1, null, [keys.ec.kid], { kid: keys.ec.kid }, other.kid,
], (kid) => headed({ kid }, ecdsa(other)));

const contents = ({ url, resource, bird, claims, header, by, claiming, raw, now }) => ({
    ...Object.fromEntries(['exp', 'nbf', 'iat'].flatMap((name) => ['"1900000000"', '""', '-1', '-1e9', '1e999', '-1e999', 'NaN', 'Infinity', 'null', 'true', '[1900000000]', '{}', '0x7fffffff', '+1900000000', '01900000000', '1900000000.']
        .map((text) => [`${name}: ${text}`, raw(name, text)]))),
    'exp: 0': claiming({ exp: 0 }), 'exp: past': claiming({ exp: now - 600 }), 'exp: none': claiming({ exp: undefined }), 'nbf: to come': claiming({ nbf: now + 600 }), 'iat: to come': claiming({ iat: now + 600 }),
    'exp twice': token(header, JSON.stringify(claims).replace(/}$/, ',"exp":1}'), by),
    ...each('iss', [`${url}/`, url.toUpperCase(), url.replace('http:', 'https:'), url.replace('127.0.0.1', 'localhost'), `${url}@${bird}`, `${url}#`, `${url}?`, ` ${url}`, `${url}\u0000`, `${url}/.`, bird, '', [url], { url }, 1, null, undefined], (iss) => claiming({ iss })),
    'iss twice': raw('iss', `"${url}","iss":"${bird}"`),
    ...each('aud', [`${resource}2`, `${resource}/`, resource.slice(0, -1), resource.toUpperCase(), `${resource}?`, `${resource}#`, ` ${resource}`, `${resource}\u0000`, `${resource} ${resource}`, '*', '', [], [[resource]], [{}], [resource, 1], ['x', `${resource}x`], { aud: resource }, 1, null, true, undefined, bird], (aud) => claiming({ aud })),
    'aud twice': raw('aud', `"${resource}","aud":"x"`),
    ...each('sub', ['', 1, null, ['agent'], {}, 'a\u0000b', 'line\nline', 'x'.repeat(2000), undefined], (sub) => claiming({ sub })),
    ...each('cnf', [{ jkt: 'x' }, { 'x5t#S256': 'x' }, { jwk: {} }, { kid: 'x' }, {}, [], 'x', null, true], (cnf) => claiming({ cnf })),
    'an ID token': claiming({ at_hash: 'x', nonce: 'n' }), 'an ID token of a code': claiming({ c_hash: 'x' }), 'an ID token for its client': claiming({ aud: 'web', nonce: 'n' }),
    'a logout': claiming({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
    'no object': token(header, '[]', by), 'empty': token(header, '', by), 'two objects': token(header, `${JSON.stringify(claims)}{}`, by), deep: raw('x', `${'['.repeat(64)}${']'.repeat(64)}`),
    'a scope that is no text': claiming({ scope: 1 }),
});

const forms = ({ headed, tampered, inner }) => ({
    'two parts': tampered((head, body) => `${head}.${body}`), 'four parts': `${headed({})}.x`, 'five parts': `${headed({})}.x.x`, 'an empty part': tampered((head, body, signature) => `${head}..${signature}`), 'dots': '..', 'dots alone': '....',
    'a part before': `.${headed({})}`, 'no header': tampered((head, body, signature) => `.${body}.${signature}`), 'longer than 16 KiB': headed({ x: 'x'.repeat(16 << 10) }), 'the other alphabet': tampered((head, body) => `${head}.${body}.${'+/'.repeat(43)}`), 'twice': `${inner}.${inner}`,
});

export const refused = (at) => ({ algorithm: algorithms(at), signature: signatures(at), header: headers(at), claims: contents(at), form: forms(at) });

export const letIn = ({ url, resource, bird, keys, other, claims, header, headed, claiming, raw, now }) => ({
    plain: headed({}), RS256: token({ ...header, alg: 'RS256', kid: keys.rsa.kid }, claims, rsa(keys.rsa)), PS256: token({ ...header, alg: 'PS256', kid: keys.pss.kid }, claims, pss(keys.pss)),
    EdDSA: token({ ...header, alg: 'EdDSA', kid: keys.ed.kid }, claims, eddsa(keys.ed)), 'no key id': headed({ kid: undefined }),
    ...each('typ', [undefined, 'JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'application/jwt'], (typ) => headed({ typ })),
    'keys and addresses in the header': headed({ jku: `${bird}/keys`, x5u: `${bird}/keys`, jwk: other.publicJwk, x5c: [bird], x5t: 'x' }),
    'several audiences': claiming({ aud: ['x', resource] }), 'a part of a second': raw('exp', `${now + 300}.5`), 'an exponent': raw('exp', '1.9e9'), 'the far future': raw('exp', '1e18'), 'another issuer in a claim': claiming({ issuer: bird, x: url }),
});
