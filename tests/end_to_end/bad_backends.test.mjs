// Backends that fail, hang, lie or come late: the client gets an error that names the backend, the others work on.
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

describe('a backend that cannot be used gives a clear error that names it', () => {
    async function failure(client, more) {
        const { status, message } = await call(client, more);
        assert.equal(status, 200);
        const text = message.error ? message.error.message : message.result.content[0].text;
        assert.ok(message.error || message.result.isError, JSON.stringify(message));
        assert.match(text, /stub/, 'the backend is named');
        return text;
    }

    test('it answers 500', async (t) => {
        const { backend, client } = await ready(t);
        backend.on('tools/call', (exchange) => exchange.status(500, 'out of memory'));
        assert.match(await failure(client), /500/);
    });

    test('it answers something that is not JSON', async (t) => {
        const { backend, client } = await ready(t);
        backend.on('tools/call', (exchange) => exchange.json(200, '<html>hello</html>'));
        await failure(client);
    });

    test('it answers with another id', async (t) => {
        const { backend, client } = await ready(t);
        backend.on('tools/call', (exchange) => exchange.json(200, `{"jsonrpc":"2.0","id":"foreign","result":${done}}`));
        await failure(client);
    });

    test('it cuts the connection in the middle of the answer', async (t) => {
        const { backend, client } = await ready(t);
        backend.on('tools/call', (exchange) => {
            exchange.response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
            exchange.response.write('{"jsonrpc"');
            setTimeout(() => exchange.response.destroy(), 20);
        });
        await failure(client);
    });

    test('it redirects to another host', async (t) => {
        const { backend, client } = await ready(t);
        const thief = await stub(t, { tools });
        backend.on('tools/call', (exchange) => exchange.status(307, '', { location: thief.url }));
        await failure(client);
        assert.equal(thief.log.length, 0);
    });

    test('it does not answer within its own deadline, and hears of it', async (t) => {
        const { backend, client } = await ready(t, {}, { operational: { timeouts: { default: '20s', perWorkload: { stub: '600ms' } } } });
        backend.on('tools/call', () => {});
        const started = Date.now();
        const text = await failure(client);
        const took = Date.now() - started;
        assert.ok(took >= 500 && took < 5000, `took ${took} ms`);
        assert.match(text, /time|deadline|600/i);
        await until('the backend is told', () => backend.requests('notifications/cancelled').length === 1);
    });
});

test('one hung and one dead backend do not slow the others down', async (t) => {
    const good = await stub(t, { name: 'good', tools });
    const hung = await stub(t, { name: 'hung', tools });
    for (const method of ['initialize', 'tools/list', 'tools/call', 'GET']) hung.on(method, () => {});
    const vmcp = await gateway(t, { hung: hung.url, dead: 'http://127.0.0.1:1/mcp', good: good.url }, { ready: ['good'] });
    const started = Date.now();
    const client = await rawClient(t, vmcp);
    const listed = (await client.request('tools/list')).message.result.tools.map((one) => one.name);
    assert.deepEqual(listed, ['good_one']);
    for (let i = 0; i < 20; ++i) assert.equal((await client.request('tools/call', { name: 'good_one' })).message.result.content[0].text, 'good:one');
    assert.ok(Date.now() - started < 3000, `took ${Date.now() - started} ms`);
});

test('a backend that comes up late is listed within a second, and clients are told', async (t) => {
    const late = await stub(t, { name: 'late', tools });
    const port = late.port;
    await late.close();
    const good = await stub(t, { name: 'good', tools });
    const vmcp = await gateway(t, { late: `http://127.0.0.1:${port}/mcp`, good: good.url }, { ready: ['good'] });
    const client = await rawClient(t, vmcp);
    const stream = await client.openStream();
    await sleep(1000);
    await late.listen(port);
    const since = Date.now();
    await until('the tool is listed', async () =>
        (await client.request('tools/list')).message.result.tools.some((one) => one.name === 'late_one'), 8000);
    assert.ok(Date.now() - since < 2500, `took ${Date.now() - since} ms`);
    await until('list_changed', () => stream.events.some((event) => event.data?.includes('notifications/tools/list_changed')));
    stream.destroy();
});
