// A real issuer of tokens for tests: npm oidc-provider on loopback, whose keys, formats and presence a test decides.
import { createHash, randomUUID } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { SignJWT, createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import Provider from 'oidc-provider';
import { freePort } from './peers.mjs';

const basic = (id, secret) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;

const secretOf = (id) => `${id}-secret-that-nobody-may-see`;

export const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

const program = (id, more = {}) => ({
    client_id: id, client_secret: secretOf(id), grant_types: ['client_credentials'], redirect_uris: [], response_types: [], ...more,
});

export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

// A key pair as the provider takes it, and as jose signs with it.
export async function newKey(kid, alg = 'ES256') {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const named = async (key) => ({ ...(await exportJWK(key)), kid, alg, use: 'sig' });
    return { kid, alg, privateKey, jwk: await named(privateKey), publicJwk: await named(publicKey) };
}

// A proof of holding a key (RFC 9449), for a request with `token` or, without one, for the request of a token.
export async function proofOf(key, method, url, token) {
    const ath = token && createHash('sha256').update(token).digest('base64url');
    const { kty, crv, x, y } = key.jwk;
    return new SignJWT({ htm: method, htu: url, jti: randomUUID(), ...(ath && { ath }) }).setIssuedAt()
        .setProtectedHeader({ alg: key.alg, typ: 'dpop+jwt', jwk: { kty, crv, x, y } }).sign(key.privateKey);
}

export class Issuer {
    constructor(port, redirectUri, scheme) {
        this.port = port;
        this.url = `${scheme}://127.0.0.1:${port}`;
        this.redirectUri = redirectUri;
        this.tokens = []; // every one that was ever issued (access, refresh and ID tokens): none may be seen anywhere
        this.exchanged = []; // the tokens that tokens were traded for: only their backend may see them
        this.exchanges = []; // {form, client}
        this.secrets = ['agent', 'opaque', 'gateway'].map(secretOf);
        this.requests = []; // paths
    }

    // tls: {key, cert}, where its URL is https.
    async start(keys, tls) {
        this.rotate(keys);
        const serve = (request, response) => {
            this.requests.push(request.url);
            this.answer(request, response);
        };
        this.server = tls ? https.createServer(tls, serve) : http.createServer(serve);
        await new Promise((resolve, reject) => this.server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
    }

    // Signs with the first of these from now on, without a pause.
    rotate(keys) {
        this.keys = keys;
        this.answer = this.#provider(keys).callback();
    }

    #provider(keys) {
        const algorithm = (context) => context?.get('x-want-alg') || keys[0].alg;
        const provider = new Provider(this.url, {
            jwks: { keys: keys.map(({ jwk }) => jwk) },
            clients: [
                program('agent'), program('opaque'), program('gateway', { grant_types: ['client_credentials', exchangeGrant] }),
                {
                    client_id: 'web', token_endpoint_auth_method: 'none', application_type: 'native', response_types: ['code'],
                    grant_types: ['authorization_code', 'refresh_token'], redirect_uris: [this.redirectUri],
                },
            ],
            scopes: ['openid', 'offline_access', 'mcp:read', 'mcp:write'],
            cookies: { keys: ['a test'] },
            clientDefaults: { id_token_signed_response_alg: keys[0].alg },
            enabledJWA: { idTokenSigningAlgValues: algorithms },
            features: {
                devInteractions: { enabled: true }, dPoP: { enabled: true }, clientCredentials: { enabled: true },
                introspection: { enabled: true, allowedPolicy: async () => true },
                resourceIndicators: {
                    enabled: true, defaultResource: async () => undefined, useGrantedResource: async () => true,
                    getResourceServerInfo: async (context, resource, client) => ({
                        audience: resource, scope: 'mcp:read mcp:write', accessTokenTTL: 300,
                        accessTokenFormat: client.clientId === 'opaque' ? 'opaque' : 'jwt', jwt: { sign: { alg: algorithm(context) } },
                    }),
                },
            },
            extraTokenClaims: async ({ actFor }) => actFor && { act_for: actFor },
            ttl: { ClientCredentials: 300, AccessToken: 300 },
        });
        const keep = ({ jti }) => this.tokens.push(jti);
        provider.on('access_token.saved', keep);
        provider.on('client_credentials.saved', keep);
        provider.use(async (context, next) => {
            await next();
            if (context.path === '/token' && context.body?.access_token) this.#issued(context);
        });
        const own = ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'resource', 'scope'];
        provider.registerGrantType(exchangeGrant, (context) => this.#exchange(provider, context), own, []);
        return provider;
    }

    #issued({ body, oidc }) {
        const forBackends = oidc.client?.clientId === 'gateway';
        for (const one of [body.access_token, body.refresh_token, body.id_token]) if (one) (forBackends ? this.exchanged : this.tokens).push(one);
    }

    // RFC 8693, of which the provider knows nothing: a token of this issuer for one that is good at `resource`.
    async #exchange(provider, context) {
        const { params, client } = context.oidc;
        const { payload } = await jwtVerify(params.subject_token, createLocalJWKSet({ keys: this.keys.map(({ publicJwk }) => publicJwk) }), { issuer: this.url });
        this.exchanges.push({ form: { ...params }, client: client.clientId });
        const token = new provider.ClientCredentials({ client, scope: params.scope });
        context.actFor = payload.sub;
        token.resourceServer = new provider.ResourceServer(params.resource, {
            audience: params.resource, scope: 'mcp:read mcp:write', accessTokenFormat: 'jwt', accessTokenTTL: 120, jwt: { sign: { alg: this.keys[0].alg } },
        });
        const access_token = await token.save();
        context.body = {
            access_token, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token', token_type: 'Bearer', expires_in: token.expiration,
        };
    }

    async stop() {
        this.server?.closeAllConnections();
        await new Promise((resolve) => (this.server ? this.server.close(resolve) : resolve()));
        this.server = undefined;
    }

    count(path) {
        return this.requests.filter((one) => one === path).length;
    }

    // A token of client_credentials.
    // proof: of a key that the token is bound to (DPoP). alg: what it is signed with, where there is such a key.
    async token({ resource, client = 'agent', scope = 'mcp:read', proof, alg }) {
        const response = await fetch(`${this.url}/token`, {
            method: 'POST', signal: AbortSignal.timeout(10000),
            headers: {
                ...(proof && { dpop: proof }), ...(alg && { 'x-want-alg': alg }), connection: 'close', authorization: basic(client, secretOf(client)),
                'content-type': 'application/x-www-form-urlencoded',
            },
            body: new URLSearchParams({ grant_type: 'client_credentials', scope, resource }),
        });
        const answer = await response.json();
        if (!response.ok) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
        return answer.access_token;
    }

    // A token that the issuer would never give, signed with its own key.
    async forge(claims, { key = this.keys[0], header = {} } = {}) {
        const now = Math.floor(Date.now() / 1000);
        const token = await new SignJWT({ iss: this.url, sub: 'agent', iat: now, exp: now + 300, scope: 'mcp:read', ...claims })
            .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header }).sign(key.privateKey);
        this.tokens.push(token);
        return token;
    }

    // The tokens of a person's login at the client `web`: {access_token, id_token, refresh_token}.
    async login(resource) {
        const verifier = randomUUID() + randomUUID();
        const start = new URL(`${this.url}/auth`);
        start.search = new URLSearchParams({
            client_id: 'web', response_type: 'code', redirect_uri: this.redirectUri, resource, scope: 'openid offline_access mcp:read', prompt: 'consent',
            code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256',
        });
        const code = (await this.consent(start)).searchParams.get('code');
        const response = await fetch(`${this.url}/token`, {
            method: 'POST', signal: AbortSignal.timeout(10000), headers: { connection: 'close' },
            body: new URLSearchParams({ grant_type: 'authorization_code', client_id: 'web', code, redirect_uri: this.redirectUri, code_verifier: verifier, resource }),
        });
        if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
        return response.json();
    }

    // Does in place of a person what the authorization URL asks for: logs in, consents. Returns the final redirect.
    async consent(start) {
        const cookies = new Map();
        let url = new URL(start);
        for (let step = 0; step < 12; step += 1) {
            const interaction = /^\/interaction\//.test(url.pathname);
            const page = interaction ? await this.#go(url, cookies) : undefined;
            const prompt = page && /name="prompt" value="(\w+)"/.exec(await page.text())?.[1];
            const form = prompt === 'login' ? { prompt, login: 'alice', password: 'x' } : { prompt };
            const answer = await this.#go(url, cookies, interaction ? new URLSearchParams(form) : undefined);
            const to = answer.headers.get('location');
            if (!to) throw new Error(`${url} answered ${answer.status} ${await answer.text()}`);
            url = new URL(to, url);
            if (url.href.startsWith(this.redirectUri)) return url;
        }
        throw new Error('the login does not come to an end');
    }

    async #go(url, cookies, form) {
        const response = await fetch(url, {
            method: form ? 'POST' : 'GET', body: form, redirect: 'manual', signal: AbortSignal.timeout(10000),
            headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        });
        for (const line of response.headers.getSetCookie()) {
            const [name, value] = line.split(';')[0].split(/=(.*)/s);
            if (value === '') cookies.delete(name);
            else cookies.set(name, value);
        }
        return response;
    }
}

export async function newIssuer(scheme = 'http') {
    return new Issuer(await freePort(), `http://127.0.0.1:${await freePort()}/callback`, scheme);
}
