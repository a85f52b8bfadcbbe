// Both generations of the official SDK client, through vmcp, against server-everything and the fixture: every feature of
// the protocol gives what it gives when the client is connected to the backend directly. The older one also by HTTP+SSE.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startFixture } from '../conformance/fixture.mjs';
import { connectBySse, generations, startEverything, textOf } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { configFor, startVmcp } from './lib/vmcp.mjs';

const prefixed = (list, backend) => list.map((one) => ({ ...one, name: `${backend}_${one.name}` }));
const byName = (list) => [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
const owned = (list, backend) => list.filter((one) => one.name.startsWith(`${backend}_`));

let everything;
let fixture;
let gateway;

before(async () => {
    [everything, fixture] = await Promise.all([startEverything(), startFixture({ extras: true })]);
    gateway = await startVmcp(configFor([
        { name: 'everything', url: everything.url }, { name: 'fixture', url: fixture.url },
    ], { listener: { sse: true } }));
});

after(async () => {
    await gateway?.stop();
    await everything?.stop();
    await fixture?.close();
});

const ways = [
    ...Object.entries(generations).map(([generation, { connect }]) => ({ generation, connect, enter: (options) => connect(gateway.url, options) })),
    {
        generation: 'SDK 1.32 by HTTP+SSE', connect: generations['SDK 1.32'].connect,
        enter: (options) => connectBySse(`${gateway.base}/sse`, options), bySse: true,
    },
];

for (const { generation, connect, enter, bySse = false } of ways) {
    describe(generation, () => {
        let client;
        let direct;
        const asked = [];
        const setup = (one) => {
            one.onRequest('sampling/createMessage', ({ params }) => {
                asked.push(params);
                return { role: 'assistant', model: 'm', content: { type: 'text', text: `sampled ${params.messages[0].content.text}` } };
            });
            one.onRequest('elicitation/create', ({ params }) => {
                asked.push(params);
                return params.mode === 'url' ? { action: 'accept' }
                    : { action: 'accept', content: { username: 'ada', email: 'ada@example.com', answer: params.message } };
            });
            one.onRequest('roots/list', () => ({ roots: [{ uri: 'file:///home/ada', name: generation }] }));
        };

        before(async () => {
            client = await enter({ name: generation, setup });
            direct = {
                everything: await connect(everything.url, { name: 'direct', setup }),
                fixture: await connect(fixture.url, { name: 'direct', setup }),
            };
        });

        after(async () => {
            await client?.close();
            for (const one of Object.values(direct ?? {})) await one.close();
        });

        test('the definitions of tools and prompts are the backends\', with the prefix', async () => {
            const { tools } = await client.listTools();
            const { prompts } = await client.listPrompts();
            for (const backend of ['everything', 'fixture']) {
                const own = await direct[backend].listTools();
                assert.deepEqual(byName(owned(tools, backend)), byName(prefixed(own.tools, backend)), `tools of ${backend}`);
                const other = await direct[backend].listPrompts();
                assert.deepEqual(byName(owned(prompts, backend)), byName(prefixed(other.prompts, backend)), `prompts of ${backend}`);
            }
            assert.equal(owned(tools, 'everything').length + owned(tools, 'fixture').length, tools.length);
        });

        test('resources and templates are the backends\', and every one can be read', async () => {
            const { resources } = await client.listResources();
            const { resourceTemplates } = await client.listResourceTemplates();
            for (const backend of ['everything', 'fixture']) {
                const own = (await direct[backend].listResources()).resources;
                for (const one of own) {
                    assert.deepEqual(resources.find((other) => other.uri === one.uri), one);
                    assert.deepEqual(await client.readResource({ uri: one.uri }), await direct[backend].readResource({ uri: one.uri }));
                }
                for (const one of (await direct[backend].listResourceTemplates()).resourceTemplates)
                    assert.deepEqual(resourceTemplates.find((other) => other.uriTemplate === one.uriTemplate), one);
            }
            const { contents } = await client.readResource({ uri: 'test://template/42/data' });
            assert.deepEqual(JSON.parse(contents[0].text), { id: '42', data: 'Data of 42' });
            const dynamic = await client.readResource({ uri: 'demo://resource/dynamic/text/7' });
            assert.match(dynamic.contents[0].text, /7/);
        });

        test('prompts give what they give directly', async () => {
            const given = { arg1: 'one', arg2: 'two' };
            assert.deepEqual(
                await client.getPrompt({ name: 'fixture_test_prompt_with_arguments', arguments: given }),
                await direct.fixture.getPrompt({ name: 'test_prompt_with_arguments', arguments: given }));
            assert.deepEqual(await client.getPrompt({ name: 'everything_simple-prompt' }),
                await direct.everything.getPrompt({ name: 'simple-prompt' }));
            await assert.rejects(client.getPrompt({ name: 'fixture_test_prompt_with_arguments', arguments: {} }), { code: -32602 });
            await assert.rejects(client.getPrompt({ name: 'nowhere_at_all' }), { code: -32602 });
        });

        test('tool results give what they give directly', async () => {
            for (const name of ['test_simple_text', 'test_image_content', 'test_audio_content', 'test_embedded_resource',
                'test_multiple_content_types', 'test_error_handling'])
                assert.deepEqual(await client.call(`fixture_${name}`, {}), await direct.fixture.call(name, {}), name);
            for (const [name, given] of [['echo', { message: 'hé ☂' }], ['get-sum', { a: 1.5, b: -2 }],
                ['get-structured-content', { location: 'New York' }], ['get-annotated-message', { messageType: 'error', includeImage: true }],
                ['get-tiny-image', {}], ['get-resource-links', { count: 3 }]])
                assert.deepEqual(await client.call(`everything_${name}`, given), await direct.everything.call(name, given), name);
            assert.deepEqual(JSON.parse(textOf(await client.call('fixture_echo', { text: 'x' }))), { server: 'fixture', text: 'x' });
        });

        test('errors keep their code, and an unknown tool is named', async () => {
            await assert.rejects(client.call('fixture_no_such_tool', {}), (error) => {
                assert.equal(error.code, -32602);
                assert.match(error.message, /fixture_no_such_tool/);
                return true;
            });
            // -32002 on the wire; SDK 2.4 shows it as the -32602 of the next revision.
            await assert.rejects(client.readResource({ uri: 'test://nowhere' }), (error) => {
                assert.equal(error.code, generation.startsWith('SDK 1.32') ? -32002 : -32602);
                assert.match(error.message, /test:\/\/nowhere/);
                return true;
            });
        });

        test('completion reaches the owner of the prompt or template', async () => {
            const answer = await client.complete({
                ref: { type: 'ref/prompt', name: 'fixture_test_prompt_with_arguments' }, argument: { name: 'arg1', value: 'par' },
            });
            assert.deepEqual(answer.completion.values, ['paris', 'park', 'party']);
            const template = await client.complete({
                ref: { type: 'ref/resource', uri: 'test://template/{id}/data' }, argument: { name: 'id', value: '12' },
            });
            assert.deepEqual(template.completion.values, ['12', '123']);
        });

        test('log lines come at the level that this client chose', async () => {
            const lines = [];
            client.onNotification('notifications/message', ({ params }) => void lines.push(params));
            await client.setLoggingLevel('warning');
            const levels = ['debug', 'info', 'notice', 'warning', 'error', 'critical'];
            await client.call('fixture_log_lines', { levels, tag: generation });
            await until('three lines', () => lines.filter((one) => one.data?.tag === generation).length >= 3);
            assert.deepEqual(lines.map((one) => one.level), ['warning', 'error', 'critical']);
            assert.deepEqual(lines[0].data, { tag: generation, level: 'warning' });
            await client.setLoggingLevel('debug');
        });

        test('progress arrives in order, before the result', async () => {
            const long = [];
            await client.call('everything_trigger-long-running-operation', { duration: 0.5, steps: 4 },
                { onprogress: (one) => long.push(one.progress) });
            // Over HTTP+SSE this SDK forgets who waits for progress when the response is read in the same turn: what comes at
            // its very end may reach nobody. The tests of the wire see that it is sent.
            if (bySse) {
                assert.deepEqual(long.slice(0, 3), [1, 2, 3]);
                return;
            }
            assert.deepEqual(long, [1, 2, 3, 4]);
            const seen = [];
            const result = await client.call('fixture_report_progress', { n: 5 }, { onprogress: (one) => seen.push(one) });
            assert.deepEqual(seen.map((one) => [one.progress, one.total, one.message]),
                [1, 2, 3, 4, 5].map((n) => [n, 5, `step ${n}`]));
            assert.match(textOf(result), /^token /);
        });

        test('cancelling a call reaches its backend', async () => {
            const tag = `cancel ${generation}`;
            const controller = new AbortController();
            const call = client.call('fixture_slow', { ms: 20000, tag }, { signal: controller.signal });
            await until('the call runs', () => fixture.state.calls.filter((one) => one.tool === 'slow').length > 0);
            setTimeout(() => controller.abort('enough'), 100);
            await assert.rejects(call);
            await until('the backend is told', () => fixture.state.cancelled.includes(tag));
            assert.equal(fixture.state.cancelled.filter((one) => one === tag).length, 1);
        });

        test('a subscription brings updates until it ends', async () => {
            const uri = 'test://watched-resource';
            const updates = [];
            client.onNotification('notifications/resources/updated', ({ params }) => void updates.push(params.uri));
            await client.subscribeResource({ uri });
            await client.call('fixture_touch_resource', {});
            await until('the update', () => updates.length === 1);
            assert.deepEqual(updates, [uri]);
            await client.unsubscribeResource({ uri });
            await client.call('fixture_touch_resource', {});
            await client.call('fixture_touch_resource', {});
            await client.ping();
            assert.equal(updates.length, 1);
        });

        test('sampling, elicitation and roots come back with this client\'s answers', async () => {
            assert.equal(textOf(await client.call('fixture_test_sampling', { prompt: 'rain?' })), 'LLM response: sampled rain?');
            assert.match(textOf(await client.call('fixture_test_elicitation', { message: 'who?' })), /"username":"ada"/);
            assert.equal(textOf(await client.call('fixture_ask_url', { url: 'https://example.com/consent', id: 'e1' })), 'accept');
            assert.equal(asked.at(-1).url, 'https://example.com/consent');
            assert.equal(asked.at(-1).elicitationId, 'e1');
            const roots = JSON.parse(textOf(await client.call('fixture_read_roots', {})));
            assert.deepEqual(roots, { roots: [{ uri: 'file:///home/ada', name: generation }] });
            const sampled = await client.call('everything_trigger-sampling-request', { prompt: 'sun?', maxTokens: 10 });
            assert.match(JSON.stringify(sampled.content), /sampled/);
        });

        test('a change of the roots reaches the backend', async () => {
            const before = fixture.state.rootsChanged;
            await client.sendRootsListChanged();
            await until('the backend hears of it', () => fixture.state.rootsChanged > before);
        });
    });
}
