// asan: no (time limits)
// Verdicts that must not outlive their evidence: whatever a backend was when it was probed first, what counts is what
// answers now, at the address and with the credentials of the configuration as it stands.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayWithAdmin } from './lib/admin.mjs';
import { Authority } from './lib/certificates.mjs';
import { watchLag } from './lib/lag.mjs';
import { modeStub } from './lib/modes.mjs';
import { until } from './lib/process.mjs';
import { later, rawClient } from './lib/setup.mjs';
import { ownAddress } from './lib/stub.mjs';
import { followTools, rowOf, untilRow } from './lib/views.mjs';
import { configFor } from './lib/vmcp.mjs';

const interval = 1000;
const quick = {
    operational: {
        failureHandling: { healthCheckInterval: `${interval}ms`, healthCheckTimeout: '500ms', circuitBreaker: { enabled: true, failureThreshold: 3, timeout: '2s' } },
        timeouts: { default: '400ms' },
    },
};

let ours;
let foreign;
const lag = watchLag();
before(() => {
    ours = new Authority();
    foreign = new Authority();
});
after(() => {
    ours.remove();
    foreign.remove();
    lag.stop();
});

const slack = () => 150 + 2 * lag.worst();
const call = (client, name, headers) => client.request('tools/call', { name }, { headers });

// A gateway with one backend b1, which is not waited for.
async function start(t, backend, extra = {}, config = {}) {
    const vmcp = await gatewayWithAdmin(t, { b1: { url: backend.url ?? backend, ...extra } }, { config: { ...quick, ...config }, ready: false });
    const port = vmcp.adminPort;
    vmcp.define = (b1, more = {}) => vmcp.rewrite(configFor(b1 ? [{ name: 'b1', ...b1 }] : [], { ...quick, ...config, admin: { port }, ...more }));
    return vmcp;
}

