// asan: no (time limits)
// How probes look from the backend's side: each on a connection of its own, after a name lookup of its own, one ping
// in the monitor's own session while all is well, and a goodbye at the end.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nameServer, noNames } from './lib/dns.mjs';
import { startLoad } from './lib/load.mjs';
import { modeStub } from './lib/modes.mjs';
import { until } from './lib/process.mjs';
import { gateway, later, rawClient } from './lib/setup.mjs';

import { rowOf, untilRow } from './lib/views.mjs';
import { configFor } from './lib/vmcp.mjs';

const quick = { operational: { failureHandling: { healthCheckInterval: '300ms', healthCheckTimeout: '200ms' } } };
const ports = (entries) => new Set(entries.map(({ port }) => port));
const sessionOf = (entries) => new Set(entries.map(({ headers }) => headers['mcp-session-id']));

describe('probes', { concurrency: true }, () => {
    test('each is a connection of its own, with one ping in one session, and none is on a call\'s connection', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        const vmcp = await gateway(t, { one: backend.url }, { config: quick });
        const clients = [await rawClient(t, vmcp), await rawClient(t, vmcp)];
        const from = backend.log.length;
        const results = await startLoad(clients, { tool: 'one_echo', rate: 50, ms: 3500 }).finished;
        assert.deepEqual(results.filter(({ outcome }) => outcome !== 'ok'), []);
        const seen = backend.log.slice(from);
        const pings = seen.filter(({ kind }) => kind === 'ping');
        const others = seen.filter(({ kind }) => kind !== 'ping');
        assert.ok(pings.length >= 7 && pings.length <= 14, `${pings.length} pings in 3.5 s at 300 ms`);
        assert.equal(ports(pings).size, pings.length, 'a source port for each probe');
        for (const port of ports(pings)) assert.ok(!ports(others).has(port), 'no call on a probe\'s connection');
        assert.equal(sessionOf(pings).size, 1);
        const [session] = sessionOf(pings);
        const inSession = backend.log.filter(({ headers }) => headers['mcp-session-id'] === session).map(({ kind }) => kind);
        assert.deepEqual([...new Set(inSession)].sort(), ['notifications/initialized', 'ping'], 'no lists, no calls, no GET');
        assert.equal(inSession.filter((kind) => kind !== 'ping').length, 1, 'one handshake');
        assert.equal(new Set(pings.map(({ message }) => message.id)).size, pings.length, 'ids do not repeat');
    });

    test('a failed probe\'s connection is not used again', async (t) => {
        const backend = await modeStub(t, { mode: '404' });
        await gateway(t, { one: backend.url }, { config: quick, ready: false });
        await until('twelve probes', () => backend.log.length >= 12);
        assert.equal(ports(backend.log).size, backend.log.length);
        assert.deepEqual([...new Set(backend.log.map(({ kind }) => kind))], ['initialize'], 'nothing is asked for but initialize');
    });

    test('a session that the backend forgot is opened again within the probe, and nobody notices', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        const vmcp = await gateway(t, { one: backend.url }, { config: quick });
        await until('a ping', () => backend.requests('ping').length > 0);
        const before = await rowOf(vmcp.base, 'one');
        const [old] = sessionOf(backend.requests('ping'));
        backend.forgetSessions();
        const forgottenAt = Date.now();
        await until('pings in another session', () => !sessionOf(backend.requests('ping').slice(-1)).has(old));
        const lost = backend.requests('ping').find(({ headers, at }) => headers['mcp-session-id'] === old && at >= forgottenAt);
        const again = backend.requests('initialize').find(({ port }) => port === lost.port);
        assert.ok(again, 'initialize follows on the connection of the ping that was refused');
        const row = await rowOf(vmcp.base, 'one');
        assert.equal(row.reinitialised, before.reinitialised + 1);
        assert.equal(row.transitions, before.transitions);
        assert.equal(row.health, 'healthy');
    });

    test('the monitor\'s session is ended when the backend leaves, and when vmcp ends', async (t) => {
        const leaving = await modeStub(t, { name: 'leaving' });
        const staying = await modeStub(t, { name: 'staying' });
        const vmcp = await gateway(t, { leaving: leaving.url, staying: staying.url }, { config: quick });
        await until('pings', () => leaving.requests('ping').length > 0 && staying.requests('ping').length > 0);
        const goodbyeOf = (backend) => {
            const [session] = sessionOf(backend.requests('ping'));
            return backend.requests('DELETE').find(({ headers }) => headers['mcp-session-id'] === session);
        };
        await vmcp.rewrite(configFor([{ name: 'staying', url: staying.url }], quick));
        await until('DELETE at the backend that left', () => goodbyeOf(leaving), 3000);
        assert.equal(goodbyeOf(staying), undefined);
        await vmcp.stop();
        assert.ok(goodbyeOf(staying), 'DELETE at the backend that stayed');
        assert.equal(leaving.sessions.size, 0, 'no session is left behind');
        assert.equal(staying.sessions.size, 0, 'no session is left behind');
    });

    test('a call that wants a backend which is down has it probed at once', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        // Were it not for calls, the next probe of this healthy backend would come in half a minute.
        const vmcp = await gateway(t, { one: backend.url });
        const client = await rawClient(t, vmcp);
        await backend.become('503');
        const probes = backend.probes().length;
        const { message } = await client.request('tools/call', { name: 'one_echo' });
        assert.match(message.error.message, /one/);
        await until('a probe', () => backend.probes().length > probes, 1500);
        await backend.become('good');
        await until('a call that works', async () => (await client.request('tools/call', { name: 'one_echo' })).message.result, 2000);
        await untilRow(vmcp.base, 'one', (row) => row.health === 'healthy' && row.consecutive_failures === 0, 2000);
    });

    test('a name that now resolves to another address is followed by the next probe', { skip: noNames }, async (t) => {
        const names = await nameServer(t, later);
        const first = await modeStub(t, { name: 'first' });
        const second = await modeStub(t, { name: 'second', mode: 'refused' });
        await second.close();
        await second.listen(first.port);
        await second.become('good');
        assert.notEqual(first.host, second.host);
        names.records.set('moving.test', first.host);
        const vmcp = await gateway(t, { moving: `http://moving.test:${first.port}/mcp` }, { config: quick, wrap: names.wrap });
        await until('three pings at the first address', () => first.requests('ping').length >= 3);
        const lookups = names.lookups('moving.test');
        assert.ok(lookups >= 3, `${lookups} lookups`);
        names.records.set('moving.test', second.host);
        const movedAt = Date.now();
        await until('a probe at the second address', () => second.probes().length > 0, 1000);
        await sleep(1000);
        // The probe that was under way may still have asked the old address.
        assert.ok(first.requests('ping').filter(({ at }) => at >= movedAt + 250).length === 0, 'no further probe of the old address');
        assert.ok(second.requests('ping').length >= 2);
        assert.equal((await rowOf(vmcp.base, 'moving')).health, 'healthy');
        // Calls follow too, once the old server is gone.
        const client = await rawClient(t, vmcp);
        await first.become('refused');
        await until('a call at the second address', async () => {
            const { message } = await client.request('tools/call', { name: 'moving_echo' });
            return message.result?.content[0].text === 'second:echo';
        }, 3000);
    });

    test('a name that never answers holds up no other backend', { skip: noNames }, async (t) => {
        const names = await nameServer(t, later);
        const backend = await modeStub(t, { name: 'one' });
        const hosts = Array.from({ length: 8 }, (_, i) => `silent${i}.test`);
        for (const host of hosts) names.records.set(host, 'silent');
        names.records.set('fine.test', backend.host);
        const vmcp = await gateway(t, {
            ...Object.fromEntries(hosts.map((host, i) => [`s${i}`, `http://${host}:1/mcp`])),
            fine: `http://fine.test:${backend.port}/mcp`,
        }, { config: quick, wrap: names.wrap, ready: ['fine'], readyMs: 3000 });
        const { transitions } = await rowOf(vmcp.base, 'fine');
        const client = await rawClient(t, vmcp);
        for (let i = 0; i < 20; ++i) {
            const began = Date.now();
            const { message } = await client.request('tools/call', { name: 'fine_echo' });
            assert.ok(message.result, JSON.stringify(message));
            assert.ok(Date.now() - began < 1000);
            backend.server.closeAllConnections(); // so that the next call needs a lookup
            await sleep(100);
        }
        const fine = await rowOf(vmcp.base, 'fine');
        assert.equal(fine.health, 'healthy');
        assert.equal(fine.transitions, transitions, 'it never flapped');
        assert.equal((await rowOf(vmcp.base, 's0')).health, 'unhealthy');
        const began = Date.now();
        await vmcp.stop();
        assert.ok(Date.now() - began < 4000, `lookups under way do not hold up the end (${Date.now() - began} ms)`);
    });
});
