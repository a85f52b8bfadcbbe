// What every row of ./dev test abuse needs: a gateway with a budget of memory, a client that behaves well all the while, and
// the figures: resident memory at its highest, and how long the client's calls took before the abuse and under it.
//
// VMCP_BIN names the program. VMCP_ABUSE_MEASURE=1 asserts nothing and sets no budget: for the figures of a program that has
// none. Each row is a file of its own beside this one.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { readFile } from 'node:fs/promises';
import { until } from '../end_to_end/lib/process.mjs';
import { RawClient } from '../end_to_end/lib/raw_client.mjs';
import { gateway, later, stub, toolDefinition } from '../end_to_end/lib/setup.mjs';

export const onlyMeasured = process.env.VMCP_ABUSE_MEASURE === '1';
const sanitized = /asan|tsan/.test(process.env.VMCP_BIN ?? ''); // a sanitizer's own memory says nothing about the program
const MiB = 1 << 20;
export const budget = 256 * MiB;
const mostResident = 320; // MiB

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// vmcp in front of {name: url or {url, ...}} and of a backend `good` with the tool `one`, which the well-behaved client calls.
export async function startAbused(t, backends = {}, { config = {}, ready } = {}) {
    const good = await stub(t, { name: 'good', tools: [toolDefinition('one')] });
    const { limits, ...rest } = config;
    const memory = onlyMeasured ? {} : { memory: '256MiB' };
    const vmcp = await gateway(t, { good: good.url, ...backends }, { config: { limits: { ...memory, ...limits }, ...rest }, ready });
    vmcp.pid = vmcp.program.child.pid;
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

// A client with a session that calls `good_one` every 20 ms, one call after the other, and notes how each ended.
class WellBehaved {
    static async start({ url }) {
        const self = new WellBehaved();
        self.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        self.client = new RawClient(url, { agent: self.agent });
        await self.client.initialize();
        self.times = [];
        self.failed = [];
        self.running = self.#run();
        return self;
    }

    async #run() {
        while (!this.over) {
            const began = performance.now();
            try {
                const { status, message, text } = await this.client.request('tools/call', { name: 'good_one', arguments: {} }, { ms: 20000 });
                if (status !== 200 || message.result?.content?.[0]?.text !== 'good:one') this.failed.push(`${status} ${text.slice(0, 200)}`);
            } catch (error) {
                this.failed.push(`${error.code ?? ''} ${error.message}`);
            }
            this.times.push(performance.now() - began);
            await sleep(20);
        }
    }

    // The times since the last call of this.
    take() {
        return this.times.splice(0);
    }

    async stop() {
        this.over = true;
        await this.running;
        this.agent.destroy();
    }
}

// Runs `abuse()` while the well-behaved client goes on; prints the figures of the row, and asserts what holds for every row.
export async function underAbuse(t, row, vmcp, abuse) {
    const client = await WellBehaved.start(vmcp);
    await sleep(2000);
    const before = p99(client.take());
    await abuse();
    const under = p99(client.take());
    await client.stop();
    const { VmRSS, VmHWM } = await residentMiB(vmcp);
    const times = under / before;
    console.log(`abuse: ${row}: at most ${VmHWM.toFixed(0)} MiB resident, ${VmRSS.toFixed(0)} MiB at the end; ` +
        `p99 of a client that behaves ${before.toFixed(1)} ms before, ${under.toFixed(1)} ms under it (${times.toFixed(1)} x)`);
    if (onlyMeasured) return;
    assert.deepEqual(client.failed, [], 'calls of the client that behaves');
    assert.ok(vmcp.program.alive, 'the gateway runs');
    if (!sanitized) assert.ok(VmHWM <= mostResident, `${VmHWM.toFixed(0)} MiB were resident, more than ${mostResident}`);
    const used = await Promise.all(['requests', 'answers', 'replay', 'notifications', 'catalog', 'asks']
        .map((kind) => metric(vmcp, `vmcp_memory_bytes{class="${kind}"}`)));
    assert.ok(used.every((one) => one >= 0 && one <= budget), `what the ledger holds: ${used}`);
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

export { assert, stub, toolDefinition, until };
