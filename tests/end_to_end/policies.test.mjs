// Cedar policies in the running program: filtered lists, denied calls, and a reload that changes them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayWithAdmin, metricsOf } from './lib/admin.mjs';
import { until } from './lib/process.mjs';
import { rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { configFor } from './lib/vmcp.mjs';

const reads = 'permit(principal, action == Action::"call_tool", resource) when { resource has readOnlyHint && resource.readOnlyHint };';
const everything = 'permit(principal == Client::"anonymous", action, resource) when { principal.claim_sub == "anonymous" && context.claim_aud == "toolhive" };';

const authz = (...policies) => ({ incomingAuth: { type: 'anonymous', authz: { type: 'cedar', policies } } });
const names = async (client) => (await client.request('tools/list')).message.result.tools.map((one) => one.name);
const ask = (client, name) => client.request('tools/call', { name, arguments: {} });
const call = async (client, name) => (await ask(client, name)).message;

test('policies filter lists and calls, and a reload replaces them', async (t) => {
    const backend = await stub(t, { tools: [toolDefinition('look', { annotations: { readOnlyHint: true } }), toolDefinition('change')] });
    const vmcp = await gatewayWithAdmin(t, { b: backend.url }, { config: authz(reads) });
    const client = await rawClient(t, vmcp);
    const stream = await client.openStream();
    t.after(() => stream.destroy());
    assert.deepEqual(await names(client), ['b_look']);
    assert.ok((await call(client, 'b_look')).result);
    const refused = await ask(client, 'b_change');
    const hidden = refused.message;
    const absent = await call(client, 'b_nothing');
    assert.equal(refused.status, 403);
    assert.equal(hidden.error.code, 403);
    assert.match(hidden.error.message, /call denied by authorization policy/);
    const words = ({ error }) => ({ ...error, data: { ...error.data, requestId: undefined } });
    assert.deepEqual(words(hidden), words(absent));
    assert.equal(backend.requests('tools/call').length, 1);

    const rewrite = (config) => vmcp.rewrite(configFor([{ name: 'b', url: backend.url }], { admin: { port: vmcp.adminPort }, ...config }));
    await rewrite(authz(everything));
    await until('the client is told', () => stream.events.some((event) => event.data?.includes('notifications/tools/list_changed')));
    assert.deepEqual(await names(client), ['b_look', 'b_change']);
    assert.ok((await call(client, 'b_change')).result);

    await rewrite(authz('permit(principal, action resource);'));
    await until('the reload is refused', () => /policies\[0\]: line 1, column \d+ of the policy/.test(vmcp.program.output));
    assert.deepEqual(await names(client), ['b_look', 'b_change'], 'the old ones stay');

    await rewrite(authz('permit(principal, action, resource) when { context.claim_level > 1 };'));
    await until('the new ones hold', async () => (await names(client)).length === 0);
    assert.ok((await call(client, 'b_look')).error, 'what cannot be evaluated denies');
    const figures = await metricsOf(vmcp.admin);
    assert.equal(figures.get('vmcp_authz_decisions_total{decision="allowed"}'), 2);
    assert.equal(figures.get('vmcp_authz_decisions_total{decision="denied"}'), 2);
    assert.equal(figures.get('vmcp_authz_decisions_total{decision="error"}'), 1);
    assert.match(vmcp.program.output, /a policy could not be evaluated, which denies/);
});
