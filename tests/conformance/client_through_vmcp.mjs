// The command that the conformance suite starts as "the client": starts vmcp in front of the suite's server, whose URL
// is the last argument, and does with an SDK client, through vmcp, what the scenario wants to see.
import { connect } from '../end_to_end/lib/peers.mjs';
import { configFor, startVmcp, unprefixed } from '../end_to_end/lib/vmcp.mjs';
import { until } from '../end_to_end/lib/process.mjs';
import { isAuthScenario, runAuth } from './client_auth.mjs';

const url = process.argv.at(-1);
const scenario = process.env.MCP_CONFORMANCE_SCENARIO;

// A tool is known as soon as vmcp has read the backend's list.
const known = (client, name) => until(`tool ${name}`, async () =>
    (await client.listTools()).tools.some((tool) => tool.name === name));

const steps = {
    async initialize(client) {
        await client.listTools();
        await client.ping();
    },
    async tools_call(client) {
        await known(client, 'add_numbers');
        await client.call('add_numbers', { a: 5, b: 3 });
    },
    async 'elicitation-sep1034-client-defaults'(client) {
        await known(client, 'test_client_elicitation_defaults');
        await client.call('test_client_elicitation_defaults', {});
    },
    async 'sse-retry'(client) {
        await known(client, 'test_reconnection');
        await client.call('test_reconnection', {});
    },
};

// Takes every default of the schema, as a user does who presses Enter.
function acceptDefaults({ params }) {
    const fields = Object.entries(params.requestedSchema?.properties ?? {});
    return { action: 'accept', content: Object.fromEntries(fields.filter(([, one]) => 'default' in one).map(([name, one]) => [name, one.default])) };
}

if (isAuthScenario(scenario)) {
    await runAuth(scenario, url);
    process.exit(0);
}

const config = configFor([{ name: 'suite', url }], { aggregation: unprefixed('suite') });
const gateway = await startVmcp(config, { ready: ['suite'] });
try {
    const client = await connect(gateway.url, { setup: (one) => one.onRequest('elicitation/create', acceptDefaults) });
    await steps[scenario](client);
    await client.close();
} finally {
    await gateway.stop();
}
