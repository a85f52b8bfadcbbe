// A backend of the stateless revision (2026-07-28), which is the official SDK's, and clients of both generations and both
// eras: everything that belongs to the protocol works through vmcp.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startModernFixture } from '../conformance/modern_fixture.mjs';
import { generations, textOf } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { configFor, startVmcp } from './lib/vmcp.mjs';

let fixture;
let gateway;

before(async () => {
    fixture = await startModernFixture();
    gateway = await startVmcp(configFor([{ name: 'fixture', url: fixture.url, era: 'auto' }]));
    await gateway.untilHealthy();
    await gateway.untilListed();
});

after(async () => {
    await gateway?.stop();
    await fixture?.close();
});

const stateless = {
    async connect(url, { capabilities = { sampling: {}, elicitation: { form: {}, url: {} }, roots: {} }, setup } = {}) {
        const client = new Client({ name: 'client-stateless', version: '1.0.0' }, { capabilities, versionNegotiation: { mode: { pin: '2026-07-28' } } });
        client.onRequest = (method, handler) => client.setRequestHandler(method, handler);
        client.onNotification = (method, handler) => client.setNotificationHandler(method, handler);
        client.call = (tool, given, options) => client.callTool({ name: tool, arguments: given }, options);
        client.stateless = true;
        setup?.(client);
        await client.connect(new StreamableHTTPClientTransport(new URL(url)));
        return client;
    },
};

function answering(client) {
    client.onRequest('elicitation/create', ({ params }) =>
        params.mode === 'url' ? { action: 'decline' } : { action: 'accept', content: { name: params.message } });
    client.onRequest('sampling/createMessage', () => ({ role: 'assistant', model: 'm', content: { type: 'text', text: 'Paris' } }));
    client.onRequest('roots/list', () => ({ roots: [{ uri: 'file:///home/ada' }] }));
}

const requestsOf = (method) => fixture.state.requests.filter((one) => one.method === method);

test('the status says what is spoken, and no request was one of sessions', async () => {
    const { backends } = await gateway.status();
    assert.equal(backends[0].mcp_revision, '2026-07-28');
    assert.deepEqual(requestsOf('POST'), []);
    assert.ok(requestsOf('server/discover').length > 0);
    assert.equal(requestsOf('subscriptions/listen').length, 1);
});

