// What backends say, and who reads it: no credential comes out anywhere, clients are told in the gateway's own words, public
// pages tell nothing that is for operators, and neither lists, sessions nor files hold the gateway up.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { get, gatewayWithAdmin } from './lib/admin.mjs';
import { until } from './lib/process.mjs';
import { gateway, later, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { configFor, vmcp as command } from './lib/vmcp.mjs';

const tools = [toolDefinition('echo')];
const injected = 'sk-0123-456789 abc"def/ghi+jk';
const own = 'hdr%7secret&value=1';
const inUrl = 'q-9f8e7d6c5b4a';
const ofCaller = 'caller-key-31415926';
const user = 'svc-user-4711';
const password = 'pa55:w/rd "&7 x';
const clientSecret = 'cs-2718281828 <mine>';
const obtained = 'obtained-token/1f2e3d4c+5b6a==';
const operators = 'operators-token-16180339';
const secrets = [injected, own, inUrl, ofCaller, user, password, clientSecret, obtained, operators];

const encodings = {
    plain: (text) => text,
    percent: encodeURIComponent,
    'every byte percent': (text) => [...text].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
    base64: (text) => Buffer.from(text).toString('base64'),
    'base64 behind a byte': (text) => Buffer.from(`x${text}`).toString('base64'),
    base64url: (text) => Buffer.from(text).toString('base64url'),
    json: (text) => JSON.stringify(text).slice(1, -1),
    'every byte json': (text) => [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    html: (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
    'doubled blanks': (text) => text.replaceAll(' ', '  '),
};

// Every spelling of every secret that must not be found; of base64 the part that is the same whatever stands around it.
const forbidden = secrets.flatMap((secret) => Object.entries(encodings).map(([name, encode]) => {
    const written = encode(secret);
    return name.startsWith('base64') ? written.slice(4, 12) : written;
}));

function assertClean(where, text) {
    for (const one of forbidden) assert.ok(!text.includes(one), `${where} shows ${one}:\n${text.slice(Math.max(0, text.indexOf(one) - 200), text.indexOf(one) + 100)}`);
}

const credentials = { outgoingAuth: { source: 'inline', default: { type: 'header_injection', headerInjection: { headerName: 'Authorization', headerValue: `Bearer ${injected}` } } } };

// Gives tokens to whoever asks.
async function tokenEndpoint(t) {
    const server = http.createServer((request, response) => {
        request.resume();
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ access_token: obtained, token_type: 'Bearer', expires_in: 3600 }));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    later(t, async () => server.close().closeAllConnections());
    return `http://127.0.0.1:${server.address().port}/token`;
}

// Reads some of an event stream.
async function streamed(url) {
    const answer = await fetch(url);
    const reader = answer.body.getReader();
    const text = Buffer.from((await reader.read()).value).toString();
    await reader.cancel();
    return text;
}

for (const format of ['text', 'json'])
    test(`no credential is found in any encoding on any surface (log as ${format})`, async (t) => {
        const backend = await stub(t, { name: 'one', tools });
        let answer = (exchange) => exchange.result({ content: [] });
        backend.on('tools/call', (exchange) => answer(exchange));
        const basic = await stub(t, { name: 'basic', tools });
        const traded = await stub(t, { name: 'traded', tools });
        traded.on('tools/call', (exchange) => answer(exchange));
        const folder = await mkdtemp(join(tmpdir(), 'vmcp-words-'));
        later(t, () => rm(folder, { recursive: true }));
        const auditFile = join(folder, 'audit.log');
        const { default: injecting } = credentials.outgoingAuth;
        const vmcp = await gatewayWithAdmin(t, {
            one: { url: `${backend.url}?key=${inUrl}`, headers: { 'X-Own': own } },
            basic: { url: basic.url, headers: { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` } },
            traded: traded.url,
        }, {
            token: operators,
            config: {
                outgoingAuth: {
                    source: 'inline', default: injecting,
                    backends: {
                        basic: { type: 'unauthenticated' },
                        traded: { type: 'client_credentials', clientCredentials: { tokenUrl: await tokenEndpoint(t), clientId: 'gw', clientSecret } },
                    },
                },
                audit: { enabled: true, logFile: auditFile, includeRequestData: true, includeResponseData: true },
                passthroughHeaders: ['X-Caller'], log: { level: 'debug', format, access: 'on' },
                operational: { failureHandling: { healthCheckInterval: '1s', unhealthyThreshold: 3 } },
                ...(format === 'json' && { errors: { detail: 'backend' } }),
            },
        });
        const client = await rawClient(t, vmcp);
        const surfaces = [];
        const call = async (name = 'one') => surfaces.push(['the error of a client', (await client.request('tools/call', { name: `${name}_echo` }, { headers: { 'x-caller': ofCaller } })).text]);
        for (const secret of secrets) {
            // Only one of them was given what was obtained, and the other may know it from anywhere.
            for (const whose of secret === obtained ? ['traded', 'one'] : ['one'])
                for (const encode of Object.values(encodings)) {
                    const words = `bad key <${encode(secret)}> ${'.'.repeat(100)} and again ${encode(secret)}`;
                    for (const status of [401, 403, 404, 500]) {
                        answer = (exchange) => exchange.status(status, words);
                        await call(whose);
                    }
                    answer = (exchange) => exchange.status(307, '', { location: `http://127.0.0.1:1/${encodeURIComponent(secret)}` });
                    await call(whose);
                    if (secret === ofCaller) continue; // an error is an answer to the caller, who knows it
                    answer = (exchange) => exchange.error({ code: -32050, message: words, data: { [`k ${secret}`]: [secret] } });
                    await call(whose);
                }
        }
        for (let before = 90; before < 125; before += 3) { // where an excerpt is cut
            for (const secret of [injected, obtained]) {
                answer = (exchange) => exchange.status(500, `${'x'.repeat(before)} ${secret}`);
                await call();
            }
        }
        // And now to everything: probes and lists show it, too.
        for (const status of [401, 500]) {
            backend.intercept = (exchange) => { exchange.status(status, `bad key <${injected}> <${encodeURIComponent(own)}> ${inUrl} ${obtained}`); return true; };
            await until('a reason', async () => JSON.parse((await get(`${vmcp.admin}/status`)).text).backends[0].reason.includes(`HTTP ${status}`), 15000);
            await call();
            for (const base of [vmcp.base, vmcp.admin])
                for (const path of ['/status', '/readyz?verbose', '/api/backends/health', '/metrics'])
                    surfaces.push([`${base === vmcp.admin ? 'admin ' : ''}${path}`, (await get(base + path)).text]);
            surfaces.push(['/ui/events', await streamed(`${vmcp.admin}/ui/events`)]);
            for (const args of [['inspect', 'backends', '--admin-url', vmcp.admin], ['inspect', 'backends', '--json', '--admin-url', vmcp.admin], ['inspect', 'tools'], ['call', 'one_echo']]) {
                const { stdout, stderr } = await command([...args, '--url', vmcp.url, '-H', `X-Caller: ${ofCaller}`]);
                surfaces.push([`vmcp ${args.slice(0, 2).join(' ')}`, stdout + stderr]);
            }
        }
        assert.equal(traded.requests('initialize')[0].headers.authorization, `Bearer ${obtained}`);
        surfaces.push(['an operator without a token', await (await fetch(`${vmcp.admin}/api/reload`, { method: 'POST', headers: { authorization: `Bearer x${operators}` } })).text()]);
        const audited = await readFile(auditFile, 'utf8');
        assert.ok(audited.includes('one_echo'));
        surfaces.push(['the log', vmcp.program.output], ['the audit log', audited]);
        assert.ok(surfaces.some(([where, text]) => where === 'admin /status' && text.includes('bad key <***>')), 'operators read the rest');
        for (const [where, text] of surfaces) assertClean(where, text);
    });

describe('errors.detail', () => {
    const words = 'the disk of db-7 is full';
    const failing = async (t, errors) => {
        const backend = await stub(t, { name: 'one', tools });
        backend.on('tools/call', (exchange) => exchange.status(500, words));
        const vmcp = await gatewayWithAdmin(t, { one: backend.url }, { config: { ...errors, log: { level: 'debug' } } });
        const client = await rawClient(t, vmcp);
        const { message } = await client.request('tools/call', { name: 'one_echo' });
        return { backend, vmcp, client, error: message.error };
    };

    test('without it clients read nothing of an answer that is no JSON-RPC', async (t) => {
        const { vmcp, error, backend, client } = await failing(t, {});
        assert.match(error.message, /"one".*HTTP 500/);
        assert.doesNotMatch(error.message, /disk/);
        assert.match(vmcp.program.stderr, new RegExp(words), 'the log has it');
        backend.intercept = (exchange) => { exchange.status(503, words); return true; };
        for (let i = 0; i < 4; ++i)
            assert.doesNotMatch((await client.request('tools/call', { name: 'one_echo' })).text, /disk/, 'nor once it is taken for down');
    });

    test('backend: they read it', async (t) => {
        const { error } = await failing(t, { errors: { detail: 'backend' } });
        assert.match(error.message, new RegExp(`HTTP 500: ${words}`));
    });

    test('a JSON-RPC error of a backend is an answer and passes as it is', async (t) => {
        const { backend, client } = await failing(t, {});
        const raw = '{"code":-32042,"message":"quota \\u00e9","data":{"left":1e0}}';
        backend.on('tools/call', (exchange) => exchange.error(raw));
        assert.ok((await client.request('tools/call', { name: 'one_echo' })).text.includes(raw));
    });

    test('any other word is a mistake', async (t) => {
        const folder = await mkdtemp(join(tmpdir(), 'vmcp-words-'));
        later(t, () => rm(folder, { recursive: true }));
        const path = join(folder, 'vmcp.yaml');
        await writeFile(path, JSON.stringify(configFor([{ name: 'one', url: 'http://127.0.0.1:9/' }], { errors: { detail: 'all' } })));
        const { code, stderr } = await command(['validate', '--config', path]);
        assert.equal(code, 2);
        assert.match(stderr, /errors\.detail/);
    });
});

test('public pages tell neither addresses, paths nor reasons, and operators read them', async (t) => {
    const words = 'words of a backend';
    const up = await stub(t, { name: 'up', tools, resources: [{ uri: 'http://10.1.2.3/secret-place', name: 'a' }] });
    const twin = await stub(t, { name: 'twin', resources: [{ uri: 'http://10.1.2.3/secret-place', name: 'a' }] });
    const vmcp = await gatewayWithAdmin(t, {
        up: up.url, twin: twin.url, dead: 'http://127.0.0.1:9/somewhere', ca: { url: 'https://127.0.0.1:9/', caBundlePath: '/nowhere/at/all.pem' },
    }, { ready: ['up', 'twin'], config: { operational: { failureHandling: { healthCheckInterval: '1s', grace: '1s' } } } });
    up.intercept = (exchange) => { exchange.status(500, words); return true; };
    const admin = await until('the withdrawal', async () => {
        const text = (await get(`${vmcp.admin}/status`)).text;
        return JSON.parse(text).hidden.some(({ reason }) => reason.includes(words)) && text;
    }, 15000);
    for (const one of ['/nowhere/at/all.pem', '127.0.0.1:9', '/somewhere', words]) assert.ok(admin.includes(one), one);
    for (const path of ['/status', '/readyz?verbose', '/readyz', '/api/backends/health', '/metrics', '/health']) {
        const { text } = await get(vmcp.base + path);
        for (const one of ['nowhere', '127.0.0.1', 'somewhere', words, '10.1.2.3', 'secret-place', 'reason":"the'])
            assert.ok(!text.includes(one), `${path} tells ${one}: ${text}`);
    }
    const { hidden, hidden_total: total, pages } = JSON.parse((await get(`${vmcp.base}/status`)).text);
    assert.ok(hidden.some(({ kind, backend, name }) => kind === 'tool' && backend === 'up' && name === 'echo'));
    assert.equal(total, hidden.length);
    assert.equal(pages, 1);
    assert.equal((await get(`${vmcp.base}/status?page=0`)).status, 400);
    assert.deepEqual(JSON.parse((await get(`${vmcp.base}/status?page=2`)).text).backends, []);
});

test('more entries than are taken are left out, with a row that says so, and what is hidden is told in pages', async (t) => {
    const many = Array.from({ length: 3000 }, (_, i) => toolDefinition(`t${i}`));
    const backend = await stub(t, { name: 'one', tools: many, prompts: [{ name: 'p' }] });
    const vmcp = await gatewayWithAdmin(t, { one: backend.url }, {
        config: { limits: { maxListEntries: 2500 }, aggregation: { tools: [{ workload: 'one', filter: ['t0', 't1'] }] } },
    });
    const { message } = await (await rawClient(t, vmcp)).request('tools/list');
    assert.deepEqual(message.result.tools.map(({ name }) => name), ['one_t0', 'one_t1']);
    const status = async (page) => JSON.parse((await get(`${vmcp.admin}/status?page=${page}`)).text);
    const all = [];
    const { pages, hidden_total: total } = await status(1);
    for (let page = 1; page <= pages; ++page) all.push(...(await status(page)).hidden);
    assert.equal(all.length, total);
    assert.equal(all.filter(({ reason }) => /is not in the filter/.test(reason)).length, 2498);
    assert.ok(all.some(({ kind, reason }) => kind === 'tool' && /^500 more entries are left out.*limits\.maxListEntries/.test(reason)), JSON.stringify(all.slice(-3)));
    assert.ok(all.some(({ kind, reason }) => kind === 'prompt' && /^1 more entry is left out/.test(reason)));
    const lines = vmcp.program.stderr.split('\n').filter((line) => line.includes('hidden: '));
    assert.ok(lines.length < 10, lines.join('\n'));
    assert.ok(Buffer.byteLength((await get(`${vmcp.base}/status`)).text) < 200_000);
});

// What a client sends that opens sessions and does nothing with them.
const open = (vmcp) => fetch(vmcp.url, {
    method: 'POST', headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } } }),
});

