// What every row of ./dev test abuse needs: a gateway with a budget of memory, a client that behaves well all the while, and
// the figures: resident memory at its highest, and how long the client's calls took before the abuse and under it.
// A sanitizer's own memory and pace say nothing about the program: of its binary neither is judged.
//
// VMCP_BIN names the program. VMCP_ABUSE_MEASURE=1 asserts nothing and sets no budget: for the figures of a program that has
// none. Each row is a file of its own beside this one.
import assert from 'node:assert/strict';
import net from 'node:net';
import { readFile } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { until } from '../end_to_end/lib/process.mjs';
import { RawClient } from '../end_to_end/lib/raw_client.mjs';
import { gateway, later, stub, toolDefinition } from '../end_to_end/lib/setup.mjs';

export const onlyMeasured = process.env.VMCP_ABUSE_MEASURE === '1';
export const sanitized = /asan|tsan/.test(process.env.VMCP_BIN ?? '');
const usualResident = 320; // MiB
const mostSlowdown = 3; // of the client that behaves
const noise = 20; // ms, below which a machine that does other things says nothing

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// vmcp in front of {name: url or {url, ...}} and of a backend `good` with the tool `one`, which the well-behaved client calls.
// `start`: gateway(), or what takes the same.
export async function startAbused(t, backends = {}, { config = {}, start = gateway, ...options } = {}) {
    const wellBehaved = new WellBehaved(t);
    const { limits, ...rest } = config;
    const memory = onlyMeasured ? {} : { memory: '256MiB' };
    const vmcp = await start(t, { good: await wellBehaved.ask('backend'), ...backends }, { config: { limits: { ...memory, ...limits }, ...rest }, ...options });
    vmcp.pid = vmcp.program.child.pid;
    vmcp.wellBehaved = wellBehaved;
    return vmcp;
}

async function residentMiB({ pid }) {
    const text = await readFile(`/proc/${pid}/status`, 'utf8');
    return Object.fromEntries(['VmRSS', 'VmHWM'].map((name) => [name, Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)[1]) / 1024]));
}

// The value of one sample of /metrics; undefined: there is none.
export async function metric({ base }, sample) {
    const text = await (await fetch(`${base}/metrics`, { signal: AbortSignal.timeout(10000) })).text();
    const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
    return line && Number(line.slice(sample.length + 1));
}

const p99 = (times) => times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * 0.99))] ?? NaN;

// well_behaved.mjs, on a thread of its own.
class WellBehaved {
    constructor(t) {
        this.worker = new Worker(new URL('./well_behaved.mjs', import.meta.url));
        this.waiting = new Map();
        this.worker.on('message', ({ id, value, error }) => {
            const { resolve, reject } = this.waiting.get(id);
            this.waiting.delete(id);
            if (error === undefined) resolve(value);
            else reject(new Error(error));
        });
        later(t, () => this.worker.terminate());
    }

    ask(what, more = {}) {
        const id = (this.last = (this.last ?? 0) + 1);
        return new Promise((resolve, reject) => {
            this.waiting.set(id, { resolve, reject });
            this.worker.once('error', reject);
            this.worker.postMessage({ id, what, ...more });
        });
    }
}

