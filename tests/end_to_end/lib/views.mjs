// What a client or an operator sees over time: the tools of an open session, the rows of the status pages.
import { until } from './process.mjs';

// Keeps a client's list of tools current as a good client does: reads it once, and again at each list_changed.
// Returns {names, changes, stop()}: names is the current Set, changes the number of notifications.
export async function followTools(client) {
    const view = { names: new Set(), changes: 0 };
    const read = async () => {
        const { message } = await client.request('tools/list', {});
        view.names = new Set(message.result.tools.map(({ name }) => name));
    };
    const stream = await client.openStream();
    await read();
    let seen = 0;
    let reading = false;
    const timer = setInterval(async () => {
        const fresh = stream.events.slice(seen).filter(({ data }) => data?.includes('notifications/tools/list_changed'));
        if (reading || fresh.length === 0) return;
        seen = stream.events.length;
        view.changes += fresh.length;
        reading = true;
        await read().catch(() => {});
        reading = false;
    }, 10);
    view.stop = () => {
        clearInterval(timer);
        stream.destroy();
    };
    return view;
}

async function json(url) {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    return response.json();
}

// One backend's row of /status; undefined when there is none. On the admin listener it tells url and reason.
export async function rowOf(base, name) {
    return (await json(`${base}/status`)).backends.find((row) => row.name === name);
}

export const healthOf = async (base, name) => (await json(`${base}/api/backends/health`)).backends[name];

// Resolves to the row once `wanted(row)` holds.
export function untilRow(base, name, wanted, ms = 10000) {
    let last;
    return until(`${name}: ${wanted}`, async () => {
        last = await rowOf(base, name);
        return wanted(last) ? last ?? true : undefined;
    }, ms).catch((error) => {
        throw new Error(`${error.message}\nlast row: ${JSON.stringify(last)}`);
    });
}
