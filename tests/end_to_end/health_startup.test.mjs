// asan: no (time limits)
// Backends that are not ready when vmcp starts, or that fail while it runs, in ten ways: once one is good it is
// routable within one interval, in sessions that are already open too.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Authority } from './lib/certificates.mjs';
import { watchLag } from './lib/lag.mjs';
import { modes, modeStub } from './lib/modes.mjs';
import { freePort } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { gateway, later, rawClient } from './lib/setup.mjs';
import { ownAddress } from './lib/stub.mjs';
import { followTools, healthOf, rowOf, untilRow } from './lib/views.mjs';

const interval = 1000;
const threshold = 3;
const quick = (enabled) => ({
    operational: {
        failureHandling: {
            healthCheckInterval: `${interval}ms`, healthCheckTimeout: '500ms', unhealthyThreshold: threshold, grace: '1s',
            circuitBreaker: { enabled, failureThreshold: 3, timeout: '2s' },
        },
        timeouts: { default: '400ms' },
    },
});

// What an operator reads while a backend is in each mode.
const reasons = {
    refused: /refused the connection/, 404: /HTTP 404.*404 page not found.*Streamable HTTP endpoint\? One of HTTP\+SSE needs transport: sse/, 405: /HTTP 405/,
    400: /HTTP 400.*Bad Request/, 403: /HTTP 403.*RBAC: access denied/, 429: /HTTP 429.*slow down/,
    503: /HTTP 503.*upstream connect error/, html200: /HTTP 200.*not MCP.*html/, hang: /did not answer .* within/,
    reset: /closed the connection/,
};

let authority;
before(() => (authority = new Authority()));
after(() => authority.remove());

// A gateway with one backend for each failure mode, an open session that follows its tools, and the admin pages.
async function start(t, { tls, breaker, mode }) {
    const lag = watchLag();
    later(t, async () => lag.stop());
    const hosts = modes.map(() => ownAddress());
    const certificate = tls ? authority.issue(hosts.map((host) => `IP:${host}`).join()) : undefined;
    const backends = {};
    for (const [i, name] of modes.entries())
        backends[name] = await modeStub(t, { host: hosts[i], name, mode: mode(name), ...(tls ? { tls: { key: certificate.key, cert: certificate.cert } } : {}) });
    const port = await freePort();
    const keys = tls ? { caBundlePath: authority.certificate } : {};
    const vmcp = await gateway(t, Object.fromEntries(modes.map((name) => [`b${name}`, { url: backends[name].url, ...keys }])),
        { config: { ...quick(breaker), admin: { port } }, ready: mode('any') === 'good' });
    const client = await rawClient(t, vmcp);
    const view = await followTools(client);
    later(t, async () => view.stop());
    return { backends, vmcp, client, view, lag, admin: `http://127.0.0.1:${port}` };
}

// The row of a backend with the reason that belongs to its mode. A stub that was late for once looks like one that hangs.
const reported = ({ admin }, name) => untilRow(admin, `b${name}`, (row) => reasons[name].test(row.reason), 3000);

// Switches one backend to good and checks how fast it can be used again.
async function recovers({ backends, vmcp, view, lag, client }, name) {
    const backend = backends[name];
    await backend.become('good');
    const routable = untilRow(vmcp.base, `b${name}`, (row) => row.health === 'healthy');
    const listed = until(`b${name}_echo in the open session`, () => view.names.has(`b${name}_echo`));
    const row = await routable;
    const took = Date.now() - backend.switchedAt;
    await listed;
    assert.equal(row.consecutive_failures, 0, name);
    const slack = 100 + 2 * lag.worst();
    assert.ok(took <= interval + slack, `${name}: routable after ${took} ms (allowed ${interval} + ${Math.round(slack)})`);
    const { message } = await client.request('tools/call', { name: `b${name}_echo` });
    assert.equal(message.result?.content[0].text, `${name}:echo`, JSON.stringify(message));
    return took;
}

const variants = [false, true].flatMap((tls) => [false, true].map((breaker) => ({ tls, breaker })));
const title = ({ tls, breaker }) => `${tls ? 'TLS' : 'plain'}, breaker ${breaker ? 'on' : 'off'}`;

