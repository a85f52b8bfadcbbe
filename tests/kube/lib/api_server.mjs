// A real kube-apiserver with its etcd, on ports of the system's choice: what there is of a Kubernetes cluster in these tests.
// VMCP_KUBE_APISERVER names the program (./dev test kube builds it).
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import yaml from 'yaml';
import { Authority } from '../../end_to_end/lib/certificates.mjs';
import { freePort } from '../../end_to_end/lib/peers.mjs';
import { Program, until } from '../../end_to_end/lib/process.mjs';

export const program = process.env.VMCP_KUBE_APISERVER ?? fileURLToPath(new URL('../../../build/kube/kube-apiserver', import.meta.url));
export const vectors = process.env.VMCP_VECTORS ?? fileURLToPath(new URL('../../../../shared/vectors', import.meta.url));
export const crds = ['virtualmcpservers', 'mcpservers', 'mcpremoteproxies', 'mcpserverentries', 'mcpgroups', 'mcpexternalauthconfigs',
    'mcpoidcconfigs', 'mcpauthzconfigs', 'mcptelemetryconfigs', 'mcptoolconfigs', 'virtualmcpcompositetooldefinitions'];

// Why nothing can be tested here; false when it can. For the `skip` option of a test.
export const noCluster = !existsSync(program) ? `no kube-apiserver at ${program}: ./dev test kube builds it`
    : !existsSync(join(vectors, 'toolhive')) ? `no CRDs below ${vectors}/toolhive: set VMCP_VECTORS` : false;

const group = '/apis/toolhive.stacklok.dev/v1beta1';

// Who may do what, as tokens.
const tokens = { admin: 'token-of-the-administrator', operator: 'token-of-the-operator', vmcp: 'token-of-vmcp', renewed: 'token-of-vmcp-later', bare: 'token-of-toolhives-role' };

export class ApiServer {
    constructor() {
        this.authority = new Authority();
        this.tokens = tokens;
        this.agent = new https.Agent({ ca: this.authority.contents(), keepAlive: true });
    }

    async start() {
        this.folder = await mkdtemp(join(tmpdir(), 'vmcp-kube-'));
        const [client, peer] = [await freePort(), await freePort()];
        this.port = await freePort();
        this.etcd = new Program('etcd', ['--data-dir', join(this.folder, 'etcd'), '--listen-client-urls', `http://127.0.0.1:${client}`,
            '--advertise-client-urls', `http://127.0.0.1:${client}`, '--listen-peer-urls', `http://127.0.0.1:${peer}`,
            '--initial-advertise-peer-urls', `http://127.0.0.1:${peer}`, '--initial-cluster', `default=http://127.0.0.1:${peer}`,
            '--unsafe-no-fsync', '--log-level', 'error'], { env: { ETCD_UNSUPPORTED_ARCH: process.arch } });
        this.certificate = this.authority.issue('DNS:localhost,IP:127.0.0.1');
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        await writeFile(join(this.folder, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
        await writeFile(join(this.folder, 'sa.pub'), createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }));
        await writeFile(join(this.folder, 'tokens.csv'), [`${tokens.admin},admin,1,"system:masters"`, `${tokens.operator},operator,2,"system:masters"`,
            `${tokens.vmcp},vmcp,3`, `${tokens.renewed},vmcp,3`, `${tokens.bare},bare,4`].join('\n'));
        this.args = ['--etcd-servers', `http://127.0.0.1:${client}`, '--bind-address=127.0.0.1', '--advertise-address=127.0.0.1',
            '--secure-port', String(this.port), '--tls-cert-file', this.certificate.certificatePath, '--tls-private-key-file', this.certificate.keyPath,
            '--cert-dir', this.folder, '--service-account-issuer=https://kubernetes.default.svc', '--service-account-key-file', join(this.folder, 'sa.pub'),
            '--service-account-signing-key-file', join(this.folder, 'sa.key'), '--service-cluster-ip-range=10.0.0.0/24',
            '--token-auth-file', join(this.folder, 'tokens.csv'), '--authorization-mode=RBAC', '--disable-admission-plugins=ServiceAccount',
            '--endpoint-reconciler-type=none', '--enable-priority-and-fairness=false', '--v=0'];
        await this.run();
        for (const name of crds) await this.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', await readFile(join(vectors, 'toolhive', `crd_${name}.yaml`), 'utf8'));
        for (const name of crds) await until(`the resource ${name}`, async () => (await this.ask('GET', `${group}/${name}`)).status === 200, 60000);
        return this;
    }

    async run() {
        this.server = new Program(program, this.args);
        await until('the API server is ready', async () => {
            if (!this.server.alive || !this.etcd.alive) throw new Error('it ended');
            return (await this.ask('GET', '/readyz')).status === 200;
        }, 120000).catch((error) => {
            throw new Error(`${error.message}\n${this.server.output}\n${this.etcd.output}`);
        });
    }

    // As if its machine had died.
    async kill() {
        this.server.child.kill('SIGKILL');
        await this.server.exited;
    }

    async stop() {
        this.agent.destroy();
        for (const one of [this.server, this.etcd]) if (one?.alive) await one.stop('SIGKILL').catch(() => {});
        this.authority.remove();
        await rm(this.folder, { recursive: true, force: true });
    }

