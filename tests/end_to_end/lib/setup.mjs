// Short ways to set up a test: everything that is started here is stopped when the test `t` ends.
import { startFixture } from '../../conformance/fixture.mjs';
import { generations, connect } from './peers.mjs';
import { RawClient } from './raw_client.mjs';
import { startStub } from './stub.mjs';
import { configFor, startVmcp } from './vmcp.mjs';

// Stops in reverse order of starting: clients, then the gateway, then the backends.
const stacks = new WeakMap();
export function later(t, stop) {
    if (!stacks.has(t)) {
        const stack = [];
        stacks.set(t, stack);
        t.after(async () => {
            const problems = [];
            for (const one of stack.reverse()) await one().catch((error) => problems.push(error));
            if (problems.length > 0) throw problems[0];
        });
    }
    stacks.get(t).push(stop);
}

// vmcp in front of backends: {name: url or {url, ...keys of a backend}}. options.config is merged into the config,
// the others are startVmcp's.
export async function gateway(t, backends, { config = {}, ...options } = {}) {
    const list = Object.entries(backends).map(([name, one]) => ({ name, ...(typeof one === 'string' ? { url: one } : one) }));
    const started = await startVmcp(configFor(list, config), options);
    later(t, () => started.program.alive ? started.stop() : Promise.resolve());
    return started;
}

export async function stub(t, options) {
    const started = await startStub(options);
    later(t, () => started.close().catch(() => {}));
    return started;
}

export async function fixture(t, options) {
    const started = await startFixture(options);
    later(t, () => started.close());
    return started;
}

// An initialized client on bare HTTP; initialize: false leaves the handshake to the test.
export async function rawClient(t, { url }, { initialize = true, capabilities, ...options } = {}) {
    const client = new RawClient(url, options);
    if (initialize) client.initialized = await client.initialize({ capabilities });
    return client;
}

export async function sdkClient(t, { url }, { generation, ...options } = {}) {
    const client = await (generation ? generations[generation].connect(url, options) : connect(url, options));
    later(t, () => client.close());
    return client;
}

export const toolDefinition = (name, more = {}) => ({
    name, description: `The tool ${name}`, inputSchema: { type: 'object', properties: {} }, ...more,
});
