// Changes of the backends' lists reach exactly the clients for whom something changed, for additions and removals.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './lib/process.mjs';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';

const kinds = [
    { kind: 'tools', make: (name) => JSON.stringify(toolDefinition(name)), of: (list) => list.tools.map((one) => one.name), method: 'tools/list', prefix: 'stub_' },
    { kind: 'prompts', make: (name) => JSON.stringify({ name }), of: (list) => list.prompts.map((one) => one.name), method: 'prompts/list', prefix: 'stub_' },
    { kind: 'resources', make: (name) => JSON.stringify({ uri: `stub://${name}`, name }), of: (list) => list.resources.map((one) => one.name), method: 'resources/list', prefix: '' },
];

const notices = (stream, kind) => stream.events.filter((event) => event.data?.includes(`notifications/${kind}/list_changed`)).length;

async function listening(t, options, config) {
    const backend = await stub(t, options);
    const vmcp = await gateway(t, { stub: backend.url }, { config });
    const clients = [];
    for (let i = 0; i < 2; ++i) {
        const client = await rawClient(t, vmcp);
        clients.push({ client, stream: await client.openStream() });
    }
    await until('vmcp listens at the backend', () => backend.streams.size > 0);
    t.after(() => clients.forEach(({ stream }) => stream.destroy()));
    return { backend, vmcp, clients };
}

const tell = (backend, kind) => backend.push({ jsonrpc: '2.0', method: `notifications/${kind}/list_changed` });

for (const { kind, make, of, method, prefix } of kinds)
    describe(kind, () => {
        test('an addition and a removal are told to every client, once each', async (t) => {
            const { backend, clients } = await listening(t, { [kind]: [JSON.parse(make('first'))] });
            const listed = async ({ client }) => of((await client.request(method)).message.result);
            backend[kind].push(make('second'));
            tell(backend, kind);
            for (const one of clients) {
                await until('the notice', () => notices(one.stream, kind) === 1);
                assert.deepEqual(await listed(one), [`${prefix}first`, `${prefix}second`]);
            }
            backend[kind].shift();
            tell(backend, kind);
            for (const one of clients) {
                await until('the second notice', () => notices(one.stream, kind) === 2);
                assert.deepEqual(await listed(one), [`${prefix}second`]);
            }
        });

        test('a change that nobody can see is told to nobody', async (t) => {
            const { backend, clients } = await listening(t, { [kind]: [JSON.parse(make('first'))] });
            const before = backend.requests(method).length;
            tell(backend, kind);
            await until('vmcp reads the list again', () => backend.requests(method).length > before);
            await sleep(500);
            backend[kind].push(make('second'));
            tell(backend, kind);
            for (const one of clients) {
                await until('the notice of the real change', () => notices(one.stream, kind) >= 1);
                assert.equal(notices(one.stream, kind), 1);
            }
        });
    });

test('a change of a hidden tool is told to nobody', async (t) => {
    const { backend, clients } = await listening(t, { tools: [toolDefinition('shown'), toolDefinition('hidden')] }, {
        aggregation: {
            conflictResolution: 'prefix', conflictResolutionConfig: { prefixFormat: '{workload}_' },
            tools: [{ workload: 'stub', filter: ['shown'] }],
        },
    });
    const before = backend.requests('tools/list').length;
    backend.tools[1] = JSON.stringify(toolDefinition('hidden', { description: 'changed' }));
    tell(backend, 'tools');
    await until('vmcp reads the list again', () => backend.requests('tools/list').length > before);
    await sleep(500);
    for (const { stream } of clients) assert.equal(notices(stream, 'tools'), 0);
});

test('a changed description counts as a change', async (t) => {
    const { backend, clients } = await listening(t, { tools: [toolDefinition('one')] });
    backend.tools[0] = JSON.stringify(toolDefinition('one', { description: 'new words' }));
    tell(backend, 'tools');
    await until('the notice', () => notices(clients[0].stream, 'tools') === 1);
    const { message } = await clients[0].client.request('tools/list');
    assert.equal(message.result.tools[0].description, 'new words');
});

test('a change that the backend does not announce is found by polling', async (t) => {
    const { backend, clients } = await listening(t, { tools: [toolDefinition('one')] }, { operational: { catalogRefresh: '1s' } });
    backend.tools.push(JSON.stringify(toolDefinition('two')));
    await until('the notice', () => notices(clients[0].stream, 'tools') === 1, 8000);
});
