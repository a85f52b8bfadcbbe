// Several gateways that share their sessions in a real Redis: any of them serves any request, and neither a killed gateway nor a
// Redis that is away, slow, full or emptied takes a session from a client.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Authority } from './lib/certificates.mjs';
import { freePort } from './lib/peers.mjs';
import { Program, run, until } from './lib/process.mjs';
import { balancer, redis, silent } from './lib/redis.mjs';
import { RawClient } from './lib/raw_client.mjs';
import { gateway, later, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { repository } from './lib/vmcp.mjs';

const one = { tools: [toolDefinition('one')], resources: ['{"uri":"file:///r","name":"r"}'] };
const unhurried = { operational: { timeouts: { default: '60s' } } };

const storage = (address, more = {}) => ({ sessionStorage: { provider: 'redis', address, timeout: '500ms', ...more } });

// Two gateways over one Redis and one backend.
async function pair(t, { options = [], config = {} } = {}) {
    const store = await redis(t, options);
    const backend = await stub(t, one);
    const make = () => gateway(t, { stub: backend.url }, { config: { ...unhurried, ...storage(store.address), ...config } });
    const [a, b] = await Promise.all([make(), make()]);
    return { store, backend, a, b };
}

// The same client at another gateway.
const at = (client, vmcp) => Object.assign(new RawClient(vmcp.url), client, { url: vmcp.url });
const call = (client, args) => client.request('tools/call', { name: 'stub_one', ...args });

test('docs/metrics.md lists what is measured of it', async (t) => {
    const { a } = await pair(t);
    const [, page] = (await readFile(join(repository, 'docs/metrics.md'), 'utf8')).split('## Sessions shared with other gateways');
    const listed = [...page.matchAll(/^\| `(\w+)`/gm)].map((one) => one[1]);
    const text = await (await fetch(`${a.base}/metrics`)).text();
    for (const name of listed) assert.match(text, new RegExp(`^# TYPE ${name} `, 'm'));
    assert.equal([...text.matchAll(/^# TYPE (vmcp_redis|vmcp_replica|vmcp_session_|vmcp_sessions_restored)\w+ /gm)].length, listed.length);
    assert.match(text, /^vmcp_redis_up\{connection="messages"\} 1$/m);
});

test('a session that one gateway opened is served by the other, and ends for both', async (t) => {
    const { a, b, store } = await pair(t);
    const client = await rawClient(t, a);
    const elsewhere = at(client, b);
    assert.equal((await call(elsewhere)).message.result.content[0].text, 'stub:one');
    assert.equal((await elsewhere.request('resources/list')).message.result.resources.length, 1);
    assert.equal((await elsewhere.request('prompts/list')).status, 200);
    assert.equal((await call(client)).status, 200);
    for (const text of await store.everything()) assert.ok(!text.includes(client.session), 'no id at rest');
    assert.equal(await elsewhere.close(), 200);
    await until('it is gone at the other', async () => (await client.request('ping')).status === 404, 1000);
    assert.equal((await elsewhere.request('ping')).status, 404);
});

test('behind a balancer that knows no sessions, nothing is missed', async (t) => {
    const { a, b } = await pair(t);
    const front = await balancer(t, [a.port, b.port]);
    const client = await rawClient(t, front);
    for (let i = 0; i < 20; ++i) assert.equal((await call(client)).message.result.content[0].text, 'stub:one');
    for (const { port } of [a, b]) assert.ok(front.seen.filter((entry) => entry.port === port).length > 5, 'both served');
    assert.ok(front.seen.every(({ status }) => status < 400));
    assert.equal(await client.close(), 200);
});

test('a plain call asks the store once in two seconds', async (t) => {
    const { a, store } = await pair(t);
    const client = await rawClient(t, a);
    const asked = async () => Number(/cmdstat_getex:calls=(\d+)/.exec(await store.command('INFO', 'commandstats'))?.[1] ?? 0);
    const before = await asked();
    const end = Date.now() + 1500;
    let calls = 0;
    for (; Date.now() < end; ++calls) assert.equal((await call(client)).status, 200);
    assert.ok(await asked() - before <= 1, `${await asked() - before} for ${calls} calls`);
});

test('an answer to a question finds the gateway that asked, and a cancellation the call', async (t) => {
    const { a, b, backend } = await pair(t);
    backend.on('tools/call', async (exchange) => {
        const { how } = exchange.message.params.arguments;
        const stream = exchange.sse();
        if (how === 'wait') return; // until it is cancelled
        stream.send({ jsonrpc: '2.0', id: `q-${how}`, method: 'elicitation/create', params: { message: how, requestedSchema: { type: 'object', properties: {} } } });
        stream.result({ content: [{ type: 'text', text: JSON.stringify((await backend.answerTo(`q-${how}`)).result) }] });
    });
    const client = await rawClient(t, a, { capabilities: { elicitation: {} } });
    const elsewhere = at(client, b);
    for (const [here, there, how] of [[client, elsewhere, '1'], [elsewhere, client, '2']]) {
        const { message } = await here.request('tools/call', { name: 'stub_one', arguments: { how } }, {
            onRequest: async (question) => {
                assert.equal(await there.answer(question.id, { action: 'accept', content: { n: how } }), 202);
            },
        });
        assert.deepEqual(JSON.parse(message.result.content[0].text), { action: 'accept', content: { n: how } });
    }
    const waiting = client.request('tools/call', { name: 'stub_one', arguments: { how: 'wait' } }, { id: 'to-be-cancelled', ms: 10000 }).catch(() => undefined);
    await until('it runs', () => backend.requests('tools/call').length === 3);
    assert.equal(await elsewhere.notify('notifications/cancelled', { requestId: 'to-be-cancelled', reason: 'enough' }), 202);
    await until('the backend is told', () => backend.requests('notifications/cancelled').length > 0);
    await waiting;
});

test('what a client sets through one gateway holds at the other', async (t) => {
    const { a, b, backend } = await pair(t);
    const client = await rawClient(t, a);
    const elsewhere = at(client, b);
    assert.equal((await call(elsewhere)).status, 200);
    assert.equal((await client.request('logging/setLevel', { level: 'error' })).status, 200);
    await sleep(700);
    assert.equal((await call(elsewhere)).status, 200);
    await until('the backend session of the other is told', () => backend.requests('logging/setLevel').some(({ message, headers }) =>
        message.params.level === 'error' && headers['mcp-session-id'] === backend.requests('tools/call').at(-1).headers['mcp-session-id']));

    const stream = await elsewhere.openStream();
    assert.equal((await client.request('resources/subscribe', { uri: 'file:///r' })).status, 200);
    await until('both gateways have subscribed', () => backend.requests('resources/subscribe').length >= 2);
    await until('an update reaches the client on the stream of the other', () => {
        backend.push({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'file:///r' } });
        return stream.events.some(({ data }) => data?.includes('resources/updated'));
    });
    stream.destroy();
});

test('a stream outside of calls that broke goes on at the other gateway', async (t) => {
    const { a, b, backend } = await pair(t);
    const client = await rawClient(t, a);
    const first = await client.openStream();
    await until('it has an event with an id', () => first.events.some(({ id }) => id !== undefined));
    const lastEventId = first.events.findLast(({ id }) => id !== undefined).id;
    first.destroy();
    const second = await at(client, b).openStream({ lastEventId });
    assert.equal(second.status, 200);
    backend.tools.push(JSON.stringify(toolDefinition('two')));
    backend.push({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    await until('news arrive', () => second.events.some(({ data }) => data?.includes('tools/list_changed')));
    second.destroy();
});

test('a gateway that is killed takes no session with it', async (t) => {
    const { a, b } = await pair(t);
    const front = await balancer(t, [a.port, b.port]);
    const clients = await Promise.all(Array.from({ length: 20 }, () => rawClient(t, front)));
    await Promise.all(clients.map((client) => call(client)));
    a.program.child.kill('SIGKILL');
    await a.program.exited;
    for (const client of clients) assert.equal((await call(client)).message.result.content[0].text, 'stub:one');
});

test('a gateway that ends leaves its sessions to the other', async (t) => {
    const { a, b } = await pair(t);
    const client = await rawClient(t, a);
    await a.stop();
    assert.equal((await call(at(client, b))).status, 200);
});

test('while Redis is away, known sessions go on, others are refused with 503, and all go on afterwards', async (t) => {
    const { a, b, store } = await pair(t);
    const client = await rawClient(t, a);
    const elsewhere = at(client, b);
    await store.kill();
    for (let i = 0; i < 3; ++i) {
        assert.equal((await call(client)).status, 200);
        const refused = await elsewhere.request('ping');
        assert.equal(refused.status, 503, refused.text);
        assert.match(refused.headers['retry-after'], /^\d+$/);
        await sleep(1200);
    }
    const began = Date.now();
    assert.equal((await elsewhere.request('ping')).status, 503);
    assert.ok(Date.now() - began < 400, 'refused at once, not after a timeout');
    await assert.rejects(rawClient(t, b), /503/);
    await store.start(); // without what it had
    await until('the other gateway serves it', async () => (await elsewhere.request('ping')).status === 200, 15000);
    assert.equal((await call(client)).status, 200, 'the same session');
    assert.equal((await rawClient(t, b)).session.length, 32);
});

test('a session that was deleted while Redis was away does not come back', async (t) => {
    const { a, b, store } = await pair(t);
    const client = await rawClient(t, a);
    await call(at(client, b));
    await store.kill();
    assert.equal(await client.close(), 200);
    assert.equal((await client.request('ping')).status, 404);
    await store.start();
    await until('it is gone at the other', async () => (await at(client, b).request('ping')).status === 404, 15000);
    await sleep(500);
    assert.equal((await client.request('ping')).status, 404);
});

test('a Redis that does not answer holds nobody up for longer than the timeout', async (t) => {
    const { a, b, store } = await pair(t);
    const client = await rawClient(t, a);
    store.freeze();
    await sleep(2100); // its session is not confirmed any more
    let began = Date.now();
    assert.equal((await call(client)).status, 200);
    assert.ok(Date.now() - began < 3000);
    began = Date.now();
    assert.equal((await at(client, b).request('ping')).status, 503);
    assert.ok(Date.now() - began < 3000);
    store.thaw();
    await until('it is served again', async () => (await at(client, b).request('ping')).status === 200, 15000);
});

test('a Redis that is full refuses new sessions and serves those that are there', async (t) => {
    const { a, b, store } = await pair(t, { options: ['--maxmemory-policy', 'noeviction'] });
    const client = await rawClient(t, a);
    await store.command('CONFIG', 'SET', 'maxmemory', '1');
    await assert.rejects(rawClient(t, a), /503/);
    await until('why is said', () => a.program.output.includes('OOM'));
    assert.equal((await call(at(client, b))).status, 200);
    await store.command('CONFIG', 'SET', 'maxmemory', '0');
    assert.equal((await rawClient(t, a)).session.length, 32);
});

test('over TLS, with a user and a password; none of them appears anywhere', async (t) => {
    const authority = new Authority();
    later(t, async () => authority.remove());
    const server = authority.issue('DNS:localhost,IP:127.0.0.1');
    const secret = 'top-secret-of-redis';
    const store = await redis(t, ['--user', 'vmcp', 'on', `>${secret}`, '~*', '&*', '+@all', '--user', 'default', 'off'], { tls: { ...server, ca: authority.certificate } });
    const backend = await stub(t, one);
    const more = { tls: true, caBundlePath: authority.certificate, username: 'vmcp', db: 3 };
    const config = storage(store.address, more);
    const [a, b] = await Promise.all([
        gateway(t, { stub: backend.url }, { config, env: { THV_SESSION_REDIS_PASSWORD: secret } }),
        gateway(t, { stub: backend.url }, { config: storage(store.address, { ...more, password: secret }) }),
    ]);
    const client = await rawClient(t, a);
    assert.equal((await call(at(client, b))).status, 200);
    const wrong = await gateway(t, { stub: backend.url }, { ready: false, config: storage(store.address, { ...more, password: 'wrong-password-of-redis' }) });
    await until('why is said', () => wrong.program.output.includes('refused the credentials'));
    const untrusted = await gateway(t, { stub: backend.url }, { ready: false, config: storage(store.address, { tls: true, username: 'vmcp', password: secret }) });
    await until('why is said', () => untrusted.program.output.includes('certificate'));
    for (const { program } of [a, b, wrong, untrusted]) assert.doesNotMatch(program.output, /top-secret-of-redis|wrong-password-of-redis/);
});

test('sentinels say where the master is, also after a failover', async (t) => {
    const master = await redis(t);
    const other = await redis(t, ['--replicaof', '127.0.0.1', String(master.port)]);
    const port = await freePort();
    const { writeFileSync } = await import('node:fs');
    const file = `${master.folder}/sentinel.conf`;
    writeFileSync(file, `port ${port}\nbind 127.0.0.1\ndir ${master.folder}\nsentinel monitor mine 127.0.0.1 ${master.port} 1\n` +
        'sentinel down-after-milliseconds mine 500\nsentinel failover-timeout mine 2000\n');
    const sentinel = new Program('redis-server', [file, '--sentinel']);
    later(t, async () => { sentinel.child.kill('SIGKILL'); await sentinel.exited; });
    const ask = async (...args) => (await run('redis-cli', ['-p', String(port), ...args])).stdout;
    await until('the sentinel knows both', async () => /num-slaves\n1\n/.test(await ask('SENTINEL', 'master', 'mine')), 20000);
    const backend = await stub(t, one);
    const config = { sessionStorage: { provider: 'redis', timeout: '500ms', sentinel: { addresses: [`127.0.0.1:${await silent(t)}`, `127.0.0.1:${port}`], master: 'mine' } } };
    const [a, b] = await Promise.all([gateway(t, { stub: backend.url }, { config }), gateway(t, { stub: backend.url }, { config })]);
    const client = await until('a session is opened', () => rawClient(t, a));
    assert.equal((await call(at(client, b))).status, 200);
    await until('the other Redis has it', async () => (await other.command('DBSIZE')) !== '0');
    await master.kill();
    await until('the other one is the master', async () => (await ask('SENTINEL', 'get-master-addr-by-name', 'mine')).includes(String(other.port)), 30000);
    await until('new sessions are opened', async () => (await rawClient(t, b)).session.length === 32, 20000);
    assert.equal((await call(client)).status, 200);
});

test('what is wrong in the configuration is said, and what cannot be told from it is no obstacle', async (t) => {
    const { vmcp, configFor } = await import('./lib/vmcp.mjs');
    const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs');
    const folder = mkdtempSync('/tmp/vmcp-storage-');
    later(t, async () => rmSync(folder, { recursive: true }));
    const problems = async (sessionStorage) => {
        writeFileSync(`${folder}/c.yaml`, JSON.stringify(configFor([{ name: 'b', url: 'http://127.0.0.1:1/mcp' }], { sessionStorage })));
        return vmcp(['validate', '--config', `${folder}/c.yaml`]);
    };
    assert.match((await problems({ provider: 'redis' })).stderr, /sessionStorage.address.*required/s);
    assert.match((await problems({ provider: 'redis', address: 'localhost' })).stderr, /HOST:PORT/);
    assert.match((await problems({ provider: 'redis', address: 'h:1', keyPrefix: 'x' })).stderr, /must end with ':'/);
    assert.match((await problems({ provider: 'redis', sentinel: { master: 'm' } })).stderr, /addresses/);
    assert.equal((await problems({ provider: 'redis', address: 'redis.example:6379' })).code, 0);
    // Redis may come later than its gateways.
    const port = await freePort();
    const backend = await stub(t, one);
    const early = await gateway(t, { stub: backend.url }, { ready: false, config: storage(`127.0.0.1:${port}`) });
    await until('it serves', async () => (await fetch(`${early.base}/readyz`)).status === 200);
    await assert.rejects(rawClient(t, early), /503/);
});
