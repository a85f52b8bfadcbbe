// Backends of the HTTP+SSE transport of 2024-11-05, which are the official SDK's: one stream for each client, no traces of probes, and
// restarts that nobody notices. What goes through is in compatibility_matrix.test.mjs.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gatewayWithAdmin } from './lib/admin.mjs';
import { textOf } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { fixture, rawClient, sdkClient, stub } from './lib/setup.mjs';
import { rowOf, untilRow } from './lib/views.mjs';

const quick = { operational: { failureHandling: { healthCheckInterval: '1s' } } };
const start = (t, backends, options = {}) => gatewayWithAdmin(t, backends, { config: quick, ...options });
const sse = (one, more = {}) => ({ url: one.url, transport: 'sse', ...more });
const echo = async (client) => JSON.parse(textOf(await client.call('one_echo', { text: 'x' })));

describe('an HTTP+SSE backend', { concurrency: 2 }, () => {
    test('is healthy, listed and called; each client has a session of its own, which ends with it', async (t) => {
        const backend = await fixture(t, { extras: true, sse: true });
        const vmcp = await start(t, { one: sse(backend) });
        const row = await rowOf(vmcp.admin, 'one');
        assert.deepEqual([row.transport, row.health, row.sessions], ['sse', 'healthy', 'dedicated']);
        const clients = [await sdkClient(t, vmcp), await sdkClient(t, vmcp, { generation: 'SDK 1.32' })];
        for (const client of clients) assert.deepEqual(await echo(client), { server: 'fixture', text: 'x' });
        const used = new Set(backend.state.calls.map(({ session }) => session));
        assert.equal(used.size, 2);
        await clients[0].session.terminateSession();
        await until('its stream is closed', () => [...used].some((id) => !backend.state.sessions.has(id)));
        assert.deepEqual(await echo(clients[1]), { server: 'fixture', text: 'x' });
    });

    test('probes leave nothing behind', async (t) => {
        const backend = await fixture(t, { extras: true, sse: true });
        await start(t, { one: sse(backend) });
        const before = backend.state.streams;
        await until('some probes', () => backend.state.streams >= before + 3, 15_000);
        await until('one session is left, the gateway\'s own', () => backend.state.sessions.size === 1);
    });

    test('shared sessions are one stream', async (t) => {
        const backend = await fixture(t, { extras: true, sse: true });
        const vmcp = await start(t, { one: sse(backend, { sessions: 'shared' }) });
        for (let i = 0; i < 3; ++i) await echo(await sdkClient(t, vmcp));
        assert.equal(new Set(backend.state.calls.map(({ session }) => session)).size, 1);
    });

    test('a restart is not noticed by the next call, and its lists are read again', async (t) => {
        let backend = await fixture(t, { extras: true, sse: true });
        const vmcp = await start(t, { one: sse(backend) });
        const client = await sdkClient(t, vmcp);
        await echo(client);
        const { port } = backend;
        await backend.close();
        backend = await fixture(t, { extras: true, sse: true, port, more: [{ name: 'new_tool', inputSchema: { type: 'object' }, call: () => ({ content: [] }) }] });
        assert.deepEqual(await echo(client), { server: 'fixture', text: 'x' });
        await until('the new tool is listed', async () => (await client.listTools()).tools.some(({ name }) => name === 'one_new_tool'));
    });

    test('one that answers 4xx while it starts is used as soon as it is there, and the reason says what it answered', async (t) => {
        const early = await stub(t, { name: 'early' });
        early.intercept = (exchange) => (exchange.status(404, 'default backend - 404', { 'content-type': 'text/plain' }), true);
        const url = new URL('/sse', early.url).href;
        const vmcp = await start(t, { one: { url, transport: 'sse' } }, { ready: false });
        const { reason } = await untilRow(vmcp.admin, 'one', (row) => row?.reason?.includes('404'));
        assert.ok(reason.includes(`127.0.0.1:${new URL(url).port}`), reason);
        assert.match(reason, /default backend - 404/);
        await early.close();
        await fixture(t, { extras: true, sse: true, port: Number(new URL(url).port) });
        await untilRow(vmcp.admin, 'one', (row) => row.health === 'healthy');
        assert.deepEqual(await echo(await sdkClient(t, vmcp)), { server: 'fixture', text: 'x' });
    });

    test('a server of Streamable HTTP is none', async (t) => {
        const backend = await fixture(t, { extras: true });
        const vmcp = await start(t, { one: sse(backend) }, { ready: false });
        const { reason } = await untilRow(vmcp.admin, 'one', (row) => row?.health === 'unhealthy', 15_000);
        assert.ok(reason.length > 0, reason);
        const client = await rawClient(t, vmcp);
        assert.deepEqual((await client.request('tools/list', {})).message.result.tools, []);
    });
});
