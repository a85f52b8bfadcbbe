// Many backends as one server: conflict strategies, overrides, filters, visibility, collisions of every kind, pages,
// order, and names that clients could not take.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { until } from './lib/process.mjs';

const named = (...names) => names.map((name) => toolDefinition(name));
const namesOf = (list) => list.map((one) => one.name);

async function listOf(client, kind = 'tools', method = `${kind}/list`) {
    const all = [];
    let cursor;
    do {
        const { message } = await client.request(method, cursor === undefined ? {} : { cursor });
        assert.equal(message.error, undefined, JSON.stringify(message));
        all.push(...message.result[kind]);
        cursor = message.result.nextCursor;
    } while (cursor !== undefined);
    return all;
}

async function callText(client, name) {
    const { message } = await client.request('tools/call', { name });
    return message.error ? message.error.code : message.result.content[0].text;
}

// Two backends `one` and `two` behind an aggregation config.
async function two(t, aggregation, tools = { one: named('a', 'same'), two: named('same', 'b') }) {
    const one = await stub(t, { name: 'one', tools: tools.one });
    const other = await stub(t, { name: 'two', tools: tools.two });
    const vmcp = await gateway(t, { one: one.url, two: other.url }, { config: { aggregation } });
    return { vmcp, client: await rawClient(t, vmcp), one, other };
}

const prefix = (prefixFormat) => ({ conflictResolution: 'prefix', conflictResolutionConfig: { prefixFormat } });
const priority = (...priorityOrder) => ({ conflictResolution: 'priority', conflictResolutionConfig: { priorityOrder } });

describe('conflict strategies', () => {
    for (const [format, separator] of [['{workload}_', '_'], ['{workload}.', '.'], ['{workload}--', '--'], ['{workload}', '']])
        test(`prefix ${format}`, async (t) => {
            const { client } = await two(t, prefix(format));
            assert.deepEqual(namesOf(await listOf(client)), ['a', 'same'].map((name) => `one${separator}${name}`)
                .concat(['same', 'b'].map((name) => `two${separator}${name}`)));
            assert.equal(await callText(client, `one${separator}same`), 'one:same');
            assert.equal(await callText(client, `two${separator}same`), 'two:same');
            assert.equal(await callText(client, 'same'), -32602);
        });

    test('priority: bare names, the first in order wins, the loser is hidden and reported', async (t) => {
        const { client, vmcp } = await two(t, priority('two', 'one'));
        assert.deepEqual(namesOf(await listOf(client)).sort(), ['a', 'b', 'same']);
        assert.equal(await callText(client, 'same'), 'two:same');
        assert.equal(await callText(client, 'a'), 'one:a');
        assert.match(JSON.stringify(await vmcp.status()), /same/, 'the hidden tool stands in /status');
    });

    test('priority: a conflict among unlisted backends is prefixed', async (t) => {
        const listed = await stub(t, { name: 'listed', tools: named('own') });
        const one = await stub(t, { name: 'one', tools: named('same') });
        const other = await stub(t, { name: 'two', tools: named('same') });
        const vmcp = await gateway(t, { listed: listed.url, one: one.url, two: other.url }, { config: { aggregation: priority('listed') } });
        const client = await rawClient(t, vmcp);
        assert.deepEqual(namesOf(await listOf(client)).sort(), ['one_same', 'own', 'two_same']);
        assert.equal(await callText(client, 'two_same'), 'two:same');
    });

    test('manual: overrides decide', async (t) => {
        const { client } = await two(t, {
            conflictResolution: 'manual', conflictResolutionConfig: {},
            tools: [{ workload: 'one', overrides: { same: { name: 'first_same' } } }, { workload: 'two', overrides: { same: { name: 'second_same' } } }],
        });
        assert.deepEqual(namesOf(await listOf(client)).sort(), ['a', 'b', 'first_same', 'second_same']);
        assert.equal(await callText(client, 'first_same'), 'one:same');
        assert.equal(await callText(client, 'second_same'), 'two:same');
    });

    test('manual: a conflict that is left hides its losers, and fails nobody\'s request', async (t) => {
        const { client, vmcp } = await two(t, {
            conflictResolution: 'manual', conflictResolutionConfig: {}, tools: [{ workload: 'one', overrides: { a: { name: 'renamed' } } }],
        });
        const names = namesOf(await listOf(client));
        assert.ok(names.includes('renamed') && names.includes('b'), names.join());
        assert.ok(names.filter((name) => name === 'same').length <= 1, names.join());
        assert.match(JSON.stringify(await vmcp.status()), /same/);
    });

    test('a collision after prefixing keeps that of the longer backend name, always', async (t) => {
        const first = await stub(t, { name: 'first', tools: named('b_c') });
        const second = await stub(t, { name: 'second', tools: named('c') });
        for (let round = 0; round < 3; ++round) {
            const vmcp = await gateway(t, { a: first.url, a_b: second.url });
            const client = await rawClient(t, vmcp);
            assert.deepEqual(namesOf(await listOf(client)), ['a_b_c']);
            assert.equal(await callText(client, 'a_b_c'), 'second:c');
        }
    });
});

