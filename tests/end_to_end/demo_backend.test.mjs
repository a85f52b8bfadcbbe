// The demo backends are real MCP servers: what they declare works, with SDK clients and on bare HTTP.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generations, textOf } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { send } from './lib/raw_client.mjs';
import { later, rawClient, sdkClient } from './lib/setup.mjs';
import { binary, startDemoBackend } from './lib/vmcp.mjs';
import { run } from './lib/process.mjs';

async function demo(t, name) {
    const started = await startDemoBackend(name);
    later(t, async () => assert.equal((await started.stop()).code, 0));
    return started;
}

for (const generation of Object.keys(generations)) {
    test(`weather with ${generation}: tools, progress, resources, prompt, completion`, async (t) => {
        const client = await sdkClient(t, await demo(t, 'weather'), { generation });
        const { tools } = await client.listTools();
        assert.deepEqual(tools.map((tool) => tool.name), ['get_forecast', 'get_alerts', 'simulate_forecast']);

        // The SDK checks structuredContent against the outputSchema.
        const forecast = await client.call('get_forecast', { city: 'Bern', days: 2 });
        assert.equal(forecast.structuredContent.days.length, 2);
        assert.deepEqual(await client.call('get_forecast', { city: 'Bern', days: 2 }), forecast, 'the same every time');
        for (const wrong of [{}, { city: 'Bern', days: 0 }, { city: 'Bern', days: 'two' }])
            assert.equal((await client.call('get_forecast', wrong)).isError, true, JSON.stringify(wrong));

        const seen = [];
        const slow = await client.call('simulate_forecast', { city: 'Oslo', steps: 3, stepMs: 20 }, { onprogress: (one) => seen.push(one) });
        assert.match(textOf(slow), /Oslo/);
        assert.deepEqual(seen.map(({ progress, total }) => [progress, total]), [[1, 3], [2, 3], [3, 3]]);

        const { resources } = await client.listResources();
        const all = JSON.parse((await client.readResource({ uri: resources[0].uri })).contents[0].text);
        const one = JSON.parse((await client.readResource({ uri: 'weather://stations/lima' })).contents[0].text);
        assert.deepEqual(all.find(({ id }) => id === 'lima'), one);
        assert.equal((await client.listResourceTemplates()).resourceTemplates[0].uriTemplate, 'weather://stations/{id}');
        await assert.rejects(client.readResource({ uri: 'weather://stations/atlantis' }), (error) => error.code === -32002 || error.code === -32602);

        const { messages } = await client.getPrompt({ name: 'plan_trip', arguments: { city: 'Bern' } });
        assert.match(messages[0].content.text, /Bern/);
        await assert.rejects(client.getPrompt({ name: 'plan_trip', arguments: {} }));
        const { completion } = await client.complete({ ref: { type: 'ref/prompt', name: 'plan_trip' }, argument: { name: 'city', value: 'O' } });
        assert.deepEqual(completion.values, ['Osaka', 'Oslo']);
    });

    test(`notes with ${generation}: changes are announced to those who want to know`, async (t) => {
        const notes = await demo(t, 'notes');
        const heard = [];
        const listener = await sdkClient(t, notes, {
            generation,
            setup: (client) => {
                for (const kind of ['resources/list_changed', 'resources/updated', 'message'])
                    client.onNotification(`notifications/${kind}`, ({ params }) => void heard.push(params?.uri ?? params?.data ?? kind));
            },
        });
        await listener.setLoggingLevel('info');
        await listener.subscribeResource({ uri: 'note://1' });
        const writer = await sdkClient(t, notes, { generation });
        assert.match(textOf(await writer.call('add_note', { text: 'milk' })), /note 2/);
        await until('list_changed and the log', () => heard.includes('resources/list_changed') && heard.includes('added note 2'));
        heard.length = 0;
        await writer.call('add_note', { id: '2', text: 'not subscribed' });
        await writer.call('add_note', { id: '1', text: 'changed' });
        await until('the update', () => heard.includes('note://1'));
        assert.deepEqual(heard, ['note://1']);
        assert.equal((await listener.readResource({ uri: 'note://1' })).contents[0].text, 'changed');
        await writer.call('delete_note', { id: '1' });
        await until('list_changed', () => heard.includes('resources/list_changed'));
        assert.equal((await writer.call('delete_note', { id: '1' })).isError, true);
        assert.deepEqual((await listener.listResources()).resources.map(({ uri }) => uri), ['note://2']);
    });
}

