// asan: no (time limits)
// What calls and list requests tell of a backend whose probes are fine, and what late answers do not tell.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayWithAdmin } from './lib/admin.mjs';
import { modeStub } from './lib/modes.mjs';
import { until } from './lib/process.mjs';
import { later, rawClient } from './lib/setup.mjs';
import { followTools, rowOf, untilRow } from './lib/views.mjs';
import { configFor } from './lib/vmcp.mjs';

const secret = 'Bearer not-for-any-page';
const credentials = {
    outgoingAuth: { source: 'inline', default: { type: 'header_injection', headerInjection: { headerName: 'Authorization', headerValue: secret } } },
};
const failures = (keys = {}) => ({ operational: { failureHandling: { healthCheckInterval: '1s', healthCheckTimeout: '500ms', ...keys } } });
const call = async (client, name = 'one_echo', ms = 30000) => (await client.request('tools/call', { name }, { ms })).message;

// Calls `times` times and returns what stood in the row in between.
async function callAndWatch(vmcp, client, times, pause = 110) {
    const rows = [];
    for (let i = 0; i < times; ++i) {
        await call(client);
        rows.push(await rowOf(vmcp.admin, 'one'));
        await sleep(pause);
    }
    return rows;
}

describe('evidence of calls and lists', { concurrency: 4 }, () => {
    for (const threshold of [1, 3])
        test(`calls that fail beside good pings settle at degraded, and open the circuit (threshold ${threshold})`, async (t) => {
            const backend = await modeStub(t, { name: 'one' });
            let bad = true;
            backend.on('tools/call', (exchange) => bad ? exchange.status(502, 'bad gateway') : exchange.result({ content: [] }));
            const vmcp = await gatewayWithAdmin(t, { one: backend.url }, {
                config: failures({ unhealthyThreshold: threshold, circuitBreaker: { enabled: true, failureThreshold: 5, timeout: '2s' } }),
            });
            const client = await rawClient(t, vmcp);
            const before = await rowOf(vmcp.admin, 'one');
            const lists = backend.requests('tools/list').length;
            const rows = await callAndWatch(vmcp, client, 30);
            const last = rows.at(-1);
            assert.equal(last.health, 'degraded', last.reason);
            assert.match(last.reason, /answered tools\/call with HTTP 502.*bad gateway.*probes are answered/);
            assert.equal(last.category, 'backend_unavailable');
            assert.ok(last.transitions - before.transitions <= 2, `${last.transitions - before.transitions} transitions`);
            assert.ok(rows.some(({ circuit }) => circuit === 'open'), 'the pings do not keep it closed');
            assert.ok(backend.requests('tools/list').length - lists <= 1, 'lists are not read again and again');
            bad = false;
            await until('a call succeeds', async () => (await call(client)).result, 5000);
            const row = await untilRow(vmcp.admin, 'one', ({ health }) => health === 'healthy', 2000);
            assert.equal(row.consecutive_failures, 0);
            assert.equal(row.circuit, 'closed');
        });

    test('answers of 4xx do not open the circuit', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        const vmcp = await gatewayWithAdmin(t, { one: backend.url }, {
            config: failures({ circuitBreaker: { enabled: true, failureThreshold: 2, timeout: '60s' } }),
        });
        const client = await rawClient(t, vmcp);
        for (const status of [400, 404, 405, 409, 422, 429, 401, 403]) {
            backend.on('tools/call', (exchange) => exchange.status(status, 'no'));
            for (let i = 0; i < 3; ++i) assert.ok((await call(client)).error, `HTTP ${status}`);
            assert.equal((await rowOf(vmcp.admin, 'one')).circuit, 'closed', `HTTP ${status}`);
        }
    });

    test('late answers of calls from before an outage do not make the backend healthy', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        const held = [];
        backend.on('tools/call', (exchange) => held.push(exchange));
        const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { config: failures() });
        const client = await rawClient(t, vmcp);
        const calls = Array.from({ length: 3 }, () => call(client));
        await until('the calls', () => held.length === 3);
        backend.server.close(); // connections that exist go on
        backend.intercept = ({ response }) => { response.socket.destroy(); return true; };
        const down = await untilRow(vmcp.admin, 'one', ({ health }) => health === 'unhealthy');
        for (const exchange of held) {
            exchange.result({ content: [] });
            await sleep(300);
        }
        for (const message of await Promise.all(calls)) assert.ok(message.result);
        const row = await rowOf(vmcp.admin, 'one');
        assert.equal(row.health, 'unhealthy');
        assert.equal(row.transitions, down.transitions);
    });

    test('expired credentials show after some calls, and are cleared by a call', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        let expired = true;
        backend.on('tools/call', (exchange) => expired ? exchange.status(401, 'expired') : exchange.result({ content: [] }));
        const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { config: { ...failures(), ...credentials } });
        const client = await rawClient(t, vmcp);
        const rows = await callAndWatch(vmcp, client, 20);
        assert.equal(rows.at(-1).health, 'unauthenticated');
        assert.equal(rows.at(-1).routable, false);
        assert.match(rows.at(-1).reason, /refused the configured credentials for tools\/call with HTTP 401/);
        assert.equal(rows.at(-1).transitions - rows[0].transitions, 1, 'it does not flap');
        expired = false;
        assert.ok((await call(client)).result);
        await untilRow(vmcp.admin, 'one', ({ health }) => health === 'healthy', 2000);
    });

    test('a 401 to a call has the backend probed at once', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { config: credentials }); // every 30 s
        const client = await rawClient(t, vmcp);
        backend.intercept = (exchange) => { exchange.status(401, 'expired'); return true; };
        await call(client);
        const row = await untilRow(vmcp.admin, 'one', ({ health }) => health === 'unauthenticated', 3000);
        assert.equal(row.category, 'authentication_failed');
    });

    test('a reason shows no credentials that the backend echoes', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { config: { ...failures({ unhealthyThreshold: 1 }), ...credentials } });
        const client = await rawClient(t, vmcp);
        backend.on('tools/call', (exchange) => exchange.status(502, `bad upstream; headers: ${exchange.headers.authorization}`));
        const { error } = await call(client);
        assert.match(error.message, /HTTP 502/);
        assert.doesNotMatch(error.message, /bad upstream/, 'what the backend said is for operators');
        const { reason } = await rowOf(vmcp.admin, 'one');
        assert.match(reason, /HTTP 502.*bad upstream; headers: \*\*\*/);
        assert.ok(!vmcp.program.stderr.includes(secret), 'nor does the log');
    });

    for (const [kind, status] of [['resources/templates/list', 429], ['prompts/list', 503], ['resources/list', 401]])
        test(`${kind} answered with HTTP ${status} does not hide the tools`, async (t) => {
            const backend = await modeStub(t, { name: 'one', resources: [{ uri: 'mem://a', name: 'a' }], prompts: [{ name: 'p' }] });
            backend.on(kind, (exchange) => exchange.status(status, 'not now'));
            const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { config: failures(), ready: false });
            await untilRow(vmcp.admin, 'one', ({ health }) => health === 'healthy', 3000);
            const { message } = await (await rawClient(t, vmcp)).request('tools/list', {});
            assert.deepEqual(message.result.tools.map(({ name }) => name), ['one_echo']);
            const { hidden } = await (await fetch(`${vmcp.admin}/status`)).json();
            assert.match(hidden.find(({ name }) => name === kind).reason, new RegExp(`HTTP ${status}`));
        });

    for (const [status, health, category] of [[503, 'unknown', 'backend_unavailable'], [401, 'unauthenticated', 'authentication_failed']])
        test(`tools/list answered with HTTP ${status} is what the row says`, async (t) => {
            const backend = await modeStub(t, { name: 'one' });
            let bad = true;
            const good = backend.intercept;
            backend.intercept = (exchange) => bad && exchange.kind === 'tools/list' ? (exchange.status(status, 'not today'), true) : good(exchange);
            const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { config: { ...failures(), ...credentials }, ready: false });
            const row = await untilRow(vmcp.admin, 'one', (one) => one.health === health && /tools\/list/.test(one.reason), 4000);
            assert.match(row.reason, new RegExp(`HTTP ${status}.*not today`));
            assert.equal(row.category, category);
            bad = false;
            await untilRow(vmcp.admin, 'one', (one) => one.health === 'healthy', 1500);
        });

    test('a list request that hangs delays the tools by no more than a second after the backend is good', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        let hang = true;
        const good = backend.intercept;
        backend.intercept = (exchange) => (hang && exchange.kind === 'tools/list') || good(exchange);
        const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { ready: false });
        await sleep(2000);
        hang = false;
        await untilRow(vmcp.admin, 'one', ({ health }) => health === 'healthy', 1500);
        await sleep(2000);
        const lists = backend.requests('tools/list').length;
        await sleep(1500);
        assert.equal(backend.requests('tools/list').length, lists, 'and then they are not asked for any more');
    });

    test('a slow backend with many pages of tools is listed', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        let pages = 0;
        backend.on('tools/list', (exchange) => {
            const page = Number(exchange.message.params?.cursor ?? 0);
            const tools = [{ name: `t${page}`, inputSchema: { type: 'object' } }];
            setTimeout(() => exchange.result({ tools, ...(page < 3 && { nextCursor: String(page + 1) }) }), 1000);
            pages = Math.max(pages, page + 1);
        });
        const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { ready: false });
        await untilRow(vmcp.admin, 'one', ({ health }) => health === 'healthy', 8000);
        assert.equal(pages, 4);
        const { message } = await (await rawClient(t, vmcp)).request('tools/list', {});
        assert.equal(message.result.tools.length, 4);
    });

    test('a backend that hung while its lists were read is routable within a second', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        const vmcp = await gatewayWithAdmin(t, { one: backend.url }, {
            config: { operational: { catalogRefresh: '1s', failureHandling: { healthCheckInterval: '1s', healthCheckTimeout: '500ms', grace: '1s' } } },
        });
        const view = await followTools(await rawClient(t, vmcp));
        later(t, async () => view.stop());
        await backend.become('hang');
        await until('its tools are gone', () => !view.names.has('one_echo'));
        await backend.become('good');
        await untilRow(vmcp.admin, 'one', ({ health }) => health === 'healthy', 1500);
    });

    test('what is withdrawn is shown as hidden, with the reason', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { config: failures({ grace: '300ms' }) });
        const hidden = async () => (await (await fetch(`${vmcp.admin}/status`)).json()).hidden;
        await backend.become('refused');
        const [row] = await until('a hidden tool', async () => {
            const rows = await hidden();
            return rows.length > 0 && rows;
        }, 8000);
        assert.equal(row.name, 'echo');
        assert.equal(row.backend, 'one');
        assert.match(row.reason, /the backend is down since \d{4}-.*refused the connection/);
        await backend.become('good');
        await untilRow(vmcp.admin, 'one', ({ health }) => health === 'healthy');
        assert.deepEqual(await hidden(), []);
    });
});

