// An open-loop load of tool calls over keep-alive connections: every call is numbered and accounted for.
import http from 'node:http';
import { RawClient } from './raw_client.mjs';

// Sends `rate` calls per second for `ms` milliseconds, spread over the given initialized clients. Every call carries
// {n} as its arguments. Returns {stop(), finished}: finished resolves to [{n, at, end, outcome, detail}] with the times of
// its start and end in milliseconds, and outcome 'ok', 'error' (an answer that is a failure), or 'refused' (no answer at
// all: the connection failed).
export function startLoad(clients, { tool, rate = 200, ms = 4000 }) {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
    const calls = [];
    const started = Date.now();
    let stopped = false;
    const finished = new Promise((resolve) => {
        const tick = setInterval(() => {
            const due = Math.min((Date.now() - started) / 1000, ms / 1000) * rate;
            while (calls.length < due) calls.push(one(calls.length));
            if (stopped || Date.now() - started >= ms) {
                clearInterval(tick);
                resolve(Promise.all(calls).finally(() => agent.destroy()));
            }
        }, 5);
    });

    async function one(n) {
        const client = clients[n % clients.length];
        const at = Date.now();
        try {
            const own = Object.assign(new RawClient(client.url, { version: client.version, agent }), { session: client.session });
            const { status, message, text } = await own.request('tools/call', { name: tool, arguments: { n } }, { id: n, ms: 30000 });
            const good = status === 200 && message?.result !== undefined && !message.result.isError && message.id === n;
            return { n, at, end: Date.now(), outcome: good ? 'ok' : 'error', detail: good ? undefined : `${status} ${text}` };
        } catch (error) {
            return { n, at, end: Date.now(), outcome: 'refused', detail: `${error.code ?? ''} ${error.message}` };
        }
    }

    return { finished, stop: () => (stopped = true), get sent() { return calls.length; } };
}
