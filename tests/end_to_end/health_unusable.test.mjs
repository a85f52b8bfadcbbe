// Definitions that this machine cannot use: a row that says why, and nobody else is touched, at the start and on reload.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gatewayWithAdmin, metricsOf } from './lib/admin.mjs';
import { Authority } from './lib/certificates.mjs';
import { modeStub } from './lib/modes.mjs';
import { until } from './lib/process.mjs';
import { later, rawClient } from './lib/setup.mjs';
import { ownAddress } from './lib/stub.mjs';
import { followTools, rowOf, untilRow } from './lib/views.mjs';
import { configFor, vmcp as run } from './lib/vmcp.mjs';

const quick = { operational: { failureHandling: { healthCheckInterval: '1s', healthCheckTimeout: '500ms' } } };
const toolsOf = async (t, vmcp) => (await (await rawClient(t, vmcp)).request('tools/list', {})).message.result.tools.map(({ name }) => name);

let authority;
before(() => (authority = new Authority()));
after(() => authority.remove());

describe('a definition that this machine cannot use', { concurrency: true }, () => {
    test('a bundle that is missing at the start, appears, and is taken away again', async (t) => {
        const good = await modeStub(t, { name: 'good' });
        const host = ownAddress();
        const { key, cert } = authority.issue(`IP:${host}`);
        const safe = await modeStub(t, { name: 'safe', host, tls: { key, cert } });
        const folder = new Authority(); // for its folder
        later(t, async () => folder.remove());
        const bundle = join(folder.folder, 'later.pem');
        const vmcp = await gatewayWithAdmin(t, { safe: { url: safe.url, caBundlePath: bundle }, good: good.url }, { config: quick, ready: ['good'] });
        const view = await followTools(await rawClient(t, vmcp));
        later(t, async () => view.stop());
        const row = await rowOf(vmcp.admin, 'safe');
        assert.equal(row.health, 'unhealthy');
        assert.equal(row.routable, false);
        assert.match(row.reason, /cannot be used: backends\[0\]\.caBundlePath: cannot read file .*later\.pem/);
        assert.ok(!JSON.stringify(await rowOf(vmcp.base, 'safe')).includes('later.pem'), 'paths are for operators');
        const { phase, backends } = await vmcp.status();
        assert.equal(phase, 'Degraded');
        assert.deepEqual(backends.map(({ name }) => name), ['safe', 'good'], 'it keeps its place');
        const metrics = await metricsOf(vmcp.base);
        assert.equal(metrics.get('vmcp_backend_up{backend="safe"}'), 0);
        assert.equal(metrics.get('vmcp_backend_state{backend="safe",state="unhealthy"}'), 1);
        assert.equal(metrics.get('toolhive_vmcp_backends_discovered'), 2);
        assert.deepEqual(await toolsOf(t, vmcp), ['good_echo']);
        assert.equal(safe.log.length, 0);

        writeFileSync(bundle, authority.contents());
        await untilRow(vmcp.base, 'safe', ({ health }) => health === 'healthy', 8000);
        assert.deepEqual(await toolsOf(t, vmcp), ['safe_echo', 'good_echo']);
        const { transitions } = await rowOf(vmcp.base, 'good');

        rmSync(bundle);
        await untilRow(vmcp.admin, 'safe', ({ health, reason }) => health === 'unhealthy' && /cannot be used/.test(reason), 8000);
        await until('its tool leaves the open session', () => !view.names.has('safe_echo'));
        assert.equal((await rowOf(vmcp.base, 'good')).transitions, transitions);
        assert.match(vmcp.program.stderr, /backend safe: it cannot be used/);
    });

    test('a bundle that holds no certificate costs its backend when it is reloaded', async (t) => {
        const [one, two] = await Promise.all(['one', 'two'].map((name) => modeStub(t, { name })));
        const vmcp = await gatewayWithAdmin(t, { one: one.url, two: two.url }, { config: quick });
        const bundle = join(vmcp.directory, 'ca.pem');
        writeFileSync(bundle, '-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n');
        await vmcp.rewrite(configFor([{ name: 'one', url: one.url }, { name: 'two', url: 'https://127.0.0.1:1/mcp', caBundlePath: bundle }],
            { ...quick, admin: { port: vmcp.adminPort } }));
        const row = await untilRow(vmcp.admin, 'two', ({ health, reason }) => health === 'unhealthy' && /cannot be used/.test(reason));
        assert.match(row.reason, /certificate|PEM|CA/i);
        assert.equal((await rowOf(vmcp.base, 'one')).health, 'healthy');
    });

    test('a credential that is missing: the backend is never asked without it', async (t) => {
        const [open, closed] = await Promise.all(['open', 'closed'].map((name) => modeStub(t, { name })));
        const auth = {
            outgoingAuth: {
                source: 'inline', default: { type: 'unauthenticated' },
                backends: { closed: { type: 'header_injection', headerInjection: { headerName: 'X-Key', headerValueEnv: 'VMCP_TEST_NOT_SET' } } },
            },
        };
        const vmcp = await gatewayWithAdmin(t, { open: open.url, closed: closed.url }, { config: { ...quick, ...auth }, ready: ['open'] });
        const { reason } = await rowOf(vmcp.admin, 'closed');
        assert.match(reason, /environment variable 'VMCP_TEST_NOT_SET' is not set/);
        assert.deepEqual(await toolsOf(t, vmcp), ['open_echo']);
        assert.equal(closed.log.length, 0);
        const { code, stderr } = await run(['validate', '--config', join(vmcp.directory, 'vmcp.yaml')]);
        assert.equal(code, 2, 'whoever validates is told');
        assert.match(stderr, /VMCP_TEST_NOT_SET/);
    });
});