describe('what is shown', () => {
    test('an override changes name, description and annotations, and nothing else', async (t) => {
        const definition = toolDefinition('tool', { annotations: { title: 'T', readOnlyHint: false, custom: 1 }, icons: [{ src: 'data:,' }], extra: { x: 1 } });
        const { client } = await two(t, {
            ...prefix('{workload}_'),
            tools: [{ workload: 'one', overrides: { tool: { name: 'better', description: 'Better text', annotations: { readOnlyHint: true, title: 'Better' } } } }],
        }, { one: [definition], two: [] });
        assert.deepEqual(await listOf(client), [{
            ...definition, name: 'one_better', description: 'Better text',
            annotations: { title: 'Better', readOnlyHint: true, custom: 1 },
        }]);
        assert.equal(await callText(client, 'one_better'), 'one:tool');
        assert.equal(await callText(client, 'one_tool'), -32602);
    });

    test('a filter sees the names after overrides', async (t) => {
        const { client } = await two(t, {
            ...prefix('{workload}_'),
            tools: [{ workload: 'one', filter: ['renamed'], overrides: { a: { name: 'renamed' } } }],
        });
        assert.deepEqual(namesOf(await listOf(client)), ['one_renamed', 'two_same', 'two_b']);
        assert.equal(await callText(client, 'one_same'), -32602, 'a hidden tool is not found');
    });

    test('excludeAll hides one backend, excludeAllTools all', async (t) => {
        const { client } = await two(t, { ...prefix('{workload}_'), tools: [{ workload: 'one', excludeAll: true }] });
        assert.deepEqual(namesOf(await listOf(client)), ['two_same', 'two_b']);
        const all = await two(t, { ...prefix('{workload}_'), excludeAllTools: true });
        assert.deepEqual(await listOf(all.client), []);
        assert.equal(await callText(all.client, 'one_a'), -32602);
    });

    test('defaultToolVisibility deny shows only what is named', async (t) => {
        const { client } = await two(t, {
            ...prefix('{workload}_'), defaultToolVisibility: 'deny', tools: [{ workload: 'two', filter: ['b'] }],
        });
        assert.deepEqual(namesOf(await listOf(client)), ['two_b']);
        assert.equal(await callText(client, 'one_a'), -32602);
    });
});

