// What ToolHive's operator does with the container of a VirtualMCPServer, done to this program: its arguments, its environment, its
// mounts, its probes, and the configurations that it writes.
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseAllDocuments, stringify } from 'yaml';
import { freePort } from './lib/peers.mjs';
import { Program, until } from './lib/process.mjs';
import { later, stub, toolDefinition } from './lib/setup.mjs';
import { binary, repository, vmcp } from './lib/vmcp.mjs';

// A mounted ConfigMap: files are links into ..data, which is a link to a folder that is replaced whole.
class Mount {
    constructor(folder) {
        this.folder = folder;
        this.path = join(folder, 'config.yaml');
        this.times = 0;
    }
    async write(config) {
        const version = `..2026_11_27_${this.times++}`;
        await chmod(this.folder, 0o755);
        await mkdir(join(this.folder, version));
        await writeFile(join(this.folder, version, 'config.yaml'), stringify(config));
        await symlink(version, join(this.folder, '..data_tmp'));
        await rename(join(this.folder, '..data_tmp'), join(this.folder, '..data'));
        if (this.times === 1) await symlink('..data/config.yaml', this.path);
        await chmod(this.folder, 0o555);
    }
}

async function mount(t) {
    const folder = await mkdtemp(join(tmpdir(), 'vmcp-config-map-'));
    later(t, async () => {
        await chmod(folder, 0o755);
        await rm(folder, { recursive: true, force: true });
    });
    return new Mount(folder);
}

const environment = {
    VMCP_NAME: '', VMCP_NAMESPACE: '', // both would make it report to a cluster, which is not here
    POD_NAMESPACE: 'tools', XDG_CONFIG_HOME: '/tmp', HOME: '/tmp', TOOLHIVE_RUNTIME: 'kubernetes', UNSTRUCTURED_LOGS: 'false',
    VMCP_OIDC_CLIENT_SECRET: 'secret-of-the-client', THV_SESSION_REDIS_PASSWORD: 'secret-of-redis', VMCP_SESSION_HMAC_SECRET: 'of-old-operators',
    // Of the services in the namespace.
    VMCP_PORT: 'tcp://10.0.0.7:4483', VMCP_PORT_4483_TCP: 'tcp://10.0.0.7:4483', VMCP_SERVICE_HOST: '10.0.0.7', VMCP_PLATFORM_PORT: 'tcp://10.0.0.8:4483',
};

describe('the container', () => {
    test('takes the operator\'s arguments, environment and mount, answers its probes, follows a rotation, and ends', async (t) => {
        const config = await mount(t);
        const first = await stub(t, { name: 'first', tools: [toolDefinition('one')] });
        const second = await stub(t, { name: 'second', tools: [toolDefinition('two')] });
        const written = (backends) => ({
            name: 'platform', groupRef: 'tools', backends, incomingAuth: { type: 'anonymous' },
            outgoingAuth: { source: 'inline', default: { type: 'unauthenticated' }, backends: {} },
            aggregation: { conflictResolution: 'prefix', conflictResolutionConfig: { prefixFormat: '{workload}_' } },
        });
        await config.write(written([{ name: 'first', url: first.url, transport: 'streamable-http' }]));
        const port = await freePort();
        // The operator says --host=0.0.0.0; tests stay on this machine.
        const program = new Program(binary, ['serve', `--config=${config.path}`, '--host=127.0.0.1', `--port=${port}`, '--debug', '--enable-audit',
            '--session-ttl=30m0s'], { env: environment, cwd: config.folder });
        later(t, async () => {
            const { code } = await program.stop();
            assert.equal(code, 0, program.output);
            assert.doesNotMatch(program.output, /secret-of-/);
        });
        const get = async (path) => {
            const response = await fetch(`http://127.0.0.1:${port}${path}`);
            return { status: response.status, body: await response.text() };
        };
        await until('/health', async () => (await get('/health')).status === 200, 30000);
        await until('/readyz', async () => (await get('/readyz')).status === 200, 30000);
        assert.match((await get('/health')).body, /"status":"ok"/);
        const names = async () => JSON.parse((await get('/status')).body).backends.map(({ name, health }) => `${name} ${health}`).join();
        await until('the first backend', async () => (await names()) === 'first healthy', 30000);
        await config.write(written([{ name: 'second', url: second.url, transport: 'streamable-http' }]));
        await until('the second backend, after the rotation', async () => (await names()) === 'second healthy', 30000);
        assert.ok(program.alive);
    });

    test('takes --host=0.0.0.0', async () => {
        const path = join(repository, 'examples/prefix.yaml');
        const { code, stderr } = await vmcp(['validate', `--config=${path}`, '--host=0.0.0.0', '--port=4483']);
        assert.equal(code, 0, stderr);
    });
});