// Runs `abuse()` while the well-behaved client goes on; prints the figures of the row with what abuse() returns, and asserts
// what holds for every row. `most` MiB may be resident.
export async function underAbuse(t, row, vmcp, abuse, { most = usualResident } = {}) {
    const client = vmcp.wellBehaved;
    await client.ask('begin', { url: vmcp.url });
    await sleep(2000);
    const before = p99((await client.ask('take')).times);
    const figures = await abuse();
    const { times: taken, lag } = await client.ask('take');
    const under = p99(taken);
    const failed = await client.ask('end');
    const { VmRSS, VmHWM } = await residentMiB(vmcp);
    const times = under / before;
    console.log(`abuse: ${row}: ${figures === undefined ? '' : `${figures}; `}at most ${VmHWM.toFixed(0)} MiB resident, ${VmRSS.toFixed(0)} MiB at the end; ` +
        `p99 of a client that behaves ${before.toFixed(1)} ms before, ${under.toFixed(1)} ms under it (${times.toFixed(1)} x)`);
    if (onlyMeasured) return;
    assert.deepEqual(failed, [], 'calls of the client that behaves');
    assert.ok(vmcp.program.alive, 'the gateway runs');
    if (!sanitized) {
        assert.ok(VmHWM <= most, `${VmHWM.toFixed(0)} MiB were resident, more than ${most}`);
        assert.ok(under <= Math.max(mostSlowdown * before, noise) + lag, `calls of the client that behaves took ${under.toFixed(1)} ms, ${times.toFixed(1)} x as long as before; the client itself was ${lag.toFixed(0)} ms late`);
    }
    const used = await Promise.all(['requests', 'answers', 'replay', 'notifications', 'catalog', 'asks']
        .map((kind) => metric(vmcp, `vmcp_memory_bytes{class="${kind}"}`)));
    const budget = await metric(vmcp, 'vmcp_memory_limit_bytes');
    assert.ok(used.every((one) => one >= 0 && one <= budget), `what the ledger holds: ${used}`);
}

// The well-behaved client's thread looks at /readyz of each of these gateways, at the same moments, while `what()` runs. Returns the
// longest look at each, in ms.
export async function longestLooks({ wellBehaved }, gateways, what) {
    await wellBehaved.ask('look', { bases: gateways.map(({ base }) => base) });
    await what();
    const { longest, bad } = await wellBehaved.ask('looked');
    assert.deepEqual(bad, [], 'answers of /readyz');
    return longest;
}

// A bare connection: send() writes, hold() reads nothing any more, text() is what came so far.
export class Socket {
    static async open(t, { port }) {
        const self = new Socket();
        self.socket = net.connect(port, '127.0.0.1');
        self.socket.on('error', () => {});
        self.parts = [];
        self.socket.on('data', (data) => self.parts.push(data));
        await new Promise((resolve) => self.socket.once('connect', resolve).once('close', resolve));
        later(t, async () => self.socket.destroy());
        return self;
    }

    // Resolves when it was handed over, or nobody takes it any more.
    send(data, ms = 3000) {
        return new Promise((resolve) => {
            const timer = setTimeout(resolve, ms);
            const over = () => {
                clearTimeout(timer);
                resolve();
            };
            if (this.socket.destroyed) over();
            else this.socket.write(data, over);
        });
    }

    hold() {
        this.socket.pause();
        return this;
    }

    text() {
        return Buffer.concat(this.parts).toString('latin1');
    }

    // The status of the answer; undefined: none has come.
    status() {
        const found = /^HTTP\/1\.1 (?!100)(\d{3})/m.exec(this.text());
        return found ? Number(found[1]) : undefined;
    }
}

// The head of a request in a session.
export const headOf = (vmcp, client, fields, method = 'POST') =>
    `${method} /mcp HTTP/1.1\r\nHost: 127.0.0.1:${vmcp.port}\r\n` +
    (client ? `Mcp-Session-Id: ${client.session}\r\nMCP-Protocol-Version: ${client.version}\r\n` : '') +
    (method === 'POST' ? 'Content-Type: application/json\r\n' : '') +
    Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`).join('') + '\r\n';

export async function session({ url }, options) {
    const client = new RawClient(url, options);
    await client.initialize(options);
    return client;
}

// Sends a tools/call on a connection of its own that does not read the answer.
export async function callUnread(t, vmcp, client, name, accept = 'application/json, text/event-stream') {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } });
    const socket = (await Socket.open(t, vmcp)).hold();
    await socket.send(headOf(vmcp, client, { Accept: accept, 'Content-Length': body.length }) + body);
    return socket;
}

export { assert, gateway, later, stub, toolDefinition, until };
