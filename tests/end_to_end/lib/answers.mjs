// HTTP servers that answer by path and keep what they were asked, and a backend that asks for a token.
import http from 'node:http';
import https from 'node:https';
import { later, stub, toolDefinition } from './setup.mjs';

// answers[path](asked) gives [status, body, headers]; what has no answer is 404. tls: {key, cert}.
export async function answering(t, answers, { tls, host = '127.0.0.1' } = {}) {
    const log = [];
    const serve = async (request, response) => {
        let text = '';
        for await (const piece of request) text += piece;
        const { pathname } = new URL(request.url, 'http://h');
        log.push({ path: pathname, method: request.method, headers: request.headers, text, form: Object.fromEntries(new URLSearchParams(text)) });
        const [status, body, headers = {}] = answers[pathname]?.(log.at(-1)) ?? [404, ''];
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    const server = tls ? https.createServer(tls, serve) : http.createServer(serve);
    await new Promise((resolve) => server.listen(0, host, resolve));
    later(t, async () => { server.closeAllConnections(); server.close(); });
    const { port } = server.address();
    return { log, answers, server, port, base: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, of: (path) => log.filter((one) => one.path === path) };
}

// An authorization server that gives everybody `token`.
export async function authorizationServer(t, token = 'backend-token') {
    const made = await answering(t, {});
    made.answers['/.well-known/oauth-authorization-server'] = () => [200, { issuer: made.base, token_endpoint: `${made.base}/token` }];
    made.answers['/token'] = () => [200, { access_token: token, token_type: 'Bearer', expires_in: 3600, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' }];
    return made;
}

// A backend that lets in who brings `token`, and says where it is issued: `described` is its metadata (RFC 9728), or a
// function that gives the Exchange its answer; `challenge` gives the value of WWW-Authenticate.
export async function closedBackend(t, { described, challenge, token = 'backend-token' }) {
    const backend = await stub(t, { name: 'notes', tools: [toolDefinition('echo')] });
    const metadata = new URL('/.well-known/oauth-protected-resource/mcp', backend.url).href;
    backend.described = described;
    backend.intercept = (exchange) => {
        if (exchange.path === '/.well-known/oauth-protected-resource/mcp') {
            if (typeof backend.described === 'function') backend.described(exchange);
            else exchange.json(200, JSON.stringify({ resource: backend.url, ...backend.described }));
            return true;
        }
        if (exchange.headers.authorization === `Bearer ${token}`) return false;
        exchange.status(401, '', { 'www-authenticate': challenge?.(metadata) ?? `Bearer resource_metadata="${metadata}"` });
        return true;
    };
    return backend;
}
