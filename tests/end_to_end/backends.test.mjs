// vmcp as the client of its backends: connections, headers, lost sessions in every spelling, odd answers,
// streams in any fragmentation.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './lib/process.mjs';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';

const tools = [toolDefinition('one')];
const done = '{"content":[{"type":"text","text":"done"}]}';
const call = (client, more) => client.request('tools/call', { name: 'stub_one' }, more);

async function ready(t, options, config) {
    const backend = await stub(t, { tools, ...options });
    const vmcp = await gateway(t, { stub: backend.url }, { config });
    return { backend, vmcp, client: await rawClient(t, vmcp) };
}

test('a warm call is one HTTP request on a connection that is used again', async (t) => {
    const { backend, client } = await ready(t);
    await call(client);
    await sleep(300); // whatever the first call set up
    const before = backend.log.length;
    for (let i = 0; i < 20; ++i) assert.equal((await call(client)).status, 200);
    const sent = backend.log.slice(before).filter((entry) => entry.httpMethod === 'POST' && entry.kind !== 'ping');
    assert.deepEqual(new Set(sent.map((entry) => entry.kind)), new Set(['tools/call']));
    assert.equal(sent.length, 20);
    assert.ok(new Set(sent.map((entry) => entry.port)).size <= 4, 'at most one connection per worker and then some');
});

test('the handshake with a backend is complete and honest', async (t) => {
    const { backend, client } = await ready(t);
    await call(client);
    const sent = backend.requests('tools/call')[0];
    const session = sent.headers['mcp-session-id'];
    const kinds = backend.log.filter((entry) => entry.headers['mcp-session-id'] === session).map((entry) => entry.kind);
    assert.equal(kinds[0], 'notifications/initialized');
    assert.match(sent.headers.accept, /application\/json/);
    assert.match(sent.headers.accept, /text\/event-stream/);
    assert.equal(sent.headers['content-type'], 'application/json');
    assert.equal(sent.headers['mcp-protocol-version'], '2025-11-25');
    for (const { message } of backend.requests('initialize')) {
        assert.equal(message.params.protocolVersion, '2025-11-25');
        assert.equal(typeof message.params.clientInfo.name, 'string');
    }
});

describe('headers', () => {
    test('an injected header goes to its backend only, and is never shown', async (t) => {
        const one = await stub(t, { name: 'one', tools });
        const two = await stub(t, { name: 'two', tools });
        const vmcp = await gateway(t, { one: one.url, two: two.url }, {
            env: { TOKEN: 's3cr3t-value' },
            config: {
                outgoingAuth: {
                    source: 'inline', default: { type: 'unauthenticated' },
                    backends: { one: { type: 'header_injection', headerInjection: { headerName: 'Authorization', headerValueEnv: 'TOKEN' } } },
                },
            },
        });
        const client = await rawClient(t, vmcp);
        await client.request('tools/call', { name: 'one_one' });
        await client.request('tools/call', { name: 'two_one' });
        assert.ok(one.log.every((entry) => entry.headers.authorization === 's3cr3t-value'));
        assert.ok(two.log.every((entry) => entry.headers.authorization === undefined));
        assert.doesNotMatch(JSON.stringify(await vmcp.status()) + vmcp.program.stdout + vmcp.program.stderr, /s3cr3t/);
    });

    test('only allowed client headers pass, and never credentials or the protocol\'s own', async (t) => {
        const { backend, client } = await ready(t, {}, { passthroughHeaders: ['X-Tenant', 'x-request-id'] });
        await call(client, {
            headers: {
                'x-tenant': 'acme', 'X-Request-ID': 'r1', 'x-other': 'no', authorization: 'Bearer client', cookie: 'a=b',
                'x-forwarded-for': '1.2.3.4',
            },
        });
        const { headers } = backend.requests('tools/call')[0];
        assert.equal(headers['x-tenant'], 'acme');
        assert.equal(headers['x-request-id'], 'r1');
        for (const name of ['x-other', 'authorization', 'cookie']) assert.equal(headers[name], undefined, name);
        assert.notEqual(headers['mcp-session-id'], client.session);
    });
});

describe('a lost backend session is set up again, and the client sees nothing', () => {
    const spellings = [
        ['404 with a JSON-RPC error', 404, '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}', 'application/json'],
        ['404 with plain text', 404, 'Could not find session ID', 'text/plain'],
        ['404 without a body', 404, '', undefined],
        ['400 no valid session', 400, '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null}', 'application/json'],
        ['400 server not initialized', 400, '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: Server not initialized"},"id":null}', 'application/json'],
    ];
    for (const [title, status, body, type] of spellings)
        test(title, async (t) => {
            const { backend, client } = await ready(t);
            await call(client);
            await client.request('logging/setLevel', { level: 'warning' });
            const lost = backend.requests('tools/call')[0].headers['mcp-session-id'];
            let refused = 0;
            const refuse = (exchange) => {
                if (exchange.headers['mcp-session-id'] !== lost) return false;
                ++refused;
                exchange.status(status, body, type ? { 'content-type': type } : {});
                return true;
            };
            backend.on('tools/call', (exchange) => refuse(exchange) || exchange.result(done));
            backend.on('ping', (exchange) => refuse(exchange) || exchange.result('{}'));
            const answers = await Promise.all(Array.from({ length: 8 }, () => call(client)));
            for (const { status: own, message } of answers) {
                assert.equal(own, 200);
                assert.equal(message.result?.content[0].text, 'done', JSON.stringify(message));
            }
            assert.ok(refused >= 1);
            const renewed = new Set(backend.requests('tools/call').map((entry) => entry.headers['mcp-session-id']));
            assert.equal(renewed.size, 2, 'one new session for all waiting calls');
            const session = [...renewed].find((one) => one !== lost);
            await until('the log level is set again', () => backend.requests('logging/setLevel').some((entry) =>
                entry.headers['mcp-session-id'] === session && entry.message.params.level === 'warning'));
        });

    test('subscriptions are made again', async (t) => {
        const { backend, client } = await ready(t, { resources: [{ uri: 'stub://r', name: 'r' }] });
        await client.request('resources/subscribe', { uri: 'stub://r' });
        backend.forgetSessions();
        await call(client);
        await until('the second subscription', () => backend.requests('resources/subscribe').length >= 2);
        const sessions = backend.requests('resources/subscribe').map((entry) => entry.headers['mcp-session-id']);
        assert.notEqual(sessions[0], sessions.at(-1));
    });
});