// Two at a time: the limits of these tests are fractions of a second, and eight gateways with ten backends each would starve
// each other on two cores.
describe('recovery', () => {
    describe('a backend that starts in each failure mode', { concurrency: 2 }, () => {
        for (const variant of variants)
            test(title(variant), async (t) => {
                const world = await start(t, { ...variant, mode: (name) => name });
                await sleep(2 * threshold * interval);
                for (const name of modes) {
                    const { health, reason, category } = await reported(world, name);
                    assert.ok(reason.includes(world.backends[name].url), `the address is named: ${reason}`);
                    assert.equal(health, name === '403' ? 'unauthenticated' : 'unhealthy', name);
                    assert.ok(category !== '', name);
                    assert.equal(world.view.names.has(`b${name}_echo`), false, name);
                }
                const times = await Promise.all(modes.map((name) => recovers(world, name)));
                t.diagnostic(`routable after ${modes.map((name, i) => `${name} ${times[i]} ms`).join(', ')}; own lag ${Math.round(world.lag.worst())} ms`);
                assert.ok(world.view.changes > 0);
                const fresh = await rawClient(t, world.vmcp);
                const { message } = await fresh.request('tools/list', {});
                assert.equal(message.result.tools.length, modes.length);
            });
    });

    describe('a backend that fails in each mode while it is called', { concurrency: 2 }, () => {
        for (const variant of variants)
            test(title(variant), async (t) => {
                const world = await start(t, { ...variant, mode: () => 'good' });
                const { backends, vmcp, client } = world;
                await Promise.all(modes.map((name) => backends[name].become(name)));
                const until = Date.now() + 2 * threshold * interval;
                const circuits = Object.fromEntries(modes.map((name) => [name, new Set()]));
                await Promise.all(modes.map(async (name) => {
                    while (Date.now() < until) {
                        const { status, message } = await client.request('tools/call', { name: `b${name}_echo` });
                        // Once the grace is over its tools are gone, and a call is told so.
                        assert.ok(message.error, `${name}: HTTP ${status} ${JSON.stringify(message)}`);
                        assert.match(message.error.message, new RegExp(`b${name}`));
                        circuits[name].add((await healthOf(vmcp.base, `b${name}`)).CircuitState);
                        await sleep(100);
                    }
                }));
                for (const name of modes) {
                    const { health } = await reported(world, name);
                    assert.notEqual(health, 'healthy', name);
                    if (!variant.breaker) assert.deepEqual([...circuits[name]], [''], name);
                    // 403 may be the caller's own fault, and 400, 404, 405, 429 are answers.
                    else if (['403', '400', '404', '405', '429'].includes(name)) assert.deepEqual([...circuits[name]], ['closed'], name);
                    else assert.ok(circuits[name].has('open'), `${name}: ${[...circuits[name]]}`);
                }
                const times = await Promise.all(modes.map((name) => recovers(world, name)));
                t.diagnostic(`routable after ${modes.map((name, i) => `${name} ${times[i]} ms`).join(', ')}; own lag ${Math.round(world.lag.worst())} ms`);
                for (const name of modes)
                    assert.equal((await healthOf(vmcp.base, `b${name}`)).CircuitState, variant.breaker ? 'closed' : '', name);
            });
    });

    test('at defaults, a backend that is ready after 20 s of 404 is routable within one second', async (t) => {
        const lag = watchLag();
        const backend = await modeStub(t, { mode: '404' });
        const vmcp = await gateway(t, { late: backend.url }, { ready: false });
        const view = await followTools(await rawClient(t, vmcp));
        later(t, async () => view.stop());
        await sleep(20_000);
        assert.ok((await rowOf(vmcp.base, 'late')).consecutive_failures > 10);
        await backend.become('good');
        const row = await untilRow(vmcp.base, 'late', (one) => one.health === 'healthy');
        const took = Date.now() - backend.switchedAt;
        await until('its tool in the open session', () => view.names.has('late_echo'), 1000);
        t.diagnostic(`routable after ${took} ms`);
        assert.ok(took <= 1000 + 2 * lag.worst(), `${took} ms`);
        assert.equal(row.consecutive_failures, 0);
        lag.stop();
    });
});