describe('recovery from', { concurrency: true }, () => {
    test('A. a definition that named the wrong URL', async (t) => {
        const [wrong, right] = [await modeStub(t, { mode: '404' }), await modeStub(t, { name: 'right' })];
        const vmcp = await start(t, wrong);
        const client = await rawClient(t, vmcp);
        const view = await followTools(client);
        later(t, async () => view.stop());
        await untilRow(vmcp.base, 'b1', (row) => row.health === 'unhealthy' && row.consecutive_failures >= 3);
        await vmcp.define({ url: right.url });
        const changedAt = Date.now();
        await until('a probe of the new URL', () => right.probes().length > 0, interval + slack());
        const row = await untilRow(vmcp.base, 'b1', (one) => one.health === 'healthy', 2 * interval);
        assert.ok(Date.now() - changedAt <= 2 * interval + slack());
        assert.equal(row.consecutive_failures, 0);
        await until('its tool in the open session', () => view.names.has('b1_echo'));
        assert.equal((await call(client, 'b1_echo')).message.result.content[0].text, 'right:echo');
        const seen = wrong.log.length;
        await sleep(2 * interval);
        assert.equal(wrong.log.length, seen, 'the old URL is left alone');
        assert.equal(wrong.log.filter(({ kind }) => kind === 'tools/call').length, 0);
    });

    test('B. a connection that stays with the wrong server', async (t) => {
        const [wrong, right] = [await modeStub(t, { mode: '404' }), await modeStub(t, { name: 'right' })];
        let target = wrong;
        const forwarder = net.createServer((socket) => {
            const onward = net.connect(target.port, target.host);
            for (const [from, to] of [[socket, onward], [onward, socket]]) {
                from.pipe(to);
                from.on('error', () => to.destroy());
            }
        });
        await new Promise((resolve) => forwarder.listen(0, '127.0.0.1', resolve));
        later(t, async () => forwarder.close());
        const vmcp = await start(t, `http://127.0.0.1:${forwarder.address().port}/mcp`);
        await untilRow(vmcp.base, 'b1', (row) => row.health === 'unhealthy' && row.consecutive_failures >= 3);
        target = right; // new connections go there; those that exist stay where they are
        const changedAt = Date.now();
        await untilRow(vmcp.base, 'b1', (row) => row.health === 'healthy', 3 * interval);
        assert.ok(Date.now() - changedAt <= interval + slack(), `${Date.now() - changedAt} ms`);
        assert.equal((await call(await rawClient(t, vmcp), 'b1_echo')).message.result.content[0].text, 'right:echo');
    });

    describe('E. a change beside the URL:', { concurrency: true }, () => {
        // A backend that wants `Bearer B`.
        const guarded = async (t, options) => {
            const backend = await modeStub(t, { name: 'right', ...options });
            const plain = backend.intercept;
            backend.intercept = (exchange) => {
                if (exchange.headers.authorization === 'Bearer B') return plain(exchange);
                exchange.status(401, 'who are you?', { 'www-authenticate': 'Bearer' });
                return true;
            };
            return backend;
        };
        const injected = (value) => ({
            outgoingAuth: { source: 'inline', default: { type: 'header_injection', headerInjection: { headerName: 'Authorization', headerValue: value } } },
        });

        // Waits for the refusal, makes the change, and checks that it heals.
        async function heals(t, backend, vmcp, change, refusal = (row) => row.health === 'unauthenticated') {
            const client = await rawClient(t, vmcp);
            await untilRow(vmcp.base, 'b1', refusal);
            const wrongly = backend.log.length;
            await change();
            const changedAt = Date.now();
            await untilRow(vmcp.base, 'b1', (row) => row.health === 'healthy' && row.consecutive_failures === 0, interval + slack());
            const took = Date.now() - changedAt;
            const fresh = backend.log.slice(wrongly).filter(({ at }) => at > changedAt + 200);
            for (const { headers } of fresh) if (headers.authorization) assert.equal(headers.authorization, 'Bearer B');
            assert.equal((await call(client, 'b1_echo')).message.result.content[0].text, 'right:echo');
            t.diagnostic(`healthy ${took} ms after the change`);
        }

        test('credentials in the configuration', async (t) => {
            const backend = await guarded(t);
            const vmcp = await start(t, backend, {}, injected('Bearer A'));
            await untilRow(vmcp.admin, 'b1', (row) => row.health === 'unauthenticated' && !row.routable && /refused the configured credentials .* HTTP 401/.test(row.reason));
            const reason = JSON.stringify(await rowOf(vmcp.admin, 'b1'));
            assert.ok(!reason.includes('Bearer A'), 'the secret is not shown');
            await heals(t, backend, vmcp, () => vmcp.define({ url: backend.url }, injected('Bearer B')));
        });

        test('a header of the backend', async (t) => {
            const backend = await guarded(t);
            const vmcp = await start(t, backend, { headers: { Authorization: 'Bearer A' } });
            await heals(t, backend, vmcp, () => vmcp.define({ url: backend.url, headers: { Authorization: 'Bearer B' } }));
        });

        test('credentials where there were none', async (t) => {
            const backend = await guarded(t);
            const vmcp = await start(t, backend);
            await untilRow(vmcp.admin, 'b1', (row) => row.health === 'unauthenticated' && !row.routable && /wants authentication/.test(row.reason));
            await heals(t, backend, vmcp, () => vmcp.define({ url: backend.url }, injected('Bearer B')));
        });

        test('a secret in a file, with the configuration unchanged', async (t) => {
            const backend = await guarded(t);
            const authority = new Authority();
            later(t, async () => authority.remove());
            const secret = join(authority.folder, 'token');
            writeFileSync(secret, 'A\n');
            const vmcp = await start(t, backend, {}, injected(`Bearer \${file:${secret}}`));
            await heals(t, backend, vmcp, async () => writeFileSync(secret, 'B\n'));
        });

        test('a bundle of authorities, with the configuration unchanged', async (t) => {
            const host = ownAddress();
            const { key, cert } = ours.issue(`IP:${host}`);
            const backend = await modeStub(t, { name: 'right', host, tls: { key, cert } });
            const authority = new Authority();
            later(t, async () => authority.remove());
            const bundle = join(authority.folder, 'bundle.pem');
            writeFileSync(bundle, foreign.contents());
            const vmcp = await start(t, backend, { caBundlePath: bundle });
            const refused = (row) => row.health === 'unhealthy' && row.category === 'connection_failed';
            await heals(t, backend, vmcp, async () => writeFileSync(bundle, ours.contents()), refused);
        });

        test('a header that is passed through', async (t) => {
            const backend = await modeStub(t, { name: 'right' });
            backend.on('tools/call', (exchange) => exchange.headers['x-tenant'] === 'blue'
                ? exchange.result({ content: [{ type: 'text', text: 'right:echo' }] }) : exchange.error({ code: -32000, message: 'no tenant' }));
            const vmcp = await start(t, backend);
            await untilRow(vmcp.base, 'b1', (row) => row.health === 'healthy');
            const client = await rawClient(t, vmcp);
            const { checks, transitions } = await rowOf(vmcp.base, 'b1');
            assert.equal((await call(client, 'b1_echo', { 'X-Tenant': 'blue' })).message.error.message, 'no tenant');
            await vmcp.define({ url: backend.url }, { passthroughHeaders: ['X-Tenant'] });
            await until('the header passes', async () => (await call(client, 'b1_echo', { 'X-Tenant': 'blue' })).message.result, 2000);
            const row = await rowOf(vmcp.base, 'b1');
            assert.equal(row.transitions, transitions, 'the backend itself is not touched');
            assert.ok(row.checks >= checks);
        });
    });

    test('F. another protocol revision at the same URL, and back', async (t) => {
        const backend = await modeStub(t, { name: 'old' });
        const vmcp = await start(t, backend);
        await untilRow(vmcp.base, 'b1', (row) => row.health === 'healthy' && row.mcp_revision === '2025-11-25');
        const client = await rawClient(t, vmcp);
        assert.equal((await call(client, 'b1_echo')).message.result.content[0].text, 'old:echo');
        const asOld = backend.intercept;
        backend.intercept = (exchange) => {
            const { kind, message } = exchange;
            if (kind === 'server/discover') exchange.result({ supportedVersions: ['2026-07-28'], capabilities: {}, serverInfo: { name: 'new', version: '1' } });
            else if (message?.id !== undefined)
                exchange.error({ code: -32022, message: 'Unsupported protocol version', data: { supported: ['2026-07-28'], requested: '2025-11-25' } }, 400);
            else exchange.status(400);
            return true;
        };
        backend.forgetSessions();
        await untilRow(vmcp.admin, 'b1', (row) => row.mcp_revision === '2026-07-28' && row.health === 'unhealthy' && /speaks only 2026-07-28/.test(row.reason), 5 * interval);
        backend.intercept = asOld;
        await backend.become('good');
        let failed = 0;
        await until('a call that works', async () => {
            const { message } = await call(client, 'b1_echo');
            failed += message.result ? 0 : 1;
            if (!message.result) await sleep(200);
            return message.result;
        }, 3 * interval);
        await untilRow(vmcp.base, 'b1', (row) => row.health === 'healthy' && row.mcp_revision === '2025-11-25', interval + slack());
        t.diagnostic(`${failed} calls failed before the one that worked, 0.2 s apart`);
        assert.ok(Date.now() - backend.switchedAt <= interval + slack());
    });

    test('G. a server of the old HTTP+SSE transport: the reason names the address and the status', async (t) => {
        const backend = await modeStub(t, { name: 'right' });
        const asNew = backend.intercept;
        const vmcp = await start(t, backend);
        await untilRow(vmcp.base, 'b1', (row) => row.health === 'healthy');
        backend.intercept = (exchange) => {
            if (exchange.httpMethod === 'GET') exchange.sse({ first: 'event: endpoint\ndata: /messages?sessionId=1\n\n' });
            else exchange.status(405, 'Method Not Allowed', { 'content-type': 'text/plain', allow: 'GET' });
            return true;
        };
        backend.forgetSessions();
        const { reason } = await untilRow(vmcp.admin, 'b1', (row) => row.health === 'unhealthy', 5 * interval);
        assert.ok(reason.includes(backend.url) && reason.includes(`${backend.host}:${backend.port}`), reason);
        assert.match(reason, /initialize with HTTP 405, text body: Method Not Allowed/);
        assert.ok(vmcp.program.stderr.includes(reason), 'the log has the same words');
        backend.intercept = asNew;
        await backend.become('good');
        await untilRow(vmcp.base, 'b1', (row) => row.health === 'healthy', interval + slack());
    });

    for (const [title, status, body, type, reason] of [
        ['a JSON-RPC error', 400, '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"Server not initialized"}}', 'application/json', /refused initialize \(HTTP 400, JSON-RPC error -32000: Server not initialized\)/],
        ['a JSON-RPC error without id', 400, '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Bad Request"}}', 'application/json', /JSON-RPC error -32600: Bad Request/],
        ['a page', 404, '<html><body>default backend - 404</body></html>', 'text/html', /HTTP 404, html body: .*default backend - 404/],
    ])
        test(`H. ${title} in a 4xx, first of all`, async (t) => {
            const backend = await modeStub(t, { name: 'right' });
            const good = backend.intercept;
            backend.intercept = (exchange) => {
                exchange.status(status, body.replace('"id":1', `"id":${exchange.message?.id ?? 1}`), { 'content-type': type });
                return true;
            };
            const vmcp = await start(t, backend);
            await untilRow(vmcp.admin, 'b1', (row) => row.health === 'unhealthy' && row.consecutive_failures >= 4 && reason.test(row.reason));
            backend.intercept = good;
            await backend.become('good');
            const row = await untilRow(vmcp.base, 'b1', (one) => one.health === 'healthy', interval + slack());
            assert.equal(row.mcp_revision, '2025-11-25');
            assert.equal((await call(await rawClient(t, vmcp), 'b1_echo')).message.result.content[0].text, 'right:echo');
        });
});