describe('pages', () => {
    test('2,500 tools come in pages, in order, each once', async (t) => {
        const tools = named(...Array.from({ length: 2500 }, (_, index) => `tool_${index}`));
        const backend = await stub(t, { name: 'one', tools });
        const vmcp = await gateway(t, { one: backend.url });
        const client = await rawClient(t, vmcp);
        const first = (await client.request('tools/list')).message.result;
        assert.ok(first.tools.length < 2500 && first.nextCursor !== undefined);
        assert.deepEqual(namesOf(await listOf(client)), tools.map((tool) => `one_${tool.name}`));
        const last = await callText(client, 'one_tool_2499');
        assert.equal(last, 'one:tool_2499');
    });

    test('the pages of a backend are all read, "" being a cursor like any other', async (t) => {
        const backend = await stub(t, { name: 'one' });
        const pages = { undefined: ['a', ''], '': ['b', 'next'], next: ['c', undefined] };
        backend.on('tools/list', (exchange) => {
            const [name, nextCursor] = pages[exchange.message.params?.cursor];
            exchange.result({ tools: named(name), ...(nextCursor === undefined ? {} : { nextCursor }) });
        });
        const vmcp = await gateway(t, { one: backend.url });
        assert.deepEqual(namesOf(await listOf(await rawClient(t, vmcp))), ['one_a', 'one_b', 'one_c']);
    });

    test('a backend whose pages never end does not hold up the others', async (t) => {
        const endless = await stub(t, { name: 'endless' });
        let page = 0;
        endless.on('tools/list', (exchange) => exchange.result({ tools: named(`t${page++}`), nextCursor: 'again' }));
        const sane = await stub(t, { name: 'sane', tools: named('x') });
        const vmcp = await gateway(t, { endless: endless.url, sane: sane.url }, { ready: ['sane'] });
        const client = await rawClient(t, vmcp);
        assert.ok(namesOf(await listOf(client)).includes('sane_x'));
    });

    test('the order is that of the config, then that of the backend, every time', async (t) => {
        const backends = {};
        for (const name of ['zeta', 'alpha', 'mid']) backends[name] = (await stub(t, { name, tools: named('z', 'a', 'm') })).url;
        const wanted = ['zeta', 'alpha', 'mid'].flatMap((name) => ['z', 'a', 'm'].map((tool) => `${name}_${tool}`));
        for (let round = 0; round < 2; ++round) {
            const vmcp = await gateway(t, backends);
            assert.deepEqual(namesOf(await listOf(await rawClient(t, vmcp))), wanted);
        }
    });
});

describe('names', () => {
    test('every name that is shown can be taken by any client, and called', async (t) => {
        const odd = ['ok', 'with space', 'ünïcode ☂', 'slash/and:colon', 'x'.repeat(200), `${'x'.repeat(199)}y`];
        const { client, one } = await two(t, prefix('{workload}_'), { one: named(...odd), two: [] });
        const names = namesOf(await listOf(client));
        assert.equal(names.length, odd.length);
        assert.equal(new Set(names).size, odd.length);
        for (const [index, name] of names.entries()) {
            assert.match(name, /^[A-Za-z0-9_.-]{1,64}$/);
            assert.equal(await callText(client, name), `one:${odd[index]}`);
            assert.equal(one.requests('tools/call').at(-1).message.params.name, odd[index]);
        }
    });

    test('prompts are prefixed, called by their own name, and completed', async (t) => {
        const prompts = [{ name: 'hello', arguments: [{ name: 'who' }] }];
        const one = await stub(t, { name: 'one', prompts });
        const other = await stub(t, { name: 'two', prompts });
        for (const backend of [one, other]) {
            backend.on('prompts/get', (exchange) => exchange.result({ description: backend.name, messages: [], asked: exchange.message.params.name }));
            backend.on('completion/complete', (exchange) =>
                exchange.result({ completion: { values: [`${backend.name}:${exchange.message.params.ref.name}`] } }));
        }
        const vmcp = await gateway(t, { one: one.url, two: other.url });
        const client = await rawClient(t, vmcp);
        assert.deepEqual(namesOf(await listOf(client, 'prompts')), ['one_hello', 'two_hello']);
        const { message } = await client.request('prompts/get', { name: 'two_hello', arguments: { who: 'x' } });
        assert.deepEqual(message.result, { description: 'two', messages: [], asked: 'hello' });
        const completed = await client.request('completion/complete', {
            ref: { type: 'ref/prompt', name: 'one_hello' }, argument: { name: 'who', value: '' },
        });
        assert.deepEqual(completed.message.result.completion.values, ['one:hello']);
    });
});

