// Backends that are programs: started, spoken to over their standard input and output, watched, and ended with all that they
// started themselves.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gatewayWithAdmin, metricsOf } from './lib/admin.mjs';
import { textOf } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { rawClient, sdkClient } from './lib/setup.mjs';
import { configFor, vmcp as command } from './lib/vmcp.mjs';
import { rowOf, untilRow } from './lib/views.mjs';

const script = fileURLToPath(new URL('./lib/stdio_server.mjs', import.meta.url));
const program = (args = [], more = {}) => ({ transport: 'stdio', command: process.execPath, args: [script, ...args], ...more });
const quick = { operational: { failureHandling: { healthCheckInterval: '1s' } } };
const start = (t, backends, { config = quick, ...options } = {}) => gatewayWithAdmin(t, backends, { config, ...options });

const call = async (client, tool, given = {}, options) => {
    const { message } = await client.request('tools/call', { name: tool, arguments: given }, options);
    if (message.error) throw Object.assign(new Error(message.error.message), { error: message.error });
    return textOf(message.result);
};
const failure = (client, tool, given, options) => call(client, tool, given, options).then(() => assert.fail('it succeeded'), (error) => error);
const state = async (client) => JSON.parse(await call(client, 'one_state'));

// Whether that process runs; one that has ended and is not reaped does not.
const runs = async (pid) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return stat !== '' && !/\) [ZX] /.test(stat);
};
const untilGone = (pid, ms = 8000) => until(`process ${pid} is gone`, async () => !(await runs(pid)), ms);
async function processesWith(text) {
    const found = [];
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)))
        if ((await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes(text) && (await runs(pid))) found.push(Number(pid));
    return found;
}

