// What vmcp is configured with in the authorization scenarios of the conformance suite, and what is done with it then: as an
// operator would who was told the scenario's client and issuer.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { RawClient } from '../end_to_end/lib/raw_client.mjs';
import { configFor, startVmcp, unprefixed } from '../end_to_end/lib/vmcp.mjs';
import { until } from '../end_to_end/lib/process.mjs';

const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}');

// The issuer that the server's own metadata names: what somebody who registered a client there knows.
async function issuerOf(url) {
    const { pathname, origin } = new URL(url);
    return (await (await fetch(`${origin}/.well-known/oauth-protected-resource${pathname}`)).json()).authorization_servers[0];
}

const own = (more) => ({ type: 'client_credentials', clientCredentials: { clientId: context.client_id, allowPrivateIp: true, ...more } });

async function listen(answer) {
    const server = http.createServer(async (request, response) => {
        let text = '';
        for await (const piece of request) text += piece;
        const [status, body] = await answer(request.url, text, request.headers);
        response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { server, base: `http://127.0.0.1:${server.address().port}` };
}

// The scenario's identity provider publishes no keys, so that no gateway could check its ID tokens. In front of it stands one
// that does: its tokens are those of vmcp's callers, and where one is traded it is the scenario's own that goes on. And the
// scenario's authorization server has nothing for a gateway's own requests, without which vmcp knows no tools: in front of
// it stands one that has.
async function identityProvider(issuer) {
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = { ...await exportJWK(publicKey), kid: 'one', alg: 'ES256', use: 'sig' };
    const front = await listen(async (path, text, headers) => {
        if (path === '/keys') return [200, JSON.stringify({ keys: [jwk] })];
        if (path !== '/token' && path !== '/target') return [200, JSON.stringify({ issuer: front.base, jwks_uri: `${front.base}/keys` })];
        const form = new URLSearchParams(text);
        if (form.get('grant_type') === 'client_credentials') return [200, JSON.stringify({ access_token: 'test-token-of-the-gateway', token_type: 'Bearer' })];
        if (form.has('subject_token')) form.set('subject_token', context.idp_id_token);
        const answer = await fetch(path === '/token' ? context.idp_token_endpoint : `${issuer}/token`, {
            method: 'POST', body: form,
            headers: { 'content-type': headers['content-type'], ...(headers.authorization && { authorization: headers.authorization }) },
        });
        return [answer.status, await answer.text()];
    });
    const audience = 'https://gw.example/mcp';
    front.token = await new SignJWT({ scope: 'mcp' }).setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .setIssuer(front.base).setSubject('demo-user').setAudience(audience).setIssuedAt().setExpirationTime('5m').sign(privateKey);
    front.rules = { type: 'oidc', oidc: { issuer: front.base, audience, jwksAllowPrivateIp: true } };
    return front;
}

// Each gives {strategy, incoming?, token?, refused?, end?}; refused: a token must not be had.
const setups = {
    'auth/client-credentials-basic': async (url) => ({ strategy: own({ issuer: await issuerOf(url), clientSecret: context.client_secret }) }),
    'auth/pre-registration': async () => ({ strategy: own({ issuer: context.issuer, clientSecret: context.client_secret }) }),
    'auth/client-credentials-jwt': async () => {
        const folder = await mkdtemp(join(tmpdir(), 'vmcp-key-'));
        const file = join(folder, 'key.pem');
        await writeFile(file, context.private_key_pem);
        return { strategy: own({ privateKeyPath: file }), end: () => rm(folder, { recursive: true, force: true }) };
    },
    'auth/enterprise-managed-authorization': async (url) => {
        const issuer = await issuerOf(url);
        const front = await identityProvider(issuer);
        return {
            strategy: {
                type: 'xaa', xaa: {
                    idpTokenUrl: `${front.base}/token`, idpClientId: context.idp_client_id, idpClientSecret: 'unused',
                    targetTokenUrl: `${front.base}/target`, targetAudience: issuer, targetResource: url, subjectTokenType: 'id_token',
                    targetClientId: context.client_id, targetClientSecret: context.client_secret,
                },
            },
            incoming: front.rules, token: front.token, end: async () => { front.server.closeAllConnections(); front.server.close(); },
        };
    },
    'auth/resource-mismatch': async (url) => ({ refused: true, strategy: own({ clientId: 'gw', clientSecret: 'secret', issuer: await issuerOf(url) }) }),
    'auth/metadata-issuer-mismatch': async (url) => ({ refused: true, strategy: own({ clientId: 'gw', clientSecret: 'secret', issuer: await issuerOf(url) }) }),
};

export const isAuthScenario = (scenario) => scenario in setups;

// Every call that the gateway lets through, whatever becomes of it: where the scenario's server speaks a revision that vmcp
// does not, asking for the tool is all there is to do.
async function call(gateway, token) {
    const client = new RawClient(gateway.url, { headers: token ? { authorization: `Bearer ${token}` } : {} });
    await client.initialize();
    const asked = async () => {
        const { message } = await client.request('tools/call', { name: 'test-tool', arguments: {} });
        return message.result !== undefined;
    };
    await until('a call', asked, 8000);
}

export async function runAuth(scenario, url) {
    const { strategy, incoming, token, refused, end } = await setups[scenario](url);
    const config = configFor([{ name: 'suite', url }], {
        aggregation: unprefixed('suite'), outgoingAuth: { source: 'inline', default: strategy }, log: { level: 'debug' },
        ...(incoming && { incomingAuth: incoming }),
    });
    const gateway = await startVmcp(config, { ready: false });
    try {
        const speaks = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION !== '2026-07-28';
        if (refused) await until('the refusal', () => /no token endpoint is found/.test(gateway.program.output));
        else if (speaks) await call(gateway, token);
        else await until('a probe with a token', async () => (await gateway.status()).backends.some((one) => one.name === 'suite' && one.health !== 'unknown'));
    } finally {
        await gateway.stop();
        await end?.();
    }
}
