// The commands that talk to a gateway, and how the program behaves in a shell: exit codes, pipes, signals, variables.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Authority } from './lib/certificates.mjs';
import { freePort } from './lib/peers.mjs';
import { Program, until, within } from './lib/process.mjs';
import { gateway, later, stub, toolDefinition } from './lib/setup.mjs';
import { binary, configFor, repository, startDemoBackend, vmcp } from './lib/vmcp.mjs';

let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), 'vmcp-commands-'))));
after(() => rm(folder, { recursive: true, force: true }));

const echo = [toolDefinition('echo')];

describe('call', () => {
    test('text goes to standard output, an error of the tool to standard error with exit code 1', async (t) => {
        const backend = await stub(t, { tools: echo });
        const called = await vmcp(['call', 'echo', '{"a": 1e2}', '--url', backend.url]);
        assert.deepEqual({ code: called.code, stderr: called.stderr }, { code: 0, stderr: '' });
        assert.match(backend.requests('tools/call')[0].body, /"arguments":\{"a": 1e2\}/, 'as it was typed');
        assert.equal(backend.requests('DELETE').length, 1, 'the session was ended');

        backend.on('tools/call', (exchange) => exchange.result('{"content":[{"type":"text","text":"no such city"}],"isError":true}'));
        const failed = await vmcp(['call', 'echo', '--url', backend.url]);
        assert.equal(failed.code, 1);
        assert.equal(failed.stdout, '');
        assert.match(failed.stderr, /no such city/);
        const raw = await vmcp(['call', 'echo', '--json', '--url', backend.url]);
        assert.equal(raw.code, 1);
        assert.equal(raw.stdout, '{"content":[{"type":"text","text":"no such city"}],"isError":true}\n');
    });

    test('progress and logs go to standard error, and keep a slow call alive', async (t) => {
        const backend = await stub(t, { tools: echo });
        backend.on('tools/call', async (exchange) => {
            const stream = exchange.sse();
            const { progressToken } = exchange.message.params._meta;
            for (let progress = 1; progress <= 4; progress++) {
                await new Promise((resolve) => setTimeout(resolve, 400));
                stream.send({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken, progress, total: 4, message: `part ${progress}` } });
            }
            stream.send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'warning', data: 'nearly done' } });
            stream.result({ content: [{ type: 'text', text: 'done' }] });
        });
        const slow = await vmcp(['call', 'echo', '--timeout', '1s', '--url', backend.url]);
        assert.equal(slow.code, 0, slow.stderr);
        assert.equal(slow.stdout, 'done\n');
        assert.deepEqual(slow.stderr.trim().split('\n'), ['[1/4] part 1', '[2/4] part 2', '[3/4] part 3', '[4/4] part 4', 'log warning: nearly done']);
        const quiet = await vmcp(['call', 'echo', '--quiet', '--url', backend.url]);
        assert.deepEqual({ code: quiet.code, stderr: quiet.stderr }, { code: 0, stderr: '' });
    });

    test('Ctrl-C takes the call back', async (t) => {
        const backend = await stub(t, { tools: echo });
        backend.on('tools/call', () => {}); // never answers
        const program = new Program(binary, ['call', 'echo', '--url', backend.url]);
        await until('the call', () => backend.requests('tools/call').length === 1);
        const { code } = await program.stop('SIGINT', 5000);
        assert.equal(code, 1, program.output);
        const cancelled = await until('the cancellation', () => backend.requests('notifications/cancelled')[0]);
        assert.equal(cancelled.message.params.requestId, backend.requests('tools/call')[0].message.id);
    });

    test('a server that does not answer in time, and one that is not MCP, are exit code 1 or 3 with a reason', async (t) => {
        const silent = await stub(t, { tools: echo });
        silent.on('initialize', () => {});
        const late = await vmcp(['call', 'echo', '--timeout', '300ms', '--url', silent.url]);
        assert.equal(late.code, 3);
        assert.match(late.stderr, /in time/);
        const web = await stub(t);
        web.on('initialize', (exchange) => exchange.status(404, '<html>nothing here</html>'));
        const other = await vmcp(['call', 'echo', '--url', web.url]);
        assert.equal(other.code, 1);
        assert.match(other.stderr, /404.*nothing here/);
    });

    test('wrong flags are exit code 2 with what was expected', async () => {
        for (const [args, expected] of [
            [['--url', 'ftp://x/'], /--url.*http/], [['--timeout', 'soon'], /--timeout.*30s/], [['--header', 'no colon'], /--header/],
            [['--header', 'Host: x'], /--header/], [['--ca-bundle', '/nowhere.pem', '--url', 'https://127.0.0.1:1/mcp'], /nowhere\.pem/]]) {
            const { code, stderr } = await vmcp(['call', 'echo', ...args]);
            assert.equal(code, 2, args.join(' '));
            assert.match(stderr, expected);
        }
        for (const given of ['[]', '7', '{"a":}', ''])
            assert.equal((await vmcp(['call', 'echo', given])).code, 2, given);
    });

    test('arguments from standard input, headers, and variables in place of flags', async (t) => {
        const notes = await startDemoBackend('notes');
        later(t, () => notes.stop());
        const added = spawnSync(binary, ['call', 'add_note', '-'], { input: '{"text":"from a pipe"}\n', env: { ...process.env, VMCP_URL: notes.url } });
        assert.equal(added.status, 0, String(added.stderr));
        assert.match((await vmcp(['call', 'list_notes', '--url', notes.url])).stdout, /from a pipe/);

        const backend = await stub(t, { tools: echo });
        await vmcp(['call', 'echo', '-H', 'Authorization: Bearer abc', '-H', 'X-Two: 2', '{}', '--url', backend.url]);
        for (const kind of ['initialize', 'tools/call', 'DELETE']) {
            const { headers } = backend.requests(kind)[0];
            assert.equal(headers.authorization, 'Bearer abc', kind);
            assert.equal(headers['x-two'], '2', kind);
        }
        const json = await vmcp(['call', 'echo'], { env: { VMCP_URL: backend.url, VMCP_JSON: 'true' } });
        assert.ok(JSON.parse(json.stdout).content, json.stderr);
    });
});