// ---- the configurations

const duration = { healthCheckInterval: '30s', healthCheckTimeout: '10s', statusReportingInterval: '30s' };

// The operator's converter (cmd/thv-operator/pkg/vmcpconfig), as far as the examples go: `all` are the resources beside it.
function rendered({ metadata, spec }, all) {
    const find = (kind, name) => all.find((one) => one.kind === kind && one.metadata.name === name)?.spec;
    const out = structuredClone(spec.config ?? {});
    out.name = metadata.name;
    out.groupRef = spec.groupRef.name;
    if (spec.incomingAuth) {
        out.incomingAuth = { type: spec.incomingAuth.type };
        const reference = spec.incomingAuth.oidcConfigRef;
        const inline = reference && (find('MCPOIDCConfig', reference.name)?.inline ?? { issuer: 'https://kubernetes.default.svc' });
        if (reference)
            out.incomingAuth.oidc = {
                issuer: inline.issuer, ...(inline.clientId && { clientId: inline.clientId }), audience: reference.audience,
                resource: reference.resourceUrl ?? `http://vmcp-${metadata.name}.${metadata.namespace}.svc.cluster.local:4483`,
                ...(inline.clientSecretRef && { clientSecretEnv: 'VMCP_OIDC_CLIENT_SECRET' }), ...(inline.jwksUrl && { jwksUrl: inline.jwksUrl }),
                ...(inline.introspectionUrl && { introspectionUrl: inline.introspectionUrl }), scopes: reference.scopes ?? ['openid'],
            };
        const policies = spec.incomingAuth.authzConfig?.inline;
        if (policies) out.incomingAuth.authz = { type: 'cedar', policies: policies.policies, ...(policies.entitiesJson && { entitiesJson: policies.entitiesJson }) };
    }
    out.outgoingAuth = spec.outgoingAuth ? { source: spec.outgoingAuth.source, backends: {} } : { source: 'discovered' };
    out.aggregation ??= { conflictResolution: 'prefix', conflictResolutionConfig: { prefixFormat: '{workload}_' } };
    out.aggregation.conflictResolutionConfig ??= {};
    out.operational = {
        timeouts: { default: '30s', ...out.operational?.timeouts },
        failureHandling: { unhealthyThreshold: 3, partialFailureMode: 'fail', ...duration, ...out.operational?.failureHandling },
    };
    if (spec.telemetryConfigRef)
        out.telemetry = {
            endpoint: 'otel-collector.observability:4318', serviceName: spec.telemetryConfigRef.serviceName ?? metadata.name, serviceVersion: '0.44.0',
            tracingEnabled: true, metricsEnabled: true, samplingRate: '0.05', insecure: true, enablePrometheusMetricsPath: true,
        };
    if (spec.sessionStorage) out.sessionStorage = { provider: 'redis', address: spec.sessionStorage.address, db: 0 };
    if (out.outgoingAuth.source === 'inline')
        out.backends = all.filter(({ kind }) => kind === 'MCPServer').map(({ metadata: { name } }) => ({ name, url: `http://mcp-${name}-proxy:8080/mcp`, transport: 'streamable-http' }));
    return out;
}

