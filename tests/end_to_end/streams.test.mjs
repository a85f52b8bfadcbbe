// Event streams to clients: when an answer becomes a stream, priming events and retry, replay after a break, the GET
// stream, keep-alive, cancellation and disconnects.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './lib/process.mjs';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';

const tools = [toolDefinition('one')];
const note = (n) => ({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: n } });
const done = '{"content":[{"type":"text","text":"done"}]}';

// A backend whose tool waits for step(): each step is one notification, the last one the result.
function stepping(backend) {
    const open = [];
    backend.on('tools/call', (exchange) => void open.push({ exchange, stream: exchange.sse() }));
    return { open, first: () => until('the call arrives', () => open[0]) };
}

test('a call without notifications is answered as JSON, one with notifications as a stream', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    const plain = await client.request('tools/call', { name: 'stub_one' });
    assert.match(plain.headers['content-type'], /^application\/json/);
    backend.on('tools/call', (exchange) => {
        const stream = exchange.sse();
        stream.send(note(1));
        stream.result(done);
    });
    const streamed = await client.request('tools/call', { name: 'stub_one' });
    assert.match(streamed.headers['content-type'], /^text\/event-stream/);
    assert.equal(streamed.headers['x-accel-buffering'], 'no');
    assert.match(streamed.headers['cache-control'], /no-cache/);
    assert.equal(streamed.notes.length, 1);
    assert.deepEqual(JSON.parse(streamed.notes[0]), note(1));
});

test('2025-11-25: a stream starts with a priming event: id, empty data, retry', async (t) => {
    const backend = await stub(t, { tools });
    const calls = stepping(backend);
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    const answer = client.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'stub_one' } });
    (await calls.first()).stream.send(note(1));
    const { events } = await answer;
    await until('two events', () => events.filter((event) => 'data' in event).length >= 2);
    assert.equal(events[0].data, '');
    assert.notEqual(events[0].id, undefined);
    assert.ok(events.some((event) => Number(event.retry) > 0), 'retry is sent');
    calls.open[0].stream.result(done);
    await until('the result', () => events.some((event) => event.data?.includes('"done"')));
    const ids = events.filter((event) => event.id !== undefined).map((event) => event.id);
    assert.equal(new Set(ids).size, ids.length, 'ids are unique');
});

test('older clients get no priming event', async (t) => {
    const backend = await stub(t, { tools });
    backend.on('tools/call', (exchange) => {
        const stream = exchange.sse();
        stream.send(note(1));
        stream.result(done);
    });
    const vmcp = await gateway(t, { stub: backend.url });
    for (const version of ['2025-03-26', '2025-06-18']) {
        const client = await rawClient(t, vmcp, { version });
        const { events } = await client.request('tools/call', { name: 'stub_one' });
        assert.ok(events.every((event) => event.data !== ''), JSON.stringify(events));
    }
});

test('a broken stream is taken up after the last event, with nothing lost or doubled', async (t) => {
    const backend = await stub(t, { tools });
    const calls = stepping(backend);
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    const answer = client.post({ jsonrpc: '2.0', id: 'long', method: 'tools/call', params: { name: 'stub_one' } });
    const { stream } = await calls.first();
    stream.send(note(1));
    stream.send(note(2));
    const first = await answer;
    await until('two notes', () => first.events.filter((event) => event.data).length === 2);
    const last = first.events.filter((event) => event.id).at(-1).id;
    first.destroy();
    await sleep(50);
    stream.send(note(3));
    await sleep(50);
    const second = await client.openStream({ lastEventId: last });
    assert.equal(second.status, 200);
    await until('the missed note', () => second.events.some((event) => event.data));
    stream.send(note(4));
    stream.result(done);
    await until('the result', () => second.events.some((event) => event.data?.includes('"done"')));
    const texts = second.events.filter((event) => event.data).map((event) => JSON.parse(event.data));
    assert.deepEqual(texts.slice(0, 2), [note(3), note(4)]);
    assert.equal(texts[2].id, 'long');
    assert.equal(texts.length, 3);
    await second.body();
    const again = await client.openStream({ lastEventId: last });
    await until('the whole tail again', () => again.events.filter((event) => event.data).length === 3);
    again.destroy();
});

