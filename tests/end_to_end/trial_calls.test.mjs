// POST /api/call of the admin listener: who may try a call, and that it is a call like any client's.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayWithAdmin, metricsOf } from './lib/admin.mjs';
import { until } from './lib/process.mjs';
import { send } from './lib/raw_client.mjs';
import { later, stub, toolDefinition } from './lib/setup.mjs';
import { configFor } from './lib/vmcp.mjs';

const tools = [toolDefinition('alpha'), toolDefinition('beta')];
const token = 'a-long-token-of-operators';
const revision = '2026-07-28';

function messageOf(name, more = {}) {
    return JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name, arguments: {},
        _meta: { progressToken: 'p', 'io.modelcontextprotocol/protocolVersion': revision, 'io.modelcontextprotocol/clientCapabilities': {} } }, ...more });
}

const headersOf = (name, headers = {}) => ({
    authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'text/event-stream, application/json',
    'mcp-protocol-version': revision, 'mcp-method': 'tools/call', 'mcp-name': name, ...headers,
});

const tryCall = (vmcp, name, { headers, body = messageOf(name), ...more } = {}) =>
    send(`${vmcp.admin}/api/call`, { headers: headersOf(name, headers), body, ...more });
const responseOf = async (answer) => (answer.stream ? (await answer.body(), JSON.parse(answer.events.at(-1).data)) : JSON.parse(await answer.body()));

test('who may not call is refused, and no backend hears of it', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { b: backend.url }, { token });
    const name = 'b_alpha';
    const origin = vmcp.admin;
    for (const [what, status, options] of [
        ['no token', 401, { headers: { authorization: undefined } }],
        ['another token', 401, { headers: { authorization: `Bearer ${token}x` } }],
        ['a page of another site', 403, { headers: { origin: 'http://evil.example' } }],
        ['a page of another port', 403, { headers: { origin: `http://127.0.0.1:${vmcp.port}` } }],
        ['a page without an origin', 403, { headers: { origin: 'null' } }],
        ['a name of another site', 403, { headers: { host: `evil.example:${vmcp.adminPort}` } }],
        ['a form of a page', 415, { headers: { 'content-type': 'text/plain' } }],
        ['no event stream', 406, { headers: { accept: 'application/json' } }],
        ['another method of MCP', 400, { headers: { 'mcp-method': 'tools/list' }, body: messageOf(name, { method: 'tools/list' }) }],
        ['a notification', 400, { body: messageOf(name, { id: undefined }) }],
        ['a batch', 400, { body: `[${messageOf(name)}]` }],
        ['no JSON', 400, { body: '{' }],
        ['another name in the header', 400, { headers: { 'mcp-name': 'b_beta' } }],
        ['a revision with sessions', 400, { headers: { 'mcp-protocol-version': '2025-11-25' } }],
        ['a long body', 413, { body: messageOf('x'.repeat(1 << 20)) }],
        ['a long body of nobody', 401, { headers: { authorization: 'Bearer x', origin }, body: messageOf('x'.repeat(1 << 20)) }],
    ]) {
        const answer = await tryCall(vmcp, name, options);
        const text = await answer.body();
        assert.equal(answer.status, status, `${what}: ${text}`);
        assert.ok(!text.includes(token), what);
        assert.equal(answer.headers['access-control-allow-origin'], undefined, what);
    }
    const get = await send(`${vmcp.admin}/api/call`, { method: 'GET', headers: headersOf(name) });
    assert.deepEqual([get.status, get.headers.allow], [405, 'POST']);
    await get.body();
    for (const [from, status] of [['http://evil.example', 403], [`http://127.0.0.1:${vmcp.port}`, 405]]) {
        const preflight = await send(`${vmcp.admin}/api/call`, { method: 'OPTIONS', headers: { origin: from, 'access-control-request-method': 'POST' } });
        assert.deepEqual([preflight.status, preflight.headers['access-control-allow-origin']], [status, undefined], 'no other site is told that it may');
        await preflight.body();
    }
    assert.equal((await send(`${vmcp.base}/api/call`, { headers: headersOf(name), body: messageOf(name) }).then(async (one) => (await one.body(), one))).status, 404,
        'and clients have none');
    assert.equal(backend.requests('tools/call').length, 0);
    assert.ok((await responseOf(await tryCall(vmcp, name, { headers: { origin } }))).result);
});

test('without a token in the configuration it is off', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { b: backend.url });
    const answer = await tryCall(vmcp, 'b_alpha');
    assert.equal(answer.status, 403);
    assert.match(await answer.body(), /admin\.token/);
    assert.equal(backend.requests('tools/call').length, 0);
});