describe('odd but usable backends', () => {
    test('204 or 200 instead of 202, 405 on GET and DELETE', async (t) => {
        const { backend, client } = await ready(t, {}, {});
        backend.withStream = false;
        backend.on('notifications/initialized', (exchange) => exchange.status(204));
        backend.on('DELETE', (exchange) => exchange.status(405));
        assert.equal((await call(client)).message.result.content[0].text, 'stub:one');
        assert.ok([200, 204].includes(await client.close()));
    });

    test('no session id at all', async (t) => {
        const { backend, client } = await ready(t, {}, {});
        backend.on('initialize', (exchange) => exchange.result({
            protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' },
        }));
        backend.on('tools/call', (exchange) => exchange.result(done));
        backend.on('notifications/initialized', (exchange) => exchange.status(202));
        backend.on('GET', (exchange) => exchange.status(405));
        const other = await rawClient(t, { url: client.url });
        assert.equal((await call(other)).message.result.content[0].text, 'done');
    });

    test('an answer as a stream without event names, with CRLF, comments and a byte order mark', async (t) => {
        const { backend, client } = await ready(t);
        backend.on('tools/call', (exchange) => {
            exchange.response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
            const body = `\ufeff: hello\r\n\r\nid: 1\r\ndata: {"jsonrpc":"2.0","id":${JSON.stringify(exchange.message.id)},\r\ndata: "result":${done}}\r\n\r\n`;
            exchange.response.end(body);
        });
        assert.equal((await call(client)).message.result.content[0].text, 'done');
    });

    test('an answer that comes in single bytes', async (t) => {
        const { backend, client } = await ready(t);
        for (const asStream of [true, false]) {
            backend.on('tools/call', async (exchange) => {
                const message = `{"jsonrpc":"2.0","id":${JSON.stringify(exchange.message.id)},"result":${done}}`;
                exchange.response.writeHead(200, { 'content-type': asStream ? 'text/event-stream' : 'application/json' });
                for (const byte of Buffer.from(asStream ? `event: message\ndata: ${message}\n\n` : message)) {
                    exchange.response.write(Buffer.from([byte]));
                    await new Promise((resolve) => setImmediate(resolve));
                }
                exchange.response.end();
            });
            assert.equal((await call(client)).message.result.content[0].text, 'done');
        }
    });

    test('unknown headers, extra members and a result of 4 MB', async (t) => {
        const { backend, client } = await ready(t);
        const text = 'x'.repeat(4 << 20);
        backend.on('tools/call', (exchange) => exchange.result(`{"content":[{"type":"text","text":"${text}"}],"x":1}`, { 'x-odd': 'y' }));
        const { message } = await call(client);
        assert.equal(message.result.content[0].text.length, text.length);
    });

    test('a stream that ends after an event id is taken up with Last-Event-ID after the retry time', async (t) => {
        const { backend, client } = await ready(t);
        let id;
        let closed;
        backend.on('tools/call', (exchange) => {
            id = exchange.message.id;
            const stream = exchange.sse({ first: 'id: ev-1\nretry: 400\ndata: \n\n' });
            setTimeout(() => {
                closed = Date.now();
                stream.end();
            }, 50);
        });
        let resumed;
        backend.on('GET', (exchange) => {
            if (exchange.headers['last-event-id'] !== 'ev-1') return backend.openStream(exchange);
            resumed = Date.now();
            const stream = exchange.sse();
            return stream.send(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${done}}`, 'ev-2');
        });
        const { message } = await call(client);
        assert.equal(message.result.content[0].text, 'done');
        assert.ok(resumed - closed >= 350, `came back after ${resumed - closed} ms`);
    });
});

test('a backend that pings gets its answer, one that asks for what does not exist gets -32601', async (t) => {
    const { backend, client } = await ready(t);
    backend.on('tools/call', async (exchange) => {
        const stream = exchange.sse();
        stream.send({ jsonrpc: '2.0', id: 'p', method: 'ping' });
        stream.send({ jsonrpc: '2.0', id: 'u', method: 'no/such/request' });
        await backend.answerTo('p');
        await backend.answerTo('u');
        stream.result(done);
    });
    const answer = call(client, { onRequest: () => undefined });
    assert.deepEqual((await backend.answerTo('p')).result, {});
    assert.equal((await backend.answerTo('u')).error.code, -32601);
    assert.equal((await answer).message.result.content[0].text, 'done');
});

test('a backend that asks for what the client did not declare is refused, and the client sees nothing of it', async (t) => {
    const { backend, client } = await ready(t);
    backend.on('tools/call', async (exchange) => {
        const stream = exchange.sse();
        stream.send({ jsonrpc: '2.0', id: 's', method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } });
        await backend.answerTo('s');
        stream.result(done);
    });
    const { message, notes } = await call(client);
    assert.ok((await backend.answerTo('s')).error.code < 0);
    assert.equal(message.result.content[0].text, 'done');
    assert.deepEqual(notes, []);
});
