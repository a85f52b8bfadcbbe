// What an operator is told: every refusal at debug, the id of a request that failed, the listener that could not open, and who
// can reach it.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gatewayWithAdmin } from './lib/admin.mjs';
import { until } from './lib/process.mjs';
import { exchangeBytes, send } from './lib/raw_client.mjs';
import { gateway, stub, toolDefinition } from './lib/setup.mjs';
import { configFor, vmcp as command } from './lib/vmcp.mjs';

test('at debug every refusal is a line with its reason, whoever refuses', async (t) => {
    const vmcp = await gatewayWithAdmin(t, undefined, { token: 'a-long-token-of-operators', config: { log: { level: 'debug' } } });
    const host = 'Host: 127.0.0.1\r\n';
    const cases = [
        [/refused 127\.0\.0\.1: .*nothing is at \/no\/where/, () => send(`${vmcp.base}/no/where`, { method: 'GET' })],
        [/refused 127\.0\.0\.1: .*method/i, () => send(`${vmcp.base}/health`, { body: '{}' })],
        [/refused 127\.0\.0\.1: .*Host evil\.example/, () => send(`${vmcp.admin}/status`, { method: 'GET', headers: { host: 'evil.example' } })],
        [/refused 127\.0\.0\.1 \/api\/reload: HTTP 401/, () => send(`${vmcp.admin}/api/reload`, { body: '' })],
        [/refused 127\.0\.0\.1: .*limits\.maxHeader/, () => exchangeBytes(vmcp.port, `GET / HTTP/1.1\r\n${host}X: ${'x'.repeat(200_000)}\r\n\r\n`)],
        [/refused 127\.0\.0\.1: .*limits\.maxBody/, () => exchangeBytes(vmcp.port, `POST /mcp HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 999999999999\r\n\r\n`)],
        [/refused 127\.0\.0\.1: /, () => exchangeBytes(vmcp.port, `POST /mcp HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`)],
        [/refused id=mine-1 GET \/mcp: /, () => send(vmcp.url, { method: 'GET', headers: { accept: 'text/event-stream', 'x-request-id': 'mine-1' } })],
    ];
    for (const [line, act] of cases) {
        const before = vmcp.program.stderr.length;
        await act();
        await until(String(line), () => line.test(vmcp.program.stderr.slice(before)));
        assert.equal(vmcp.program.stderr.slice(before).match(/refused (id=|127)/g).length, 1, 'once');
    }
});

test('vmcp call tells the request id of whatever fails, and the gateway knows it', async (t) => {
    const backend = await stub(t, { name: 'one', tools: [toolDefinition('t')] });
    const vmcp = await gateway(t, { one: backend.url }, { config: { log: { access: 'on' } } });
    const idIn = (stderr) => /cli-[0-9a-f]{16}/.exec(stderr)?.[0];
    const failures = [
        ['{"content":[],"isError":true}', 'one_t'], ['{"content":[],"isError":true}', 'one_t', '--json'], [undefined, 'one_t'], [undefined, 'no_such_tool'],
    ];
    for (const [answer, ...args] of failures) {
        backend.on('tools/call', (exchange) => answer ? exchange.result(answer) : exchange.error({ code: -1, message: 'no' }));
        const failed = await command(['call', ...args, '--url', vmcp.url]);
        assert.equal(failed.code, 1, failed.stderr);
        const id = idIn(failed.stderr);
        assert.ok(id, failed.stderr);
        assert.doesNotMatch(failed.stderr, /\*\*\*/, 'it is no secret');
        await until('its line in the access log', () => vmcp.program.stderr.includes(`id=${id} `));
    }
    const own = await command(['call', 'no_such_tool', '--url', vmcp.url, '-H', 'X-Request-Id: mine.7']);
    assert.match(own.stderr, /mine\.7/);
});

test('a listener that cannot open is named by its keys, in brackets where IPv6 needs them', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'vmcp-told-'));
    t.after(() => rm(directory, { recursive: true, force: true }));
    const taken = await stub(t);
    const file = join(directory, 'vmcp.yaml');
    const start = async (config, args) => {
        await writeFile(file, JSON.stringify(configFor([], config)));
        return command(['serve', '--config', file, ...args]);
    };
    const front = await start({}, ['--port', String(taken.port)]);
    assert.equal(front.code, 1);
    assert.match(front.stderr, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${taken.port}: .*another port \\(--host, --port\\)`));
    const admin = await start({ admin: { port: taken.port } }, ['--port', '0']);
    assert.equal(admin.code, 1);
    assert.match(admin.stderr, new RegExp(`cannot listen on 127\\.0\\.0\\.1:${taken.port}: .*another port \\(admin\\.address, admin\\.port\\)`));
    const six = await start({}, ['--host', '2001:db8::1', '--port', '1234']);
    assert.match(six.stderr, /\[2001:db8::1\]:1234/);
    assert.match(six.stderr, /warn .*incomingAuth\.type: without oidc everybody who reaches \[2001:db8::1\]:1234/);
});

test('one backend is one', async (t) => {
    const backend = await stub(t, { name: 'one' });
    const vmcp = await gateway(t, { one: backend.url });
    assert.match(vmcp.program.stderr, new RegExp(`listening at http://127\\.0\\.0\\.1:${vmcp.port}/mcp with 1 backend\\n`));
});