describe('inspect', () => {
    test('follows every page, and prints entries as they were written', async (t) => {
        const backend = await stub(t, { tools: [] });
        backend.on('tools/list', (exchange) => {
            const page = Number(exchange.message.params?.cursor ?? 0);
            exchange.result(`{"tools":[{"name":"t${page}","inputSchema":{"type":"object"},"x":1e2}]${page < 4 ? `,"nextCursor":"${page + 1}"` : ''}}`);
        });
        const table = await vmcp(['inspect', 'tools', '--url', backend.url]);
        assert.equal(table.code, 0, table.stderr);
        assert.deepEqual(table.stdout.trim().split('\n').map((line) => line.split(' ')[0]), ['NAME', 't0', 't1', 't2', 't3', 't4']);
        const raw = await vmcp(['inspect', 'tools', '--json', '--url', backend.url]);
        assert.equal(JSON.parse(raw.stdout).tools.length, 5);
        assert.equal(raw.stdout.match(/"x":1e2/g).length, 5);
    });

    test('pages that never end are an error', async (t) => {
        const backend = await stub(t);
        backend.on('tools/list', (exchange) => exchange.result('{"tools":[],"nextCursor":"same"}'));
        const { code, stderr } = await vmcp(['inspect', 'tools', '--url', backend.url]);
        assert.equal(code, 1);
        assert.match(stderr, /do not end/);
    });

    test('a list that is not offered is not asked for', async (t) => {
        const backend = await stub(t, { capabilities: { tools: {} }, tools: echo });
        const prompts = await vmcp(['inspect', 'prompts', '--url', backend.url]);
        assert.equal(prompts.code, 0);
        assert.match(prompts.stderr, /no prompts/);
        assert.equal(backend.requests('prompts/list').length, 0);
    });

    test('names of peers cannot steer the terminal', async (t) => {
        const backend = await stub(t, { tools: [toolDefinition('bad\u001b[2Jname', { description: 'two\nlines\u009b \u202ereversed\u2028\u007f' })] });
        const { stdout } = await vmcp(['inspect', 'tools', '--url', backend.url]);
        assert.match(stdout, /bad\?\[2Jname .*two lines\? \?reversed\?\?\n/);
        backend.on('tools/call', (exchange) => exchange.result({ content: [{ type: 'text', text: 'a\u202eb\u0085c\u2029' }] }));
        assert.equal((await vmcp(['call', 'x', '--url', backend.url])).stdout, 'a?b?c?\n');
        backend.on('tools/call', (exchange) => exchange.error({ code: -32000, message: 'no\nvmcp: all is well\u202e' }));
        const failed = await vmcp(['call', 'x', '--url', backend.url]);
        assert.equal(failed.stderr.trim().split('\n').length, 1, failed.stderr);
        assert.match(failed.stderr, /no vmcp: all is well\?/);
    });

    test('backends show their state, and everything is one JSON document', async (t) => {
        const one = await stub(t, { tools: echo });
        const running = await gateway(t, { one: one.url, dead: 'http://127.0.0.1:1/mcp' }, { ready: ['one'] });
        await until('the dead backend is known to be dead', async () =>
            (await running.status()).backends.find(({ name }) => name === 'dead').health === 'unhealthy');
        const table = await vmcp(['inspect', 'backends', '--url', running.url]);
        assert.equal(table.code, 0, table.stderr);
        assert.match(table.stdout, /^NAME +HEALTH .*\n(.*\n)*one +healthy +streamable-http +2025-11-25/);
        assert.match(table.stdout, /\ndead +unhealthy .*\w+_\w+/);
        assert.match(table.stderr, /--admin-url/, 'where the reason is told');
        const all = JSON.parse((await vmcp(['inspect', '--json', '--url', running.url])).stdout);
        assert.deepEqual(Object.keys(all), ['server', 'protocolVersion', 'capabilities', 'tools', 'resources', 'resourceTemplates', 'prompts', 'status', 'health']);
        assert.equal(all.server.name, 'test-gateway');
    });
});

test('inspect backends tells why a backend is not healthy, where the admin listener is known', async (t) => {
    const admin = await freePort();
    const running = await gateway(t, { dead: 'http://127.0.0.1:1/mcp' }, { config: { admin: { port: admin } }, ready: false });
    await until('the dead backend is known to be dead', async () => (await running.status()).backends[0].health === 'unhealthy');
    const told = await vmcp(['inspect', 'backends', '--url', running.url, '--admin-url', `http://127.0.0.1:${admin}`]);
    assert.equal(told.code, 0, told.stderr);
    assert.match(told.stdout, /^dead is unhealthy: .*refused/mi);
    assert.equal(told.stderr, '');
    const json = JSON.parse((await vmcp(['inspect', 'backends', '--json', '--url', running.url], { env: { VMCP_ADMIN_URL: `http://127.0.0.1:${admin}` } })).stdout);
    assert.match(json.status.backends[0].reason, /refused/i);
    const wrong = await vmcp(['inspect', 'backends', '--url', running.url, '--admin-url', 'ftp://x']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--admin-url/);
    const nobody = await vmcp(['inspect', 'backends', '--url', running.url, '--admin-url', 'http://127.0.0.1:1']);
    assert.equal(nobody.code, 3);
    assert.match(nobody.stderr, /127\.0\.0\.1:1\b/);
});

describe('healthcheck and TLS', () => {
    let authority;
    before(() => (authority = new Authority()));
    after(() => authority.remove());

    test('a TLS listener is checked, inspected and called', async (t) => {
        const { certificatePath, keyPath } = authority.issue('DNS:localhost');
        const backend = await stub(t, { tools: echo });
        const running = await gateway(t, { one: backend.url }, { config: { listener: { tls: { certificatePath, keyPath } } }, ready: false });
        const url = `https://127.0.0.1:${running.port}/health`;
        assert.equal((await vmcp(['healthcheck', '--url', url, '--insecure'])).code, 0);
        const strict = await vmcp(['healthcheck', '--url', url]);
        assert.equal(strict.code, 1);
        assert.match(strict.stderr, /certificate/i);

        const named = ['--url', `https://localhost:${running.port}/mcp`, '--ca-bundle', authority.certificate];
        await until('the tool', async () => (await vmcp(['inspect', 'tools', ...named])).stdout.includes('one_echo'));
        assert.equal((await vmcp(['call', 'one_echo', ...named])).code, 0);
        assert.equal((await vmcp(['call', 'one_echo', '--url', `https://localhost:${running.port}/mcp`])).code, 3);
    });

    test('an answer that is no success, and none at all, are exit code 1 in bounded time', async (t) => {
        const web = await stub(t);
        web.on('GET', (exchange) => exchange.status(503, 'not yet'));
        const refused = await vmcp(['healthcheck', '--url', web.url]);
        assert.equal(refused.code, 1);
        assert.match(refused.stderr, /503.*not yet/);
        web.on('GET', () => {});
        const began = Date.now();
        const silent = await vmcp(['healthcheck', '--url', web.url, '--timeout', '300ms']);
        assert.equal(silent.code, 1);
        assert.match(silent.stderr, /in time/);
        assert.ok(Date.now() - began < 3000);
    });
});

describe('files and pipes', () => {
    const config = JSON.stringify(configFor([{ name: 'one', url: 'http://127.0.0.1:9/mcp' }]));

    test('- reads the configuration from standard input', async () => {
        const good = spawnSync(binary, ['validate', '--config', '-'], { input: config });
        assert.equal(good.status, 0, String(good.stderr));
        const bad = spawnSync(binary, ['validate', '--config', '-', '--json'], { input: config.replace('groupRef', 'groupReff') });
        assert.equal(bad.status, 2);
        const { valid, problems } = JSON.parse(bad.stdout);
        assert.equal(valid, false);
        assert.deepEqual([problems.length, problems[0].line, problems[0].key], [1, 1, 'groupReff']);

        const portFile = join(folder, 'port-of-stdin');
        const child = spawn(binary, ['serve', '--config', '-', '--port', '0', '--port-file', portFile], { stdio: ['pipe', 'ignore', 'pipe'] });
        const ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
        child.stdin.end(config);
        const port = await until('the port', async () => Number(await readFile(portFile, 'utf8')));
        assert.equal((await vmcp(['healthcheck', '--port', String(port)])).code, 0);
        child.kill('SIGTERM');
        assert.equal(await within(10000, 'the end of serve', ended), 0);
    });

    test('init writes a file for its owner only, and overwrites nothing unasked', async () => {
        const [from, output] = [join(folder, 'mcp.json'), join(folder, 'made.yaml')];
        await writeFile(from, JSON.stringify({ mcpServers: { web: { url: 'http://127.0.0.1:9/mcp' } } }));
        assert.equal((await vmcp(['init', '--from', from, '--output', output])).code, 0);
        assert.equal((await stat(output)).mode & 0o777, 0o600);
        assert.equal((await vmcp(['validate', '--config', output])).code, 0);
        const again = await vmcp(['init', '--from', from, '--output', output]);
        assert.equal(again.code, 1);
        assert.match(again.stderr, /--force/);
        assert.equal((await vmcp(['init', '--from', from, '--output', output, '--force'])).code, 0);
    });

    test('a port of a Kubernetes service link is not taken for a port', async (t) => {
        const backend = await stub(t, { tools: echo });
        const running = await gateway(t, { one: backend.url }, { env: { VMCP_PORT: 'tcp://10.0.0.1:4483' } });
        assert.equal((await vmcp(['healthcheck', '--port', String(running.port)], { env: { VMCP_PORT: 'tcp://10.0.0.1:4483' } })).code, 0);
    });

    test('log entries are JSON where that is configured', async (t) => {
        const running = await gateway(t, { dead: 'http://127.0.0.1:1/mcp' }, { config: { log: { format: 'json' } }, ready: false });
        await until('entries', () => running.program.stderr.split('\n').length > 2);
        for (const line of running.program.stderr.trim().split('\n')) {
            const entry = JSON.parse(line);
            assert.match(entry.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
            assert.match(entry.level, /^(debug|info|warn|error)$/);
            assert.equal(typeof entry.msg, 'string');
        }
    });

    test('a log that nobody reads does not stop the gateway', async (t) => {
        const backend = await stub(t, { tools: echo });
        const portFile = join(folder, 'port-of-deaf');
        const path = join(folder, 'deaf.json');
        const good = configFor([{ name: 'one', url: backend.url }]);
        await writeFile(path, JSON.stringify(good));
        // A shell holds the reading end of the pipe and reads nothing.
        const child = spawn('sh', ['-c', 'exec "$0" serve --config "$1" --port 0 --port-file "$2" 2>&1 >/dev/null | sleep 60', binary, path, portFile], { stdio: 'ignore', detached: true });
        later(t, async () => process.kill(-child.pid, 'SIGKILL'));
        const port = await until('the port', async () => Number(await readFile(portFile, 'utf8')));
        const url = `http://127.0.0.1:${port}/mcp`;
        await until('the tool', async () => (await vmcp(['inspect', 'tools', '--url', url])).stdout.includes('one_echo'));
        // Every reload of a bad file is reported with all its mistakes: far more text than a pipe takes.
        const mistakes = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`unknownKey${i}`, i]));
        await writeFile(path, JSON.stringify({ ...good, ...mistakes }));
        const pid = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ')[0]);
        for (let i = 0; i < 20; i++) {
            process.kill(pid, 'SIGHUP');
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        assert.equal((await vmcp(['healthcheck', '--port', String(port)])).code, 0);
        // Who logs is not held up either: the repaired file is taken over.
        await writeFile(path, JSON.stringify({ ...good, name: 'repaired' }));
        process.kill(pid, 'SIGHUP');
        await until('the new name', async () => (await vmcp(['inspect', '--url', url])).stdout.startsWith('repaired'), 5000);
    });
});

test('docs/commands.md names the flags and variables of every command, and no others', async () => {
    const page = await readFile(join(repository, 'docs/commands.md'), 'utf8');
    const sections = new Map(page.split(/^## /m).slice(1).map((text) => [text.match(/^vmcp ([a-z-]+)/)?.[1], text]));
    const found = (text, pattern) => new Set([...text.matchAll(pattern)].map((match) => match[0]));
    const flags = /(?<![\w-])--[a-z][a-z-]+/g;
    const variables = /\bVMCP_[A-Z_]+/g;
    for (const command of ['serve', 'validate', 'doctor', 'init', 'schema', 'inspect', 'call', 'healthcheck', 'demo-backend', 'version']) {
        const { stdout } = await vmcp([command, '--help']);
        const options = stdout.split(/^Options:$/m)[1].split(/^\S/m)[0];
        const own = sections.get(command);
        const table = own.split('\n').filter((line) => line.startsWith('| `-')).join('\n');
        const help = found(options, flags);
        help.delete('--help');
        assert.deepEqual([...found(table, flags)].sort(), [...help].sort(), command);
        assert.deepEqual([...found(table, variables)].sort(), [...found(options, variables)].sort(), command);
    }
});
