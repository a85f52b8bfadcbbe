// Every way we know to pass off a token as one of the issuer's, against the running program: all are 401 in the same words,
// nobody but the issuer is asked, and good tokens go on.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { before, test } from 'node:test';
import { CompactEncrypt } from 'jose';
import { keyIds, letIn, refused, workshop } from './lib/attacks.mjs';
import { canary } from './lib/forgery.mjs';
import { calls, guarded, invalid, issuer, judged, knock, metric, nothingLeaked, resource } from './lib/guarded.mjs';
import { newKey } from './lib/issuer.mjs';

const message = 'Unauthorized: The access token is invalid or has expired';
let keys;
let other;
before(async () => {
    const [rsa, pss, ec, ed] = await Promise.all([['rsa', 'RS256'], ['pss', 'PS256'], ['ec', 'ES256'], ['ed', 'EdDSA']].map((one) => newKey(...one)));
    keys = { rsa, pss, ec, ed };
    other = await newKey('other');
});

// A token encrypted to a public key of the issuer, or with one as the secret.
const encrypted = (inner, header, key) => new CompactEncrypt(Buffer.from(inner)).setProtectedHeader({ enc: 'A256GCM', cty: 'JWT', ...header }).encrypt(key);

async function scene(t) {
    const bird = await canary(t, other, resource);
    const of = await issuer(t, [keys.ec, keys.rsa, keys.pss, keys.ed]);
    const started = await guarded(t, of);
    const inner = await of.token({ resource });
    await calls(started, inner);
    return { bird, of, started, inner, at: workshop({ url: of.url, resource, keys, other, bird: bird.base, inner }) };
}

async function ended({ bird, of, started }, sent) {
    of.tokens.push(...sent);
    await calls(started, await of.token({ resource }));
    assert.deepEqual(bird.log, [], 'the canary heard something');
    assert.equal(bird.connections, 0, 'somebody came to the canary');
    assert.ok(of.count('/jwks') <= 2, `${of.count('/jwks')} readings of the keys`);
    assert.ok(of.requests.every((path) => ['/token', '/jwks', '/.well-known/openid-configuration'].includes(path)), of.requests.join());
    of.tokens.push(await of.token({ resource }));
    await nothingLeaked(started, of);
}

test('what differs from an attack in one place only is let in', async (t) => {
    const at = await scene(t);
    const good = letIn(at.at);
    for (const [what, token] of Object.entries(good)) assert.equal((await knock(at.started, token)).status, 200, what);
    await ended(at, Object.values(good));
});

for (const kind of ['algorithm', 'signature', 'header', 'claims', 'form'])
    test(`attacks by the ${kind} of a token`, async (t) => {
        const at = await scene(t);
        const attacks = refused(at.at)[kind];
        if (kind === 'form') {
            const key = createPublicKey({ key: keys.rsa.publicJwk, format: 'jwk' });
            attacks['encrypted to the issuer'] = await encrypted(at.inner, { alg: 'RSA-OAEP-256', kid: 'rsa' }, key);
            attacks['encrypted with a secret'] = await encrypted(at.inner, { alg: 'dir', kid: 'rsa' }, new Uint8Array(32));
        }
        const got = {};
        for (const [what, token] of Object.entries(attacks)) {
            const { status, challenge, message: said } = await judged(at.started, token);
            if (status !== 401 || challenge !== invalid || said !== message) got[what] = { status, challenge, said };
        }
        assert.deepEqual(got, {});
        assert.equal(await metric(at.started, 'vmcp_auth_refused_total{reason="invalid_token"}'), Object.keys(attacks).length);
        await ended(at, Object.values(attacks));
    });

test('attacks by the id of the key', async (t) => {
    const at = await scene(t);
    const attacks = keyIds(at.at);
    for (const [what, token] of Object.entries(attacks)) {
        const { status, challenge } = await knock(at.started, token);
        assert.ok((status === 401 && challenge === invalid) || (status === 503 && challenge === undefined), `${what}: ${status} ${challenge}`);
    }
    await ended(at, Object.values(attacks));
});

test('what is no token in an Authorization field is 400', async (t) => {
    const at = await scene(t);
    const [head, body, signature] = at.inner.split('.');
    for (const token of [`${head}=.${body}.${signature}`, `${head} .${body}.${signature}`, `${head}.${body}.\t${signature}`, `${at.inner},${at.inner}`, `{"payload":"${body}"}`, `"${at.inner}"`, `${at.inner}\u00e9`, '%65%79', ''])
        assert.equal((await knock(at.started, token)).status, 400, token);
    await ended(at, []);
});
