// Access tokens at the door: with a real issuer in front of the real program.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { Authority } from './lib/certificates.mjs';
import { newIssuer, newKey } from './lib/issuer.mjs';
import { until } from './lib/process.mjs';
import { RawClient, exchangeBytes, send } from './lib/raw_client.mjs';
import { gateway, later, stub, toolDefinition } from './lib/setup.mjs';
import { configFor, vmcp } from './lib/vmcp.mjs';

const resource = 'https://gw.example/mcp';
const metadata = 'resource_metadata="https://gw.example/.well-known/oauth-protected-resource/mcp"';
const invalid = `Bearer error="invalid_token", error_description="The access token is invalid or has expired", ${metadata}, scope="mcp:read"`;
const authorizationOf = (token) => (token === undefined ? {} : { authorization: `Bearer ${token}` });

let keys;
before(async () => {
    keys = { first: await newKey('first'), second: await newKey('second'), foreign: await newKey('first') };
});

async function issuer(t, { started = true } = {}) {
    const made = await newIssuer();
    if (started) await made.start([keys.first]);
    later(t, () => made.stop());
    return made;
}

const rulesOf = (of, more = {}) => ({
    type: 'oidc',
    oidc: { issuer: of.url, resource, scopes: ['mcp:read'], jwksAllowPrivateIp: true, ...more },
});

// vmcp in front of one backend, which lets in who has a token of `of`. The log is at its most talkative.
async function guarded(t, of, { oidc, config = {}, ...options } = {}) {
    const backend = await stub(t, { name: 'notes', tools: [toolDefinition('echo')] });
    backend.on('tools/call', (exchange) => exchange.result({ content: [{ type: 'text', text: 'hello' }] }));
    const started = await gateway(t, { notes: backend.url },
        { ready: false, args: ['--debug'], ...options, config: { incomingAuth: rulesOf(of, oidc), log: { access: 'on' }, ...config } });
    await started.untilHealthy();
    started.backend = backend;
    return started;
}

// The answer to an initialize with this token: status, challenge and message.
async function knock({ url }, token, { headers = authorizationOf(token), path = '' } = {}) {
    const client = new RawClient(url + path, { headers });
    const answer = await client.post({
        jsonrpc: '2.0', id: 1, method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'knock', version: '1' } },
    });
    const text = await answer.body();
    return {
        status: answer.status, challenge: answer.headers['www-authenticate'], retry: answer.headers['retry-after'],
        message: JSON.parse(text).error?.message,
    };
}

async function entered(started, token) {
    const client = new RawClient(started.url, { headers: authorizationOf(token) });
    await client.initialize();
    return client;
}

async function calls(started, token) {
    const client = await entered(started, token);
    await until('the tool is listed', async () => {
        const { message } = await client.request('tools/list', {});
        return message.result.tools.some(({ name }) => name === 'notes_echo');
    });
    const { message } = await client.request('tools/call', { name: 'notes_echo', arguments: {} });
    assert.equal(message.result?.content[0].text, 'hello', JSON.stringify(message));
    return client;
}

// No token, and no secret, in anything that is written or shown.
async function nothingLeaked(started, of) {
    const shown = [started.program.output, started.program.stderr, started.program.stdout];
    for (const path of ['/status', '/metrics', '/api/backends/health', '/readyz', '/.well-known/oauth-protected-resource'])
        shown.push(await (await fetch(started.base + path, { signal: AbortSignal.timeout(5000) })).text());
    for (const { headers, body } of started.backend.log) shown.push(JSON.stringify(headers), body);
    const all = shown.join('\n');
    assert.ok(of.tokens.length > 0);
    for (const token of of.tokens) {
        assert.ok(!all.includes(token), 'a token is shown');
        const signature = token.split('.')[2];
        if (signature) assert.ok(!all.includes(signature), 'a signature is shown');
    }
    assert.ok(!all.includes('secret-that-nobody-may-see'), 'a secret is shown');
}

