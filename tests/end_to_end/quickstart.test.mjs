// The quickstart: both demo backends behind one endpoint, reached by an SDK client and by vmcp's own commands.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { join } from 'node:path';
import { connect, textOf } from './lib/peers.mjs';
import { run } from './lib/process.mjs';
import { binary, repository, startDemoBackend, startVmcp, vmcp } from './lib/vmcp.mjs';
import { readFile } from 'node:fs/promises';

describe('quickstart', () => {
    let weather;
    let notes;
    let gateway;

    before(async () => {
        [weather, notes] = await Promise.all([startDemoBackend('weather'), startDemoBackend('notes')]);
        // Port 0: no admin listener, so that tests can run side by side.
        gateway = await startVmcp(await readFile(join(repository, 'examples/quickstart.yaml'), 'utf8'), {
            env: { VMCP_DEMO_WEATHER_PORT: String(weather.port), VMCP_DEMO_NOTES_PORT: String(notes.port), VMCP_ADMIN_PORT: '0' },
        });
        await gateway.untilHealthy(['weather', 'notes']);
        await gateway.untilListed();
    });

    after(async () => {
        await gateway?.stop();
        assert.equal((await weather?.stop()).code, 0);
        assert.equal((await notes?.stop()).code, 0);
    });

    test('a client lists and calls the tools of both demo backends', async () => {
        const client = await connect(gateway.url);
        const { tools } = await client.listTools();
        for (const backend of ['weather', 'notes']) {
            const own = tools.filter((one) => one.name.startsWith(`${backend}_`));
            assert.ok(own.length > 0, `${backend} has tools: ${tools.map((one) => one.name)}`);
            const echo = own.find((one) => one.name === `${backend}_echo`) ?? own[0];
            const given = Object.fromEntries(Object.entries(echo.inputSchema.properties ?? {}).map(([name, { type }]) =>
                [name, type === 'number' || type === 'integer' ? 1 : 'hello']));
            const result = await client.call(echo.name, given);
            assert.ok(!result.isError, JSON.stringify(result));
            assert.equal(typeof textOf(result), 'string');
        }
        assert.equal(tools.every((one) => /^(weather|notes)_/.test(one.name)), true);
        await client.close();
    });

    test('health and status endpoints have the documented shapes', async () => {
        for (const path of ['/health', '/ping']) {
            const response = await fetch(gateway.base + path);
            assert.equal(response.status, 200);
            assert.deepEqual(await response.json(), { status: 'ok' });
        }
        const ready = await fetch(`${gateway.base}/readyz`);
        assert.equal(ready.status, 200);
        assert.equal((await ready.json()).status, 'ready');

        const response = await fetch(`${gateway.base}/status`);
        assert.equal(response.headers.get('cache-control'), 'no-store');
        assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
        const status = await response.json();
        assert.equal(status.healthy, true);
        assert.equal(status.group_ref, 'demo');
        assert.equal(typeof status.version, 'string');
        assert.deepEqual(status.backends.map((one) => one.name).sort(), ['notes', 'weather']);
        for (const one of status.backends) {
            assert.equal(one.health, 'healthy');
            assert.equal(one.transport, 'streamable-http');
            assert.equal(one.auth_type, 'unauthenticated');
            assert.equal(typeof one.mcp_revision, 'string');
        }
        assert.equal((await fetch(`${gateway.base}/status`, { method: 'POST' })).status, 405);
    });

    test('/api/backends/health has a summary and one entry per backend', async () => {
        const health = await (await fetch(`${gateway.base}/api/backends/health`)).json();
        assert.equal(typeof health.monitoring_enabled, 'boolean');
        assert.equal(health.summary.Total, 2);
        assert.equal(health.summary.Healthy, 2);
        assert.deepEqual(Object.keys(health.backends).sort(), ['notes', 'weather']);
        assert.equal(health.backends.weather.Status, 'healthy');
        assert.equal(health.backends.weather.ConsecutiveFailures, 0);
    });

    test('/metrics is Prometheus text', async () => {
        const response = await fetch(`${gateway.base}/metrics`);
        assert.equal(response.status, 200);
        assert.match(response.headers.get('content-type'), /^text\/plain/);
        const body = await response.text();
        assert.match(body, /^# TYPE \S+ (counter|gauge|histogram|summary)$/m);
    });

    test('endpoints of ToolHive answer as docs/compatibility.md says', async () => {
        const page = await readFile(join(repository, 'docs/compatibility.md'), 'utf8');
        const rows = [...page.matchAll(/^\| `(GET|HEAD|POST) (\/[^`]*)` \| [^|]+ \| (\d+) \|/gm)];
        assert.ok(rows.length >= 10, page);
        for (const [, method, path, status] of rows)
            assert.equal((await fetch(gateway.base + path, { method })).status, Number(status), `${method} ${path}`);
        for (const path of ['/health', '/status', '/api/backends/health', '/readyz', '/metrics', '/ping'])
            assert.ok(rows.some((row) => row[2] === path), path);
    });

    test('healthcheck tells a running gateway from none', async () => {
        assert.equal((await vmcp(['healthcheck', '--port', String(gateway.port)])).code, 0);
        const dead = await vmcp(['healthcheck', '--port', '1']);
        assert.equal(dead.code, 1);
        assert.notEqual(dead.stderr + dead.stdout, '');
    });

    test('inspect prints tools and backends', async () => {
        const tools = await vmcp(['inspect', 'tools', '--url', gateway.url]);
        assert.equal(tools.code, 0, tools.stderr);
        assert.match(tools.stdout, /weather_/);
        assert.match(tools.stdout, /notes_/);
        const backends = await vmcp(['inspect', 'backends', '--url', gateway.url]);
        assert.equal(backends.code, 0, backends.stderr);
        assert.match(backends.stdout, /weather/);
        for (const kind of ['resources', 'prompts'])
            assert.equal((await vmcp(['inspect', kind, '--url', gateway.url])).code, 0, kind);
    });

    test('call calls one tool and tells failure by its exit code', async () => {
        const client = await connect(gateway.url);
        const { tools } = await client.listTools();
        await client.close();
        const simple = tools.find((one) => (one.inputSchema.required ?? []).length === 0) ?? tools[0];
        const given = Object.fromEntries((simple.inputSchema.required ?? []).map((name) => [name, 'hello']));
        const called = await vmcp(['call', simple.name, JSON.stringify(given), '--url', gateway.url]);
        assert.equal(called.code, 0, called.stderr);
        assert.notEqual(called.stdout.trim(), '');
        const unknown = await vmcp(['call', 'no_such_tool', '{}', '--url', gateway.url]);
        assert.equal(unknown.code, 1);
        assert.match(unknown.stderr, /no_such_tool/);
        const broken = await vmcp(['call', simple.name, '{broken', '--url', gateway.url]);
        assert.equal(broken.code, 2);
    });
});

test('a taken port is a clear error', async (t) => {
    const demo = await startDemoBackend('first');
    t.after(() => demo.stop());
    const second = await run(binary, ['demo-backend', '--name', 'second', '--port', String(demo.port)]);
    assert.notEqual(second.code, 0);
    assert.match(second.stderr, new RegExp(String(demo.port)));
    assert.match(second.stderr, /in use/i);
});
