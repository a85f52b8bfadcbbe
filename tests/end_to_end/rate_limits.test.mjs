// rateLimiting, seen by official SDK clients of both eras and by who watches the gateway.
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { generations } from './lib/peers.mjs';
import { until } from './lib/process.mjs';
import { gateway, later, sdkClient, stub, toolDefinition } from './lib/setup.mjs';
import { configFor } from './lib/vmcp.mjs';

const typed = toolDefinition('typed', { outputSchema: { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] } });

async function backendOf(t) {
    const backend = await stub(t, { name: 'b', tools: [toolDefinition('plain'), typed] });
    backend.calls = 0;
    backend.on('tools/call', (exchange) => {
        ++backend.calls;
        exchange.result({ content: [{ type: 'text', text: 'done' }], structuredContent: { n: 1 } });
    });
    return backend;
}
const limits = (maxTokens, more = {}) => ({ rateLimiting: { shared: { maxTokens, refillPeriod: '24h' }, ...more } });

// Of two tokens a day; some time has passed since the bucket was full.
const later12h = (seconds) => assert.ok(seconds <= 43200 && seconds > 42600, `${seconds}`);

describe('rate limits', () => {
    for (const generation of Object.keys(generations))
        test(`${generation}: the call that is one too many is refused, and says when to come again`, async (t) => {
            const backend = await backendOf(t);
            const started = await gateway(t, { b: backend.url }, { config: limits(2) });
            const client = await sdkClient(t, started, { generation });
            await client.listTools();
            const call = (name) => client.callTool({ name, arguments: {} });
            assert.equal((await call('b_plain')).content[0].text, 'done');
            assert.equal((await call('b_typed')).structuredContent.n, 1);
            let refused;
            try {
                refused = await call('b_plain');
                assert.equal(refused.isError, true);
                assert.equal(refused.structuredContent.code, 429);
                later12h(refused.structuredContent.retryAfterSeconds);
                assert.match(refused.content[0].text, /^Rate limit exceeded: try again in \d+ s$/);
            } catch (error) {
                if (refused) throw error;
                assert.equal(error.code, 429, error.stack); // a client without sessions
                later12h(error.data.retryAfterSeconds);
            }
            // The SDK compares structured content with the tool's own schema.
            await call('b_typed').then((result) => assert.equal(result.isError, true), (error) => assert.equal(error.code, 429, error.stack));
            assert.equal(backend.calls, 2);
            assert.equal((await client.listTools()).tools.length, 2);
        });

    test('a bucket fills again', async (t) => {
        const backend = await backendOf(t);
        const started = await gateway(t, { b: backend.url }, { config: { rateLimiting: { tools: [{ name: 'b_plain', shared: { maxTokens: 1, refillPeriod: '1s' } }] } } });
        const client = await sdkClient(t, started);
        const call = () => client.callTool({ name: 'b_plain', arguments: {} }).then(({ isError }) => !isError, () => false);
        assert.equal(await call(), true);
        await until('it is let through again', call);
    });

    test('a reload keeps buckets that did not change, and metrics and logs tell of them', async (t) => {
        const backend = await backendOf(t);
        const log = join(tmpdir(), `vmcp-limits-${process.pid}.log`);
        later(t, () => rm(log, { force: true }));
        const config = { ...limits(1), log: { access: 'on' }, audit: { enabled: true, logFile: log } };
        const started = await gateway(t, { b: backend.url }, { config });
        const client = await sdkClient(t, started);
        const call = () => client.callTool({ name: 'b_plain', arguments: {} }).then(({ isError }) => !isError, () => false);
        assert.equal(await call(), true);
        assert.equal(await call(), false);
        const list = [{ name: 'b', url: backend.url }];
        await started.rewrite(configFor(list, { ...config, ...limits(1, { tools: [{ name: 'nobody_has_this', shared: { maxTokens: 1, refillPeriod: '1s' } }] }) }));
        await until('the warning about a tool that nobody has', () => started.program.output.includes("no client sees a tool 'nobody_has_this'"), 20000);
        assert.equal(await call(), false);
        await started.rewrite(configFor(list, { ...config, ...limits(2) }));
        await until('another limit', call, 20000);

        const metrics = await (await fetch(`${started.base}/metrics`)).text();
        const value = (line) => Number(metrics.split('\n').find((one) => one.startsWith(line))?.split(' ').pop());
        assert.ok(value('toolhive_rate_limit_decisions_total{server="test-gateway",decision="rejected",scope="shared",operation_type="server"}') >= 2);
        assert.ok(value('toolhive_rate_limit_decisions_total{server="test-gateway",decision="allowed",scope="shared",operation_type="server"}') >= 2);
        assert.ok(value('toolhive_rate_limit_check_latency_seconds_count{server="test-gateway"}') >= 4);
        assert.equal(value('toolhive_rate_limit_fail_open_total{server="test-gateway"}'), 0);
        assert.match(started.program.output, /access .*name="b_plain" .*end=(tool_error|error) /);
        const lines = (await until('the audit log', () => readFile(log, 'utf8'))).trim().split('\n').map(JSON.parse);
        const line = lines.find(({ metadata }) => metadata?.extra?.reason === 'rate_limited');
        assert.equal(line.outcome, 'application_error');
        assert.equal(line.metadata.extra.jsonrpc_error_code, 429);
    });
});
