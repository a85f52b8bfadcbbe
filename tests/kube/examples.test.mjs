// ToolHive's example manifests, and those of this repository, on a real API server: what is accepted there, and what vmcp
// makes of the configuration in them. VMCP_UPDATE_DOCS=1 writes the table into docs/kubernetes.md.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import yaml from 'yaml';
import { repository, vmcp } from '../end_to_end/lib/vmcp.mjs';
import { ApiServer, noCluster, vectors } from './lib/api_server.mjs';

const from = join(vectors, 'toolhive');
const page = join(repository, 'docs/kubernetes.md');
const [begin, end] = ['<!-- examples: written by tests/kube/examples.test.mjs -->', '<!-- examples end -->'];

const plurals = { Namespace: 'namespaces', Secret: 'secrets', ConfigMap: 'configmaps', MCPGroup: 'mcpgroups', MCPServer: 'mcpservers', VirtualMCPServer: 'virtualmcpservers',
    MCPOIDCConfig: 'mcpoidcconfigs', MCPTelemetryConfig: 'mcptelemetryconfigs', MCPToolConfig: 'mcptoolconfigs', MCPRemoteProxy: 'mcpremoteproxies', MCPServerEntry: 'mcpserverentries',
    MCPExternalAuthConfig: 'mcpexternalauthconfigs', Deployment: 'deployments', Service: 'services', ServiceAccount: 'serviceaccounts', Role: 'roles', RoleBinding: 'rolebindings',
    HorizontalPodAutoscaler: 'horizontalpodautoscalers', PodDisruptionBudget: 'poddisruptionbudgets', NetworkPolicy: 'networkpolicies' };

// Where an object is created; nothing: its kind is not part of these tests.
function pathOf({ apiVersion, kind, metadata }) {
    const plural = plurals[kind];
    if (!plural) return undefined;
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    return kind === 'Namespace' ? `${root}/${plural}` : `${root}/namespaces/${metadata.namespace ?? 'default'}/${plural}`;
}

const documents = (text) => yaml.parseAllDocuments(text).map((one) => one.toJS()).filter((one) => one !== null);

let api;

// [{object, status, why}] of a dry run.
async function dryRun(text) {
    const out = [];
    for (const object of documents(text)) {
        const path = pathOf(object);
        if (!path) { out.push({ object, status: 0 }); continue; }
        if (object.metadata.namespace && object.kind !== 'Namespace') // one that is not kept does not hold others
            await api.ask('POST', '/api/v1/namespaces', { metadata: { name: object.metadata.namespace } });
        const answer = await api.ask('POST', `${path}?dryRun=All&fieldValidation=Strict`, object);
        out.push({ object, status: answer.status, why: answer.object?.message ?? answer.text });
    }
    return out;
}

// What an operator would render of it: spec.config with what stands beside it. A configuration of OIDC that the file refers to
// and does not hold is one of this issuer.
function rendered({ metadata, spec }, beside) {
    const { incomingAuth = {}, outgoingAuth, groupRef } = spec;
    const incoming = { type: incomingAuth.type };
    if (incomingAuth.authzConfig?.inline?.policies) incoming.authz = { type: 'cedar', policies: incomingAuth.authzConfig.inline.policies };
    if (incomingAuth.oidcConfigRef) {
        const { name, audience, scopes } = incomingAuth.oidcConfigRef;
        const found = beside.find((one) => one.kind === 'MCPOIDCConfig' && one.metadata.name === name)?.spec.inline;
        incoming.oidc = { issuer: found?.issuer ?? 'https://issuer.example', audience, ...(scopes && { scopes }), ...(found?.clientId && { clientId: found.clientId }) };
    }
    return { name: metadata.name, groupRef: groupRef?.name, incomingAuth: incoming, outgoingAuth: { source: outgoingAuth?.source ?? 'discovered' }, ...spec.config };
}

async function verdict(object, beside) {
    const folder = await mkdtemp(join(tmpdir(), 'vmcp-example-'));
    const file = join(folder, 'config.yaml');
    await writeFile(file, JSON.stringify(rendered(object, beside)));
    const { code, stdout, stderr } = await vmcp(['validate', '--config', file]);
    await rm(folder, { recursive: true, force: true });
    const problems = (stdout + stderr).split('\n').filter((line) => line.includes(file)).map((line) => line.slice(line.indexOf(file) + file.length).replace(/^[:\d ]+/, '').trim());
    return { code, problems };
}

describe('manifests', { skip: noCluster, timeout: 300000 }, () => {
    before(async () => { api = await new ApiServer().start(); }, { timeout: 180000 });
    after(() => api?.stop());

    test('ToolHive\'s examples', async () => {
        const rows = [];
        const refused = [];
        for (const name of (await readdir(from)).filter((one) => one.startsWith('example_vmcp_')).sort()) {
            const made = await dryRun(await readFile(join(from, name), 'utf8'));
            const known = made.filter(({ status }) => status !== 0);
            const bad = known.filter(({ status }) => status !== 201);
            for (const one of bad) refused.push(`${name}: ${one.object.kind} ${one.object.metadata.name}: ${one.why}`);
            for (const { object } of made.filter((one) => one.object.kind === 'VirtualMCPServer')) {
                const { code, problems } = await verdict(object, made.map((one) => one.object));
                rows.push([name.replace('example_', ''), object.metadata.name, `${known.length - bad.length} of ${known.length}`,
                    code === 0 ? 'served as it is' : problems.map((one) => one.replaceAll('|', '\\|').slice(0, 140)).join('<br>') || `exit code ${code}`]);
            }
        }
        assert.deepEqual(refused, [], 'objects that the API server does not take');
        const table = ['| Example of ToolHive 0.44.0 | VirtualMCPServer | objects that the API server takes | what vmcp says of its configuration |', '|---|---|---|---|',
            ...rows.map((row) => `| ${row.map((cell, i) => (i < 2 ? `\`${cell}\`` : cell)).join(' | ')} |`)].join('\n');
        const text = existsSync(page) ? await readFile(page, 'utf8') : '';
        const [at, to] = [text.indexOf(begin), text.indexOf(end)];
        if (process.env.VMCP_UPDATE_DOCS && at >= 0) await writeFile(page, `${text.slice(0, at)}${begin}\n${table}\n${text.slice(to)}`);
        else assert.ok(at >= 0 && text.slice(at + begin.length, to).trim() === table, `docs/kubernetes.md is not up to date: run this test with VMCP_UPDATE_DOCS=1\n${table}`);
    });

    const deploy = join(repository, 'deploy');
    test('manifests of this repository', { skip: existsSync(deploy) ? false : 'there is no folder deploy' }, async () => {
        const files = (await readdir(deploy, { recursive: true })).filter((one) => /\.ya?ml$/.test(one) && !/templates\/|values|Chart|compose|config\.yaml/.test(one));
        const refused = [];
        for (const name of files)
            for (const one of await dryRun(await readFile(join(deploy, name), 'utf8')))
                if (one.status !== 201 && one.status !== 0) refused.push(`${name}: ${one.object.kind} ${one.object.metadata?.name}: ${one.why}`);
        assert.deepEqual(refused, []);
    });
});
