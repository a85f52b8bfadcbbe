// A backend that takes one session only, as a program behind a stdio bridge does: the monitor, the reading of lists and all
// clients use the same one, because the configuration says so, or because it was found out.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gatewayWithAdmin } from './lib/admin.mjs';
import { until } from './lib/process.mjs';
import { later, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { Stub } from './lib/stub.mjs';
import { rowOf, untilRow } from './lib/views.mjs';

const rpcError = (id, message) => JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32600, message } });
const refusals = {
    'HTTP 400 with a JSON-RPC error': (exchange) => exchange.json(400, rpcError(null, 'Invalid Request: Server already initialized')),
    'a JSON-RPC error': (exchange) => exchange.json(200, rpcError(exchange.message.id, 'one client at a time, please')),
    'HTTP 409': (exchange) => exchange.status(409, 'busy'),
};

// Accepts initialize once, until it is restarted.
function takesOne(backend, refuse, { ids = true } = {}) {
    let taken = false;
    backend.intercept = (exchange) => {
        if (exchange.kind === 'initialize') {
            if (taken) return refuse(exchange), true;
            taken = true;
            if (ids) return false;
            exchange.result({ protocolVersion: '2025-11-25', capabilities: backend.capabilities, serverInfo: { name: 'one', version: '1' } });
            return true;
        }
        if (ids) return false;
        if (!taken) return exchange.json(400, rpcError(null, 'Bad Request: Server not initialized')), true;
        exchange.headers['mcp-session-id'] = 'process'; // what a plain stub knows it by
        backend.sessions.add('process');
        return false;
    };
    backend.restarted = async () => {
        await backend.close();
        taken = false;
        backend.sessions.clear();
        await backend.listen(backend.port);
    };
    return backend;
}

const config = { operational: { failureHandling: { healthCheckInterval: '300ms' } } };
const handshakes = (backend) => backend.requests('initialize').length;
const healthy = (vmcp, ms) => untilRow(vmcp.admin, 'one', ({ health }) => health === 'healthy', ms);

async function calls(t, vmcp) {
    const clients = [await rawClient(t, vmcp), await rawClient(t, vmcp, { capabilities: { roots: {} } })];
    const answers = await Promise.all(clients.map((client) => client.request('tools/call', { name: 'one_a' })));
    for (const { message } of answers) assert.equal(message.result?.content[0].text, 'one:a', JSON.stringify(message));
    return clients;
}

describe('a backend that takes one session', { concurrency: 2 }, () => {
    for (const [how, refuse] of Object.entries(refusals))
        for (const ids of [true, false])
            test(`is found by ${how}, ${ids ? 'with' : 'without'} session ids`, async (t) => {
                const backend = takesOne(await stub(t, { name: 'one', tools: [toolDefinition('a')] }), refuse, { ids });
                const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { config, ready: false });
                const row = await healthy(vmcp, 5000);
                assert.deepEqual([row.sessions, row.sessions_found], ['single', true]);
                await calls(t, vmcp);
                const pings = backend.requests('ping').length;
                await until('probes in the same session', () => backend.requests('ping').length >= pings + 3, 5000);
                assert.equal(handshakes(backend), 2, 'the one that was refused was enough');
                const sessions = new Set(['ping', 'tools/list', 'tools/call'].flatMap((kind) => backend.requests(kind).map(({ headers }) => headers['mcp-session-id'])));
                assert.equal(sessions.size, 1);
                assert.equal(backend.requests('DELETE').length, 0);
                const ports = backend.requests('ping').map(({ port }) => port);
                assert.equal(new Set(ports).size, ports.length, 'each probe has a connection of its own');

                await backend.restarted();
                await until('the one handshake after a restart', () => handshakes(backend) === 3, 5000);
                await healthy(vmcp, 5000);
                await calls(t, vmcp);
                await vmcp.stop();
                assert.equal(handshakes(backend), 3);
            });

    for (const first of ['the backend', 'vmcp'])
        test(`sessions: single; ${first} starts first`, async (t) => {
            const backend = takesOne(new Stub({ name: 'one', tools: [toolDefinition('a')] }), refusals['HTTP 409']);
            later(t, () => backend.close().catch(() => {}));
            await backend.listen();
            if (first === 'vmcp') await backend.close();
            const vmcp = await gatewayWithAdmin(t, { one: { url: backend.url, sessions: 'single' } }, { config, ready: false });
            if (first === 'vmcp') {
                await untilRow(vmcp.admin, 'one', ({ health }) => health === 'unhealthy', 5000);
                await backend.restarted();
            }
            const row = await healthy(vmcp, 5000);
            assert.equal(row.sessions, 'single');
            assert.equal(row.sessions_found, undefined);
            await calls(t, vmcp);
            assert.equal(handshakes(backend), 1);
            await backend.restarted();
            await until('the one handshake after a restart', () => handshakes(backend) === 2, 5000);
            await healthy(vmcp, 5000);
            await calls(t, vmcp);
            await vmcp.stop();
            await until('DELETE', () => backend.requests('DELETE').length === 1, 3000);
            assert.equal(handshakes(backend), 2);
        });

    test('sessions: single; a backend that hangs is not healthy, and is again when it answers', async (t) => {
        const backend = takesOne(await stub(t, { name: 'one', tools: [toolDefinition('a')] }), refusals['HTTP 409']);
        const vmcp = await gatewayWithAdmin(t, { one: { url: backend.url, sessions: 'single' } }, {
            config: { operational: { failureHandling: { healthCheckInterval: '300ms', healthCheckTimeout: '200ms' } } }, ready: false,
        });
        await healthy(vmcp, 5000);
        const good = backend.intercept;
        backend.intercept = () => true;
        const row = await untilRow(vmcp.admin, 'one', ({ health }) => health === 'unhealthy', 5000);
        assert.match(row.reason, /ping/);
        backend.intercept = good;
        await healthy(vmcp, 2000);
        assert.equal(handshakes(backend), 1);
    });

    test('one that takes many sessions is left alone', async (t) => {
        const backend = await stub(t, { name: 'one', tools: [toolDefinition('a')] });
        const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { config });
        await calls(t, vmcp);
        const row = await rowOf(vmcp.admin, 'one');
        assert.deepEqual([row.sessions, row.sessions_found], ['dedicated', undefined]);
        assert.equal(handshakes(backend), 4, 'the monitor, the lists, and two clients');
    });
});
