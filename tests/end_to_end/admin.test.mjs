// The admin listener: reload over HTTP, what it refuses, and the event stream of the status page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { get, gatewayWithAdmin, nowhere } from './lib/admin.mjs';
import { until } from './lib/process.mjs';
import { rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { exchangeBytes, send } from './lib/raw_client.mjs';
import { configFor } from './lib/vmcp.mjs';

const tools = [toolDefinition('one')];
const token = 'a-long-token-of-operators';

async function reload(vmcp, { bearer = token, headers = {}, method = 'POST' } = {}) {
    const answer = await send(`${vmcp.admin}/api/reload`, {
        method, headers: { ...(bearer && { authorization: `Bearer ${bearer}` }), ...headers }, body: method === 'POST' ? '' : undefined,
    });
    return { status: answer.status, headers: answer.headers, body: JSON.parse(await answer.body()) };
}

const admin = (vmcp, more = {}) => ({ admin: { port: vmcp.adminPort, token }, ...more });

// Changed files are reloaded by themselves too: whichever comes first finds the change. Returns the answer that did.
async function reloaded(vmcp, configs) {
    for (const config of configs) {
        await vmcp.rewrite(config);
        const answer = await reload(vmcp);
        if (answer.body.status === 'reloaded') return { answer, config };
        assert.deepEqual([answer.status, answer.body.status], [200, 'unchanged']);
    }
    throw new Error('the watch of the file was faster each time');
}

test('without a token in the configuration, reload is refused', async (t) => {
    const vmcp = await gatewayWithAdmin(t, undefined);
    const answer = await reload(vmcp, { bearer: 'anything' });
    assert.equal(answer.status, 403);
    assert.match(answer.body.error, /admin\.token/);
});

test('who has no token, or another one, is refused', async (t) => {
    const vmcp = await gatewayWithAdmin(t, undefined, { token });
    for (const headers of [{}, { authorization: 'Bearer' }, { authorization: 'Bearer ' }, { authorization: `Bearer ${token}x` },
        { authorization: `Bearer ${token.slice(0, -1)}` }, { authorization: `Basic ${token}` }, { authorization: token },
        { authorization: `Bearer ${token.toUpperCase()}` }]) {
        const answer = await reload(vmcp, { bearer: null, headers });
        assert.equal(answer.status, 401, JSON.stringify(headers));
        assert.match(answer.headers['www-authenticate'], /^Bearer/);
        assert.ok(!JSON.stringify(answer.body).includes(token));
    }
    const get_ = await reload(vmcp, { method: 'GET' });
    assert.equal(get_.status, 405);
    assert.equal(get_.headers.allow, 'POST');
    assert.deepEqual(await reload(vmcp).then(({ status, body }) => ({ status, body })), { status: 200, body: { status: 'unchanged' } });
    assert.equal((await reload(vmcp, { bearer: null, headers: { authorization: `bearer   ${token}` } })).status, 200, 'as RFC 7235 writes it');
    assert.doesNotMatch(vmcp.program.output, new RegExp(token));
});

test('a reload says what it changed, and it is changed when the answer comes', async (t) => {
    const [first, second] = [await stub(t, { tools }), await stub(t, { tools })];
    const vmcp = await gatewayWithAdmin(t, { first: first.url }, { token });
    const one = configFor([{ name: 'first', url: first.url }], admin(vmcp));
    const both = configFor([{ name: 'first', url: first.url }, { name: 'second', url: second.url }], admin(vmcp));
    const { answer, config } = await reloaded(vmcp, [both, one, both, one, both]);
    assert.equal(answer.status, 200);
    const { added, removed, replaced, untouched } = answer.body.backends;
    assert.deepEqual([added, removed], config === both ? [['second'], []] : [[], ['second']]);
    assert.deepEqual([replaced, untouched], [[], ['first']]);
    assert.deepEqual((await vmcp.status()).backends.map((backend) => backend.name), config.backends.map((backend) => backend.name));

    const moved = configFor([{ name: 'first', url: `${first.url}?a` }], admin(vmcp, { runtime: { workers: 7 } }));
    const again = configFor([{ name: 'first', url: `${first.url}?b` }], admin(vmcp, { runtime: { workers: 5 } }));
    const changed = await reloaded(vmcp, [moved, again, moved, again]);
    assert.deepEqual(changed.answer.body.backends.replaced, [{ name: 'first', parts: ['url'] }]);
    assert.deepEqual(changed.answer.body.needs_restart, ['runtime.workers']);
});

test('a configuration with mistakes is refused with all of them, and changes nothing', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { token });
    const client = await rawClient(t, vmcp);
    await vmcp.rewrite(`name: x\nbackends:\n  - name: stub\n    url: nonsense\nnoSuchKey: 1\nadmin: {port: ${vmcp.adminPort}, token: "${token}"}\n`);
    const answer = await reload(vmcp);
    assert.equal(answer.status, 422);
    assert.equal(answer.body.status, 'refused');
    assert.ok(answer.body.problems.some((line) => /vmcp\.yaml:4:\d+: backends\[0\]\.url/.test(line)), answer.body.problems.join('\n'));
    assert.ok(answer.body.problems.some((line) => /:5:.*noSuchKey/.test(line)), answer.body.problems.join('\n'));
    assert.ok(!JSON.stringify(answer.body).includes(token));
    const { message } = await client.request('tools/call', { name: 'stub_one', arguments: {} });
    assert.equal(message.result.content[0].text, 'stub:one');
});

