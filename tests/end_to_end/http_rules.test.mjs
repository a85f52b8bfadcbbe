// The HTTP face of the endpoint: status codes, headers, ids, strictness against smuggling, limits, Origin and Host.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RawClient, exchangeBytes, send } from './lib/raw_client.mjs';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { startStub } from './lib/stub.mjs';
import { configFor, startVmcp } from './lib/vmcp.mjs';
import { slice } from './lib/raw_json.mjs';
import { until } from './lib/process.mjs';

let backend;
let vmcp;
let client;

before(async () => {
    backend = await startStub({ tools: [toolDefinition('one')] });
    vmcp = await startVmcp(configFor([{ name: 'stub', url: backend.url }]));
    client = new RawClient(vmcp.url);
    await client.initialize();
});

after(async () => {
    await vmcp?.stop();
    await backend?.close();
});

const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';

// [title, request, wanted status, check of the answer]
const rows = [
    ['another path is 404, which names the endpoint', { path: '/nowhere' }, 404, ({ text }) =>
        assert.match(text, /nothing is at \/nowhere; MCP is at \/mcp/)],
    ['/ serves MCP', { path: '/' }, 200],
    ['/mcp/ serves MCP', { path: '/mcp/' }, 200],
    ['POST that accepts application/json alone is served', { headers: { accept: 'application/json' } }, 200, ({ headers }) =>
        assert.match(headers['content-type'], /^application\/json/)],
    ['POST that accepts application/* is served', { headers: { accept: 'application/*' } }, 200],
    ['POST that says nothing of what it accepts is served', { headers: { accept: undefined } }, 200],
    ['two different session ids are 400', { headers: { 'mcp-session-id': ['f'.repeat(32), 'e'.repeat(32)] } }, 400],
    ['every answer has the request id', {}, 200, ({ headers }) => assert.match(headers['x-request-id'], /^[-.\w]{1,64}$/)],
    ['a request id of the client is kept', { headers: { 'x-request-id': 'mine-1' } }, 200, ({ headers }) =>
        assert.equal(headers['x-request-id'], 'mine-1')],
    ['an error tells the request id', { headers: { 'x-request-id': 'mine-2', 'mcp-session-id': 'f'.repeat(32) } }, 404, ({ text }) =>
        assert.equal(slice(text, 'error', 'data', 'requestId'), '"mine-2"')],
    ['a refusal whose body was read carries the id', { headers: { 'mcp-session-id': 'f'.repeat(32) } }, 404, ({ text }) =>
        assert.equal(slice(text, 'id'), '1')],
    ['PUT is 405 and names what is allowed', { method: 'PUT' }, 405, ({ headers }) => {
        for (const method of ['GET', 'POST', 'DELETE']) assert.match(headers.allow, new RegExp(`\\b${method}\\b`));
    }],
    ['GET that does not accept an event stream is 406', { method: 'GET', headers: { accept: 'application/json' }, body: undefined }, 406],
    ['POST that accepts neither type is 406', { headers: { accept: 'text/html' } }, 406],
    ['POST that accepts */* is served', { headers: { accept: '*/*' } }, 200],
    ['a body that is not JSON by its type is 415', { headers: { 'content-type': 'text/plain' } }, 415],
    ['a content type with parameters is served', { headers: { 'content-type': 'application/json; charset=utf-8' } }, 200],
    ['a body that is not JSON is 400, -32700, with the id null', { body: '{"jsonrpc":' }, 400, ({ text }) => {
        assert.equal(slice(text, 'error', 'code'), '-32700');
        assert.equal(slice(text, 'id'), 'null');
    }],
    ['an empty body is 400', { body: '' }, 400],
    ['another JSON-RPC version is 400, -32600', { body: '{"jsonrpc":"1.0","id":1,"method":"ping"}' }, 400, ({ text }) =>
        assert.equal(slice(text, 'error', 'code'), '-32600')],
    ['a request without session is 400', { headers: { 'mcp-session-id': undefined } }, 400],
    ['an unknown session is 404', { headers: { 'mcp-session-id': 'f'.repeat(32) } }, 404],
    ['an unsupported protocol version is 400', { headers: { 'mcp-protocol-version': '1999-01-01' } }, 400],
    ['an unknown method is 200 and -32601', { body: '{"jsonrpc":"2.0","id":"x","method":"no/such"}' }, 200, ({ text }) => {
        assert.equal(slice(text, 'error', 'code'), '-32601');
        assert.equal(slice(text, 'id'), '"x"');
    }],
    ['ping is exactly {}', {}, 200, ({ text, headers }) => {
        assert.equal(slice(text, 'result'), '{}');
        assert.match(headers['content-type'], /^application\/json/);
    }],
    ['a notification is 202 without body', { body: '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}' }, 202, ({ text }) =>
        assert.equal(text, '')],
    ['an unknown notification is 202', { body: '{"jsonrpc":"2.0","method":"notifications/no/such"}' }, 202],
    ['an answer to no question is 202', { body: '{"jsonrpc":"2.0","id":"unasked","result":{}}' }, 202],
    ['a batch in 2025-11-25 is 400, -32600', { body: `[${ping}]` }, 400, ({ text }) =>
        assert.equal(slice(text, 'error', 'code'), '-32600')],
    ['a foreign Origin is 403', { headers: { origin: 'http://evil.example.com' } }, 403],
    ['the Origin null is 403', { headers: { origin: 'null' } }, 403],
    ['a look-alike Origin is 403', { headers: { origin: 'http://localhost.evil.example.com' } }, 403],
    ['a loopback Origin is served', { headers: { origin: 'http://localhost:6274' } }, 200],
    ['a foreign Host is 403', { headers: { host: 'evil.example.com' } }, 403],
    ['a foreign Host reads no page', { method: 'GET', path: '/status', headers: { host: 'evil.example.com' }, body: undefined }, 403],
    ['the Host localhost reads pages', { method: 'GET', path: '/status', headers: { host: 'localhost:1' }, body: undefined }, 200],
    ['the Host localhost is served', { headers: { host: 'localhost:1' } }, 200],
    ['tools/call without name is -32602', { body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}' }, 200, ({ text }) =>
        assert.equal(slice(text, 'error', 'code'), '-32602')],
    ['a bad cursor is -32602', { body: '{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"made up"}}' }, 200, ({ text }) =>
        assert.equal(slice(text, 'error', 'code'), '-32602')],
    ['a bad log level is -32602', { body: '{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"loud"}}' }, 200, ({ text }) =>
        assert.equal(slice(text, 'error', 'code'), '-32602')],
];