test('a replay brings only messages of its own stream', async (t) => {
    const backend = await stub(t, { tools: [toolDefinition('one'), toolDefinition('two')] });
    const streams = {};
    backend.on('tools/call', (exchange) => {
        streams[exchange.message.params.name] = exchange.sse();
    });
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    const post = (name) => client.post({ jsonrpc: '2.0', id: name, method: 'tools/call', params: { name: `stub_${name}` } });
    const [a, b] = [post('one'), post('two')];
    await until('both calls', () => streams.one && streams.two);
    streams.one.send(note('one'));
    streams.two.send(note('two'));
    const [first, second] = [await a, await b];
    await until('a note on each', () => first.events.some((event) => event.data) && second.events.some((event) => event.data));
    assert.match(first.events.find((event) => event.data).data, /"one"/);
    assert.match(second.events.find((event) => event.data).data, /"two"/);
    const last = first.events.filter((event) => event.id).at(-1).id;
    first.destroy();
    streams.two.result(done);
    streams.one.send(note('one again'));
    streams.one.result(done);
    await until('two ends', () => second.events.some((event) => event.data?.includes('"done"')));
    const resumed = await client.openStream({ lastEventId: last });
    await until('one ends', () => resumed.events.some((event) => event.data?.includes('"done"')));
    const texts = resumed.events.filter((event) => event.data).map((event) => event.data);
    assert.ok(texts.every((text) => !text.includes('"two"')), texts.join('\n'));
    assert.equal(texts.length, 2);
});

test('a disconnect does not cancel the call, notifications/cancelled does', async (t) => {
    const backend = await stub(t, { tools });
    const calls = stepping(backend);
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    const call = (id) => client.post({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'stub_one' } });
    const first = call(1);
    (await calls.first()).stream.send(note(1));
    (await first).destroy();
    await sleep(200);
    assert.equal(backend.requests('notifications/cancelled').length, 0);
    calls.open[0].stream.result(done);

    const second = call(2);
    second.catch(() => {});
    await until('the second call', () => calls.open[1]);
    const upstreamId = calls.open[1].exchange.message.id;
    assert.equal(await client.notify('notifications/cancelled', { requestId: 2, reason: 'enough' }), 202);
    const told = await until('the backend is told', () => backend.requests('notifications/cancelled')[0]);
    assert.equal(told.message.params.requestId, upstreamId);
    assert.equal(told.message.params.reason, 'enough');
    assert.equal(told.headers['mcp-session-id'], calls.open[1].exchange.headers['mcp-session-id']);
    calls.open[1].stream.end();
});

test('cancelling what is unknown or done changes nothing', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    await client.request('tools/call', { name: 'stub_one' }, { id: 5 });
    for (const requestId of [5, 'never', 0]) assert.equal(await client.notify('notifications/cancelled', { requestId }), 202);
    assert.equal((await client.request('tools/call', { name: 'stub_one' })).status, 200);
    assert.equal(backend.requests('notifications/cancelled').length, 0);
});

test('the GET stream carries what belongs to no call', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp);
    await client.request('tools/call', { name: 'stub_one' });
    const stream = await client.openStream();
    assert.equal(stream.status, 200);
    const session = backend.requests('tools/call')[0].headers['mcp-session-id'];
    await until('vmcp listens at the backend', () => backend.streams.has(session));
    backend.push(note('out of call'), session);
    const event = await until('the note', () => stream.events.find((one) => one.data));
    assert.deepEqual(JSON.parse(event.data), note('out of call'));
    stream.destroy();
});

test('an idle stream is kept alive with comments', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url }, { config: { sessions: { keepAlive: '1s' } } });
    const client = await rawClient(t, vmcp);
    const stream = await client.openStream();
    let bytes = '';
    stream.response.on('data', (data) => (bytes += data));
    await until('a comment', () => /^:/m.test(bytes), 5000);
    stream.destroy();
});

test('a server request on the GET stream is answered through the gateway', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gateway(t, { stub: backend.url });
    const client = await rawClient(t, vmcp, { capabilities: { roots: { listChanged: true } } });
    await client.request('tools/call', { name: 'stub_one' });
    const stream = await client.openStream();
    const session = backend.requests('tools/call')[0].headers['mcp-session-id'];
    await until('vmcp listens at the backend', () => backend.streams.has(session));
    backend.push({ jsonrpc: '2.0', id: 0, method: 'roots/list' }, session);
    const event = await until('the question', () => stream.events.find((one) => one.data));
    const question = JSON.parse(event.data);
    assert.equal(question.method, 'roots/list');
    assert.equal(await client.answer(question.id, { roots: [{ uri: 'file:///x' }] }), 202);
    assert.deepEqual((await backend.answerTo(0)).result, { roots: [{ uri: 'file:///x' }] });
    stream.destroy();
});
