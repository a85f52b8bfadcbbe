// Every file in examples/ is valid as it stands, and serves when its backends are there.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Authority } from './lib/certificates.mjs';
import { until } from './lib/process.mjs';
import { later, rawClient, stub, toolDefinition } from './lib/setup.mjs';
import { repository, startVmcp, vmcp } from './lib/vmcp.mjs';

const folder = join(repository, 'examples');
const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort();

// What an example's comments say that has to be there.
let authority;
let environment;
let tokens; // a token endpoint
before(async () => {
    authority = new Authority();
    const { key, cert } = authority.issue('DNS:localhost,IP:127.0.0.1');
    for (const [name, content] of [['server.key', key], ['server.pem', cert], ['backend-ca.pem', readFileSync(authority.certificate)]])
        writeFileSync(join(authority.folder, name), content);
    tokens = http.createServer((_, response) => response.end('{"access_token":"t","token_type":"Bearer"}'));
    await new Promise((resolve) => tokens.listen(0, '127.0.0.1', resolve));
    environment = { GATEWAY_SECRET: 'example', TOKEN_URL: `http://127.0.0.1:${tokens.address().port}/token`, GITHUB_TOKEN: 'example', NOTES_API_KEY: 'example', VMCP_TLS_DIR: authority.folder };
});
after(() => {
    tokens.closeAllConnections();
    tokens.close();
    return authority.remove();
});

test('there are examples', () => assert.ok(files.length >= 5, files.join()));

// GET over TLS, trusting the example's certificate.
const overTls = (port, path, ca) => new Promise((resolve, reject) => {
    https.get({ host: '127.0.0.1', port, path, ca, servername: 'localhost', headers: { host: 'localhost' } }, (response) => {
        let text = '';
        response.on('data', (data) => (text += data));
        response.on('end', () => resolve({ status: response.statusCode, text }));
    }).once('error', reject);
});

for (const name of files) {
    test(`${name} is valid`, async () => {
        const { code, stdout, stderr } = await vmcp(['validate', '--config', join(folder, name)], { env: environment });
        assert.equal(code, 0, stdout + stderr);
    });

    test(`${name} serves`, async (t) => {
        const text = await readFile(join(folder, name), 'utf8');
        const urls = [...text.matchAll(/^\s*(?:- )?url:\s*(\S+)/gm)].map((match) => match[1]);
        let config = text.replace(/^( {2}port:) (4484|\$\{VMCP_ADMIN_PORT:-4484\})$/m, '$1 0'); // no fixed port: tests run side by side
        const command = fileURLToPath(new URL('./lib/stdio_server.mjs', import.meta.url));
        config = config.replace(/^( +)command: npx\n +args: .*$/gm, `$1command: ${process.execPath}\n$1args: [${command}]`);
        const backends = [];
        for (const [index, url] of urls.entries()) {
            const backend = await stub(t, { name: `backend${index}`, tools: [toolDefinition('query'), toolDefinition(`own${index}`)].map((one) => ({ ...one, annotations: { readOnlyHint: true } })) });
            backends.push(backend);
            config = config.replace(url, backend.url);
        }
        const gateway = await startVmcp(config, { env: environment, ready: false });
        later(t, () => gateway.stop());
        if (/^ {2}tls:/m.test(config)) {
            const ca = readFileSync(authority.certificate);
            assert.equal((await overTls(gateway.port, '/health', ca)).status, 200);
            await assert.rejects(overTls(gateway.port, '/health', undefined), /self-signed|unable to verify/);
            return;
        }
        await gateway.untilHealthy();
        if (/^ {2}type: oidc/m.test(config)) {
            const place = '/.well-known/oauth-protected-resource/mcp';
            const refused = await fetch(gateway.url, { method: 'POST' });
            assert.equal(refused.status, 401);
            assert.equal(refused.headers.get('www-authenticate'),
                `Bearer resource_metadata="https://mcp.example.com${place}", scope="mcp:call"`);
            const { authorization_servers: issuers } = await (await fetch(gateway.base + place)).json();
            assert.deepEqual(issuers, ['https://login.example.com/realms/tools']);
            return;
        }
        await gateway.untilListed();
        const client = await rawClient(t, gateway);
        const { tools } = (await client.request('tools/list')).message.result;
        assert.ok(tools.length > 0);
        const { message } = await client.request('tools/call', { name: tools[0].name, arguments: {} });
        assert.match(message.result.content[0].text, /^backend\d:/);
        await until('every backend was reached', () => backends.every((backend) => backend.requests('tools/list').length > 0));
    });
}
