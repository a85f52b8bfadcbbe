// The command line and the configuration as a user meets them: messages, exit codes, expansion, init, schema, help.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { gateway, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { configFor, repository, startVmcp, vmcp } from './lib/vmcp.mjs';
import { freePort } from './lib/peers.mjs';
import { send } from './lib/raw_client.mjs';
import { until } from './lib/process.mjs';

let folder;
let number = 0;

before(async () => (folder = await mkdtemp(join(tmpdir(), 'vmcp-config-'))));
after(() => rm(folder, { recursive: true, force: true }));

async function file(text) {
    const path = join(folder, `config-${number++}.yaml`);
    await writeFile(path, text);
    return path;
}

const validate = async (text, env) => vmcp(['validate', '--config', await file(text)], { env });

const good = `name: gw
groupRef: g
backends:
  - name: one
    url: http://127.0.0.1:9/mcp
    transport: streamable-http
incomingAuth:
  type: anonymous
outgoingAuth:
  source: inline
  default:
    type: unauthenticated
aggregation:
  conflictResolution: prefix
  conflictResolutionConfig:
    prefixFormat: "{workload}_"
`;

describe('validate', () => {
    test('a good config is exit code 0', async () => {
        const { code, stderr } = await validate(good);
        assert.equal(code, 0, stderr);
    });

    test('every mistake is told at once, with file, line, key and the nearest known key', async () => {
        const bad = good.replace('groupRef:', 'groupReff:').replace('prefixFormat:', 'prefixFormatt:').replace('http://', 'ftp://');
        const path = await file(bad);
        const { code, stdout, stderr } = await vmcp(['validate', '--config', path]);
        assert.equal(code, 2);
        const text = stdout + stderr;
        for (const line of [2, 5, 16]) assert.match(text, new RegExp(`config-\\d+\\.yaml:${line}:`), `line ${line} of\n${text}`);
        assert.match(text, /groupReff/);
        assert.match(text, /groupRef\b/);
        assert.match(text, /prefixFormat\b/);
        assert.match(text, /https?/);
    });

    for (const [title, change] of [
        ['a backend name twice', (text) => text.replace('incomingAuth', '  - name: one\n    url: http://127.0.0.1:9/mcp\nincomingAuth')],
        ['priority without an order', (text) => text.replace('resolution: prefix', 'resolution: priority').replace('conflictResolution: prefix', 'conflictResolution: priority')],
        ['an unknown strategy', (text) => text.replace('conflictResolution: prefix', 'conflictResolution: best')],
        ['a bad duration', (text) => `${text}operational:\n  timeouts:\n    default: soon\n`],
        ['a timeout of an unknown backend', (text) => `${text}operational:\n  timeouts:\n    perWorkload:\n      other: 5s\n`],
        ['no backend', (text) => text.replace(/backends:[\s\S]*incomingAuth/, 'incomingAuth')],
        ['a credential in a URL', (text) => text.replace('127.0.0.1:9', 'user:secret@127.0.0.1:9')],
        ['a tab', (text) => text.replace('  - name', '\t- name')],
        ['a key twice', (text) => `${text}name: again\n`],
    ])
        test(`${title} is an error`, async () => {
            const { code, stdout, stderr } = await validate(change(good));
            assert.equal(code, 2);
            assert.match(stdout + stderr, /config-\d+\.yaml:\d+/);
            assert.doesNotMatch(stdout + stderr, /secret/);
        });

    test('what has no effect yet is refused as not supported yet', async () => {
        for (const more of ['compositeTools: []\n', 'audit:\n  maxDelegationDepth: 3\n', 'optimizer: {}\n', 'codeMode: {}\n',
            'telemetry:\n  prometheusPort: 9464\n']) {
            const { code, stdout, stderr } = await validate(good + more);
            assert.equal(code, 2, more);
            assert.match(stdout + stderr, /not supported yet/i, more);
        }
        const local = await validate(good.replace('type: anonymous', 'type: local'));
        assert.equal(local.code, 0, local.stdout + local.stderr);
    });

    test('who may call is never left half said', async () => {
        const half = await validate(good.replace('type: anonymous', 'type: oidc'));
        assert.match(half.stdout + half.stderr, /incomingAuth\.oidc: required by type oidc/);
        const open = await validate(good.replace('type: anonymous', 'type: oidc\n  oidc:\n    issuer: https://login.example.com'));
        assert.match(open.stdout + open.stderr, /incomingAuth\.oidc: give audience or resource/);
        for (const { code } of [half, open]) assert.equal(code, 2);
    });

    test('a group without backends says how to list them', async () => {
        const { code, stderr } = await validate(good.replace(/backends:[\s\S]*incomingAuth/, 'incomingAuth'));
        assert.equal(code, 2);
        assert.match(stderr, /config-\d+\.yaml:2:11: backends: .*thv list --group g --format mcpservers \| vmcp init --from -/);
        assert.match(stderr, /^vmcp: 1 problem$/m);
    });

    test('what is valid and hardly meant is a warning, also when it is served', async (t) => {
        const loop = await validate(good.replace('127.0.0.1:9', 'localhost:4483'));
        assert.equal(loop.code, 0);
        assert.match(loop.stderr, /config-\d+\.yaml:5:10: warning: backends\[0\]\.url: leads to this gateway's own listener, 127\.0\.0\.1:4483/);
        const elsewhere = await validate(good.replace('127.0.0.1:9', 'localhost:4483'), { VMCP_PORT: '8080' });
        assert.deepEqual({ code: elsewhere.code, stderr: elsewhere.stderr }, { code: 0, stderr: '' });
        const json = await vmcp(['validate', '--json', await file(good.replace('127.0.0.1:9', 'localhost:4483'))]);
        assert.equal(JSON.parse(json.stdout).warnings[0].key, 'backends[0].url');
        const admin = await freePort();
        const started = await startVmcp(configFor([{ name: 'a', url: 'http://127.0.0.1:1/mcp' }], { admin: { port: admin }, mcpServers: { me: { url: `http://[::1]:${admin}/mcp` } } }), { ready: false });
        t.after(() => started.stop());
        assert.match(started.program.stderr, new RegExp(`warn .*mcpServers\\.me\\.url: leads to this gateway's own admin listener, 127\\.0\\.0\\.1:${admin} `));
    });

    test('an empty list of backends is served, with a warning, until there is one', async (t) => {
        const started = await startVmcp(configFor([], { name: 'empty' }));
        t.after(() => started.stop());
        assert.match(started.program.stderr, /warn .*backends: empty: nothing is served/);
        const client = await rawClient(t, started);
        assert.equal(client.initialized.serverInfo.name, 'empty');
        assert.deepEqual((await client.request('tools/list')).message.result.tools, []);
        assert.equal((await send(`${started.base}/readyz`, { method: 'GET' })).status, 200);
        const backend = await stub(t, { tools: [toolDefinition('one')] });
        await started.rewrite(configFor([{ name: 'b', url: backend.url }]));
        await until('the tool', async () => (await client.request('tools/list')).message.result.tools[0]?.name === 'b_one');
    });

    test('a missing file is a clear error', async () => {
        const { code, stdout, stderr } = await vmcp(['validate', '--config', join(folder, 'nowhere.yaml')]);
        assert.equal(code, 2);
        assert.match(stdout + stderr, /nowhere\.yaml/);
    });

    test('serve refuses a bad config with the same words, and does not listen', async () => {
        const { code, stderr } = await vmcp(['serve', '--config', await file(good.replace('groupRef:', 'groupReff:')), '--port', '0']);
        assert.equal(code, 2);
        assert.match(stderr, /groupReff/);
    });
});

describe('expansion', () => {
    test('variables, defaults, files and $$', async (t) => {
        const backend = await stub(t, { tools: [toolDefinition('one')] });
        const secret = join(folder, 'secret');
        await writeFile(secret, 'from-file\n');
        const config = configFor([{ name: 'stub', url: 'http://127.0.0.1:${PORT_OF_STUB}/mcp' }], {
            name: 'name-${UNSET_VARIABLE:-default}-$$x',
            outgoingAuth: {
                source: 'inline',
                default: { type: 'header_injection', headerInjection: { headerName: 'X-Key', headerValue: `key \${file:${secret}}` } },
            },
        });
        const started = await startVmcp(config, { env: { PORT_OF_STUB: String(backend.port) } });
        t.after(() => started.stop());
        const client = await rawClient(t, started);
        assert.equal(client.initialized.serverInfo.name, 'name-default-$x');
        await client.request('tools/call', { name: 'stub_one' });
        assert.equal(backend.requests('tools/call')[0].headers['x-key'], 'key from-file');
    });

    test('all missing variables and files are told at once', async () => {
        const { code, stdout, stderr } = await validate(good.replace('name: gw', 'name: ${VMCP_TEST_MISSING_A}')
            .replace('groupRef: g', 'groupRef: ${file:/nowhere/at/all}'));
        assert.equal(code, 2);
        assert.match(stdout + stderr, /VMCP_TEST_MISSING_A/);
        assert.match(stdout + stderr, /\/nowhere\/at\/all/);
    });
});

describe('init', () => {
    const sources = {
        'Claude and Cursor': { mcpServers: { weather: { type: 'http', url: 'http://127.0.0.1:9/mcp', headers: { 'X-Key': 'v' } }, notes: { url: 'http://127.0.0.1:10/mcp' } } },
        'VS Code': { servers: { weather: { type: 'http', url: 'http://127.0.0.1:9/mcp', headers: { 'X-Key': 'v' } }, notes: { type: 'http', url: 'http://127.0.0.1:10/mcp' } } },
    };
    for (const [title, source] of Object.entries(sources))
        test(`a file of ${title} becomes a valid config`, async () => {
            const path = join(folder, `mcp-${number++}.json`);
            await writeFile(path, JSON.stringify(source));
            const made = await vmcp(['init', '--from', path]);
            assert.equal(made.code, 0, made.stderr);
            assert.match(made.stdout, /127\.0\.0\.1:9\/mcp/);
            assert.match(made.stdout, /127\.0\.0\.1:10\/mcp/);
            const checked = await validate(made.stdout, { X_KEY: 'v' });
            assert.equal(checked.code, 0, `${made.stdout}\n${checked.stdout}${checked.stderr}`);
        });

    test('a server that is a local program is taken', async () => {
        const path = join(folder, 'stdio.json');
        await writeFile(path, JSON.stringify({ mcpServers: { local: { command: 'npx', args: ['x'] }, web: { url: 'http://127.0.0.1:9/mcp' } } }));
        const { stdout, stderr } = await vmcp(['init', '--from', path]);
        assert.match(stderr, /^took +local +the program npx x$/m);
        assert.match(stdout, /- name: "local"\n {4}command: "npx"\n {4}args:\n {6}- "x"\n/);
    });

    test('what was taken, changed and left is told, and the rest becomes a valid config', async () => {
        const path = join(folder, 'claude.json');
        await writeFile(path, `{ // Claude Code
            "mcpServers": {"web": {"url": "http://127.0.0.1:9/mcp", "headers": {"Authorization": "Bearer \${TOKEN}"}, "alwaysAllow": ["x"]},
                           "files": {"command": "npx", "args": ["-y", "some-server", "s3cret"]},
                           "me": {"url": "http://localhost:4483/mcp"},
                           "remote": {"command": "npx", "args": ["mcp-remote", "https://example.com/mcp", "--header", "X-Key: s3cret"]},
                           "bad": 7},
            "projects": {"/home/me/shop": {"mcpServers": {"shop": {"type": "http", "url": "http://127.0.0.1:10/mcp"}}}},}`);
        const output = join(folder, 'made-of-claude.yaml');
        const { code, stderr } = await vmcp(['init', '--from', path, '--output', output]);
        assert.equal(code, 0, stderr);
        for (const line of [/^took +web +http:\/\/127\.0\.0\.1:9\/mcp$/m, /^left +web +'alwaysAllow': /m, /^took +files +the program npx some-server$/m,
            /^left +me +.*would make vmcp call itself/m, /^took +remote +https:\/\/example\.com\/mcp$/m, /^changed +remote +mcp-remote is not needed/m, /^left +bad +expected a mapping/m,
            /^took +shop \(\/home\/me\/shop\) +http:\/\/127\.0\.0\.1:10\/mcp$/m, /^set +TOKEN: /m])
            assert.match(stderr, line);
        assert.doesNotMatch(stderr, /s3cret/);
        const checked = await vmcp(['validate', output], { env: { TOKEN: 't' } });
        assert.equal(checked.code, 0, checked.stderr);
        assert.match(checked.stdout, /valid, 4 backends: web, files, remote, shop/);
        assert.match(await readFile(output, 'utf8'), /^admin:\n {2}port: 4484$/m);
    });

    test('a file that is not JSON is a clear error', async () => {
        const path = join(folder, 'broken.json');
        await writeFile(path, '{"mcpServers":');
        const { code, stdout, stderr } = await vmcp(['init', '--from', path]);
        assert.notEqual(code, 0);
        assert.match(stdout + stderr, /broken\.json/);
    });
});

describe('schema', () => {
    test('it is a JSON Schema that accepts the examples and refuses an unknown key', async () => {
        const { code, stdout } = await vmcp(['schema']);
        assert.equal(code, 0);
        const schema = JSON.parse(stdout);
        const check = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
        const quickstart = parse(await readFile(join(repository, 'examples/quickstart.yaml'), 'utf8'));
        assert.ok(check(quickstart), JSON.stringify(check.errors));
        assert.equal(check({ ...quickstart, groupReff: 'x' }), false);
        assert.equal(check({ ...quickstart, backends: 'x' }), false);
    });
});

describe('the command line', () => {
    test('help teaches every command', async () => {
        const { code, stdout } = await vmcp(['--help']);
        assert.equal(code, 0);
        for (const command of ['serve', 'validate', 'init', 'schema', 'inspect', 'call', 'healthcheck', 'demo-backend', 'version']) {
            assert.match(stdout, new RegExp(`\\b${command}\\b`));
            const own = await vmcp([command, '--help']);
            assert.equal(own.code, 0, command);
            assert.ok(own.stdout.length > 80, command);
        }
    });

    test('version', async () => {
        const plain = await vmcp(['version']);
        assert.equal(plain.code, 0);
        assert.match(plain.stdout, /\d+\.\d+\.\d+/);
        const json = JSON.parse((await vmcp(['version', '--json'])).stdout);
        assert.match(json.version, /^\d+\.\d+\.\d+/);
    });

    test('a wrong command or flag is told with what was probably meant', async () => {
        for (const [args, expected] of [[['serv'], /did you mean 'serve'\?/], [['serve', '--prot', '1'], /did you mean '--port'\?/],
            [['inspect', '--urll', 'x'], /did you mean '--url'\?/], [['call', 'x', '--quite'], /did you mean '--quiet'\?/]]) {
            const { code, stdout, stderr } = await vmcp(args);
            assert.equal(code, 2, args.join(' '));
            assert.equal(stdout, '');
            assert.match(stderr, expected);
        }
    });

    test('a configuration stands where ToolHive or a hurried person puts it', async () => {
        const path = await file(good);
        for (const args of [['validate', path], ['--config', path, 'validate'], ['validate', '-c', path], ['--debug', 'validate', path]])
            assert.equal((await vmcp(args)).code, 0, args.join(' '));
    });

    test('--session-ttl wins over the file, also when that is read again', async (t) => {
        const one = await stub(t, { tools: [toolDefinition('a')] });
        const running = await gateway(t, { one: one.url }, { config: { sessions: { ttl: '1h' } }, args: ['--session-ttl', '1s'] });
        const expires = async () => {
            const client = await rawClient(t, running);
            await until('the session ends', async () => {
                await new Promise((resolve) => setTimeout(resolve, 1200));
                return (await client.request('ping')).status === 404;
            }, 15000);
        };
        await expires();
        await running.rewrite(configFor([{ name: 'one', url: one.url }], { name: 'again', sessions: { ttl: '2h' } }));
        await until('the new file is used', async () => (await vmcp(['inspect', '--url', running.url])).stdout.startsWith('again'));
        await expires();
    });

    test('--debug shows more of the log', async (t) => {
        const backend = await stub(t, { tools: [toolDefinition('one')] });
        for (const args of [[], ['--debug']]) {
            const running = await gateway(t, { one: backend.url }, { args });
            const client = await rawClient(t, running);
            await client.answer(99, {}); // to a question that nobody asked
            await client.request('ping');
            const debug = () => / debug .*no longer open/.test(running.program.stderr);
            if (args.length > 0) await until('a line', debug);
            else assert.equal(debug(), false);
        }
    });

    test('an unknown command or flag is a usage error', async () => {
        for (const args of [['no-such-command'], ['serve', '--no-such-flag'], ['serve']]) {
            const { code, stdout, stderr } = await vmcp(args);
            assert.equal(code, 2, args.join(' '));
            assert.notEqual((stdout + stderr).trim(), '');
        }
    });
});

test('a gateway that is not there is exit code 3 for inspect and call', async () => {
    for (const args of [['inspect', 'tools'], ['call', 'x', '{}']]) {
        const { code, stderr } = await vmcp([...args, '--url', 'http://127.0.0.1:1/mcp']);
        assert.equal(code, 3, stderr);
        assert.match(stderr, /127\.0\.0\.1:1\b/);
    }
});

describe('reload', () => {
    test('a changed file is taken over while sessions live on; a bad one changes nothing', async (t) => {
        const one = await stub(t, { name: 'one', tools: [toolDefinition('a')] });
        const two = await stub(t, { name: 'two', tools: [toolDefinition('b')] });
        const running = await gateway(t, { one: one.url });
        const client = await rawClient(t, running);
        const names = async () => (await client.request('tools/list')).message.result.tools.map((tool) => tool.name);
        assert.deepEqual(await names(), ['one_a']);
        await running.rewrite('name: [broken');
        running.program.child.kill('SIGHUP');
        await new Promise((resolve) => setTimeout(resolve, 500));
        assert.deepEqual(await names(), ['one_a']);
        await running.rewrite(configFor([{ name: 'one', url: one.url }, { name: 'two', url: two.url }]));
        running.program.child.kill('SIGHUP');
        await until('the new backend', async () => (await names()).includes('two_b'));
        await running.rewrite(configFor([{ name: 'two', url: two.url }]));
        running.program.child.kill('SIGHUP');
        await until('the old backend leaves', async () => !(await names()).includes('one_a'));
        const before = one.log.length;
        assert.equal((await send(`${running.base}/status`, { method: 'GET' })).status, 200);
        assert.deepEqual((await running.status()).backends.map((backend) => backend.name), ['two']);
        assert.equal(one.log.slice(before).filter((entry) => entry.kind !== 'DELETE').length, 0, 'removed means removed');
    });
});