test('a flood of initialize ends no session that was used', async (t) => {
    const backend = await stub(t, { name: 'one', tools });
    const vmcp = await gateway(t, { one: backend.url }, { config: { sessions: { maxSessions: 30 } } });
    const used = [];
    for (let i = 0; i < 20; ++i) used.push(await rawClient(t, vmcp));
    for (const client of used) assert.equal((await client.request('ping')).status, 200);
    for (let round = 0; round < 10; ++round)
        for (const answer of await Promise.all(Array.from({ length: 30 }, () => open(vmcp)))) assert.equal(answer.status, 200, await answer.text());
    for (const client of used) assert.equal((await client.request('ping')).status, 200);
});

test('an address has so many sessions, and hears when all of them are in use', async (t) => {
    const backend = await stub(t, { name: 'one', tools });
    const waiting = [];
    backend.on('tools/call', (exchange) => waiting.push(exchange));
    const vmcp = await gateway(t, { one: backend.url }, { config: { sessions: { maxPerAddress: 2 } } });
    const first = await rawClient(t, vmcp);
    const clients = [await rawClient(t, vmcp), await rawClient(t, vmcp)];
    assert.equal((await first.request('ping')).status, 404, 'it made room');
    const calls = clients.map((client) => client.request('tools/call', { name: 'one_echo' }));
    await until('both calls', () => waiting.length === 2);
    const refused = await open(vmcp);
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    assert.match((await refused.json()).error.message, /sessions\.maxPerAddress/);
    for (const exchange of waiting) exchange.result({ content: [] });
    for (const one of calls) assert.equal((await one).status, 200);
});

