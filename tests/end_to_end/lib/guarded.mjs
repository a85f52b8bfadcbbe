// A gateway that asks for access tokens, and what tests do at its door.
import assert from 'node:assert/strict';
import { newIssuer } from './issuer.mjs';
import { until } from './process.mjs';
import { RawClient } from './raw_client.mjs';
import { gateway, later, stub, toolDefinition } from './setup.mjs';

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

// vmcp in front of one backend, which lets in who has a token of `of`. The log is at its most talkative.
export async function guarded(t, of, { oidc, config = {}, ...options } = {}) {
    const backend = await stub(t, { name: 'notes', tools: [toolDefinition('echo')] });
    backend.on('tools/call', (exchange) => exchange.result({ content: [{ type: 'text', text: 'hello' }] }));
    const started = await gateway(t, { notes: backend.url },
        { ready: false, args: ['--debug'], ...options, config: { incomingAuth: rulesOf(of, oidc), log: { access: 'on' }, ...config } });
    await started.untilHealthy();
    started.backend = backend;
    return started;
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

// No token, and no secret, in anything that is written or shown.
export async function nothingLeaked(started, of) {
    const shown = [started.program.output, started.program.stderr, started.program.stdout];
    for (const path of ['/status', '/metrics', '/api/backends/health', '/readyz', '/.well-known/oauth-protected-resource'])
        shown.push(await (await fetch(started.base + path, { signal: AbortSignal.timeout(5000) })).text());
    for (const { headers, body } of started.backend.log) shown.push(JSON.stringify(headers), body);
    const all = shown.join('\n');
    assert.ok(of.tokens.length > 0);
    for (const token of of.tokens) {
        assert.ok(!all.includes(token), 'a token is shown');
        const signature = token.split('.')[2];
        if (signature) assert.ok(!all.includes(signature), 'a signature is shown');
    }
    assert.ok(!all.includes('secret-that-nobody-may-see'), 'a secret is shown');
}

export async function metric(started, sample) {
    const text = await (await fetch(`${started.base}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
    return line && Number(line.split(' ')[1]);
}
