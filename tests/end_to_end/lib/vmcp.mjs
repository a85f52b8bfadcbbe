// The program under test: starts `vmcp serve` with a config object on a free port, waits until it is ready, stops it.
// VMCP_BIN names the binary; without it build/release/vmcp is taken.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program, run, until } from './process.mjs';
import { RawClient } from './raw_client.mjs';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));
export const binary = resolve(process.env.VMCP_BIN ?? join(repository, 'build/release/vmcp'));
if (!existsSync(binary)) throw new Error(`no vmcp binary at ${binary}: run ./dev build, or set VMCP_BIN`);

// Runs a vmcp command to its end. Returns {code, signal, stdout, stderr}.
export const vmcp = (args, options) => run(binary, args, options);

// A config with the given backends ([{name, url, ...}]); the other arguments are merged over the defaults.
export function configFor(backends, { aggregation, ...rest } = {}) {
    return {
        name: 'test-gateway', groupRef: 'tests',
        backends: backends.map((backend) => ({ transport: 'streamable-http', ...backend })),
        incomingAuth: { type: 'anonymous' },
        outgoingAuth: { source: 'inline', default: { type: 'unauthenticated' } },
        aggregation: {
            conflictResolution: 'prefix', conflictResolutionConfig: { prefixFormat: '{workload}_' }, ...aggregation,
        },
        ...rest,
    };
}

// The mount that leaves every name as it is.
export const unprefixed = (...order) => ({
    conflictResolution: 'priority', conflictResolutionConfig: { priorityOrder: order },
});

export class Gateway {
    constructor(program, port, directory) {
        this.program = program;
        this.port = port;
        this.directory = directory;
        this.base = `http://127.0.0.1:${port}`;
        this.url = `${this.base}/mcp`;
    }

    async status() {
        const response = await fetch(`${this.base}/status`, { signal: AbortSignal.timeout(5000) });
        assert.equal(response.status, 200, 'GET /status');
        return response.json();
    }

    // Resolves when every backend (or each of the given names) is reported healthy.
    untilHealthy(names, ms = 10000) {
        return until('all backends healthy', async () => {
            const { backends } = await this.status();
            const wanted = names ?? backends.map((one) => one.name);
            return wanted.every((name) => backends.find((one) => one.name === name)?.health === 'healthy');
        }, ms).catch((error) => {
            throw new Error(`${error.message}\n${this.program.output}`);
        });
    }

    // Resolves when what clients see has stopped changing: a backend is healthy a moment before its lists are read.
    async untilListed() {
        const client = new RawClient(this.url);
        // Where sessions are kept elsewhere, there are none before that is reached.
        await until('a session is opened', () => client.initialize({ name: 'harness' }).catch((error) => {
            if (!error.message.includes('HTTP 503')) throw error;
        }));
        const lists = async () => {
            const methods = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'];
            return (await Promise.all(methods.map((method, id) => client.request(method, {}, { id })))).map(({ text }) => text).join();
        };
        let last;
        let same = 0;
        await until('the lists are settled', async () => {
            const now = await lists();
            same = now === last ? same + 1 : 0;
            last = now;
            return same >= 6;
        });
        await client.close();
    }

    // Ends with SIGTERM, expects exit code 0 and nothing from a sanitizer.
    async stop() {
        const { code, signal } = await this.program.stop();
        await rm(this.directory, { recursive: true, force: true });
        assert.deepEqual({ code, signal }, { code: 0, signal: null }, this.program.output);
        assert.doesNotMatch(this.program.stderr, /(ERROR|WARNING): \w+Sanitizer|runtime error:/, this.program.output);
    }

    // Replaces the config file.
    rewrite(config) {
        return writeFile(join(this.directory, 'vmcp.yaml'), typeof config === 'string' ? config : JSON.stringify(config, null, 2));
    }
}

// Starts vmcp with a config (an object, written as JSON, which is YAML; or a text). Options: args, env,
// ready (false: return as soon as it listens; a list of names: wait only for these backends), wrap (a command that
// runs the command after it in its own place), configFile (a file that is there already, with this configuration).
export async function startVmcp(config, { args = [], env = {}, ready = true, readyMs, wrap = [], configFile } = {}) {
    const directory = await mkdtemp(join(tmpdir(), 'vmcp-test-'));
    const file = configFile ?? join(directory, 'vmcp.yaml');
    const portFile = join(directory, 'port');
    if (!configFile) await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config, null, 2));
    const [command, ...before] = [...wrap, binary];
    const program = new Program(command,
        [...before, 'serve', '--config', file, '--host', '127.0.0.1', '--port', '0', '--port-file', portFile, ...args], { env });
    const port = await until('the port file', async () => {
        if (!program.alive) throw new Error(`vmcp ended early\n${program.output}`);
        return Number((await readFile(portFile, 'utf8')).trim());
    }).catch(async (error) => {
        program.child.kill('SIGKILL');
        throw new Error(`${error.message}\n${program.output}`);
    });
    const gateway = new Gateway(program, port, directory);
    if (ready !== false && (config.backends?.length ?? 0) > 0)
        await gateway.untilHealthy(Array.isArray(ready) ? ready : undefined, readyMs).then(() => gateway.untilListed()).catch((error) => {
            program.child.kill('SIGKILL');
            throw error;
        });
    return gateway;
}

// A demo backend of the binary itself. Returns {url, port, stop()}.
export async function startDemoBackend(name, { port = 0 } = {}) {
    const directory = await mkdtemp(join(tmpdir(), 'vmcp-demo-'));
    const portFile = join(directory, 'port');
    const program = new Program(binary,
        ['demo-backend', '--name', name, '--port', String(port), '--port-file', portFile]);
    const actual = await until(`the port of demo backend ${name}`, async () => {
        if (!program.alive) throw new Error(`ended early\n${program.output}`);
        return Number((await readFile(portFile, 'utf8')).trim());
    });
    return {
        url: `http://127.0.0.1:${actual}/mcp`, port: actual, program,
        async stop() {
            const ended = await program.stop();
            await rm(directory, { recursive: true, force: true });
            return ended;
        },
    };
}