test('a pipe in place of a file is refused by a reload, at once', async (t) => {
    const backend = await stub(t, { name: 'one', tools });
    const vmcp = await gatewayWithAdmin(t, { one: backend.url });
    const file = join(vmcp.directory, 'vmcp.yaml');
    const pipe = (name) => {
        const path = join(vmcp.directory, name);
        execFileSync('mkfifo', [path]);
        const open = openSync(path, constants.O_RDWR | constants.O_NONBLOCK); // somebody who could write and does not
        later(t, async () => closeSync(open));
        return path;
    };
    const refusals = () => vmcp.program.stderr.split('not a regular file but a pipe').length - 1;
    const kinds = {
        secret: (path) => vmcp.rewrite(configFor([{ name: 'one', url: backend.url, headers: { 'X-Key': `\${file:${path}}` } }])),
        authority: (path) => vmcp.rewrite(configFor([{ name: 'one', url: 'https://127.0.0.1:1/', caBundlePath: path }])),
        configuration: (path) => rename(path, file),
    };
    for (const [name, put] of Object.entries(kinds)) {
        const before = refusals();
        await put(pipe(name));
        vmcp.program.child.kill('SIGHUP');
        await until(`the refusal of the ${name}`, async () => {
            const began = performance.now();
            assert.equal((await get(`${vmcp.base}/readyz`)).status, 200);
            assert.ok(performance.now() - began < 1900);
            return refusals() > before;
        });
    }
});