// More than the examples have: each part of a configuration that the operator passes on as it is written in the resource.
const base = {
    apiVersion: 'toolhive.stacklok.dev/v1beta1', kind: 'VirtualMCPServer', metadata: { name: 'all', namespace: 'tools' },
    spec: { groupRef: { name: 'g' }, incomingAuth: { type: 'anonymous' }, outgoingAuth: { source: 'inline' } },
};
const withConfig = (config, more = {}) => ({ ...base, spec: { ...base.spec, ...more, config } });
const limited = { shared: { maxTokens: 100, refillPeriod: '1m0s' }, tools: [{ name: 'a_t', shared: { maxTokens: 5, refillPeriod: '1s' } }] };
const more = {
    'rate limits and Redis': withConfig({ rateLimiting: limited }, { sessionStorage: { provider: 'redis', address: 'redis:6379' } }),
    'composite tools': withConfig({ compositeTools: [{ name: 'c', description: 'd', steps: [{ id: 's', type: 'tool', tool: 'a.t' }] }] }),
    'the optimizer': withConfig({ optimizer: { embeddingService: 'http://tei:8080' } }),
    'code mode': withConfig({ codeMode: { enabled: true } }),
    'audit': withConfig({ audit: { enabled: true, component: 'all', includeRequestData: true } }),
    'passed headers': withConfig({ passthroughHeaders: ['X-Tenant'], metadata: { team: 'x' } }),
};

describe('the configurations that the operator writes', () => {
    let folder;
    before(async () => (folder = await mkdtemp(join(tmpdir(), 'vmcp-rendered-'))));
    after(() => rm(folder, { recursive: true, force: true }));

    // Accepted, or refused for what the README says is not there yet, by the name of the key.
    async function judge(config, name) {
        const path = join(folder, 'config.yaml');
        await writeFile(path, stringify(config));
        const { stdout, stderr } = await vmcp(['validate', '--json', `--config=${path}`], { env: environment });
        assert.ok(stdout, stderr);
        for (const { key, message } of JSON.parse(stdout).problems)
            assert.ok(key && /not supported yet|groupRef is a label/.test(message), `${name}: ${key}: ${message}`);
        return JSON.parse(stdout).problems.map(({ key }) => key);
    }

    test('of every example', async (t) => {
        const vectors = join(process.env.VMCP_VECTORS ?? join(repository, '../shared/vectors'), 'toolhive');
        const files = (await readdir(vectors).catch(() => [])).filter((name) => name.startsWith('example_vmcp_'));
        if (files.length === 0) return t.skip('no examples here');
        let seen = 0;
        for (const file of files) {
            const all = parseAllDocuments(await readFile(join(vectors, file), 'utf8')).map((one) => one.toJS()).filter(Boolean);
            for (const one of all) {
                if (one.kind !== 'VirtualMCPServer') continue;
                ++seen;
                await judge(rendered(one, all), file);
            }
        }
        assert.ok(seen >= 9, `${seen}`);
    });

    for (const [name, resource] of Object.entries(more))
        test(`of ${name}`, async () => {
            await judge(rendered(resource, [{ kind: 'MCPServer', metadata: { name: 'a' } }]), name);
        });

    test('limits of callers that nobody knows are refused, as the resource\'s own rule does', async () => {
        const config = rendered(withConfig({ rateLimiting: { perUser: { maxTokens: 1, refillPeriod: '1s' } } }), [{ kind: 'MCPServer', metadata: { name: 'a' } }]);
        const path = join(folder, 'config.yaml');
        await writeFile(path, stringify(config));
        const { stdout } = await vmcp(['validate', '--json', `--config=${path}`]);
        assert.ok(JSON.parse(stdout).problems.some(({ key, message }) => key === 'rateLimiting.perUser' && /incomingAuth\.type: oidc/.test(message)), stdout);
    });
});