test('it is a call like any other: counted, logged, recorded, and without the token', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'vmcp-trial-'));
    later(t, () => rm(folder, { recursive: true, force: true }));
    const logFile = join(folder, 'audit.log');
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { b: backend.url }, { token,
        config: { passthroughHeaders: ['x-team'], log: { access: 'on' }, audit: { enabled: true, logFile } } });
    const answer = await tryCall(vmcp, 'b_alpha', { headers: { 'x-team': 'blue' } });
    assert.equal(answer.status, 200);
    assert.equal((await responseOf(answer)).result.content[0].text, 'stub:alpha');
    const [seen] = backend.requests('tools/call');
    assert.equal(seen.message.params.name, 'alpha');
    assert.equal(seen.headers.authorization, undefined);
    assert.equal(seen.headers['x-team'], undefined, 'header fields of a page are no client\'s');
    await until('the access log', () => /access id=\S+ .*method="tools\/call" name="b_alpha" backend="b" caller="vmcp-operator".*end=success/.test(vmcp.program.output));
    const recorded = await until('the audit log', async () => (await readFile(logFile, 'utf8')).split('\n').filter(Boolean).map((line) => JSON.parse(line))
        .find((line) => line.type === 'mcp_tool_call'));
    assert.equal(recorded.outcome, 'success');
    assert.equal(recorded.subjects.user_id, 'vmcp-operator');
    assert.equal(recorded.target.endpoint, '/api/call');
    assert.doesNotMatch(`${vmcp.program.output}${await readFile(logFile, 'utf8')}`, new RegExp(token));
    assert.equal((await metricsOf(vmcp.admin)).get('toolhive_mcp_tool_calls_total{server="test-gateway",status="success"}'), 1);
});

test('policies decide about the operator too', async (t) => {
    const backend = await stub(t, { tools });
    const policies = ['permit(principal == Client::"vmcp-operator", action, resource == Tool::"b_alpha");'];
    const vmcp = await gatewayWithAdmin(t, { b: backend.url }, { token, config: { incomingAuth: { type: 'anonymous', authz: { type: 'cedar', policies } } } });
    assert.ok((await responseOf(await tryCall(vmcp, 'b_alpha'))).result);
    assert.ok((await responseOf(await tryCall(vmcp, 'b_beta'))).error);
    assert.deepEqual(backend.requests('tools/call').map((one) => one.message.params.name), ['alpha']);
});

// Calls of `alpha` last until they are let go.
async function slow(t) {
    const backend = await stub(t, { tools });
    const go = Promise.withResolvers();
    let step = () => {};
    backend.on('tools/call', async (exchange) => {
        const stream = exchange.sse();
        const { progressToken } = exchange.message.params._meta;
        step = (progress) => stream.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress, total: 2, message: `step ${progress}` } });
        await go.promise;
        stream.result('{"content":[]}');
    });
    return { backend, go: () => go.resolve(), step: (n) => step(n) };
}

test('progress comes while the call runs', async (t) => {
    const { backend, go, step } = await slow(t);
    const vmcp = await gatewayWithAdmin(t, { b: backend.url }, { token });
    const answer = await tryCall(vmcp, 'b_alpha');
    assert.ok(answer.stream);
    await until('the call', () => backend.requests('tools/call').length === 1);
    const told = () => answer.events.filter((one) => one.data).map((one) => JSON.parse(one.data));
    for (const n of [1, 2]) {
        await until(`step ${n}`, () => (step(n), told().length >= n));
        assert.deepEqual([told()[n - 1].params.progressToken, told()[n - 1].params.progress > 0], ['p', true]);
    }
    go();
    assert.ok((await responseOf(answer)).result);
});

test('a page that goes away cancels its call', async (t) => {
    const { backend, go } = await slow(t);
    later(t, async () => go());
    const vmcp = await gatewayWithAdmin(t, { b: backend.url }, { token });
    const answer = await tryCall(vmcp, 'b_alpha');
    await until('the call', () => backend.requests('tools/call').length === 1);
    answer.destroy();
    await until('its end', () => backend.requests('notifications/cancelled').length === 1);
});

test('only so many at once, and who is done makes room', async (t) => {
    const { backend, go } = await slow(t);
    const vmcp = await gatewayWithAdmin(t, { b: backend.url }, { token });
    const answers = await Promise.all(Array.from({ length: 8 }, () => tryCall(vmcp, 'b_alpha')));
    assert.ok(answers.every((one) => one.status === 200));
    const refused = await tryCall(vmcp, 'b_alpha');
    assert.equal(refused.status, 429);
    await refused.body();
    go();
    for (const one of answers) assert.ok((await responseOf(one)).result);
    assert.ok((await responseOf(await tryCall(vmcp, 'b_beta'))).result);
});

test('a token that is set later counts from its reload on', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { b: backend.url });
    await vmcp.rewrite(configFor([{ name: 'b', url: backend.url }], { admin: { port: vmcp.adminPort, token } }));
    await until('it is on', async () => {
        const answer = await tryCall(vmcp, 'b_alpha');
        await answer.body();
        return answer.status === 200;
    });
});
