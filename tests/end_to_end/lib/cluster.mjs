// An API server of Kubernetes as far as discovery asks for one: lists in pages, watches with bookmarks, tokens, and no other
// kinds of objects than those that are put into it. Objects are as they are written; nothing validates them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { later } from './setup.mjs';

const toolhive = '/apis/toolhive.stacklok.dev/v1beta1';
const roots = {
    mcpservers: toolhive, mcpremoteproxies: toolhive, mcpserverentries: toolhive, mcpexternalauthconfigs: toolhive,
    mcptoolconfigs: toolhive, secrets: '/api/v1', configmaps: '/api/v1',
};

const status = (code, reason, message) => ({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message });

export class FakeCluster {
    #version = 100;
    #objects = new Map(Object.keys(roots).map((resource) => [resource, new Map()]));
    #history = []; // {version, resource, type, object}
    #watches = new Set(); // {resource, name, response}
    #sockets = new Set();
    #server;
    token = 'first-token-of-the-cluster';
    log = []; // {resource, name, watch, status}
    refusals = new Map(); // resource -> [status, reason, message]
    oldest = 0; // versions before it are forgotten
    pageSize = 500;

    async listen(port = 0) {
        this.#server = createServer((request, response) => this.#answer(request, response));
        this.#server.on('connection', (socket) => {
            this.#sockets.add(socket);
            socket.on('close', () => this.#sockets.delete(socket));
        });
        await new Promise((done) => this.#server.listen(port, '127.0.0.1', done));
        this.port = this.#server.address().port;
        return this;
    }

    // As if the server were killed.
    async stop() {
        for (const socket of this.#sockets) socket.destroy();
        this.#watches.clear();
        await new Promise((done) => this.#server.close(done));
    }

    put(resource, name, object) {
        const known = this.#objects.get(resource);
        const type = known.has(name) ? 'MODIFIED' : 'ADDED';
        const version = ++this.#version;
        const whole = { ...object, metadata: { ...object.metadata, name, namespace: 'tools', resourceVersion: String(version) } };
        known.set(name, whole);
        this.#tell(resource, type, whole, version);
    }

    delete(resource, name) {
        const known = this.#objects.get(resource).get(name);
        this.#objects.get(resource).delete(name);
        const version = ++this.#version;
        this.#tell(resource, 'DELETED', { ...known, metadata: { ...known.metadata, resourceVersion: String(version) } }, version);
    }

    secret(name, data) {
        const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
        this.put('secrets', name, { type: 'Opaque', data: Object.fromEntries(encoded) });
    }

    // An MCPServer whose proxy is at `url`.
    server(name, url, { group = 'tests', ...spec } = {}) {
        this.put('mcpservers', name, {
            spec: { image: 'i', transport: 'stdio', proxyMode: 'streamable-http', groupRef: { name: group }, ...spec },
            status: url ? { url, phase: 'Ready' } : { phase: 'Pending' },
        });
    }

    bookmark() {
        const version = String(++this.#version);
        for (const one of this.#watches) this.#write(one, 'BOOKMARK', { metadata: { resourceVersion: version } });
    }

    // Everything before now is forgotten: watches that begin before it have to list anew.
    forget() {
        this.oldest = ++this.#version;
        this.#history = [];
    }

    cutWatches(text = '') {
        for (const one of this.#watches) {
            if (text) one.response.write(text);
            one.response.socket.destroy();
        }
        this.#watches.clear();
    }

    #tell(resource, type, object, version) {
        this.#history.push({ version, resource, type, object });
        for (const one of this.#watches)
            if (one.resource === resource && (!one.name || one.name === object.metadata.name)) this.#write(one, type, object);
    }

    #write(one, type, object) {
        one.response.write(`${JSON.stringify({ type, object })}\n`);
    }

    #answer(request, response) {
        const url = new URL(request.url, 'http://cluster');
        const found = /^(\/apis?\/.+)\/namespaces\/tools\/([a-z]+)$/.exec(url.pathname);
        const resource = found?.[2];
        const name = /^metadata\.name=(.+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1];
        const watch = url.searchParams.has('watch');
        const refuse = (code, reason, message) => {
            this.log.push({ resource, name, watch, status: code });
            response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(status(code, reason, message)));
        };
        if (request.headers.authorization !== `Bearer ${this.token}`) return refuse(401, 'Unauthorized', 'Unauthorized');
        if (!found || roots[resource] !== found[1]) return refuse(404, 'NotFound', 'the server could not find the requested resource');
        if (this.refusals.has(resource)) return refuse(...this.refusals.get(resource));
        if (watch) return this.#watch(resource, name, url, response, refuse);
        const all = [...this.#objects.get(resource).values()].filter((one) => !name || one.metadata.name === name);
        const from = Number(url.searchParams.get('continue') ?? 0);
        const to = from + Math.min(this.pageSize, Number(url.searchParams.get('limit')));
        this.log.push({ resource, name, watch, status: 200 });
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({
            kind: 'List', metadata: { resourceVersion: String(this.#version), ...(to < all.length && { continue: String(to) }) },
            items: all.slice(from, to),
        }));
    }

    #watch(resource, name, url, response, refuse) {
        const version = Number(url.searchParams.get('resourceVersion'));
        if (version < this.oldest) return refuse(410, 'Expired', 'too old resource version');
        this.log.push({ resource, name, watch: true, status: 200 });
        response.writeHead(200, { 'content-type': 'application/json' });
        response.flushHeaders();
        const one = { resource, name, response };
        for (const past of this.#history)
            if (past.version > version && past.resource === resource && (!name || past.object.metadata.name === name))
                this.#write(one, past.type, past.object);
        this.#watches.add(one);
        response.on('close', () => this.#watches.delete(one));
    }
}

// A cluster, and a folder with a kubeconfig and the token's file. {cluster, kubeconfig, tokenFile, config}: `config` is what
// a configuration of discovery says.
export async function fakeCluster(t) {
    const cluster = await new FakeCluster().listen();
    const folder = await mkdtemp(join(tmpdir(), 'vmcp-cluster-'));
    later(t, async () => {
        await cluster.stop().catch(() => {});
        await rm(folder, { recursive: true, force: true });
    });
    const tokenFile = join(folder, 'token');
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(tokenFile, `${cluster.token}\n`);
    await writeFile(kubeconfig, JSON.stringify({
        'apiVersion': 'v1', 'kind': 'Config', 'current-context': 'c',
        'contexts': [{ name: 'c', context: { cluster: 'k', user: 'u', namespace: 'tools' } }],
        'clusters': [{ name: 'k', cluster: { server: `http://127.0.0.1:${cluster.port}` } }],
        'users': [{ name: 'u', user: { tokenFile: 'token' } }],
    }));
    const config = { outgoingAuth: { source: 'discovered' }, kubernetes: { kubeconfig } };
    return { cluster, kubeconfig, tokenFile, config };
}