test('a new token counts from its reload on', async (t) => {
    const vmcp = await gatewayWithAdmin(t, undefined, { token });
    await vmcp.rewrite(configFor([{ name: 'nowhere', url: nowhere.nowhere }], { admin: { port: vmcp.adminPort, token: 'another' } }));
    await reload(vmcp);
    await until('the new token', async () => (await reload(vmcp, { bearer: 'another' })).status === 200);
    assert.equal((await reload(vmcp)).status, 401);
});

test('many reloads at once all get their answer', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { token });
    const answers = await Promise.all(Array.from({ length: 30 }, () => reload(vmcp)));
    assert.ok(answers.every((one) => one.status === 200 && one.body.status === 'unchanged'));
});

test('what belongs to operators is not on the public listener', async (t) => {
    const vmcp = await gatewayWithAdmin(t, undefined, { token });
    for (const path of ['/ui', '/ui/', '/ui/app.js', '/ui/events', '/ui/entry?kind=tool&name=x', '/api/reload', '/api/call'])
        assert.equal((await get(`${vmcp.base}${path}`)).status, 404, path);
    assert.equal((await get(`${vmcp.base}/`)).status, 400, 'there is MCP, and a GET without a session');
    assert.equal((await get(`${vmcp.admin}/mcp`)).status, 404, 'and MCP is not on theirs');
});

