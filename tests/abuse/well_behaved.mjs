// The client that behaves, and the backend `good` that it calls, on a thread of their own: what the test does to the gateway is
// not to hold them up. It is told {what, id, url} and says {id, value}.
import http from 'node:http';
import { parentPort } from 'node:worker_threads';
import { watchLag } from '../end_to_end/lib/lag.mjs';
import { RawClient } from '../end_to_end/lib/raw_client.mjs';
import { startStub } from '../end_to_end/lib/stub.mjs';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const good = await startStub({ name: 'good', tools: [{ name: 'one', inputSchema: { type: 'object' } }] });
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const failed = [];
const lag = watchLag();
let times = [];
let running;
let over = false;

// Calls every 20 ms, one call after the other, and notes how each ended.
async function run(client) {
    while (!over) {
        const began = performance.now();
        try {
            const { status, message, text } = await client.request('tools/call', { name: 'good_one', arguments: {} }, { ms: 20000 });
            if (status !== 200 || message.result?.content?.[0]?.text !== 'good:one') failed.push(`${status} ${text.slice(0, 200)}`);
        } catch (error) {
            failed.push(`${error.code ?? ''} ${error.message}`);
        }
        times.push(performance.now() - began);
        await sleep(20);
    }
}

let looking;

// Until `done`, at all of them at once: what holds this thread up holds up all looks alike.
async function look(bases, to) {
    while (!to.done)
        await Promise.all(bases.map(async (base, i) => {
            const began = performance.now();
            const answer = await fetch(`${base}/readyz`, { signal: AbortSignal.timeout(10000) });
            await answer.text();
            if (answer.status !== 200) to.bad.push(`${base}: ${answer.status}`);
            to.longest[i] = Math.max(to.longest[i], performance.now() - began);
        })).catch((error) => to.bad.push(error.message));
}

const tasks = {
    look({ bases }) {
        looking = { done: false, bad: [], longest: bases.map(() => 0) };
        looking.over = look(bases, looking);
    },
    async looked() {
        looking.done = true;
        await looking.over;
        return { longest: looking.longest, bad: looking.bad };
    },
    backend: () => good.url,
    async begin({ url }) {
        const client = new RawClient(url, { agent });
        await client.initialize();
        running = run(client);
    },
    // The times since the last call of this, and how late this thread itself was at most.
    take() {
        const taken = times;
        times = [];
        return { times: taken, lag: lag.worst() };
    },
    async end() {
        over = true;
        await running;
        agent.destroy();
        lag.stop();
        return failed;
    },
};

parentPort.on('message', async (asked) => {
    try {
        parentPort.postMessage({ id: asked.id, value: await tasks[asked.what](asked) });
    } catch (error) {
        parentPort.postMessage({ id: asked.id, error: error.message });
    }
});
