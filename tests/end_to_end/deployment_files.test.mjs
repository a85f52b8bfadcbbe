// Files for those who deploy: the compose stack and the Kubernetes example. No container engine is here, so what can be seen without
// one: that they are what their readers take, that they fit together, that the gateway takes its configuration, and that the issuer
// of the stack and the gateway understand each other.
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { freePort } from './lib/peers.mjs';
import { Program, until } from './lib/process.mjs';
import { redis } from './lib/redis.mjs';
import { later, stub, toolDefinition } from './lib/setup.mjs';
import { repository, startVmcp, vmcp } from './lib/vmcp.mjs';

const read = (path) => readFile(join(repository, path), 'utf8');

describe('deploy/compose', () => {
    // https://github.com/compose-spec/compose-spec: those that are used here or are likely to be.
    const known = {
        top: ['name', 'services', 'networks', 'volumes', 'configs', 'secrets'],
        service: ['build', 'image', 'command', 'entrypoint', 'environment', 'ports', 'expose', 'volumes', 'read_only', 'cap_drop', 'security_opt',
            'stop_grace_period', 'depends_on', 'restart', 'healthcheck', 'user', 'tmpfs', 'networks', 'profiles', 'init', 'env_file'],
        healthcheck: ['test', 'interval', 'timeout', 'retries', 'start_period', 'disable'],
    };
    const each = (object, allowed, at) => {
        for (const key of Object.keys(object)) assert.ok(allowed.includes(key), `${at}.${key}`);
    };

    test('is a compose file, with keys of compose files, and its services fit together', async () => {
        const document = parse(await read('deploy/compose/compose.yaml'));
        each(document, known.top, 'compose.yaml');
        assert.deepEqual(Object.keys(document.services).sort(), ['issuer', 'notes', 'redis', 'vmcp', 'weather']);
        for (const [name, service] of Object.entries(document.services)) {
            each(service, known.service, name);
            each(service.healthcheck ?? {}, known.healthcheck, `${name}.healthcheck`);
            assert.ok(service.image || service.build, name);
            for (const other of Object.keys(service.depends_on ?? {})) assert.ok(document.services[other], `${name} depends on ${other}`);
            for (const port of service.ports ?? []) assert.match(port, /^127\.0\.0\.1:/, 'nothing is open to other machines');
        }
        const config = parse(await read('deploy/compose/vmcp/config.yaml'));
        for (const { name, url } of config.backends) {
            assert.equal(new URL(url).hostname, name);
            assert.ok(document.services[name].command.includes(`--port=${new URL(url).port}`));
        }
        const { issuer } = document.services;
        assert.equal(issuer.environment.ISSUER_URL, config.incomingAuth.oidc.issuer);
        assert.equal(issuer.environment.RESOURCE, config.incomingAuth.oidc.resource);
        assert.equal(config.sessionStorage.address.split(':')[0], 'redis');
    });

    test('the program knows the commands of its services', async () => {
        const { services } = parse(await read('deploy/compose/compose.yaml'));
        for (const name of ['weather', 'notes', 'vmcp']) {
            const help = await vmcp([services[name].command[0], '--help']);
            assert.equal(help.code, 0);
            for (const word of services[name].command.slice(1)) assert.ok(help.stdout.includes(word.split('=')[0]), `${name}: ${word}`);
        }
    });

    test('the gateway takes its configuration', async () => {
        const { stdout } = await vmcp(['validate', '--json', join(repository, 'deploy/compose/vmcp/config.yaml')]);
        assert.deepEqual(JSON.parse(stdout).problems, []);
    });

    // The issuer's package is pinned to the version that the tests have.
    test('its issuer and its gateway understand each other, and its limits hold', async (t) => {
        const folder = await mkdtemp(join(tmpdir(), 'vmcp-compose-'));
        later(t, () => rm(folder, { recursive: true, force: true }));
        const wanted = JSON.parse(await read('deploy/compose/issuer/package.json')).dependencies;
        const installed = JSON.parse(await read('tests/node_modules/oidc-provider/package.json')).version;
        assert.deepEqual(wanted, { 'oidc-provider': installed });
        await copyFile(join(repository, 'deploy/compose/issuer/server.mjs'), join(folder, 'server.mjs'));
        await symlink(join(repository, 'tests/node_modules'), join(folder, 'node_modules'));

        const config = parse(await read('deploy/compose/vmcp/config.yaml'));
        const { resource } = config.incomingAuth.oidc;
        const issuerPort = await freePort();
        const issuerUrl = `http://localhost:${issuerPort}`;
        const issuer = new Program(process.execPath, [join(folder, 'server.mjs')], {
            env: { ISSUER_URL: issuerUrl, RESOURCE: resource, DEMO_SECRET: 'only-for-trying', HOST: '127.0.0.1', PORT: String(issuerPort) },
        });
        later(t, () => issuer.stop());
        await until('the issuer listens', () => issuer.output.includes('listens'), 30000);

        const backend = await stub(t, { name: 'weather', tools: [toolDefinition('get_forecast')] });
        backend.on('tools/call', (exchange) => exchange.result({ content: [{ type: 'text', text: 'rain' }] }));
        config.backends = [{ name: 'weather', url: backend.url }];
        config.sessionStorage.address = (await redis(t)).address;
        Object.assign(config.incomingAuth.oidc, { issuer: issuerUrl, jwksUrl: `http://127.0.0.1:${issuerPort}/jwks` });
        config.rateLimiting.perUser.maxTokens = 2;
        const gateway = await startVmcp(config, { ready: false });
        later(t, () => gateway.stop());
        await gateway.untilHealthy();
        assert.equal((await fetch(gateway.url, { method: 'POST' })).status, 401);

        const answer = await fetch(`${issuerUrl}/token`, {
            method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'mcp:call', resource }),
            headers: { Authorization: `Basic ${Buffer.from('demo:only-for-trying').toString('base64')}` },
        });
        const { access_token: token } = await answer.json();
        const name = 'weather_get_forecast';
        await until('the tool is listed', async () => (await ask('tools/list', {})).tools.some((tool) => tool.name === name));
        async function ask(method, params) {
            const response = await fetch(gateway.url, {
                method: 'POST',
                headers: {
                    'Content-Type': 'application/json', Accept: 'application/json, text/event-stream', Authorization: `Bearer ${token}`,
                    'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': method, ...(params.name && { 'Mcp-Name': params.name }),
                },
                body: JSON.stringify({
                    jsonrpc: '2.0', id: 1, method,
                    params: { ...params, _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } },
                }),
            });
            const { result, error } = await response.json();
            return result ?? error;
        }
        for (let i = 0; i < 2; ++i) assert.equal((await ask('tools/call', { name, arguments: {} })).content[0].text, 'rain');
        assert.equal((await ask('tools/call', { name, arguments: {} })).code, 429);

        // Clients register themselves.
        const metadata = await (await fetch(`${issuerUrl}/.well-known/openid-configuration`)).json();
        const registered = await fetch(metadata.registration_endpoint, {
            method: 'POST', headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ redirect_uris: ['http://127.0.0.1:1/back'], token_endpoint_auth_method: 'none', application_type: 'native' }),
        });
        assert.equal(registered.status, 201);
    });
});