test('pages of other sites cannot reach a loopback admin listener by a name of theirs', async (t) => {
    const vmcp = await gatewayWithAdmin(t, undefined, { token });
    for (const [headers, status] of [[{ host: 'evil.example' }, 403], [{ host: `evil.example:${vmcp.adminPort}` }, 403],
        [{ origin: 'https://evil.example' }, 403], [{ host: `localhost:${vmcp.adminPort}` }, 200], [{ origin: vmcp.admin }, 200]]) {
        assert.equal((await get(`${vmcp.admin}/status`, headers)).status, status, JSON.stringify(headers));
        assert.equal((await get(`${vmcp.admin}/ui/`, headers)).status, status, JSON.stringify(headers));
        if (status !== 403) continue; // a stream without end
        for (const path of ['/ui/events', '/api/reload', '/api/call'])
            assert.equal((await get(`${vmcp.admin}${path}`, headers)).status, 403, `${path} ${JSON.stringify(headers)}`);
    }
    const firstLine = async (target, ...fields) => (await exchangeBytes(vmcp.adminPort,
        [`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...fields, '', ''].join('\r\n'))).split('\r\n')[0];
    assert.match(await firstLine('http://evil.example/status'), / 403 /, 'whom an absolute target names counts');
    assert.match(await firstLine('/status', `Origin: ${vmcp.admin}`, 'Origin: https://evil.example'), / 400 /);
});

test('HEAD gives the head that GET gives, and no body, on a connection that goes on', async (t) => {
    const vmcp = await gatewayWithAdmin(t, undefined);
    for (const [port, path, status] of [[vmcp.port, '/health', 200], [vmcp.adminPort, '/ui/app.js', 200], [vmcp.port, '/nothing', 404], [vmcp.port, '/mcp', 405]]) {
        const ask = (method, close) => `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${close ? 'Connection: close\r\n' : ''}\r\n`;
        const text = await exchangeBytes(port, ask('HEAD') + ask('HEAD', true));
        const heads = text.split('\r\n\r\n');
        assert.equal(heads.length, 3, text);
        assert.equal(heads[2], '', 'no body');
        assert.ok(heads.slice(0, 2).every((head) => head.startsWith(`HTTP/1.1 ${status} `)), text);
        if (path === '/mcp') continue; // GET is a stream there
        const whole = await get(`http://127.0.0.1:${port}${path}`);
        assert.equal(/^content-length: (\d+)/im.exec(heads[0])?.[1], whole.headers['content-length'], path);
        assert.ok(whole.text.length > 0);
    }
});

test('the status page and its files', async (t) => {
    const vmcp = await gatewayWithAdmin(t, undefined);
    for (const path of ['/', '/ui']) {
        const lead = await get(`${vmcp.admin}${path}`);
        assert.equal(lead.status, 302);
        assert.equal(new URL(lead.headers.location, `${vmcp.admin}${path}`).pathname, '/ui/');
    }
    const page = await get(`${vmcp.admin}/ui/`);
    assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
    const policy = page.headers['content-security-policy'];
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.doesNotMatch(page.text, /<script(?![^>]*src=)|\son\w+=|style=|https?:\/\//, 'nothing inline, nothing from elsewhere');
    for (const [, file] of page.text.matchAll(/(?:src|href)="([\w.]+)"/g))
        assert.equal((await get(`${vmcp.admin}/ui/${file}`)).status, 200, file);
});

const eventsOf = (stream) => stream.events.filter((one) => one.data !== undefined);

test('events: the state at once, changes within about a second, nothing while nothing happens', async (t) => {
    const backend = await stub(t, { tools });
    const vmcp = await gatewayWithAdmin(t, { stub: backend.url }, { config: { operational: { failureHandling: { healthCheckInterval: '60s' } } } });
    const stream = await send(`${vmcp.admin}/ui/events`, { method: 'GET' });
    assert.equal(stream.headers['content-type'], 'text/event-stream');
    await until('all parts', () => eventsOf(stream).length >= 3, 3000);
    const [status, catalog, about] = ['status', 'catalog', 'gateway'].map((name) => JSON.parse(eventsOf(stream).find((one) => one.event === name).data));
    assert.equal(status.status.backends[0].health, 'healthy');
    assert.equal(status.loads.length, 1);
    assert.deepEqual(catalog.visible.map((one) => [one.kind, one.name, one.backend, one.original]), [['tool', 'stub_one', 'stub', 'one']]);
    assert.deepEqual([about.endpoint, about.trial, about.login, about.reload, about.failures], [vmcp.url, false, false, null, []]);
    const seen = eventsOf(stream).length;
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.equal(eventsOf(stream).length, seen, 'nothing changed');
    await rawClient(t, vmcp);
    const next = await until('the new session', () => eventsOf(stream)[seen], 3000);
    assert.equal(next.event, 'status');
    assert.equal(JSON.parse(next.data).counts.sessions, 1);
    stream.destroy();
});

test('events: watchers are bounded, and those that left make room', async (t) => {
    const vmcp = await gatewayWithAdmin(t, undefined);
    const watch = () => send(`${vmcp.admin}/ui/events`, { method: 'GET' });
    const streams = [];
    for (let i = 0; i < 64; ++i) streams.push(await watch());
    assert.ok(streams.every((one) => one.status === 200));
    const refused = await watch();
    assert.equal(refused.status, 429);
    await refused.body();
    streams[0].destroy();
    streams[0] = await until('a free place', async () => {
        const one = await watch();
        if (one.status === 200) return one;
        await one.body();
        return undefined;
    });
    for (const one of streams) one.destroy();
});

test('events: a drain ends the streams at once and properly', async (t) => {
    const vmcp = await gatewayWithAdmin(t, undefined, { config: { runtime: { drainTimeout: '20s' } } });
    const streams = await Promise.all(Array.from({ length: 5 }, () => send(`${vmcp.admin}/ui/events`, { method: 'GET' })));
    const began = Date.now();
    const ended = Promise.all(streams.map((one) => one.body()));
    await vmcp.stop();
    await ended;
    assert.ok(Date.now() - began < 5000, `${Date.now() - began} ms`);
});
