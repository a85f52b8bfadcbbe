// The audit log of the running program: who did what, what was denied, and what becomes of it when the disk is full.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { mkdtemp, readFile, readdir, rename, rm, stat, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewayWithAdmin, get, metricsOf } from './lib/admin.mjs';
import { calls, guarded, issuer, knock, nothingLeaked, resource } from './lib/guarded.mjs';
import { newKey } from './lib/issuer.mjs';
import { until } from './lib/process.mjs';
import { send } from './lib/raw_client.mjs';
import { gateway, later, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { vmcp } from './lib/vmcp.mjs';

let key;
before(async () => {
    key = await newKey('first');
});

async function folder(t) {
    const made = await mkdtemp(join(tmpdir(), 'vmcp-audit-'));
    later(t, () => rm(made, { recursive: true, force: true }));
    return made;
}

const linesOf = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));
const read = async (file) => linesOf(await readFile(file, 'utf8'));

// Resolves to the line that has all of `wanted` (type, outcome, name), once it is written.
const line = (file, wanted) => until(`a line ${JSON.stringify(wanted)}`, async () => (await read(file)).find((one) =>
    Object.entries(wanted).every(([name, value]) => (name === 'name' ? one.target.name : one[name]) === value)));

test('lines say who did what and how it ended; the file is of this user only', async (t) => {
    const file = join(await folder(t), 'audit.log');
    const of = await issuer(t, [key]);
    const started = await guarded(t, of, { oidc: { requiredScopes: ['mcp:read'] }, config: { audit: { enabled: true, component: 'front', logFile: file } } });
    const token = await of.token({ resource });
    const client = await calls(started, token);
    await client.request('ping');
    await client.request('tools/call', { name: 'notes_none', arguments: {} });
    assert.equal((await knock(started)).status, 401);
    assert.equal((await knock(started, `${token.slice(0, -4)}AAAA`)).status, 401);
    assert.equal((await knock(started, await of.token({ resource, scope: 'mcp:write' }))).status, 403);
    assert.equal((await send(started.url, { headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' }, body: '{' })).status, 400);
    await client.close();

    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const call = await line(file, { type: 'mcp_tool_call', name: 'notes_echo' });
    assert.deepEqual(Object.keys(call), ['time', 'level', 'msg', 'audit_id', 'type', 'logged_at', 'outcome', 'component', 'source', 'subjects', 'target', 'metadata']);
    assert.equal(call.msg, 'audit_event');
    assert.equal(call.component, 'front');
    assert.equal(call.outcome, 'success');
    assert.equal(call.source.value, '127.0.0.1');
    assert.match(call.source.extra.request_id, /\w/);
    assert.equal(call.subjects.user_id, 'agent');
    assert.deepEqual(call.target, { endpoint: '/mcp', method: 'tools/call', type: 'tool', name: 'notes_echo' });
    const { extra } = call.metadata;
    assert.equal(extra.backend_name, 'notes');
    assert.equal(extra.decision, 'allowed');
    assert.ok(Number.isInteger(extra.duration_ms) && extra.duration_us > 0);
    assert.ok(extra.response_size_bytes > 10);
    const initialize = await line(file, { type: 'mcp_initialize', outcome: 'success' });
    assert.ok(initialize.subjects.client_name);
    for (const type of ['mcp_tools_list', 'mcp_ping', 'mcp_notification']) await line(file, { type, outcome: 'success' });
    const unknown = await line(file, { type: 'mcp_tool_call', name: 'notes_none' });
    assert.equal(unknown.outcome, 'application_error');
    assert.equal(unknown.metadata.extra.jsonrpc_error_code, -32602);
    assert.equal(unknown.metadata.extra.reason, 'unknown_tool');
    await line(file, { type: 'http_request', outcome: 'failure' });
    await until('the end of the session', async () => (await read(file)).some((one) => one.target.method === 'DELETE'));
    const denied = (await read(file)).filter((one) => one.outcome === 'denied');
    assert.deepEqual(denied.map((one) => [one.type, one.metadata.extra.reason, one.metadata.extra.decision]), [
        ['mcp_initialize', 'unauthorized', 'denied'], ['mcp_initialize', 'unauthorized', 'denied'], ['mcp_initialize', 'forbidden', 'denied'],
    ]);
    assert.ok(denied.every((one) => one.subjects.user_id === undefined && one.subjects.user === 'anonymous'));
    const all = await read(file);
    assert.equal(new Set(all.map((one) => one.audit_id)).size, all.length);
    await nothingLeaked(started, of);
});

test('what policies deny is denied, and types can be chosen', async (t) => {
    const file = join(await folder(t), 'audit.log');
    const backend = await stub(t, { tools: [toolDefinition('look', { annotations: { readOnlyHint: true } }), toolDefinition('change')] });
    const policies = ['permit(principal, action == Action::"call_tool", resource) when { resource has readOnlyHint && resource.readOnlyHint };'];
    const started = await gateway(t, { b: backend.url }, { config: {
        incomingAuth: { type: 'anonymous', authz: { type: 'cedar', policies } },
        audit: { enabled: true, logFile: file, eventTypes: ['mcp_tool_call', 'mcp_ping'], excludeEventTypes: ['mcp_ping'] },
    } });
    const client = await rawClient(t, started);
    await client.request('ping');
    await client.request('tools/call', { name: 'b_change', arguments: {} });
    await client.request('tools/call', { name: 'b_look', arguments: {} });
    await line(file, { name: 'b_look', outcome: 'success' });
    const denied = await line(file, { name: 'b_change' });
    assert.equal(denied.outcome, 'denied');
    assert.equal(denied.metadata.extra.decision, 'denied');
    assert.equal(denied.metadata.extra.backend_name, undefined);
    assert.equal(denied.subjects.user_id, 'anonymous');
    assert.deepEqual([...new Set((await read(file)).map((one) => one.type))], ['mcp_tool_call']);
});

test('data is there where it is asked for, without secrets', async (t) => {
    const file = join(await folder(t), 'audit.log');
    const secret = 'the-backends-own-secret';
    const backend = await stub(t, { tools: [toolDefinition('echo')] });
    backend.on('tools/call', (exchange) => exchange.result({
        content: [{ type: 'text', text: JSON.stringify({ seen: backend.log.at(-1).headers['x-key'], password: 'answered-password', fine: 'yes' }) }, { type: 'text', text: 'x'.repeat(3000) }],
    }));
    const started = await gateway(t, { b: { url: backend.url, headers: { 'X-Key': secret } } }, { config: {
        audit: { enabled: true, logFile: file, includeRequestData: true, includeResponseData: true, maxDataSize: '1KiB' },
    } });
    const client = await rawClient(t, started);
    const answer = await client.request('tools/call', { name: 'b_echo', arguments: { city: 'Bern', api_key: 'asked-key', deep: [{ Authorization: 'Bearer asked-token' }] } });
    assert.ok(answer.text.includes(secret), 'the client is answered as before');
    const { data } = await line(file, { type: 'mcp_tool_call' });
    assert.deepEqual(data.request.params, { name: 'b_echo', arguments: { city: 'Bern', api_key: '***', deep: [{ Authorization: '***' }] } });
    assert.equal(typeof data.response, 'string', 'longer than the limit: its front');
    assert.ok(Buffer.byteLength(data.response) <= 1024);
    const text = await readFile(file, 'utf8');
    assert.match(text, /fine/);
    for (const word of [secret, 'answered-password', 'asked-key', 'asked-token']) assert.ok(!text.includes(word), word);
});

test('SIGUSR1 and SIGHUP open the file again', async (t) => {
    const at = await folder(t);
    const file = join(at, 'audit.log');
    const backend = await stub(t, { tools: [toolDefinition('echo')] });
    const started = await gateway(t, { b: backend.url }, { config: { audit: { enabled: true, logFile: file } } });
    const client = await rawClient(t, started);
    for (const [number, signal] of ['SIGUSR1', 'SIGHUP'].entries()) {
        const name = `b_call_${number}`;
        await client.request('tools/call', { name, arguments: {} });
        await line(file, { name });
        await rename(file, `${file}.${number}`);
        started.program.child.kill(signal);
        await until('the file is there again', () => stat(file));
    }
    await client.request('tools/call', { name: 'b_last', arguments: {} });
    await line(file, { name: 'b_last' });
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual((await readdir(at)).sort(), ['audit.log', 'audit.log.0', 'audit.log.1']);
    assert.ok((await read(`${file}.1`)).some((one) => one.target.name === 'b_call_1'));
});

test('a full disk stops nobody, is told, and is over when there is room', async (t) => {
    const file = join(await folder(t), 'audit.log');
    await symlink('/dev/full', file);
    const backend = await stub(t, { tools: [toolDefinition('echo')] });
    backend.on('tools/call', (exchange) => exchange.result({ content: [] }));
    const started = await gatewayWithAdmin(t, { b: backend.url }, { config: { audit: { enabled: true, logFile: file, queueSize: 5, eventTypes: ['mcp_tool_call'] } } });
    const client = await rawClient(t, started);
    const call = (count) => Promise.all(Array.from({ length: count }, (_, i) => client.request('tools/call', { name: 'b_echo', arguments: {} }, { id: 1000 + i })));
    await call(1);
    const condition = async (base) => JSON.parse((await get(`${base}/status`)).text).conditions.find(({ type }) => type === 'AuditLogWritten');
    await until('the condition', () => condition(started.base));
    for (const { message } of await call(40)) assert.ok(message.result);
    const { status, reason, message } = await condition(started.base);
    assert.deepEqual({ status, reason }, { status: 'False', reason: 'WriteFailed' });
    assert.doesNotMatch(message, /No space/);
    assert.match((await condition(started.admin)).message, /No space left on device/);
    const figures = await metricsOf(started.admin);
    const lost = figures.get('vmcp_audit_lines_lost_total');
    assert.ok(lost >= 30, `${lost} lost`);
    assert.equal(figures.get('vmcp_audit_failing'), 1);
    assert.equal(figures.get('vmcp_audit_lines_total'), 0);
    assert.equal([...started.program.stderr.matchAll(/audit: .* takes no lines: No space left on device/g)].length, 1, 'said once');

    await unlink(file);
    started.program.child.kill('SIGUSR1');
    const told = await line(file, { type: 'vmcp_audit_lines_lost' });
    assert.equal(told.metadata.extra.lost, lost);
    await until('the condition is gone', async () => !(await condition(started.base)));
    await call(1);
    await until('lines come as before', async () => (await read(file)).at(-1).type === 'mcp_tool_call');
    assert.equal((await read(file)).length, 41 - lost + 2);
    assert.match(started.program.stderr, /audit: .* takes lines again/);
});

test('--enable-audit writes to standard output, and nothing else is written there', async (t) => {
    const backend = await stub(t, { tools: [toolDefinition('echo')] });
    const started = await gateway(t, { b: backend.url }, { args: ['--enable-audit'] });
    const client = await rawClient(t, started);
    await client.request('ping');
    const stdout = await until('the line', () => started.program.stdout.includes('"mcp_ping"') && started.program.stdout);
    assert.ok(linesOf(stdout).every((one) => one.msg === 'audit_event' && one.component === 'vmcp-server'));
});

test('a file that cannot be opened is a mistake at the start, and a reload with one changes nothing', async (t) => {
    const at = await folder(t);
    const backend = await stub(t, { tools: [toolDefinition('echo')] });
    const config = { audit: { enabled: true, logFile: join(at, 'audit.log') } };
    const started = await gateway(t, { b: backend.url }, { config });
    const text = await readFile(join(started.directory, 'vmcp.yaml'), 'utf8');
    const bad = JSON.parse(text);
    bad.audit.logFile = join(at, 'none', 'audit.log');
    await started.rewrite(bad);
    await until('the reload is refused', () => /audit\.logFile: cannot open .*none.audit\.log: No such file/.test(started.program.stderr));
    const client = await rawClient(t, started);
    await client.request('ping');
    await line(config.audit.logFile, { type: 'mcp_ping' });
    const { code, stderr } = await vmcp(['serve', join(started.directory, 'vmcp.yaml'), '--port', '0']);
    assert.notEqual(code, 0);
    assert.match(stderr, /audit\.logFile: cannot open .*No such file/);
    bad.audit.logFile = join(at, 'other.log');
    await started.rewrite(bad);
    await until('another file', async () => {
        await client.request('ping');
        return (await read(bad.audit.logFile)).length > 0;
    });
    bad.audit.enabled = false;
    await started.rewrite(bad);
    const count = async () => (await client.request('ping'), (await read(bad.audit.logFile)).length);
    await until('it is off', async () => (await count()) === (await count()));
});