test('a slow call is taken back by its client', async (t) => {
    const client = await rawClient(t, await demo(t, 'weather'));
    const answer = await client.post({
        jsonrpc: '2.0', id: 'slow', method: 'tools/call',
        params: { name: 'simulate_forecast', arguments: { city: 'Bern', steps: 100, stepMs: 1000 }, _meta: { progressToken: 'p' } },
    });
    await until('progress', () => answer.events.some((event) => event.data?.includes('"progressToken":"p"')));
    assert.equal(await client.notify('notifications/cancelled', { requestId: 'slow' }), 202);
    const text = await answer.body(5000);
    assert.doesNotMatch(text, /"id":"slow"/, 'no answer to a cancelled request');
});

test('a lost stream goes on where it broke', async (t) => {
    const client = await rawClient(t, await demo(t, 'weather'));
    const answer = await client.post({
        jsonrpc: '2.0', id: 7, method: 'tools/call',
        params: { name: 'simulate_forecast', arguments: { city: 'Bern', steps: 4, stepMs: 100 }, _meta: { progressToken: 7 } },
    });
    const first = await until('one event', () => answer.events.find((event) => event.data));
    answer.destroy();
    const rest = await client.openStream({ lastEventId: first.id });
    assert.equal(rest.status, 200);
    const last = await until('the result', () => rest.events.find((event) => event.data?.includes('"id":7')));
    assert.match(last.data, /After 4 steps/);
    assert.ok(rest.events.some((event) => event.data?.includes('"progress":2')));
});

test('sessions, versions and HTTP by the book', async (t) => {
    const { url } = await demo(t, 'notes');
    for (const version of ['2025-03-26', '2025-06-18', '2025-11-25']) {
        const client = await rawClient(t, { url }, { version });
        assert.equal(client.version, version);
        assert.equal((await client.request('ping')).text, `{"jsonrpc":"2.0","id":1,"result":{}}`);
        assert.equal((await client.request('no/such')).message.error.code, -32601);
        const batch = await client.post('[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"notifications/x"},{"jsonrpc":"2.0","id":2,"method":"tools/list"}]');
        const text = await batch.body();
        if (version === '2025-03-26') assert.deepEqual(JSON.parse(text).map(({ id }) => id), [1, 2]);
        else assert.equal(batch.status, 400);
        assert.equal(await client.close(), 204);
        assert.equal((await client.request('ping')).status, 404);
    }
    const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
    const status = async (options) => (await send(url, options)).status;
    const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
    assert.equal(await status({ headers: json, body: ping }), 400, 'no session');
    assert.equal(await status({ headers: { ...json, 'content-type': 'text/plain' }, body: ping }), 415);
    assert.equal(await status({ headers: json, body: '{' }), 400);
    assert.equal(await status({ headers: { ...json, origin: 'https://evil.example' }, body: ping }), 403);
    assert.equal(await status({ headers: { ...json, host: 'evil.example' }, body: ping }), 403);
    assert.equal(await status({ method: 'PUT', headers: json, body: ping }), 405);
    assert.equal((await send(url.replace('/mcp', '/other'), { headers: json, body: ping })).status, 404);
});

test('an unknown kind, and a host that is no address, are clear errors', async () => {
    const kind = await run(binary, ['demo-backend', '--kind', 'stocks']);
    assert.equal(kind.code, 2);
    assert.match(kind.stderr, /weather/);
    const host = await run(binary, ['demo-backend', '--host', 'nowhere.invalid']);
    assert.equal(host.code, 1);
    assert.match(host.stderr, /nowhere\.invalid/);
});
