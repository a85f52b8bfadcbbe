// Servers that send what belongs to one call on the stream of another, and clients with more streams than one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { generations } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { gateway, rawClient, sdkClient, stub, toolDefinition } from './lib/setup.mjs';

const tools = [toolDefinition('one')];
const calls = 5;
const steps = 8;

// As the library mcp-go does: notifications of a session leave on whichever of its streams was opened first.
function sendsAllOnTheFirst(backend) {
    const open = [];
    backend.on('tools/call', async (exchange) => {
        open.push({ exchange, stream: exchange.sse() });
        if (open.length < calls) return;
        for (let step = 1; step <= steps; ++step)
            for (const { exchange: { message } } of open)
                open[0].stream.send({
                    jsonrpc: '2.0', method: 'notifications/progress',
                    params: { progressToken: message.params._meta.progressToken, progress: step, total: steps, message: message.params.arguments.tag },
                });
        // Nothing orders what comes on different connections: the results leave when the steps have arrived.
        await sleep(500);
        // The first stream ends last: what it carries belongs to the others.
        for (const one of open.splice(0).reverse())
            one.stream.result({ content: [{ type: 'text', text: one.exchange.message.params.arguments.tag }] });
    });
}

for (const generation of Object.keys(generations)) {
    test(`${generation}: each of five calls gets all of its progress, whichever stream it came on`, async (t) => {
        const backend = await stub(t, { tools });
        sendsAllOnTheFirst(backend);
        const client = await sdkClient(t, await gateway(t, { stub: backend.url }), { generation });
        await Promise.all(Array.from({ length: calls }, async (_, i) => {
            const tag = `call ${i}`;
            const seen = [];
            const answer = await client.call('stub_one', { tag }, { onprogress: (one) => seen.push(one) });
            assert.equal(answer.content[0].text, tag);
            assert.deepEqual(seen.map((one) => [one.progress, one.message]), Array.from({ length: steps }, (_, n) => [n + 1, tag]));
        }));
    });
}

test('two GET streams of one client live side by side, and a message goes to one of them', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    const streams = [await client.openStream(), await client.openStream()];
    for (const stream of streams) assert.equal(stream.status, 200);
    await client.request('tools/call', { name: 'stub_one' });
    const session = backend.requests('tools/call')[0].headers['mcp-session-id'];
    await until('vmcp listens at the backend', () => backend.streams.has(session));
    const texts = () => streams.flatMap((stream) => stream.events.filter((event) => event.data).map((event) => event.data));
    for (let n = 1; n <= 20; ++n) {
        backend.push({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: n } }, session);
        await until(`message ${n}`, () => texts().length >= n);
    }
    assert.deepEqual(texts().map((text) => JSON.parse(text).params.data).sort((a, b) => a - b), Array.from({ length: 20 }, (_, n) => n + 1));
    streams[1].destroy();
    await until('the other one takes over', async () => {
        backend.push({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'more' } }, session);
        return streams[0].events.some((event) => event.data?.includes('"more"'));
    });
});