describe('the monitor\'s session', { concurrency: 4 }, () => {
    const sessionOf = (backend) => backend.requests('ping').at(-1).headers['mcp-session-id'];
    const ended = (backend, session) => backend.requests('DELETE').some(({ headers }) => headers['mcp-session-id'] === session);

    for (const leave of ['the backend leaves', 'vmcp stops'])
        test(`is ended when ${leave} while it is not healthy`, async (t) => {
            const [backend, staying] = [await modeStub(t, { name: 'one' }), await modeStub(t, { name: 'stay' })];
            const vmcp = await gatewayWithAdmin(t, { one: backend.url, stay: staying.url }, { config: failures() });
            await until('a ping', () => backend.requests('ping').length > 0);
            const session = sessionOf(backend);
            const good = backend.intercept;
            backend.intercept = (exchange) => exchange.httpMethod === 'POST' ? (exchange.status(503, 'busy'), true) : good(exchange);
            await untilRow(vmcp.admin, 'one', ({ health }) => health === 'unhealthy');
            if (leave === 'vmcp stops') await vmcp.stop();
            else await vmcp.rewrite(configFor([{ name: 'stay', url: staying.url }], { ...failures(), admin: { port: vmcp.adminPort } }));
            await until('DELETE', () => ended(backend, session), 3000);
        });

    test('is kept while pings are answered with an error, and ended when it is given up', async (t) => {
        const backend = await modeStub(t, { name: 'one' });
        backend.on('ping', (exchange) => exchange.error({ code: -32603, message: 'not implemented' }));
        const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { config: failures({ healthCheckInterval: '300ms', healthCheckTimeout: '200ms' }) });
        await until('pings', () => backend.requests('ping').length >= 4);
        const session = sessionOf(backend);
        const sessions = backend.sessions.size;
        assert.equal((await rowOf(vmcp.admin, 'one')).reinitialised, 0);
        const good = backend.intercept;
        let once = true;
        backend.intercept = (exchange) => exchange.kind === 'ping' && once ? (once = false, exchange.status(503, 'busy'), true) : good(exchange);
        await until('DELETE', () => ended(backend, session), 3000);
        assert.equal(backend.sessions.size, sessions, 'one is ended for the one that was opened');
    });
});