async function metric(started, sample) {
    const text = await (await fetch(`${started.base}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
    return line && Number(line.split(' ')[1]);
}

test('a token for this gateway lists and calls, and is not passed on', async (t) => {
    const of = await issuer(t);
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
    const of = await issuer(t);
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
    const of = await issuer(t, { started: false });
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
    const of = await issuer(t);
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

test('a session belongs to its subject', async (t) => {
    const of = await issuer(t);
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

test('a rotated key is found at once', async (t) => {
    const of = await issuer(t);
    const started = await guarded(t, of);
    assert.equal((await knock(started, await of.token({ resource }))).status, 200);
    await of.stop();
    await of.start([keys.second, keys.first]);
    assert.equal((await knock(started, await of.token({ resource }))).status, 200);
    assert.equal(of.count('/jwks'), 2);
});

test('an issuer that is away: 503 until its keys are known, and known keys stay good', async (t) => {
    const of = await issuer(t, { started: false });
    of.keys = [keys.first];
    const started = await guarded(t, of);
    const token = await of.forge({ aud: resource });
    const away = await knock(started, token);
    assert.equal(away.status, 503);
    assert.equal(away.challenge, undefined, 'nobody is sent to log in');
    assert.ok(Number(away.retry) >= 1, away.retry);
    assert.equal((await knock(started)).status, 401, 'who has no token is told where to get one');
    assert.equal((await fetch(`${started.base}/health`)).status, 200);
    assert.match(started.program.stderr, /the issuer http:\/\/127\.0\.0\.1:\d+: .*tokens cannot be checked until it answers/);
    await of.start([keys.first]);
    await until('the keys are there', async () => (await knock(started, token)).status === 200, 20000);
    await of.stop();
    assert.equal((await knock(started, token)).status, 200);
    assert.equal((await knock(started, await of.forge({ aud: resource, sub: 'new' }))).status, 200);
    assert.equal((await knock(started, await of.forge({ aud: resource }, { key: keys.second }))).status, 503);
    await nothingLeaked(started, of);
});

test('changed rules take effect without a restart, and wrong ones change nothing', async (t) => {
    const of = await issuer(t);
    const started = await guarded(t, of);
    const token = await of.token({ resource });
    assert.equal((await knock(started, token)).status, 200);
    const config = (incomingAuth) => configFor([{ name: 'notes', url: started.backend.url }], { incomingAuth });
    const becomes = (status) => until(`it is ${status}`, async () => (await knock(started, token)).status === status);
    await started.rewrite(config(rulesOf(of, { requiredScopes: ['mcp:write'] })));
    await becomes(403);
    await started.rewrite(config({ type: 'oidc', oidc: { issuer: of.url } }));
    await until('the mistake is logged', () => started.program.stderr.includes('give audience or resource'));
    assert.equal((await knock(started, token)).status, 403);
    await started.rewrite(config({ type: 'anonymous' }));
    await until('everybody is let in', async () => (await knock(started)).status === 200);
    assert.equal((await fetch(`${started.base}/.well-known/oauth-protected-resource`)).status, 404);
    await started.rewrite(config(rulesOf(of)));
    await until('nobody without a token', async () => (await knock(started)).status === 401);
    await becomes(200);
});

test('an issuer behind its own authority', async (t) => {
    const authority = new Authority();
    later(t, async () => authority.remove());
    const of = await newIssuer('https');
    await of.start([keys.first], authority.issue('IP:127.0.0.1'));
    later(t, () => of.stop());
    const started = await guarded(t, of, { oidc: { caBundlePath: authority.certificate } });
    const token = await of.forge({ aud: resource });
    assert.equal((await knock(started, token)).status, 200);
    const stranger = await guarded(t, of);
    assert.equal((await knock(stranger, token)).status, 503);
    assert.match(stranger.program.stderr, /TLS handshake with 127\.0\.0\.1:\d+ failed/);
    // Without the flag, not even discovery gets to an address of this machine.
    const careful = await guarded(t, of, { oidc: { caBundlePath: authority.certificate, jwksAllowPrivateIp: false } });
    assert.equal((await knock(careful, token)).status, 503);
    assert.match(careful.program.stderr, /may not be connected to; see jwksAllowPrivateIp/);
    await nothingLeaked(started, of);
});

test('vmcp doctor tells why, and never the token', async (t) => {
    const of = await issuer(t);
    const folder = await mkdtemp(join(tmpdir(), 'vmcp-doctor-'));
    later(t, () => rm(folder, { recursive: true }));
    const file = join(folder, 'vmcp.yaml');
    await writeFile(file, JSON.stringify(configFor([], { backends: [], incomingAuth: rulesOf(of, { requiredScopes: ['mcp:read'] }) })));
    const examine = async (token) => {
        await writeFile(join(folder, 'token'), `${token}\n`);
        const said = await vmcp(['doctor', file, '--token-file', join(folder, 'token')]);
        const all = said.stdout + said.stderr;
        assert.ok(!all.includes(token) && !all.includes(token.split('.')[2] ?? token), 'the token is shown');
        return { code: said.code, text: said.stdout };
    };
    const good = await examine(await of.token({ resource }));
    assert.equal(good.code, 0, good.text);
    for (const line of [/^discovery ok /m, /^keys {6}ok .* 1 usable key/m, /^signature ok /m, /^decision {2}ok {2}let in as 'agent' of /m])
        assert.match(good.text, line);
    for (const [token, reason] of [
        [await of.token({ resource: 'https://other.example/mcp' }), /^decision {2}NO {2}HTTP 401: the token is for 'https:\/\/other/m],
        [await of.forge({ aud: resource, exp: 1700000000 }), /^decision {2}NO {2}HTTP 401: the token expired \d+ s ago/m],
        [await of.forge({ aud: resource }, { key: keys.foreign }), /^decision {2}NO {2}HTTP 401: the token's signature is wrong/m],
        [await of.token({ resource, scope: 'mcp:write' }), /^decision {2}NO {2}HTTP 403: it lacks mcp:read/m],
        ['garbage', /^decision {2}NO {2}HTTP 401: /m],
    ]) {
        const said = await examine(token);
        assert.equal(said.code, 1, said.text);
        assert.match(said.text, reason);
        assert.match(said.text, /^answer {4}-- {2}WWW-Authenticate: Bearer error=/m);
    }
    const { code, stdout } = await vmcp(['doctor', file]);
    assert.equal(code, 0, stdout);
    await of.stop();
    const away = await vmcp(['doctor', file]);
    assert.equal(away.code, 1);
    assert.match(away.stdout, /^discovery NO .*connection refused/m);
    await writeFile(file, JSON.stringify(configFor([], { backends: [] })));
    assert.match((await vmcp(['doctor', file])).stdout, /everybody is let in/);
});

test('the official client finds the issuer from our 401, logs in, and calls', async (t) => {
    const of = await issuer(t);
    const started = await guarded(t, of);
    const own = { resource: started.url, scopes: ['mcp:read', 'mcp:write'] };
    await started.rewrite(configFor([{ name: 'notes', url: started.backend.url }], { incomingAuth: rulesOf(of, own) }));
    await until('the resource has its real name', async () => (await knock(started)).challenge.includes(started.base));
    let asked;
    let tokens;
    let verifier;
    const authProvider = {
        redirectUrl: of.redirectUri,
        clientMetadata: { client_name: 'test', redirect_uris: [of.redirectUri], token_endpoint_auth_method: 'none' },
        clientInformation: () => ({ client_id: 'web' }),
        tokens: () => tokens,
        saveTokens: (given) => {
            tokens = given;
            of.tokens.push(given.access_token);
        },
        redirectToAuthorization: (url) => {
            asked = url;
        },
        saveCodeVerifier: (given) => {
            verifier = given;
        },
        codeVerifier: () => verifier,
    };
    const transport = () => new StreamableHTTPClientTransport(new URL(started.url), { authProvider });
    const client = () => new Client({ name: 'test', version: '1' });
    const first = transport();
    await assert.rejects(client().connect(first), UnauthorizedError);
    assert.equal(asked.searchParams.get('resource'), started.url);
    assert.equal(asked.searchParams.get('scope'), 'mcp:read mcp:write');
    const back = await of.consent(asked);
    await first.finishAuth(back.searchParams.get('code'));
    const connected = client();
    await connected.connect(transport());
    later(t, () => connected.close());
    await until('the tool is listed', async () => (await connected.listTools()).tools.some(({ name }) => name === 'notes_echo'));
    assert.equal((await connected.callTool({ name: 'notes_echo', arguments: {} })).content[0].text, 'hello');
    await nothingLeaked(started, of);
});

