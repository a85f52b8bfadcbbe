// Load of every kind for as long as asked, while backends restart and the configuration is read again: what a gateway
// that runs for months must not lose with time. Prints resident memory and descriptors, and judges them at the end.
//   node tests/soak/soak.mjs [--minutes N] [--rate CALLS_PER_SECOND]
import { readdir, readFile } from 'node:fs/promises';
import http from 'node:http';
import { parseArgs } from 'node:util';
import { RawClient } from '../end_to_end/lib/raw_client.mjs';
import { Stub } from '../end_to_end/lib/stub.mjs';
import { configFor, startVmcp } from '../end_to_end/lib/vmcp.mjs';
import { flatness, judge } from './verdict.mjs';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' }, rate: { type: 'string', default: '100' } } });
const minutes = Number(values.minutes);
const rate = Number(values.rate);
if (!(minutes >= 1) || !(rate >= 1)) throw new Error('--minutes and --rate are numbers from 1 on');

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const ends = Date.now() + minutes * 60_000;
const failures = [];
const done = new Map();
const note = (what, why) => (failures.length < 100 ? failures.push(`${new Date().toISOString()} ${what}: ${why}`) : undefined);
const counted = (what) => done.set(what, (done.get(what) ?? 0) + 1);

// ---- backends

const tool = (name) => ({ name, description: `The tool ${name}`, inputSchema: { type: 'object' } });
const stubs = ['a', 'b', 'c'].map((name) => new Stub({
    name, tools: [tool('echo'), tool('talk'), tool('ask')],
    resources: [{ uri: `file:///${name}`, name }],
}));
for (const stub of stubs) {
    stub.busy = 0;
    stub.on('tools/call', (exchange) => {
        const { name, arguments: given } = exchange.message.params;
        const answer = { content: [{ type: 'text', text: `${given.n}${'x'.repeat(given.size ?? 0)}` }] };
        if (!stub.sessions.has(exchange.headers['mcp-session-id']))
            return exchange.json(404, '{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"}}');
        if (name === 'echo') return exchange.result(answer);
        const stream = exchange.sse();
        if (name === 'talk') {
            for (let i = 0; i < 5; ++i)
                stream.send({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: `${i}` } });
            return stream.result(answer);
        }
        const id = `q${given.n}`;
        stream.send({ jsonrpc: '2.0', id, method: 'elicitation/create', params: { message: '?', requestedSchema: { type: 'object', properties: {} } } });
        return stub.answerTo(id, 20_000).then(() => {
            stub.answers.delete(id);
            stream.result(answer);
        });
    });
    await stub.listen();
}
const forget = setInterval(() => stubs.forEach((stub) => (stub.log.length = 0)), 1000);

// ---- the gateway

let version = 0;
const config = () => configFor(stubs.map(({ name, url }) => ({ name, url })), {
    sessions: { ttl: '20s' },
    metadata: { version: `${version}` },
    operational: { timeouts: { default: version % 2 === 0 ? '30s' : '31s' } },
});
const gateway = await startVmcp(config());
const pid = gateway.program.child.pid;
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

// ---- what clients do

const inFlight = new Map(stubs.map(({ name }) => [name, 0]));
const halted = new Set();
let calls = 0;

async function call(client, what, { size } = {}) {
    const open = stubs.filter(({ name }) => !halted.has(name));
    const { name } = open[calls % open.length];
    const n = ++calls;
    inFlight.set(name, inFlight.get(name) + 1);
    try {
        const { status, message, text } = await client.request('tools/call', { name: `${name}_${what}`, arguments: { n, size } }, {
            id: n, ms: 40_000, onRequest: (asked) => (asked.method === 'elicitation/create' ? { action: 'accept', content: {} } : undefined),
        });
        if (status !== 200 || !message?.result?.content?.[0]?.text.startsWith(`${n}`)) note(`${name}_${what}`, `${status} ${text?.slice(0, 300)}`);
        else counted(what);
    } catch (error) {
        note(`${name}_${what}`, error.message);
    } finally {
        inFlight.set(name, inFlight.get(name) - 1);
    }
}

const open = async (capabilities) => {
    const client = new RawClient(gateway.url, { agent });
    await client.initialize({ capabilities });
    return client;
};