for (const [name, { connect }] of Object.entries({ ...generations, 'SDK 2.4 stateless': stateless })) {
    describe(name, () => {
        let client;
        before(async () => {
            client = await connect(gateway.url, { setup: answering });
        });
        after(() => client?.close());
        const call = (tool, args = {}, options) => client.call(`fixture_${tool}`, args, options);
        const json = async (tool, args) => JSON.parse(textOf(await call(tool, args)));

        test('lists', async () => {
            const { tools } = await client.listTools();
            assert.ok(tools.some((one) => one.name === 'fixture_echo'));
            const { prompts } = await client.listPrompts();
            assert.ok(prompts.some((one) => one.name === 'fixture_test_simple_prompt'));
            const { resources } = await client.listResources();
            assert.ok(resources.some((one) => one.uri === 'test://static-text'));
            const { resourceTemplates } = await client.listResourceTemplates();
            assert.equal(resourceTemplates.length, 1);
        });

        test('calls, with the headers that the revision wants', async () => {
            const before = fixture.state.requests.length;
            const answer = await call('echo', { text: 'grüße' });
            assert.deepEqual(JSON.parse(textOf(answer)), { server: 'fixture', text: 'grüße' });
            if (!client.stateless) assert.equal(answer.resultType, undefined);
            const [request] = fixture.state.requests.slice(before).filter(({ method }) => method === 'tools/call');
            assert.equal(request.headers['mcp-protocol-version'], '2026-07-28');
            assert.equal(request.headers['mcp-name'], 'echo');
            assert.equal(request.headers['mcp-session-id'], undefined);
        });

        test('an argument is repeated where the schema wants it', async () => {
            assert.equal(textOf(await call('test_x_mcp_header', { region: 'Übersee' })), 'region Übersee');
            assert.equal(requestsOf('tools/call').at(-1).headers['mcp-param-region'], `=?base64?${Buffer.from('Übersee').toString('base64')}?=`);
        });

        test('reads, completes, and gets a prompt', async () => {
            const { contents } = await client.readResource({ uri: 'test://static-text' });
            assert.equal(contents.length, 1);
            const { messages } = await client.getPrompt({ name: 'fixture_test_prompt_with_arguments', arguments: { arg1: 'a', arg2: 'b' } });
            assert.equal(messages.length, 1);
            const { completion } = await client.complete({
                ref: { type: 'ref/prompt', name: 'fixture_test_prompt_with_arguments' }, argument: { name: 'arg1', value: '' },
            });
            assert.ok(Array.isArray(completion.values));
            await assert.rejects(client.readResource({ uri: 'test://nothing-here' }), (error) => {
                assert.equal(error.code, name === 'SDK 1.32' ? -32002 : -32602); // the newer SDK knows one code for both
                return true;
            });
        });

        test('progress', async () => {
            const steps = [];
            await call('report_progress', { n: 5 }, { onprogress: ({ progress }) => steps.push(progress) });
            assert.deepEqual(steps, [1, 2, 3, 4, 5]);
        });

        test('log messages, of the level that was asked for', async () => {
            const heard = [];
            client.onNotification('notifications/message', ({ params }) => void heard.push(params.level));
            const levels = { levels: ['debug', 'info', 'error'] };
            if (client.stateless) {
                await client.request({
                    method: 'tools/call',
                    params: { name: 'fixture_log_lines', arguments: levels, _meta: { 'io.modelcontextprotocol/logLevel': 'info' } },
                }).catch(() => call('log_lines', levels));
            } else {
                await client.setLoggingLevel('info');
                await call('log_lines', levels);
            }
            if (!client.stateless || heard.length > 0) assert.deepEqual(heard, ['info', 'error']);
        });

        test('cancelling closes the request at the backend', async () => {
            const stop = new AbortController();
            const tag = `cancelled by ${name}`;
            const running = call('slow', { ms: 30_000, tag }, { signal: stop.signal });
            await until('the call runs', () => fixture.state.calls.at(-1) === 'slow');
            stop.abort();
            await assert.rejects(running);
            await until('the backend saw it', () => fixture.state.cancelled.includes(tag));
        });

        test('elicitation, sampling and roots', async () => {
            const said = await json('test_input_required_result_elicitation');
            assert.deepEqual(said, { action: 'accept', content: { name: 'What is your name?' } });
            const completed = await json('test_input_required_result_sampling');
            assert.equal(completed.content.text, 'Paris');
            const { roots } = await json('test_input_required_result_list_roots');
            assert.equal(roots[0].uri, 'file:///home/ada');
            assert.equal(textOf(await call('ask_url')), 'decline');
        });

        test('several questions at once, and one after the other', async () => {
            const three = await json('test_input_required_result_multiple_inputs');
            assert.deepEqual([three[0].action, three[1].content.text, three[2].roots.length], ['accept', 'Paris', 1]);
            const two = await json('test_input_required_result_multi_round');
            assert.deepEqual(two.map(({ content }) => content.name), ['What is your name?', 'And then?']);
            assert.equal(textOf(await call('shed_load')), 'served');
        });

        test('a prompt that asks', async () => {
            const { messages } = await client.getPrompt({ name: 'fixture_test_input_required_result_prompt' });
            assert.match(messages[0].content.text, /What is your name/);
        });

        test('an error keeps its code and its data', async () => {
            await assert.rejects(call('fail_with_data'), (error) => {
                assert.equal(error.code, -31999);
                assert.deepEqual(error.data, { part: 'left', count: 9007199254740991 });
                return true;
            });
        });

        test('a client that cannot be asked is told so', async () => {
            const other = await connect(gateway.url, { capabilities: {} });
            const how = await other.call('fixture_test_missing_capability', {}).then((answer) => ({ answer }), (error) => ({ error }));
            if (client.stateless) assert.equal(how.error.code, -32021);
            else assert.ok(how.error !== undefined || how.answer.isError, JSON.stringify(how));
            await other.close();
        });

        test('changes of lists and of resources are heard', async () => {
            const changed = new Promise((resolve) => client.onNotification('notifications/tools/list_changed', resolve));
            const updated = new Promise((resolve) => client.onNotification('notifications/resources/updated', resolve));
            let subscription;
            if (client.stateless)
                subscription = await client.listen({ toolsListChanged: true, resourceSubscriptions: ['test://watched-resource'] });
            else
                await client.subscribeResource({ uri: 'test://watched-resource' });
            await call('touch_resource');
            assert.equal((await updated).params.uri, 'test://watched-resource');
            const had = (await client.listTools()).tools.some((one) => one.name === 'fixture_dynamic_tool');
            await call('toggle_tool');
            await changed;
            const has = (await client.listTools()).tools.some((one) => one.name === 'fixture_dynamic_tool');
            assert.notEqual(has, had);
            if (client.stateless) await subscription.close?.();
            else await client.unsubscribeResource({ uri: 'test://watched-resource' });
        });
    });
}

test('a backend that is never content is given up', async () => {
    const client = await generations['SDK 2.4'].connect(gateway.url, { setup: answering });
    await assert.rejects(client.call('fixture_ask_in_vain', {}), /input for the 10th time/);
    await client.close();
});
