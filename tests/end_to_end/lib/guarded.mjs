// A gateway that asks for access tokens, and what tests do at its door.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newIssuer } from './issuer.mjs';
import { finder } from './leaks.mjs';
import { freePort } from './peers.mjs';
import { until } from './process.mjs';
import { RawClient } from './raw_client.mjs';
import { recording } from './relay.mjs';
import { gateway, later, stub, toolDefinition } from './setup.mjs';
import { configFor, vmcp } from './vmcp.mjs';

export const resource = 'https://gw.example/mcp';
export const metadata = 'resource_metadata="https://gw.example/.well-known/oauth-protected-resource/mcp"';
export const invalid = `Bearer error="invalid_token", error_description="The access token is invalid or has expired", ${metadata}, scope="mcp:read"`;
export const authorizationOf = (token) => (token === undefined ? {} : { authorization: `Bearer ${token}` });

// An issuer; it runs where there are keys for it to sign with.
export async function issuer(t, keys) {
    const made = await newIssuer();
    if (keys) await made.start(keys);
    later(t, () => made.stop());
    return made;
}

export const rulesOf = (of, more = {}) => ({
    type: 'oidc',
    oidc: { issuer: of.url, resource, scopes: ['mcp:read'], jwksAllowPrivateIp: true, ...more },
});

const adminToken = 'operators-secret-that-nobody-may-see';

// vmcp in front of one backend, which lets in who has a token of `of`. It writes all that it can: the log at its most
// talkative, the audit log with data, the admin listener; what it answers to clients is kept too. change(rules) replaces keys
// of its configuration. prepare(backend) is done before vmcp starts; healthy: false does not wait for the backend.
export async function guarded(t, of, { oidc, config: own = {}, prepare, healthy = true, ...options } = {}) {
    const backend = await stub(t, { name: 'notes', tools: [toolDefinition('echo')] });
    backend.on('tools/call', (exchange) => exchange.result({ content: [{ type: 'text', text: 'hello' }] }));
    prepare?.(backend);
    const folder = await mkdtemp(join(tmpdir(), 'vmcp-guarded-'));
    later(t, () => rm(folder, { recursive: true, force: true }));
    const config = {
        incomingAuth: rulesOf(of, oidc), log: { access: 'on' }, admin: { port: await freePort(), token: adminToken },
        audit: { enabled: true, logFile: join(folder, 'audit.log'), includeRequestData: true, includeResponseData: true }, ...own,
    };
    const started = await gateway(t, { notes: backend.url }, { ready: false, args: ['--debug'], ...options, config });
    if (healthy) await started.untilHealthy();
    const relay = await recording(t, started.port);
    const base = `http://127.0.0.1:${relay.port}`;
    return Object.assign(started, {
        backend, config, relay, env: options.env, port: relay.port, base, url: `${base}/mcp`,
        change: (more) => started.rewrite(configFor([{ name: 'notes', url: backend.url }], { ...config, ...more })),
    });
}

// The answer to an initialize with this token: status, challenge and message.
export async function knock({ url }, token, { headers = authorizationOf(token), path = '' } = {}) {
    const client = new RawClient(url + path, { headers });
    const answer = await client.post({
        jsonrpc: '2.0', id: 1, method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'knock', version: '1' } },
    });
    const text = await answer.body();
    return {
        status: answer.status, challenge: answer.headers['www-authenticate'], retry: answer.headers['retry-after'],
        message: JSON.parse(text).error?.message,
    };
}

// The same, once the gateway has checked the token: who sends many forged ones waits now and then (429, 503).
export async function judged(started, token, patience = 3) {
    for (let tries = 0; ; tries += 1) {
        const answer = await knock(started, token);
        if (![429, 503].includes(answer.status) || Number(answer.retry) > patience || tries === 5) return answer;
        await new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer.retry)));
    }
}

export async function entered(started, token) {
    const client = new RawClient(started.url, { headers: authorizationOf(token) });
    await client.initialize();
    return client;
}

export async function calls(started, token) {
    const client = await entered(started, token);
    await until('the tool is listed', async () => {
        const { message } = await client.request('tools/list', {});
        return message.result.tools.some(({ name }) => name === 'notes_echo');
    });
    const { message } = await client.request('tools/call', { name: 'notes_echo', arguments: {} });
    assert.equal(message.result?.content[0].text, 'hello', JSON.stringify(message));
    return client;
}

const textAt = async (url, headers = {}) => (await fetch(url, { headers, signal: AbortSignal.timeout(5000) })).text();

// The beginning of a stream that does not end.
async function eventsAt(url) {
    const { body } = await fetch(url, { signal: AbortSignal.timeout(5000) });
    for await (const piece of body) return Buffer.from(piece).toString();
    return '';
}

// What commands say of the gateway, with a token of a caller.
async function commandsOf(started, token) {
    const file = join(started.directory, 'vmcp.yaml');
    const tokenFile = join(started.directory, 'token');
    await writeFile(tokenFile, token);
    const asking = ['--url', started.url, '--admin-url', `http://127.0.0.1:${started.config.admin.port}`, '--timeout', '5s', '-H', `Authorization: Bearer ${token}`];
    const said = await Promise.all([
        ['validate', file], ['validate', file, '--json'], ['doctor', file, '--token-file', tokenFile], ['inspect', ...asking], ['inspect', '--json', ...asking],
    ].map((args) => vmcp(args, { env: started.env })));
    for (const one of said) assert.ok((one.stdout + one.stderr).length > 0, 'a command says something');
    return said.map(({ stdout, stderr }) => stdout + stderr).join('\n');
}

// Everything that the run wrote or showed by now, by who did; the backend's part is what was sent to it.
async function everything(started, token) {
    const admin = `http://127.0.0.1:${started.config.admin.port}`;
    const headers = { authorization: `Bearer ${adminToken}` };
    const out = { commands: await commandsOf(started, token) };
    for (const path of ['/status', '/metrics', '/api/backends/health', '/health', '/readyz', '/.well-known/oauth-protected-resource'])
        out[`the page ${path}`] = await textAt(started.base + path);
    for (const path of ['/status', '/metrics', '/api/backends/health', '/ui/']) out[`the operators' ${path}`] = await textAt(admin + path, headers);
    out['the operators\' events'] = await eventsAt(`${admin}/ui/events`);
    out['the log'] = started.program.stdout + started.program.stderr;
    out.answers = started.relay.text;
    out['the audit log'] = await readFile(started.config.audit.logFile, 'utf8');
    out.backend = started.backend.log.map(({ path, headers: sent, body }) => `${path}\n${JSON.stringify(sent)}\n${body}`).join('\n');
    return out;
}

// No token of the run, and no secret, is in anything that was written, shown or sent on. Tokens that were traded for a
// backend are at that backend alone.
export async function nothingLeaked(started, of) {
    assert.ok(of.tokens.length > 0);
    const shown = await everything(started, of.tokens.at(-1));
    const secret = finder([...of.tokens, ...of.secrets, adminToken]);
    const traded = finder(of.exchanged);
    for (const [where, text] of Object.entries(shown)) {
        assert.ok(text.length > 0, `${where} is empty`);
        assert.equal(secret(text), undefined, `a token or a secret is in ${where}`);
        if (where !== 'backend') assert.equal(traded(text), undefined, `a token of the backend is in ${where}`);
    }
}

export async function metric(started, sample) {
    const text = await (await fetch(`${started.base}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
    return line && Number(line.split(' ')[1]);
}
