// Access tokens at the door: with a real issuer in front of the real program.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { authorizationOf, calls, entered, guarded, invalid, issuer, knock, metadata, metric, nothingLeaked, resource } from './lib/guarded.mjs';
import { newKey, proofOf } from './lib/issuer.mjs';
import { exchangeBytes, send } from './lib/raw_client.mjs';

let keys;
before(async () => {
    keys = { first: await newKey('first'), foreign: await newKey('first') };
});

test('a token for this gateway lists and calls, and is not passed on', async (t) => {
    const of = await issuer(t, [keys.first]);
    const started = await guarded(t, of);
    const token = await of.token({ resource });
    const client = await calls(started, token);
    for (let i = 0; i < 5; i += 1) assert.equal((await client.request('ping')).status, 200);
    assert.equal(of.count('/.well-known/openid-configuration'), 1);
    assert.equal(of.count('/jwks'), 1);
    assert.ok(await metric(started, 'vmcp_auth_accepted_total') >= 8);
    await nothingLeaked(started, of);
});

test('what is no token for this gateway is 401, 400 or 403, in fixed words', async (t) => {
    const of = await issuer(t, [keys.first]);
    const started = await guarded(t, of, { oidc: { requiredScopes: ['mcp:read'] } });
    const good = await of.token({ resource });
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`;
    assert.deepEqual(await knock(started), {
        status: 401, challenge: `Bearer ${metadata}, scope="mcp:read"`, retry: undefined, message: 'Unauthorized: Authentication required',
    });
    for (const [what, token] of Object.entries({
        'another audience': await of.token({ resource: 'https://other.example/mcp' }),
        'an audience that begins like ours': await of.forge({ aud: `${resource}2` }),
        'no audience': await of.forge({}),
        expired: await of.forge({ aud: resource, exp: 1700000000 }),
        'not valid yet': await of.forge({ aud: resource, nbf: Math.floor(Date.now() / 1000) + 200 }),
        'another issuer': await of.forge({ aud: resource, iss: `${of.url}/` }),
        'an ID token': await of.forge({ aud: resource, at_hash: 'x' }, { header: { typ: 'JWT' } }),
        'a logout token': await of.forge({ aud: resource }, { header: { typ: 'logout+jwt' } }),
        'another key of that name': await of.forge({ aud: resource }, { key: keys.foreign }),
        'bound to a key': await of.forge({ aud: resource, cnf: { jkt: 'x' } }),
        none, garbage: 'garbage', 'cut short': good.slice(0, -4), 'an opaque token': 'opaque-token',
    }))
        assert.deepEqual(await knock(started, token), {
            status: 401, challenge: invalid, retry: undefined, message: 'Unauthorized: The access token is invalid or has expired',
        }, what);
    const badRequest = 'Bearer error="invalid_request", error_description="Send one access token, in one Authorization header field"';
    for (const [what, options] of Object.entries({
        'no token behind the scheme': { headers: { authorization: 'Bearer a b' } },
        'in the query': { headers: {}, path: `?access_token=${good}` },
    })) {
        const { status, challenge } = await knock(started, undefined, options);
        assert.deepEqual({ status, challenge }, { status: 400, challenge: badRequest }, what);
    }
    assert.deepEqual(await knock(started, await of.token({ resource, scope: 'mcp:write' })), {
        status: 403, retry: undefined, message: 'Forbidden: The access token does not grant the scopes that this needs',
        challenge: `Bearer error="insufficient_scope", error_description="The access token does not grant the scopes that this needs", ${metadata}, scope="mcp:read"`,
    });
    // A long body is not even waited for.
    const head = ['POST /mcp HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Content-Length: 5000000', '', ''].join('\r\n');
    const early = await exchangeBytes(started.port, head);
    assert.match(early, /^HTTP\/1\.1 401 /);
    assert.match(early, /^WWW-Authenticate: Bearer resource_metadata=/m);
    assert.match(early, /^Connection: close/m);
    for (const method of ['GET', 'DELETE', 'PUT']) assert.equal((await send(started.url, { method })).status, 401, method);
    assert.equal((await knock(started, good)).status, 200);
    assert.ok(await metric(started, 'vmcp_auth_refused_total{reason="invalid_token"}') >= 14);
    assert.equal(await metric(started, 'vmcp_auth_refused_total{reason="insufficient_scope"}'), 1);
    assert.equal(await metric(started, 'vmcp_auth_refused_total{reason="invalid_request"}'), 2);
    await nothingLeaked(started, of);
});

test('the metadata of the resource is there for everybody, under its own paths only', async (t) => {
    const of = await issuer(t);
    const started = await guarded(t, of, { oidc: { requiredScopes: ['mcp:write'] } });
    for (const path of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp']) {
        const answer = await fetch(started.base + path, { headers: { origin: 'https://inspector.example' } });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get('content-type'), 'application/json');
        assert.equal(answer.headers.get('access-control-allow-origin'), '*');
        assert.deepEqual(await answer.json(), {
            resource, authorization_servers: [of.url], bearer_methods_supported: ['header'], scopes_supported: ['mcp:read', 'mcp:write'],
        });
        const preflight = await fetch(started.base + path, { method: 'OPTIONS', headers: { origin: 'https://inspector.example' } });
        assert.equal(preflight.status, 204);
        assert.match(preflight.headers.get('access-control-allow-headers'), /mcp-protocol-version/);
    }
    for (const path of ['/.well-known/oauth-protected-resource/other', '/.well-known/openid-configuration', '/.well-known/x'])
        assert.equal((await fetch(started.base + path)).status, 404, path);
    assert.equal((await fetch(`${started.base}/.well-known/oauth-protected-resource`, { method: 'POST' })).status, 405);
    // A page in a browser can read why it was refused.
    const refused = await fetch(started.url, { method: 'POST', headers: { origin: 'http://localhost:6274' } });
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('access-control-expose-headers'), /WWW-Authenticate/);
});

test('an opaque token is asked about, once', async (t) => {
    const of = await issuer(t, [keys.first]);
    const started = await guarded(t, of, {
        oidc: {
            introspectionUrl: `${of.url}/token/introspection`, clientId: 'gateway', clientSecretEnv: 'GATEWAY_SECRET',
            subjectFallback: 'client_id', requiredScopes: ['mcp:read'],
        },
        env: { GATEWAY_SECRET: 'gateway-secret-that-nobody-may-see' },
    });
    const token = await of.token({ resource, client: 'opaque' });
    assert.ok(!token.includes('.'), token);
    await calls(started, token);
    assert.equal(of.count('/token/introspection'), 1);
    assert.equal((await knock(started, 'made-up')).challenge, invalid);
    assert.equal((await knock(started, 'made-up')).status, 401);
    assert.equal(of.count('/token/introspection'), 2);
    assert.equal((await knock(started, await of.token({ resource, client: 'opaque', scope: 'mcp:write' }))).status, 403);
    assert.equal((await knock(started, await of.token({ resource: 'https://other.example/', client: 'opaque' }))).status, 401);
    assert.equal((await knock(started, await of.token({ resource }))).status, 200, 'a JWT as well');
    await of.stop();
    const away = await knock(started, 'never-seen');
    assert.deepEqual([away.status, away.challenge], [503, undefined]);
    assert.ok(Number(away.retry) >= 1);
    await nothingLeaked(started, of);
});

test('of a login only the access token lets in', async (t) => {
    const of = await issuer(t, [keys.first]);
    const started = await guarded(t, of);
    const login = await of.login(resource);
    for (const name of ['id_token', 'refresh_token']) {
        const { status, challenge } = await knock(started, login[name]);
        assert.deepEqual([status, challenge], [401, invalid], name);
        assert.ok(of.tokens.includes(login[name]), `${name} is looked for`);
    }
    await calls(started, login.access_token);
    // Not even an issuer that names us in an ID token makes it one.
    const claims = JSON.parse(Buffer.from(login.id_token.split('.')[1], 'base64url'));
    assert.equal(claims.aud, 'web');
    assert.equal((await knock(started, await of.forge({ ...claims, at_hash: 'x', aud: [resource, 'web'] }, { header: { typ: 'JWT' } }))).status, 401);
    of.tokens.push(login.access_token);
    await nothingLeaked(started, of);
});

test('a session belongs to its subject', async (t) => {
    const of = await issuer(t, [keys.first]);
    const started = await guarded(t, of);
    const owner = await entered(started, await of.forge({ aud: resource, sub: 'alice' }));
    const foreign = await of.forge({ aud: resource, sub: 'bob' });
    for (const headers of [authorizationOf(foreign)]) {
        const answer = await owner.post({ jsonrpc: '2.0', id: 2, method: 'tools/list' }, { headers });
        assert.equal(answer.status, 404);
        await answer.body();
    }
    assert.equal((await owner.post({ jsonrpc: '2.0', id: 2, method: 'ping' }, { headers: { authorization: undefined } })).status, 401);
    // Another token of the same subject is as good: tokens are renewed.
    const renewed = await of.forge({ aud: resource, sub: 'alice', jti: 'second' });
    assert.equal((await owner.post({ jsonrpc: '2.0', id: 3, method: 'ping' }, { headers: authorizationOf(renewed) })).status, 200);
    assert.equal((await owner.request('ping')).status, 200);
    await nothingLeaked(started, of);
});

test('a token that is bound to a key needs a proof of it with each request', async (t) => {
    const of = await issuer(t, [keys.first]);
    const key = await newKey('mine');
    const token = await of.token({ resource, proof: await proofOf(key, 'POST', `${of.url}/token`) });
    const plain = await guarded(t, of);
    assert.equal((await knock(plain, token)).challenge, invalid, 'never as a bearer token');
    const started = await guarded(t, of, { oidc: { dpop: true } });
    const prove = (by = key, url = resource) => proofOf(by, 'POST', url, token);
    const send = async (scheme, dpop) => {
        const { status, challenge } = await knock(started, undefined, { headers: { authorization: `${scheme} ${token}`, dpop } });
        return [status, /DPoP error="(\w+)"/.exec(challenge)?.[1] ?? /Bearer error="(\w+)"/.exec(challenge)?.[1]];
    };
    const good = await prove();
    assert.deepEqual(await send('DPoP', good), [200, undefined]);
    assert.deepEqual(await send('DPoP', good), [401, 'invalid_dpop_proof'], 'not twice');
    assert.deepEqual(await send('DPoP', await prove()), [200, undefined]);
    assert.deepEqual(await send('DPoP', undefined), [401, 'invalid_dpop_proof']);
    assert.deepEqual(await send('Bearer', await prove()), [401, 'invalid_token']);
    assert.deepEqual(await send('DPoP', await prove(keys.foreign)), [401, 'invalid_token']);
    assert.deepEqual(await send('DPoP', await prove(key, 'https://gw.example/other')), [401, 'invalid_dpop_proof']);
    const document = await (await fetch(`${started.base}/.well-known/oauth-protected-resource`)).json();
    assert.deepEqual(document.dpop_signing_alg_values_supported, ['RS256', 'PS256', 'ES256', 'EdDSA']);
    assert.match((await knock(started)).challenge, /^Bearer .*, DPoP algs="RS256 PS256 ES256 EdDSA", /);
    await nothingLeaked(started, of);
});