// Sessions that stay, and call all the time.
async function steady() {
    const clients = await Promise.all(Array.from({ length: 20 }, () => open({ elicitation: {}, roots: { listChanged: true } })));
    const started = Date.now();
    let made = 0;
    const running = new Set();
    while (Date.now() < ends) {
        for (; made < ((Date.now() - started) / 1000) * rate; ++made) {
            const kind = made % 20 === 0 ? 'ask' : made % 5 === 0 ? 'talk' : 'echo';
            const one = call(clients[made % clients.length], kind, { size: made % 50 === 1 ? 200_000 : 100 }).finally(() => running.delete(one));
            running.add(one);
        }
        await pause(5);
    }
    await Promise.all(running);
    await Promise.all(clients.map((client) => client.close()));
}

// Sessions that come and go: some say goodbye, some do not; some listen, some subscribe.
async function passing() {
    for (let n = 0; Date.now() < ends; ++n) {
        try {
            const client = await open(n % 2 === 0 ? { elicitation: {} } : {});
            const stream = n % 3 === 0 ? await client.openStream() : undefined;
            if (n % 4 === 0) await client.request('resources/subscribe', { uri: 'file:///a' });
            await call(client, 'echo');
            const { message } = await client.request('tools/list', {});
            if (message?.result?.tools?.length !== 9) note('tools/list', JSON.stringify(message)?.slice(0, 300));
            await client.notify('notifications/roots/list_changed');
            await client.request('logging/setLevel', { level: n % 2 === 0 ? 'info' : 'error' });
            stream?.destroy();
            if (n % 2 === 0) await client.close();
            counted('session');
        } catch (error) {
            note('a session', error.message);
        }
        await pause(100);
    }
}

// One backend after the other restarts, now and then: no call is under way there when it goes, and calls come while it is away.
async function restarts() {
    for (let n = 0; Date.now() < ends - 5_000; ++n) {
        await pause(4_000);
        const stub = stubs[n % stubs.length];
        halted.add(stub.name);
        while (inFlight.get(stub.name) > 0) await pause(2);
        await stub.close();
        stub.sessions.clear();
        halted.delete(stub.name);
        await pause(300);
        await stub.listen(stub.port);
        counted('restart');
    }
}

async function reloads() {
    while (Date.now() < ends - 5_000) {
        await pause(7_000);
        ++version;
        await gateway.rewrite(config());
        gateway.program.child.kill('SIGHUP');
        counted('reload');
    }
}

// A backend whose lists change all the time.
async function storms() {
    while (Date.now() < ends) {
        await pause(5_000);
        for (let i = 0; i < 50; ++i) stubs[2].push({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
        counted('storm');
    }
}

// ---- what is watched

const samples = [];
async function watch() {
    const begin = Date.now();
    console.log('   time   resident  descriptors  calls');
    for (let next = begin; Date.now() < ends; next += 5_000) {
        await pause(Math.max(0, next - Date.now()));
        const status = await readFile(`/proc/${pid}/status`, 'utf8');
        const sample = {
            at: (Date.now() - begin) / 1000,
            resident: Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024,
            descriptors: (await readdir(`/proc/${pid}/fd`)).length,
        };
        samples.push(sample);
        console.log(`${sample.at.toFixed(0).padStart(5)} s  ${sample.resident.toFixed(1).padStart(6)} MiB  ${String(sample.descriptors).padStart(11)}  ${calls}`);
    }
}

await Promise.all([steady(), passing(), restarts(), reloads(), storms(), watch()]);
const alive = gateway.program.alive;
agent.destroy();
await gateway.stop().catch((error) => note('the end', error.message));
clearInterval(forget);
await Promise.all(stubs.map((stub) => stub.close()));
if (!alive) note('the gateway', 'it ended early');

const verdict = judge(samples, failures);
console.log(`\ndone: ${[...done].map(([what, n]) => `${n} ${what}`).join(', ')}`);
for (const one of failures) console.log(`failed: ${one}`);
console.log(`resident memory over the last two thirds: ${flatness(verdict.resident)}`);
console.log(`descriptors over the last two thirds: ${flatness(verdict.descriptors)}`);
for (const problem of verdict.problems) console.log(`PROBLEM: ${problem}`);
console.log(verdict.problems.length === 0 ? 'soak: passed' : 'soak: FAILED');
process.exit(verdict.problems.length === 0 ? 0 : 1);
