// The admin listener of a gateway under test, and what it serves.
import { send } from './raw_client.mjs';
import { freePort } from './peers.mjs';
import { gateway } from './setup.mjs';

// Where nothing listens.
export const nowhere = { nowhere: 'http://127.0.0.1:1/mcp' };

// gateway() with an admin listener: .admin is its base URL. Without backends it has one that is down.
export async function gatewayWithAdmin(t, backends, { config = {}, token, ...options } = {}) {
    const port = await freePort();
    const started = await gateway(t, backends ?? nowhere, {
        config: { admin: { port, ...(token && { token }) }, ...config }, ready: backends !== undefined, ...options,
    });
    started.adminPort = port;
    started.admin = `http://127.0.0.1:${port}`;
    return started;
}

export async function get(url, headers = {}) {
    const answer = await send(url, { method: 'GET', headers });
    return { status: answer.status, headers: answer.headers, text: await answer.body() };
}

// Reads Prometheus' text format strictly. Returns a Map of 'name{label="value",...}' (labels sorted) to numbers, with
// .types: a Map of family names to their types.
export function parseMetrics(text) {
    const samples = new Map();
    samples.types = new Map();
    for (const line of text.split('\n')) {
        if (line === '' || line.startsWith('# HELP ')) continue;
        const type = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/.exec(line);
        if (type) {
            if (samples.types.has(type[1])) throw new Error(`two families ${type[1]}`);
            samples.types.set(type[1], type[2]);
            continue;
        }
        const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?[\d.e+-]+|\+Inf|NaN)$/.exec(line);
        if (!found) throw new Error(`not a sample: ${line}`);
        const labels = [...(found[2] ?? '').matchAll(/(\w+)="((?:[^"\\\n]|\\.)*)",?/g)].map((one) => `${one[1]}="${one[2]}"`);
        if (labels.join(',') !== (found[2] ?? '')) throw new Error(`bad labels: ${line}`);
        const key = `${found[1]}${labels.length > 0 ? `{${labels.sort().join(',')}}` : ''}`;
        if (samples.has(key)) throw new Error(`twice: ${key}`);
        samples.set(key, Number(found[3].replace('+Inf', 'Infinity')));
    }
    return samples;
}

export const metricsOf = async (base) => parseMetrics((await get(`${base}/metrics`)).text);

// The metrics from now on: a function that gives the difference of a sample to what it was.
export async function countFrom(base) {
    const before = await metricsOf(base);
    return async () => {
        const now = await metricsOf(base);
        return (key) => (now.get(key) ?? 0) - (before.get(key) ?? 0);
    };
}