describe('a program as a backend', { concurrency: 2 }, () => {
    test('is one process for all clients, by default; its lists and calls go through', async (t) => {
        const vmcp = await start(t, { one: program(['--says', 'how to use it']) });
        const row = await rowOf(vmcp.admin, 'one');
        assert.deepEqual([row.transport, row.url, row.sessions, row.health], ['stdio', 'stdio:node', 'shared', 'healthy']);
        const clients = [await rawClient(t, vmcp), await rawClient(t, vmcp, { capabilities: { roots: {} } })];
        const pids = await Promise.all(clients.map((client) => call(client, 'one_pid')));
        assert.equal(pids[0], pids[1]);
        const told = '{"text": "a\\u00e9\\n", "odd": 1.00}';
        const { message } = await clients[0].request('tools/call', undefined, { rawParams: `{\n  "name": "one_echo",\r\n  "arguments": ${told}\n}` });
        assert.equal(textOf(message.result), 'aé\n', 'a request of several lines is one line there');
        assert.match((await rawClient(t, vmcp)).initialized.instructions, /how to use it/);
        assert.equal((await state(clients[0])).initialized, 1, 'probes, lists and calls are one session');
        const unknown = await failure(clients[0], 'one_nothing');
        assert.match(unknown.message, /Unknown tool/);
        assert.equal((await processesWith(script)).includes(Number(pids[0])), true);
        await vmcp.stop();
        assert.equal(await runs(pids[0]), false, 'it ended with vmcp');
    });

    test('is a process for each client session where it is dedicated', async (t) => {
        const vmcp = await start(t, { one: program([], { sessions: 'dedicated' }) });
        const clients = [await rawClient(t, vmcp, { capabilities: { sampling: {} } }), await rawClient(t, vmcp)];
        const pids = await Promise.all(clients.map((client) => call(client, 'one_pid')));
        assert.notEqual(pids[0], pids[1]);
        assert.equal(await call(clients[0], 'one_pid'), pids[0]);
        assert.deepEqual((await state(clients[0])).client.capabilities, { sampling: {} }, 'it is told what that client can do');
        assert.equal((await processesWith(script)).filter((pid) => pids.includes(String(pid))).length, 2);
        await clients[0].close();
        await untilGone(pids[0]);
        assert.equal(await runs(pids[1]), true);
        await vmcp.stop();
        assert.equal(await runs(pids[1]), false);
    });

    test('that is killed is started again, and the next call finds it', async (t) => {
        const vmcp = await start(t, { one: program() });
        const client = await rawClient(t, vmcp);
        const first = await call(client, 'one_pid');
        const running = failure(client, 'one_sleep', { ms: 10000 });
        await until('the call runs', async () => (await (await fetch(`${vmcp.admin}/metrics`)).text()).length > 0);
        await new Promise((resolve) => setTimeout(resolve, 200));
        process.kill(Number(first), 'SIGKILL');
        const error = await running;
        assert.match(error.message, /"one": its program ended: killed by signal 9 \(Killed\)/);
        assert.deepEqual([error.error.data.backend, error.error.data.retryable], ['one', true]);
        const second = await call(client, 'one_pid');
        assert.notEqual(second, first);
        assert.match(vmcp.program.stderr, /backend one: its program ended: killed by signal 9/);
        await untilRow(vmcp.admin, 'one', ({ health }) => health === 'healthy');
        // Without a call, too.
        process.kill(Number(second), 'SIGKILL');
        await until('a third process', async () => (await processesWith(script)).length > 0 && !(await runs(second)));
        await untilRow(vmcp.admin, 'one', ({ health }) => health === 'healthy');
        assert.notEqual(await call(client, 'one_pid'), second);
    });

    test('that hangs is found out: the call ends by its deadline, and the program is killed and started again', async (t) => {
        const config = { operational: { timeouts: { default: '1s' }, failureHandling: { healthCheckInterval: '1s', healthCheckTimeout: '500ms' } } };
        const vmcp = await start(t, { one: program() }, { config });
        const client = await rawClient(t, vmcp);
        const first = await call(client, 'one_pid');
        const error = await failure(client, 'one_hang');
        assert.match(error.message, /did not answer tools\/call in time/);
        await untilGone(first, 15000);
        assert.match(vmcp.program.stderr, /has said nothing for 1 second, not even to a ping, and was killed/);
        await until('it is usable again', async () => (await call(client, 'one_pid')) !== first, 15000);
    });

    test('that keeps ending is started ever more slowly, and says so', async (t) => {
        const vmcp = await start(t, { one: { transport: 'stdio', command: 'sh', args: ['-c', 'echo started >&2; exit 4'] }, two: program() }, { ready: ['two'] });
        const row = await untilRow(vmcp.admin, 'one', ({ health }) => health === 'unhealthy');
        assert.match(row.reason, /stdio:sh: .*its program ended: exit status 4/);
        await until('it is paced', async () => /it is not started again before \d+ s have passed/.test((await rowOf(vmcp.admin, 'one')).reason), 15000);
        await new Promise((resolve) => setTimeout(resolve, 3000));
        const starts = vmcp.program.stderr.match(/'.*sh' was started as process/g).length;
        assert.ok(starts >= 3 && starts <= 8, `${starts} starts`);
        assert.match(vmcp.program.stderr, /its program ended: exit status 4; the last on its standard error: started/);
        assert.equal(await call(await rawClient(t, vmcp), 'two_echo', { text: 'x' }), 'x', 'others are not concerned');
    });

    test('that is not there is named', async (t) => {
        const vmcp = await start(t, { one: { transport: 'stdio', command: 'no-such-program' }, two: program() }, { ready: ['two'] });
        const row = await untilRow(vmcp.admin, 'one', ({ health }) => health === 'unhealthy');
        assert.match(row.reason, /there is no program 'no-such-program' in PATH: install it, or give its whole path as command/);
        assert.match(vmcp.program.stderr, /backend one: .*there is no program 'no-such-program' in PATH/);
    });

    test('that starts slowly is waited for; status says that it is starting', async (t) => {
        const config = { operational: { failureHandling: { healthCheckInterval: '400ms' } } };
        const vmcp = await start(t, { one: program(['--start-delay', '10000']) }, { config, ready: false });
        const row = await untilRow(vmcp.admin, 'one', ({ reason }) => /starting/.test(reason ?? ''));
        assert.equal(row.health, 'unknown');
        assert.match(row.reason, /its program is starting \(for \d+ s, and may take 60 s, startTimeout\)/);
        await untilRow(vmcp.admin, 'one', ({ health }) => health === 'healthy', 20000);
        const client = await rawClient(t, vmcp);
        await until('its tools', async () => (await client.request('tools/list', {})).message.result.tools.some(({ name }) => name === 'one_echo'));
        assert.equal((await state(client)).initialized, 1, 'it was started once');
        assert.doesNotMatch(vmcp.program.stderr, /unhealthy|degraded/);
    });

    test('that never answers initialize is killed after startTimeout', async (t) => {
        const vmcp = await start(t, { one: { transport: 'stdio', command: 'sleep', args: ['1000'], startTimeout: '700ms' } }, { ready: false });
        await until('it was killed', () => /its program did not answer initialize within 1 s \(startTimeout\), and was killed/.test(vmcp.program.stderr));
        await untilRow(vmcp.admin, 'one', ({ health }) => health === 'unhealthy');
    });

    test('may write what is no message: it is reported and passed over', async (t) => {
        const vmcp = await start(t, { one: program([], { env: { API_TOKEN: 'sesame-0123456789' } }) });
        const client = await rawClient(t, vmcp);
        const lines = ['Server listening on port 3000', '{"not": "json-rpc"}', '[1,2', '\u0000\u001b[2J', 'token sesame-0123456789'];
        assert.equal(await call(client, 'one_garbage', { lines }), 'still here');
        await until('it is reported', () => vmcp.program.stderr.includes('token ***'));
        assert.match(vmcp.program.stderr, /backend one: a line on its standard output is no JSON-RPC message, and is passed over: Server listening on port 3000/);
        assert.equal((await call(client, 'one_garbage', { lines: Array(2000).fill('noise') })), 'still here');
        assert.ok(vmcp.program.stderr.match(/: noise/g).length < 100, 'paced');
        assert.equal(await call(client, 'one_echo', { text: 'x' }), 'x');
        assert.equal(vmcp.program.stderr.includes('sesame'), false);
        assert.equal(vmcp.program.stderr.includes('\u001b'), false);
    });

    test('may answer with 10 MB, within limits.maxBackendBody; more is that call\'s error', async (t) => {
        const vmcp = await start(t, { one: program() }, { config: { ...quick, limits: { maxBackendBody: '12MB' } } });
        const client = await rawClient(t, vmcp);
        const pid = await call(client, 'one_pid');
        assert.equal((await call(client, 'one_big', { bytes: 10_000_000, first: true })).length, 10_000_000);
        for (const first of [true, false]) {
            const [error, beside] = await Promise.all([
                failure(client, 'one_big', { bytes: 13_000_000, first }), call(client, 'one_sleep', { ms: 300 }),
            ]);
            assert.match(error.message, /its answer has 130\d+ bytes, more than may be read \(limits.maxBackendBody/);
            assert.equal(beside, 'slept');
        }
        assert.equal(await call(client, 'one_pid'), pid);
        assert.match(vmcp.program.stderr, /a line on its standard output is longer than 12000000 bytes/);
    });

    test('leaves nobody behind: not when it is removed, not when vmcp ends, not when it ignores signals', async (t) => {
        const vmcp = await start(t, { one: program(['--stays']), two: program() });
        const client = await rawClient(t, vmcp);
        const one = JSON.parse(await call(client, 'one_children', { count: 1 }));
        const two = JSON.parse(await call(client, 'two_children', { count: 3 }));
        await vmcp.rewrite({ ...configFor([{ name: 'two', ...program() }], quick), admin: { port: vmcp.adminPort } });
        vmcp.program.child.kill('SIGHUP');
        for (const pid of [one.pid, ...one.children]) await untilGone(pid);
        assert.equal(await runs(two.pid), true, 'the other one goes on');
        await vmcp.stop();
        for (const pid of [two.pid, two.children[0], two.children[2]]) assert.equal(await runs(pid), false, `${pid}`);
        if (await runs(two.children[1])) process.kill(two.children[1], 'SIGKILL'); // in a session of its own, as a daemon is
    });

    test('ends with vmcp also when that is killed', async (t) => {
        const vmcp = await start(t, { one: program(['--stays']) });
        const pid = await call(await rawClient(t, vmcp), 'one_pid');
        await vmcp.program.stop('SIGKILL');
        await untilGone(pid);
    });

    test('that starts too many processes, or holds too much memory, is killed with all of them', async (t) => {
        const vmcp = await start(t, { one: program([], { processes: 20 }), two: program([], { memory: '400MiB' }) });
        const client = await rawClient(t, vmcp);
        const pid = await call(client, 'one_pid');
        const { children } = JSON.parse(await call(client, 'one_children', { count: 60 }));
        for (const one of [pid, ...children.filter((_, i) => i % 2 === 0)]) await untilGone(one);
        for (const one of children) if (await runs(one)) process.kill(one, 'SIGKILL'); // daemons
        assert.match(vmcp.program.stderr, /its program had \d+ processes, more than 20 \(processes\), and was killed with them/);
        assert.notEqual(await call(client, 'one_pid'), pid);
        const error = await failure(client, 'two_eat', { bytes: 600 * 1024 * 1024 });
        assert.match(error.message, /its program (ended|held)|Array buffer allocation failed/);
        assert.equal(await call(client, 'two_echo', { text: 'back' }), 'back');
    });

    test('are as many as limits.maxProcesses says', async (t) => {
        const vmcp = await start(t, { one: program([], { sessions: 'dedicated' }) }, { config: { ...quick, limits: { maxProcesses: 2 } } });
        const clients = [await rawClient(t, vmcp), await rawClient(t, vmcp)];
        await call(clients[0], 'one_pid');
        const error = await failure(clients[1], 'one_pid');
        assert.match(error.message, /2 programs run for backends, as many as may \(limits\.maxProcesses\)/);
        assert.equal(error.error.data.retryable, true);
        await clients[0].close();
        await until('there is room again', () => call(clients[1], 'one_pid').catch(() => false));
    });

    test('writes to the log by standard error: paced, bounded, without secrets', async (t) => {
        const vmcp = await start(t, { one: program([], { env: { API_TOKEN: 'sesame-0123456789', MODE: 'production' } }) });
        const client = await rawClient(t, vmcp);
        assert.equal(await call(client, 'one_env', { name: 'MODE' }), 'production');
        assert.equal(await call(client, 'one_stderr', { lines: 1000, what: 'note sesame-0123456789 in production' }), 'written');
        await until('they are in the log', () => /backend one: stderr: note \*\*\* in production \d+/.test(vmcp.program.stderr));
        await new Promise((resolve) => setTimeout(resolve, 500));
        await call(client, 'one_stderr', { lines: 1, what: 'x'.repeat(100_000) });
        await until('those left out are counted', () => /backend one: stderr: \d+ lines left out, as there were many/.test(vmcp.program.stderr));
        assert.ok(vmcp.program.stderr.match(/stderr: note/g).length < 100);
        assert.ok(vmcp.program.stderr.length < 100_000);
        await vmcp.stop();
        assert.equal(vmcp.program.output.includes('sesame'), false);
        assert.equal(vmcp.program.stderr.includes('sesame'), false);
    });

    test('gets nothing of vmcp\'s own environment but what programs need', async (t) => {
        const vmcp = await start(t, { one: program([], { env: { OWN: '${FROM}' } }) }, { env: { FROM: 'filled in', OTHER_SECRET: 'x' } });
        const client = await rawClient(t, vmcp);
        assert.equal(await call(client, 'one_env', { name: 'OWN' }), 'filled in');
        assert.equal(await call(client, 'one_env', { name: 'OTHER_SECRET' }), '(unset)');
        assert.equal(await call(client, 'one_env', { name: 'PATH' }), process.env.PATH);
    });

    test('answers many calls at once over one pipe, in any order', async (t) => {
        const vmcp = await start(t, { one: program() });
        const clients = await Promise.all(Array.from({ length: 8 }, () => rawClient(t, vmcp)));
        const answers = await Promise.all(Array.from({ length: 200 }, (_, i) =>
            call(clients[i % 8], 'one_echo', { text: `${i} ${'y'.repeat((i * 7919) % 60_000)}` })));
        answers.forEach((answer, i) => assert.equal(answer.split(' ')[0], String(i)));
    });

    test('that does not read is found out, and calls that wait for it end', async (t) => {
        const config = { ...quick, limits: { writeTimeout: '1s' }, operational: { timeouts: { default: '3s' }, failureHandling: { healthCheckInterval: '30s' } } };
        const vmcp = await start(t, { one: program() }, { config });
        const client = await rawClient(t, vmcp);
        const pid = await call(client, 'one_pid');
        await call(client, 'one_deaf');
        const text = 'z'.repeat(300_000);
        const answers = await Promise.all(Array.from({ length: 12 }, () => call(client, 'one_echo', { text }).catch((error) => error)));
        const errors = answers.filter((one) => one instanceof Error);
        assert.ok(errors.length > 0);
        for (const { message } of errors) assert.match(message, /its program did not read its input for 1 s/);
        for (const one of answers) if (!(one instanceof Error)) assert.equal(one, text, 'it had not been sent: the next process has it');
        assert.match(vmcp.program.stderr, /its program did not read its input for 1 s/);
        await untilGone(pid);
        assert.notEqual(await call(client, 'one_pid'), pid);
    });

    test('passes progress, logs and cancellation on', async (t) => {
        const vmcp = await start(t, { one: program() });
        const client = await rawClient(t, vmcp);
        const { message, notes } = await client.request('tools/call', { name: 'one_progress', arguments: { steps: 5, ms: 20 }, _meta: { progressToken: 'mine' } });
        assert.equal(textOf(message.result), 'done');
        assert.deepEqual(notes.map((note) => JSON.parse(note).params).map(({ progressToken, progress }) => [progressToken, progress]),
            [1, 2, 3, 4, 5].map((n) => ['mine', n]));
        const logged = await client.request('tools/call', { name: 'one_logs', arguments: { count: 500 } });
        assert.equal(logged.notes.filter((note) => note.includes('notifications/message')).length, 500);
        const slow = client.request('tools/call', { name: 'one_sleep', arguments: { ms: 60_000 } }, { id: 'slow', ms: 3000 }).catch((error) => error);
        await new Promise((resolve) => setTimeout(resolve, 200));
        await client.notify('notifications/cancelled', { requestId: 'slow', reason: 'enough' });
        await until('the program is told', async () => (await state(client)).cancelled === 1);
        await slow;
    });

    for (const sessions of ['dedicated', 'shared'])
        test(`asks the client that calls (${sessions})`, async (t) => {
            const vmcp = await start(t, { one: program([], { sessions }) });
            const setup = (name) => (client) => {
                client.onRequest('elicitation/create', () => ({ action: 'accept', content: { name } }));
                client.onRequest('sampling/createMessage', () => ({ role: 'assistant', model: 'm', content: { type: 'text', text: name } }));
                client.onRequest('roots/list', () => ({ roots: [{ uri: `file:///${name}` }] }));
            };
            const ada = await sdkClient(t, vmcp, { setup: setup('ada') });
            const bob = await sdkClient(t, vmcp, { generation: 'SDK 1.32', setup: setup('bob') });
            const rounds = async (client) => [textOf(await client.call('one_elicit', {})), textOf(await client.call('one_sample', {})), textOf(await client.call('one_roots', {}))];
            const all = sessions === 'dedicated' ? await Promise.all([rounds(ada), rounds(bob)]) : [await rounds(ada), await rounds(bob)];
            for (const [i, name] of ['ada', 'bob'].entries()) for (const one of all[i]) assert.match(one, new RegExp(name));
            const mute = await rawClient(t, vmcp);
            assert.match(await call(mute, 'one_elicit'), /refused/, 'who cannot be asked is not');
            if (sessions === 'dedicated') return;
            // Two have calls under way: nobody knows whose question it is.
            const slow = bob.call('one_sleep', { ms: 1500 });
            await new Promise((resolve) => setTimeout(resolve, 300));
            assert.match(textOf(await ada.call('one_elicit', {})), /"code":-32600.*sessions: dedicated keeps clients apart/);
            await slow;
        });

    test('tells of changed lists and resources, and is told levels and subscriptions again after a restart', async (t) => {
        const vmcp = await start(t, { one: program() });
        const client = await sdkClient(t, vmcp);
        let lists = 0;
        const updates = [];
        client.onNotification('notifications/tools/list_changed', () => { lists += 1; });
        client.onNotification('notifications/resources/updated', ({ params }) => { updates.push(params.uri); });
        await client.setLoggingLevel('warning');
        await client.subscribeResource({ uri: 'file:///a' });
        const stateOf = async () => JSON.parse(textOf(await client.call('one_state', {})));
        await client.call('one_touch', { uri: 'file:///a' });
        await until('the update', () => updates.length > 0);
        assert.deepEqual(updates, ['file:///a']);
        await client.call('one_grow', {});
        await until('the news of lists', () => lists > 0);
        await until('the new tool', async () => (await client.listTools()).tools.some(({ name }) => name === 'one_grown'));
        process.kill(Number(textOf(await client.call('one_pid', {}))), 'SIGKILL');
        await until('the next process knows', async () => {
            const { level, subscribed } = await stateOf();
            return level === 'warning' && subscribed.includes('file:///a');
        });
    });

    test('is another process after a reload that changes it, and the same after one that does not', async (t) => {
        const vmcp = await start(t, { one: program([], { env: { WHO: 'first' } }) });
        const client = await rawClient(t, vmcp);
        const pid = await call(client, 'one_pid');
        const reload = async (backend) => {
            await vmcp.rewrite({ ...configFor([{ name: 'one', ...backend }], quick), admin: { port: vmcp.adminPort } });
            vmcp.program.child.kill('SIGHUP');
        };
        await reload({ ...program([], { env: { WHO: 'first' } }), maxQueue: 7 });
        await until('it is adjusted', () => /adjusted one \(limits\)/.test(vmcp.program.stderr));
        assert.equal(await call(client, 'one_pid'), pid);
        await reload(program([], { env: { WHO: 'second' } }));
        await until('it is replaced', () => /replaced one \(program/.test(vmcp.program.stderr));
        await untilGone(pid);
        await until('the new one', async () => (await call(client, 'one_env', { name: 'WHO' })) === 'second');
    });

    test('is found among the servers of a client\'s file, in serve and in init', async (t) => {
        const folder = await mkdtemp(join(tmpdir(), 'vmcp-stdio-'));
        t.after(() => rm(folder, { recursive: true, force: true }));
        const file = join(folder, 'mcp.json');
        await writeFile(file, JSON.stringify({ mcpServers: { one: { command: process.execPath, args: [script], env: { MODE: '$plain' } } } }));
        const made = await command(['init', '--from', file]);
        assert.equal(made.code, 0, made.stderr);
        assert.match(made.stdout, /command: /);
        await writeFile(join(folder, 'vmcp.yaml'), made.stdout);
        const checked = await command(['validate', '--config', join(folder, 'vmcp.yaml')]);
        assert.equal(checked.code, 0, checked.stdout + checked.stderr);
    });
});

test('server-everything over standard input and output, with the official client', async (t) => {
    const everything = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
    const vmcp = await start(t, { everything: { transport: 'stdio', command: process.execPath, args: [everything, 'stdio'], sessions: 'dedicated' } });
    for (const generation of ['SDK 2.4', 'SDK 1.32']) {
        const client = await sdkClient(t, vmcp, {
            generation,
            setup: (one) => {
                one.onRequest('sampling/createMessage', () => ({ role: 'assistant', model: 'm', content: { type: 'text', text: `sampled by ${generation}` } }));
                one.onRequest('elicitation/create', () => ({ action: 'decline' }));
                one.onRequest('roots/list', () => ({ roots: [] }));
            },
        });
        const { tools } = await client.listTools();
        assert.ok(tools.some(({ name }) => name === 'everything_echo'));
        assert.equal(textOf(await client.call('everything_echo', { message: 'hello' })), 'Echo: hello');
        const progress = [];
        await client.call('everything_trigger-long-running-operation', { duration: 1, steps: 4 }, { onprogress: (one) => progress.push(one.progress) });
        assert.equal(progress.length, 4);
        await until('the tool that depends on what this client can do', async () =>
            (await client.listTools()).tools.some(({ name }) => name === 'everything_trigger-sampling-request'));
        assert.match(textOf(await client.call('everything_trigger-sampling-request', { prompt: 'p', maxTokens: 5 })), new RegExp(`sampled by ${generation}`));
        const { resources } = await client.listResources();
        assert.ok(resources.length > 0);
        assert.ok((await client.readResource({ uri: resources[0].uri })).contents.length > 0);
        const { prompts } = await client.listPrompts();
        assert.ok(prompts.length > 0);
    }
    assert.equal((await metricsOf(vmcp.admin)).size > 0, true);
});
