// Signature algorithms, with a real issuer that has a key for each: a token of each of them, and what only looks like one.
import assert from 'node:assert/strict';
import { createPrivateKey, sign } from 'node:crypto';
import { before, test } from 'node:test';
import { guarded, issuer, judged, knock, nothingLeaked, resource } from './lib/guarded.mjs';
import { algorithms, newKey } from './lib/issuer.mjs';

const usual = ['RS256', 'PS256', 'ES256', 'EdDSA'];
let keys;
before(async () => (keys = await Promise.all(algorithms.map((alg) => newKey(`key-${alg}`, alg)))));

const headerOf = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url'));
const keyOf = (alg) => keys.find((one) => one.alg === alg);

// The token with another `alg` and key id, and the signature that it had.
function relabelled(token, alg, kid) {
    const [, payload, signature] = token.split('.');
    return `${Buffer.from(JSON.stringify({ ...headerOf(token), alg, kid })).toString('base64url')}.${payload}.${signature}`;
}

test('a token of each algorithm calls, where it is allowed', async (t) => {
    const of = await issuer(t, keys);
    const started = await guarded(t, of, { oidc: { algorithms } });
    for (const alg of algorithms) {
        const token = await of.token({ resource, alg });
        assert.deepEqual([headerOf(token).alg, headerOf(token).kid], [alg, `key-${alg}`]);
        assert.equal((await knock(started, token)).status, 200, alg);
    }
    assert.equal(of.count('/jwks'), 1, 'one reading for all');
    await nothingLeaked(started, of);
});

test('without a list the costly ones are refused, though the issuer has keys for them', async (t) => {
    const of = await issuer(t, keys);
    const started = await guarded(t, of);
    for (const alg of algorithms)
        assert.equal((await knock(started, await of.token({ resource, alg }))).status, usual.includes(alg) ? 200 : 401, alg);
    await nothingLeaked(started, of);
});

test('a token under the name of a sibling of its algorithm is refused', async (t) => {
    const of = await issuer(t, keys);
    const started = await guarded(t, of, { oidc: { algorithms } });
    for (const [at, alg] of algorithms.entries()) {
        const token = await of.token({ resource, alg });
        for (const sibling of [algorithms.at(at - 1), algorithms[(at + 1) % algorithms.length], alg.replace(/^../, (kind) => ({ RS: 'PS', PS: 'RS' })[kind] ?? 'RS')]) {
            if (!algorithms.includes(sibling)) continue;
            const forged = relabelled(token, sibling, `key-${sibling}`);
            of.tokens.push(forged);
            assert.equal((await judged(started, forged)).status, 401, `${alg} as ${sibling}`);
        }
        assert.equal((await judged(started, token)).status, 200, `${alg} itself`);
    }
    await nothingLeaked(started, of);
});

test('a key signs with the algorithm that its JWK names, and with no other', async (t) => {
    const of = await issuer(t, keys);
    const started = await guarded(t, of, { oidc: { algorithms } });
    const content = (alg, kid) => [{ alg, kid, typ: 'at+jwt' }, { iss: of.url, sub: 'agent', aud: resource, exp: Math.floor(Date.now() / 1000) + 300 }]
        .map((one) => Buffer.from(JSON.stringify(one)).toString('base64url')).join('.');
    // Rightly signed, by a key of the issuer that is good for something else.
    for (const [alg, by, options] of [
        ['RS384', 'RS256', {}], ['RS256', 'PS256', {}], ['PS256', 'RS256', { padding: 6, saltLength: 32 }], ['PS384', 'PS256', { padding: 6, saltLength: 48 }],
        ['ES384', 'ES256', { dsaEncoding: 'ieee-p1363' }], ['ES256', 'ES384', { dsaEncoding: 'ieee-p1363' }],
    ]) {
        const { kid, jwk } = keyOf(by);
        const input = content(alg, kid);
        const signature = sign(`sha${alg.slice(2)}`, Buffer.from(input), { key: createPrivateKey({ key: jwk, format: 'jwk' }), ...options });
        const forged = `${input}.${signature.toString('base64url')}`;
        of.tokens.push(forged);
        // The issuer is asked for such a key, though not for each of them (503: it cannot be asked again so soon).
        assert.ok([401, 503].includes((await knock(started, forged)).status), `${alg} by the key of ${by}`);
    }
    assert.ok(of.count('/jwks') <= 2);
    for (const alg of algorithms) assert.equal((await judged(started, await of.token({ resource, alg }))).status, 200, alg);
    await nothingLeaked(started, of);
});