describe('one request, one rule', () => {
    for (const [title, request, wanted, check] of rows)
        test(title, async () => {
            const answer = await send(vmcp.base + (request.path ?? '/mcp'), {
                method: request.method ?? 'POST', headers: client.headers(request.headers),
                body: 'body' in request ? request.body : ping,
            });
            const text = await answer.body();
            assert.equal(answer.status, wanted, text);
            check?.({ text, headers: answer.headers });
        });
});

describe('ids come back as they were written', () => {
    for (const id of ['0', '-1', '7', '9007199254740993', '123456789012345678901234567890', '""', '"0"', '"\\u0041\\n"', '"ключ"'])
        test(`id ${id}`, async () => {
            const answer = await client.post(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
            assert.equal(slice(await answer.body(), 'id'), id);
            assert.equal(answer.status, 200);
            const call = await client.post(`{"jsonrpc":"2.0","method":"tools/call","id":${id},"params":{"name":"stub_one"}}`);
            assert.equal(slice(await call.body(), 'id'), id);
        });

    for (const id of ['null', 'true', '{}', '[1]', '1.5'])
        test(`id ${id} is refused`, async () => {
            const answer = await client.post(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
            const text = await answer.body();
            assert.equal(answer.status, 400, text);
            assert.equal(slice(text, 'error', 'code'), '-32600');
        });
});

describe('bytes on the wire', () => {
    const head = (...lines) => ['POST /mcp HTTP/1.1', ...lines, '', ''].join('\r\n');
    const host = 'Host: 127.0.0.1';
    const type = 'Content-Type: application/json';
    const refused = [
        ['no Host', head(type, 'Content-Length: 2') + '{}'],
        ['two Hosts', head(host, 'Host: localhost', type, 'Content-Length: 2') + '{}'],
        ['Content-Length and Transfer-Encoding', head(host, type, 'Content-Length: 2', 'Transfer-Encoding: chunked') + '0\r\n\r\n'],
        ['two Content-Lengths', head(host, type, 'Content-Length: 2', 'Content-Length: 3') + '{}'],
        ['a Content-Length list', head(host, type, 'Content-Length: 2, 2') + '{}'],
        ['a signed Content-Length', head(host, type, 'Content-Length: +2') + '{}'],
        ['chunked that is not last', head(host, type, 'Transfer-Encoding: chunked, gzip') + '0\r\n\r\n'],
        ['a space before the colon', head(host, type, 'Content-Length : 2') + '{}'],
        ['a folded header', head(host, type, 'X-Folded: a', ' b', 'Content-Length: 2') + '{}'],
        ['a bad chunk size', head(host, type, 'Transfer-Encoding: chunked') + 'zz\r\n{}\r\n0\r\n\r\n'],
        ['a second Origin', head(host, 'Origin: http://localhost:1', 'Origin: http://localhost:1', type, 'Content-Length: 2') + '{}'],
        ['a NUL in a header', head(host, type, 'X-Nul: a\0b', 'Content-Length: 2') + '{}'],
        ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n'],
    ];
    for (const [title, bytes] of refused)
        test(`${title} is refused, and the connection closed`, async () => {
            const text = await exchangeBytes(vmcp.port, bytes);
            assert.match(text, /^HTTP\/1\.1 (400|501) /);
            assert.equal(text.match(/HTTP\/1\.1 \d{3} /g).length, 1, text);
        });

    // A proxy between may have gone by the authority, a page by a name of its own (RFC 9112 section 3.2.2).
    for (const [target, hostField, status] of [
        ['http://evil.example/mcp', 'localhost', 403], ['http://localhost:1/mcp', 'evil.example', 200],
        ['http://evil.example/status', 'localhost', 403], ['http://localhost/status', 'evil.example', 200]])
        test(`${target} with Host ${hostField} is ${status}`, async () => {
            const request = target.endsWith('/mcp')
                ? head(`Host: ${hostField}`, type, `Mcp-Session-Id: ${client.session}`, 'Connection: close', `Content-Length: ${ping.length}`) + ping
                : `GET /status HTTP/1.1\r\nHost: ${hostField}\r\nConnection: close\r\n\r\n`;
            const text = await exchangeBytes(vmcp.port, request.replace(/ \S+ HTTP/, ` ${target} HTTP`));
            assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
        });

    test('empty lines before a request are ignored', async () => {
        const one = head(host, type, 'Accept: */*', `Mcp-Session-Id: ${client.session}`, `Content-Length: ${ping.length}`) + ping;
        const text = await exchangeBytes(vmcp.port, `\r\n\r\n${one}\r\n${one}`, { ms: 700 });
        assert.equal(text.match(/HTTP\/1\.1 200 /g)?.length, 2, text);
    });

    test('a second Origin is refused where every origin is allowed', async (t) => {
        const open = await gateway(t, { stub: backend.url }, { config: { listener: { allowedOrigins: ['*'] } } });
        const text = await exchangeBytes(open.port, head(host, 'Origin: http://a', 'Origin: http://b', type, 'Content-Length: 2') + '{}');
        assert.match(text, /^HTTP\/1\.1 400 /);
    });

    // What is not UTF-8, and characters of several bytes wherever an error may cut what it repeats.
    const odd = {
        'lone bytes': Buffer.from([0x78, 0xff, 0xfe, 0xc3, 0x28]), 'the front of a character': Buffer.from([0x78, 0xe2, 0x82]),
        'half of a surrogate pair': Buffer.from([0xed, 0xa0, 0x80]), 'a character in too many bytes': Buffer.from([0xc0, 0xaf]),
        ...Object.fromEntries([0, 1, 2, 3].map((shift) => [`long, shifted by ${shift}`, Buffer.from('x'.repeat(shift) + '\u{1d11e}'.repeat(300))])),
    };
    for (const [title, bytes] of Object.entries(odd))
        for (const [name, status] of [['Origin', 403], ['MCP-Protocol-Version', 400], ['Mcp-Session-Id', 404]])
            test(`${name} of ${title} is refused in UTF-8`, async () => {
                const [before, after] = head(host, `${name}: HERE`, type, 'Connection: close', `Content-Length: ${ping.length}`).split('HERE');
                const text = await exchangeBytes(vmcp.port, Buffer.concat([Buffer.from(before), bytes, Buffer.from(after + ping)]));
                assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `));
                const body = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text.slice(text.indexOf('\r\n\r\n') + 4), 'latin1'));
                assert.ok(JSON.parse(body).error.message);
            });

    test('pipelined requests are answered in order', async () => {
        const one = (id) => {
            const body = `{"jsonrpc":"2.0","id":${id},"method":"ping"}`;
            return head(host, type, 'Accept: application/json, text/event-stream', `Mcp-Session-Id: ${client.session}`,
                `Content-Length: ${body.length}`) + body;
        };
        const text = await exchangeBytes(vmcp.port, one(1) + one(2) + one(3), { ms: 700 });
        assert.deepEqual(text.match(/"id":\d/g), ['"id":1', '"id":2', '"id":3']);
    });

    test('a request that comes byte by byte is served', async () => {
        const net = await import('node:net');
        const bytes = head(host, type, 'Accept: */*', `Mcp-Session-Id: ${client.session}`, 'Connection: close', `Content-Length: ${ping.length}`) + ping;
        const text = await new Promise((resolve, reject) => {
            let got = '';
            const socket = net.connect(vmcp.port, '127.0.0.1');
            socket.setNoDelay(true);
            socket.on('data', (data) => (got += data));
            socket.on('close', () => resolve(got));
            socket.on('error', reject);
            socket.on('connect', async () => {
                for (const byte of bytes) {
                    socket.write(byte);
                    await new Promise((next) => setImmediate(next));
                }
            });
        });
        assert.match(text, /^HTTP\/1\.1 200 /);
        assert.match(text, /"result":\{\}/);
    });
});

describe('limits', () => {
    test('a body over the limit is 413, a head over the limit is 431', async (t) => {
        const one = await stub(t, { tools: [toolDefinition('one')] });
        const small = await gateway(t, { stub: one.url }, { config: { limits: { maxBody: 65536, maxHeader: 8192 } } });
        const raw = await rawClient(t, small);
        const padded = (size) => `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"${'x'.repeat(size)}"}}`;
        const fits = await raw.post(padded(60000));
        assert.equal(fits.status, 200, await fits.body());
        const big = await raw.post(padded(70000));
        assert.equal(big.status, 413);
        const chunked = await exchangeBytes(small.port, 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
            'Transfer-Encoding: chunked\r\n\r\n' + `20000\r\n${'x'.repeat(0x20000)}\r\n`.repeat(2));
        assert.match(chunked, /^HTTP\/1\.1 413 /);
        const head = await raw.post(ping, { headers: { 'x-big': 'x'.repeat(9000) } });
        assert.equal(head.status, 431);
        const still = await raw.post(ping);
        assert.equal(still.status, 200, 'the gateway serves on');
    });

    test('nesting over the limit is refused', async (t) => {
        const raw = await rawClient(t, vmcp);
        const deep = (depth) => `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"stub_one","arguments":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}}}`;
        assert.equal((await raw.post(deep(30))).status, 200);
        assert.equal((await raw.post(deep(100000))).status, 400);
    });

    test('a head that never ends is cut off', async (t) => {
        const one = await stub(t, { tools: [toolDefinition('one')] });
        const strict = await gateway(t, { stub: one.url }, { config: { limits: { headerTimeout: '500ms' } } });
        const started = Date.now();
        const text = await exchangeBytes(strict.port, 'POST /mcp HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', { ms: 10000 });
        assert.ok(Date.now() - started < 8000, 'the gateway closes the connection');
        assert.match(text, /^$|^HTTP\/1\.1 408 /);
    });
});

test('with log.access each call is a line, and each refusal one for debugging, under the ids of their answers', async (t) => {
    const one = await stub(t, { tools: [toolDefinition('one')] });
    const lines = (from) => from.program.stderr.split('\n').filter((line) => /access id=|refused id=/.test(line));
    const call = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"stub_one","arguments":{"word":"not-to-be-logged"}}}';
    const quiet = await gateway(t, { stub: one.url });
    const talking = await gateway(t, { stub: one.url }, { config: { log: { access: 'on', level: 'debug' } } });
    for (const running of [quiet, talking]) {
        const raw = await rawClient(t, running);
        const answered = await raw.post(call);
        assert.equal(answered.status, 200, await answered.body());
        const refused = await send(running.url, { method: 'PUT', headers: raw.headers({}), body: call });
        assert.equal(refused.status, 405, await refused.body());
        if (running === quiet) continue;
        const [told] = await until('the line of the call', () => {
            const found = lines(running).filter((line) => line.includes(`access id=${answered.headers['x-request-id']} `));
            return found.length > 0 && found;
        });
        assert.match(told, /method="tools\/call" name="stub_one" backend="stub" caller="anonymous" session="[0-9a-f]{8}" end=success ms=[\d.]+ bytes=\d+/);
        assert.ok(await until('the line of the refusal', () => lines(running).some((line) => line.includes(`refused id=${refused.headers['x-request-id']} PUT /mcp`))));
        assert.doesNotMatch(running.program.stderr, /not-to-be-logged/);
    }
    assert.deepEqual(lines(quiet), [], 'nothing without it');
});
