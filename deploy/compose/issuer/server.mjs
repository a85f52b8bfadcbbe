// An issuer of access tokens to try the gateway with: MCP clients register themselves (RFC 7591) and send a person to log in,
// with any name and password. Its keys and all it knows are gone when it ends. Not for anything that matters.
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import http from 'node:http';
import Provider from 'oidc-provider';

const { ISSUER_URL = 'http://localhost:9000', RESOURCE = 'http://localhost:4483/mcp', DEMO_SECRET, HOST = '0.0.0.0', PORT = '9000' } = process.env;
const scope = 'mcp:call';

const key = { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'one' };

// A program that calls without a person: curl, a script.
const program = {
    client_id: 'demo', client_secret: DEMO_SECRET, grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
};

const provider = new Provider(ISSUER_URL, {
    jwks: { keys: [key] },
    clients: DEMO_SECRET ? [program] : [],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: ['openid', 'offline_access', scope],
    cookies: { keys: [randomBytes(32).toString('hex')] },
    features: {
        devInteractions: { enabled: true }, registration: { enabled: true }, clientCredentials: { enabled: true },
        resourceIndicators: {
            enabled: true,
            defaultResource: async () => RESOURCE,
            useGrantedResource: async () => true,
            getResourceServerInfo: async () => ({
                audience: RESOURCE, scope, accessTokenTTL: 3600, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } },
            }),
        },
    },
});

const server = http.createServer(provider.callback());
server.listen(Number(PORT), HOST, () => console.log(`issuer ${ISSUER_URL} listens on port ${server.address().port}`));
for (const signal of ['SIGTERM', 'SIGINT'])
    process.on(signal, () => {
        server.close();
        server.closeAllConnections();
    });