    get url() {
        return `https://127.0.0.1:${this.port}`;
    }

    // {status, object, text}; body: an object, or YAML text.
    ask(method, path, body, { type = typeof body === 'string' ? 'application/yaml' : 'application/json', token = tokens.admin } = {}) {
        const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
        return new Promise((resolve, reject) => {
            const request = https.request(`${this.url}${path}`, { method, agent: this.agent, timeout: 20000,
                headers: { authorization: `Bearer ${token}`, accept: 'application/json', ...(text !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(text) }) } }, (response) => {
                let all = '';
                response.setEncoding('utf8').on('data', (piece) => (all += piece)).on('error', reject).on('end', () => {
                    let object;
                    try { object = JSON.parse(all); } catch { /* a page of plain text */ }
                    resolve({ status: response.statusCode, object, text: all });
                });
            });
            request.on('error', reject).on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer`)));
            request.end(text);
        });
    }

    async #good(method, path, body, options) {
        const answer = await this.ask(method, path, body, options);
        if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 600)}`);
        return answer.object;
    }

    get = (path) => this.#good('GET', path);
    create = (path, body) => this.#good('POST', path, body);
    patch = (path, body) => this.#good('PATCH', path, body, { type: 'application/merge-patch+json' });
    remove = (path) => this.#good('DELETE', path);

    // A namespace of its own, in which `user` may what a pod of vmcp may. rules: in place of those.
    async namespace(name, { user = 'vmcp', rules = vmcpRules } = {}) {
        await this.create('/api/v1/namespaces', { metadata: { name } });
        const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${name}`;
        await this.create(`${rbac}/roles`, { metadata: { name: 'vmcp' }, rules });
        await this.create(`${rbac}/rolebindings`, { metadata: { name: 'vmcp' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'vmcp' },
            subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }] });
        return new Namespace(this, name);
    }

    // The text of a kubeconfig. token: or a tokenFile.
    kubeconfig(namespace, { server = this.url, token = tokens.vmcp, tokenFile } = {}) {
        return yaml.stringify({
            apiVersion: 'v1', kind: 'Config', 'current-context': 'it',
            clusters: [{ name: 'it', cluster: { server, 'certificate-authority-data': this.authority.contents().toString('base64') } }],
            users: [{ name: 'it', user: tokenFile ? { tokenFile } : { token } }],
            contexts: [{ name: 'it', context: { cluster: 'it', user: 'it', namespace } }],
        });
    }
}

const read = ['get', 'list', 'watch'];
// What ToolHive's operator gives to a pod of a gateway that discovers its backends.
export const toolhiveRules = [
    { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: read },
    { apiGroups: ['toolhive.stacklok.dev'], resources: ['mcpgroups', 'mcpservers', 'mcpremoteproxies', 'mcpserverentries', 'mcpexternalauthconfigs', 'mcptoolconfigs'], verbs: read },
    { apiGroups: ['toolhive.stacklok.dev'], resources: ['virtualmcpservers'], verbs: ['get'] },
    { apiGroups: ['toolhive.stacklok.dev'], resources: ['virtualmcpservers/status'], verbs: ['update', 'patch'] },
];
// And with what vmcp's own chart adds.
export const vmcpRules = [...toolhiveRules,
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] },
    { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] }];

// The objects of one namespace, as their operator and their users write them.
export class Namespace {
    constructor(server, name) {
        this.server = server;
        this.name = name;
        this.path = `${group}/namespaces/${name}`;
    }

    object(kind, name, spec) {
        return { apiVersion: 'toolhive.stacklok.dev/v1beta1', kind, metadata: { name, namespace: this.name }, spec };
    }

    group = (name) => this.server.create(`${this.path}/mcpgroups`, this.object('MCPGroup', name, { description: 'a test' }));
    gateway = (name, groupName, more = {}) => this.server.create(`${this.path}/virtualmcpservers`,
        this.object('VirtualMCPServer', name, { groupRef: { name: groupName }, incomingAuth: { type: 'anonymous' }, outgoingAuth: { source: 'discovered' }, ...more }));
    readGateway = (name) => this.server.get(`${this.path}/virtualmcpservers/${name}`);
    lease = async (name) => (await this.server.ask('GET', `/apis/coordination.k8s.io/v1/namespaces/${this.name}/leases/${name}-vmcp-status`)).object;
    events = async () => (await this.server.get(`/apis/events.k8s.io/v1/namespaces/${this.name}/events`)).items;

    // An MCPServer and, as a step of its own, the status that its operator gives it: the URL is known later than the object.
    mcpServer = (name, groupName, more = {}) => this.server.create(`${this.path}/mcpservers`,
        this.object('MCPServer', name, { image: 'example.invalid/server:1', transport: 'streamable-http', groupRef: { name: groupName }, ...more }));
    running = (name, url, phase = 'Ready') => this.server.patch(`${this.path}/mcpservers/${name}/status`, { status: { url, phase } });
    remove = (name, resource = 'mcpservers') => this.server.remove(`${this.path}/${resource}/${name}`);
    secret = (name, values) => this.server.create(`/api/v1/namespaces/${this.name}/secrets`, { metadata: { name }, stringData: values });
}