describe('resources', () => {
    // Answers with its own name and the URI; knows every URI but those of nowhere.
    const readable = (backend) => backend.on('resources/read', (exchange) => {
        const { uri } = exchange.message.params;
        if (uri.startsWith('nowhere:')) return exchange.error({ code: -32002, message: 'Resource not found', data: { uri } });
        return exchange.result({ contents: [{ uri, mimeType: 'text/plain', text: `${backend.name} ${uri}` }] });
    });

    test('the same URI at two backends: both are listed, each is read at its owner', async (t) => {
        const same = { uri: 'stub://same', name: 'same' };
        const one = readable(await stub(t, { name: 'one', resources: [same, { uri: 'stub://one', name: 'o' }] }));
        const other = readable(await stub(t, { name: 'two', resources: [same] }));
        const vmcp = await gateway(t, { one: one.url, two: other.url });
        const client = await rawClient(t, vmcp);
        const uris = (await listOf(client, 'resources')).map((item) => item.uri);
        assert.equal(uris.length, 3);
        assert.equal(new Set(uris).size, 3);
        assert.deepEqual(uris.slice(0, 2), ['stub://same', 'stub://one'], 'the first owner keeps its URI');
        const first = (await client.request('resources/read', { uri: 'stub://same' })).message.result.contents[0];
        assert.equal(first.text, 'one stub://same');
        const second = (await client.request('resources/read', { uri: uris[2] })).message.result.contents[0];
        assert.equal(second.text, 'two stub://same');
        assert.equal(second.uri, uris[2], 'the client reads the URI that it asked for');
    });

    test('templates route what they match, the most literal first', async (t) => {
        const one = readable(await stub(t, { name: 'one', templates: [{ uriTemplate: 'file:///{+path}', name: 'any' }] }));
        const other = readable(await stub(t, { name: 'two', templates: [{ uriTemplate: 'db://{table}/{id}', name: 'row' }] }));
        const vmcp = await gateway(t, { one: one.url, two: other.url });
        const client = await rawClient(t, vmcp);
        assert.equal((await listOf(client, 'resourceTemplates', 'resources/templates/list')).length, 2);
        for (const [uri, owner] of [['file:///a/b.txt', 'one'], ['db://users/7', 'two'], ['db://a%20b/ü', 'two']]) {
            const { message } = await client.request('resources/read', { uri });
            assert.equal(message.result?.contents[0].text, `${owner} ${uri}`, uri);
        }
        const { message } = await client.request('resources/read', { uri: 'nowhere://x' });
        assert.equal(message.error.code, -32002);
    });

    test('a link in a result is read at the backend that gave it', async (t) => {
        const one = readable(await stub(t, { name: 'one', tools: named('t') }));
        const other = readable(await stub(t, { name: 'two', tools: named('link') }));
        other.on('tools/call', (exchange) => exchange.result({
            content: [{ type: 'resource_link', uri: 'hidden://42', name: 'hidden' }],
        }));
        const vmcp = await gateway(t, { one: one.url, two: other.url });
        const client = await rawClient(t, vmcp);
        await client.request('tools/call', { name: 'two_link' });
        const { message } = await client.request('resources/read', { uri: 'hidden://42' });
        assert.equal(message.result.contents[0].text, 'two hidden://42');
    });

    test('a subscription goes to the owner, and its updates to the subscriber only', async (t) => {
        const one = await stub(t, { name: 'one', resources: [{ uri: 'stub://one', name: 'o' }] });
        const other = await stub(t, { name: 'two', resources: [{ uri: 'stub://two', name: 't' }] });
        const vmcp = await gateway(t, { one: one.url, two: other.url });
        const subscriber = await rawClient(t, vmcp);
        const bystander = await rawClient(t, vmcp);
        const streams = [await subscriber.openStream(), await bystander.openStream()];
        assert.deepEqual((await subscriber.request('resources/subscribe', { uri: 'stub://two' })).message.result, {});
        assert.equal(one.requests('resources/subscribe').length, 0);
        const session = other.requests('resources/subscribe')[0].headers['mcp-session-id'];
        await until('vmcp listens at the backend', () => other.streams.has(session));
        const update = { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'stub://two' } };
        other.push(update, session);
        const event = await until('the update', () => streams[0].events.find((one_) => one_.data));
        assert.deepEqual(JSON.parse(event.data), update);
        assert.equal(streams[1].events.filter((one_) => one_.data).length, 0);
        assert.deepEqual((await subscriber.request('resources/unsubscribe', { uri: 'stub://two' })).message.result, {});
        for (const stream of streams) stream.destroy();
    });
});
