// Sessions: their ids, their end by DELETE, by time and by the cap; versions; batches of 2025-03-26.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './lib/process.mjs';
import { RawClient } from './lib/raw_client.mjs';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { elements, slice } from './lib/raw_json.mjs';

const one = { tools: [toolDefinition('one')] };

test('a session id is long, random and printable', async (t) => {
    const backend = await stub(t, one);
    const vmcp = await gateway(t, { stub: backend.url });
    const ids = new Set();
    for (let i = 0; i < 50; ++i) ids.add((await rawClient(t, vmcp)).session);
    assert.equal(ids.size, 50);
    for (const id of ids) assert.match(id, /^[\x21-\x7e]{22,128}$/);
});

test('DELETE ends the session and its backend sessions; afterwards it is 404', async (t) => {
    const backend = await stub(t, one);
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    await client.request('tools/call', { name: 'stub_one' });
    const used = backend.requests('tools/call').at(-1).headers['mcp-session-id'];
    assert.ok([200, 204].includes(await client.close()));
    assert.equal((await client.request('ping')).status, 404);
    assert.equal(await client.close(), 404);
    await until('the backend session is deleted', () =>
        backend.requests('DELETE').some((entry) => entry.headers['mcp-session-id'] === used));
});

test('a session ends when it is idle longer than its TTL, and lives on while it is used', async (t) => {
    const backend = await stub(t, one);
    const vmcp = await gateway(t, { stub: backend.url }, { config: { sessions: { ttl: '1s' } } });
    const used = await rawClient(t, vmcp);
    const idle = await rawClient(t, vmcp);
    for (let i = 0; i < 8; ++i) {
        await sleep(250);
        assert.equal((await used.request('ping')).status, 200);
    }
    assert.equal((await idle.request('ping')).status, 404);
});

test('beyond the cap the session that was used longest ago leaves', async (t) => {
    const backend = await stub(t, one);
    const vmcp = await gateway(t, { stub: backend.url }, { config: { sessions: { maxSessions: 5 } } });
    const clients = [];
    for (let i = 0; i < 5; ++i) clients.push(await rawClient(t, vmcp));
    assert.equal((await clients[0].request('ping')).status, 200);
    const newest = await rawClient(t, vmcp);
    assert.equal((await newest.request('ping')).status, 200);
    assert.equal((await clients[0].request('ping')).status, 200, 'recently used');
    assert.equal((await clients[1].request('ping')).status, 404, 'used longest ago');
    for (const client of clients.slice(2)) assert.equal((await client.request('ping')).status, 200);
});

test('initialize storms beyond the cap leave the gateway serving', async (t) => {
    const backend = await stub(t, one);
    const vmcp = await gateway(t, { stub: backend.url }, { config: { sessions: { maxSessions: 100 } } });
    for (let round = 0; round < 20; ++round)
        await Promise.all(Array.from({ length: 50 }, () => rawClient(t, vmcp)));
    const client = await rawClient(t, vmcp);
    assert.equal((await client.request('tools/call', { name: 'stub_one' })).status, 200);
});

test('initialize opens no backend session', async (t) => {
    const backend = await stub(t, one);
    const vmcp = await gateway(t, { stub: backend.url });
    const before = backend.requests('initialize').length;
    for (let i = 0; i < 5; ++i) {
        const client = await rawClient(t, vmcp);
        await client.request('tools/list');
    }
    assert.equal(backend.requests('initialize').length, before);
});

describe('protocol versions', () => {
    for (const version of ['2025-03-26', '2025-06-18', '2025-11-25'])
        test(`${version} is taken as asked`, async (t) => {
            const backend = await stub(t, { ...one, instructions: 'Read me.' });
            const vmcp = await gateway(t, { stub: backend.url });
            const client = await rawClient(t, vmcp, { version });
            assert.equal(client.initialized.protocolVersion, version);
            assert.equal(client.initialized.serverInfo.name, 'test-gateway');
            assert.match(client.initialized.instructions, /Read me\./);
            for (const capability of ['tools', 'resources', 'prompts', 'completions', 'logging'])
                assert.ok(capability in client.initialized.capabilities, capability);
            assert.equal(client.initialized.capabilities.tools.listChanged, true);
            assert.equal((await client.request('tools/list')).message.result.tools.length, 1);
        });

    test('an unknown version gets the latest', async (t) => {
        const backend = await stub(t, one);
        const vmcp = await gateway(t, { stub: backend.url });
        const client = await rawClient(t, vmcp, { version: '2030-01-01' });
        assert.equal(client.initialized.protocolVersion, '2025-11-25');
    });

    for (const version of ['2025-03-26', '2025-06-18', '2025-11-25'])
        test(`a backend of ${version} serves clients of every version`, async (t) => {
            const backend = await stub(t, { ...one, version });
            const vmcp = await gateway(t, { stub: backend.url });
            for (const own of ['2025-03-26', '2025-06-18', '2025-11-25']) {
                const client = await rawClient(t, vmcp, { version: own });
                const { message } = await client.request('tools/call', { name: 'stub_one' });
                assert.equal(message.result.content[0].text, 'stub:one');
                const sent = backend.requests('tools/call').at(-1);
                // A backend speaks with a client in the older of both versions, so that neither is sent what it does not know.
                const common = own < version ? own : version;
                if (common >= '2025-06-18') assert.equal(sent.headers['mcp-protocol-version'], common);
            }
        });
});

describe('batches', () => {
    const call = (id) => `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":"stub_one"}}`;

    async function answersOf(answer) {
        const text = await answer.body();
        if (!answer.stream) return elements(text);
        return answer.events.filter((event) => event.data).map((event) => event.data)
            .flatMap((data) => (data.startsWith('[') ? elements(data) : [data])).filter((data) => slice(data, 'method') === undefined);
    }

    test('2025-03-26: every request of a batch is answered, and only requests', async (t) => {
        const backend = await stub(t, one);
        const vmcp = await gateway(t, { stub: backend.url });
        const client = await rawClient(t, vmcp, { version: '2025-03-26' });
        const answer = await client.post(`[${call(1)},{"jsonrpc":"2.0","method":"notifications/roots/list_changed"},` +
            `${call('"two"')},{"jsonrpc":"2.0","id":3,"method":"ping"}]`);
        assert.equal(answer.status, 200);
        const answers = await answersOf(answer);
        assert.deepEqual(answers.map((text) => slice(text, 'id')).sort(), ['"two"', '1', '3']);
        assert.ok(answers.every((text) => slice(text, 'result') !== undefined), answers.join());
    });

    test('2025-03-26: a batch of notifications is 202, an empty one 400, one with initialize 400', async (t) => {
        const backend = await stub(t, one);
        const vmcp = await gateway(t, { stub: backend.url });
        const client = await rawClient(t, vmcp, { version: '2025-03-26' });
        const only = await client.post('[{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}]');
        assert.equal(only.status, 202);
        assert.equal(await only.body(), '');
        assert.equal((await client.post('[]')).status, 400);
        const fresh = new RawClient(vmcp.url, { version: '2025-03-26' });
        const initialize = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}';
        assert.equal((await fresh.post(`[${initialize}]`)).status, 400);
    });

    for (const version of ['2025-06-18', '2025-11-25'])
        test(`${version}: a batch is 400`, async (t) => {
            const backend = await stub(t, one);
            const vmcp = await gateway(t, { stub: backend.url });
            const client = await rawClient(t, vmcp, { version });
            const answer = await client.post(`[${call(1)}]`);
            assert.equal(answer.status, 400);
            assert.equal(slice(await answer.body(), 'error', 'code'), '-32600');
        });
});
