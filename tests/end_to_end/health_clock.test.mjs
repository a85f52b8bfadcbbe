// asan: no (a preloaded library)
// Time that goes wrong: a wall clock that jumps by a day, forth and back, and a gateway that is stopped for a while.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MovableClock } from './lib/clock.mjs';
import { modeStub } from './lib/modes.mjs';
import { until } from './lib/process.mjs';
import { gateway, later, rawClient } from './lib/setup.mjs';
import { healthOf, rowOf, untilRow } from './lib/views.mjs';

const day = 24 * 3600;

test('a clock that jumps is not noticed', async (t) => {
    const clock = new MovableClock();
    later(t, async () => clock.remove());
    const backend = await modeStub(t, { name: 'one' });
    const vmcp = await gateway(t, { one: backend.url }, {
        env: clock.env,
        config: {
            operational: {
                failureHandling: {
                    healthCheckInterval: '500ms', healthCheckTimeout: '300ms',
                    circuitBreaker: { enabled: true, failureThreshold: 2, timeout: '1500ms' },
                },
                timeouts: { default: '700ms' },
            },
            sessions: { ttl: '1h' },
        },
    });
    const client = await rawClient(t, vmcp);
    const call = async () => (await client.request('tools/call', { name: 'one_echo' })).message;
    const before = await rowOf(vmcp.base, 'one');
    for (const jump of [day, -day, 0]) {
        clock.set(jump);
        const from = backend.requests('ping').length;
        await sleep(2000);
        const row = await rowOf(vmcp.base, 'one');
        const off = (new Date(row.last_check) - Date.now()) / 1000 - jump;
        assert.ok(Math.abs(off) < 5, `its clock did jump: last check ${row.last_check}`);
        const pings = backend.requests('ping').length - from;
        assert.ok(pings >= 3 && pings <= 6, `${pings} probes in 2 s at 500 ms`);
        assert.equal(row.transitions, before.transitions);
        assert.equal(row.reinitialised, before.reinitialised);
        assert.ok((await call()).result, 'the client\'s session lives on');
    }
    // A jump in the middle of waiting: for a call's deadline, for a circuit, for the next probe.
    backend.on('tools/call', () => {});
    const began = performance.now();
    const hanging = call();
    await sleep(200);
    clock.set(-day);
    assert.ok((await hanging).error);
    assert.ok(performance.now() - began < 1500, `a deadline of 700 ms took ${Math.round(performance.now() - began)} ms`);
    await call();
    assert.equal((await healthOf(vmcp.base, 'one')).CircuitState, 'open');
    const openAt = performance.now();
    clock.set(day);
    assert.equal((await healthOf(vmcp.base, 'one')).CircuitState, 'open', 'a day has not passed');
    clock.set(-day);
    await until('half-open', async () => (await healthOf(vmcp.base, 'one')).CircuitState !== 'open', 3000);
    assert.ok(performance.now() - openAt > 300);
    await backend.become('503');
    await untilRow(vmcp.base, 'one', (row) => row.health === 'unhealthy', 5000);
    clock.set(day);
    await backend.become('good');
    await untilRow(vmcp.base, 'one', (row) => row.health === 'healthy', 1500);
});

test('a gateway that was stopped itself takes no backend for down', async (t) => {
    const backends = await Promise.all(['one', 'two', 'three'].map((name) => modeStub(t, { name })));
    const vmcp = await gateway(t, Object.fromEntries(backends.map(({ name, url }) => [name, url])),
        { config: { operational: { failureHandling: { healthCheckInterval: '300ms', healthCheckTimeout: '200ms', unhealthyThreshold: 2 } } } });
    const client = await rawClient(t, vmcp);
    const before = await vmcp.status();
    for (let i = 0; i < 5; ++i) {
        vmcp.program.child.kill('SIGSTOP');
        await sleep(700);
        const waiting = client.request('tools/call', { name: 'one_echo' }); // comes while it is stopped
        await sleep(100);
        vmcp.program.child.kill('SIGCONT');
        assert.ok((await waiting).message.result);
        await sleep(300);
    }
    const after = await vmcp.status();
    assert.deepEqual(after.backends.map(({ transitions }) => transitions), before.backends.map(({ transitions }) => transitions));
    const pings = backends[0].requests('ping').map(({ at }) => at);
    for (let i = 1; i < pings.length; ++i) assert.ok(pings[i] - pings[i - 1] > 100, 'missed probes are not made up for in a burst');
});