describe('examples/kubernetes', () => {
    const folder = 'examples/kubernetes';

    test('the kustomization has every resource, and they refer to each other', async () => {
        const { resources, namespace } = parse(await read(`${folder}/kustomization.yaml`));
        const files = (await readdir(join(repository, folder))).filter((name) => name.endsWith('.yaml'));
        assert.deepEqual([...resources, 'flux.yaml', 'kustomization.yaml'].sort(), files.sort());
        const objects = [];
        for (const file of resources)
            for (const document of parseAllDocuments(await read(`${folder}/${file}`))) {
                assert.deepEqual(document.errors, []);
                objects.push(document.toJS());
            }
        const kinds = objects.map(({ kind }) => kind);
        for (const kind of ['MCPGroup', 'MCPServer', 'MCPServerEntry', 'VirtualMCPServer']) assert.ok(kinds.includes(kind), kind);
        assert.equal(objects.find(({ kind }) => kind === 'Namespace').metadata.name, namespace);
        const group = objects.find(({ kind }) => kind === 'MCPGroup').metadata.name;
        for (const { kind, spec } of objects) if (spec?.groupRef) assert.equal(spec.groupRef.name, group, kind);
    });

    // Against the resource definitions themselves, where they are at hand.
    test('what is written fits the schemas of the resources', async (t) => {
        const vectors = join(process.env.VMCP_VECTORS ?? join(repository, '../shared/vectors'), 'toolhive');
        const { default: Ajv } = await import('ajv');
        const schemas = {};
        for (const file of await readdir(vectors).catch(() => [])) {
            const text = file.startsWith('crd_') ? await readFile(join(vectors, file), 'utf8') : '';
            if (!['MCPGroup', 'MCPServer', 'MCPServerEntry', 'VirtualMCPServer'].includes(/^ {4}kind: (\w+)$/m.exec(text)?.[1])) continue;
            const { spec } = parse(text);
            schemas[spec.names.kind] = spec.versions.find(({ name }) => name === 'v1beta1')?.schema.openAPIV3Schema;
        }
        if (!schemas.MCPServer) return t.skip('no resource definitions here');
        const strict = (schema) => {
            if (schema.properties && schema.additionalProperties === undefined && !schema['x-kubernetes-preserve-unknown-fields']) schema.additionalProperties = false;
            for (const inner of [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties]) if (inner?.type || inner?.properties) strict(inner);
            return schema;
        };
        const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false });
        for (const file of ['group', 'servers', 'gateway'])
            for (const document of parseAllDocuments(await read(`${folder}/${file}.yaml`))) {
                const { kind, spec } = document.toJS();
                const check = ajv.compile(strict(schemas[kind].properties.spec));
                assert.ok(check(spec), `${kind}: ${JSON.stringify(check.errors)}`);
            }
    });
});
