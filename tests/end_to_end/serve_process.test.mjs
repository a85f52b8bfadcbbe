// vmcp serve as a process: its flags across a reload, what a reload changes of running backends, open descriptors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gatewayWithAdmin, nowhere } from './lib/admin.mjs';
import { until } from './lib/process.mjs';
import { send } from './lib/raw_client.mjs';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { configFor } from './lib/vmcp.mjs';

const tools = [toolDefinition('one')];
const token = 'a-long-token-of-operators';

test('a flag that wins over the file is no change of the file', async (t) => {
    const vmcp = await gatewayWithAdmin(t, undefined, { token, args: ['--workers', '3'] });
    const reload = async () => {
        const answer = await send(`${vmcp.admin}/api/reload`, { headers: { authorization: `Bearer ${token}` }, body: '' });
        return JSON.parse(await answer.body());
    };
    assert.deepEqual(await reload(), { status: 'unchanged' });
    assert.doesNotMatch(vmcp.program.stderr, /after a restart/);
    const threads = Number(/Threads:\s+(\d+)/.exec(readFileSync(`/proc/${vmcp.program.child.pid}/status`, 'utf8'))[1]);
    assert.ok(threads >= 1 + 1 + 3, `${threads} threads: main, control and 3 workers`);
});

test('limits of answers, questions and deadlines are changed by a reload, for backends that stay', async (t) => {
    const backend = await stub(t, { tools });
    const ways = {
        large: (exchange) => exchange.result({ content: [{ type: 'text', text: 'x'.repeat(300_000) }] }),
        slow: async (exchange) => {
            const stream = exchange.sse();
            for (let i = 1; i <= 8; ++i) {
                await sleep(250);
                stream.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: exchange.message.params._meta.progressToken, progress: i } });
            }
            stream.result({ content: [] });
        },
        asking: async (exchange) => {
            const stream = exchange.sse();
            stream.send({ jsonrpc: '2.0', id: 'question', method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } });
            await until('the answer', () => backend.answers.get('question'), 8000);
            stream.result({ content: [] });
        },
    };
    backend.on('tools/call', (exchange) => ways[exchange.message.params.arguments.way](exchange));
    const config = (limits, operational) => ({
        limits, operational: { timeouts: { default: '1s' }, failureHandling: { healthCheckInterval: '60s' }, ...operational },
    });
    const vmcp = await gateway(t, { stub: backend.url }, { config: config({}, { progressExtendsDeadline: true }) });
    const client = await rawClient(t, vmcp, { capabilities: { sampling: {} } });
    const call = async (way) => (await client.request('tools/call', { name: 'stub_one', arguments: { way }, _meta: { progressToken: way } })).message;

    for (const way of ['large', 'slow']) assert.ok((await call(way)).result, `${way}, with the first configuration`);
    const handshakes = backend.requests('initialize').length;
    await vmcp.rewrite(configFor([{ name: 'stub', url: backend.url }],
        config({ maxBackendBody: '100KiB', askTimeout: '1s' }, { timeouts: { default: '1s' }, progressExtendsDeadline: false })));
    await until('the reload', () => /configuration reloaded/.test(vmcp.program.stderr));

    assert.match(JSON.stringify((await call('large')).error), /too large/);
    assert.match(JSON.stringify((await call('slow')).error), /time|deadline|did not answer/i);
    const asked = Date.now();
    assert.ok(await call('asking'), 'nobody answers the question of the backend');
    assert.ok(backend.answers.get('question').error, 'the backend is told so');
    assert.ok(Date.now() - asked < 5000, `after ${Date.now() - asked} ms`);
    assert.equal(backend.requests('initialize').length, handshakes, 'in the same sessions');
    assert.doesNotMatch(vmcp.program.stderr, /after a restart/);
});

const limitOf = ({ program }) => /Max open files\s+(\d+)\s+(\d+)/.exec(readFileSync(`/proc/${program.child.pid}/limits`, 'utf8')).slice(1).map(Number);
const withLimit = (how) => ['sh', '-c', `ulimit ${how}; exec "$@"`, 'sh'];

test('the soft limit of open files is raised to the hard limit, and a hard limit that is too low is told of', async (t) => {
    const few = await gateway(t, nowhere, { ready: false, wrap: withLimit('-n 500') });
    assert.deepEqual(limitOf(few), [500, 500]);
    assert.equal(few.program.stderr.match(/at most 500 files may be open.*limits\.maxConnections \(65536\)/g)?.length, 1, few.program.stderr);
    const enough = await gateway(t, nowhere, { ready: false, wrap: withLimit('-Sn 100'), config: { limits: { maxConnections: 50 } } });
    const [soft, hard] = limitOf(enough);
    assert.ok(soft === hard && soft > 100, `${soft} of ${hard}`);
    if (hard >= 50 + 1024) assert.doesNotMatch(enough.program.stderr, /files may be open/);
});
