// Both generations of the official SDK's client log in by themselves: from our 401 to a working call, and once more when a
// token lacks a scope.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { Client as Client2, StreamableHTTPClientTransport as Transport2, UnauthorizedError as Unauthorized2 } from '@modelcontextprotocol/client';
import { UnauthorizedError as Unauthorized1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as Transport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { guarded, issuer, knock, nothingLeaked, rulesOf } from './lib/guarded.mjs';
import { newKey } from './lib/issuer.mjs';
import { until } from './lib/process.mjs';
import { later } from './lib/setup.mjs';

let key;
before(async () => (key = await newKey('first')));

// What an application gives to the SDK: where it keeps tokens, and a person that is sent to log in. `asked` are the URLs.
class Login {
    asked = [];
    given;
    #verifier;
    constructor(of, scope) {
        this.redirectUrl = of.redirectUri;
        this.clientMetadata = { client_name: 'test', redirect_uris: [of.redirectUri], token_endpoint_auth_method: 'none', ...(scope && { scope }) };
    }
    clientInformation() { return { client_id: 'web' }; }
    tokens() { return this.given; }
    saveTokens(given) { this.given = given; }
    redirectToAuthorization(url) { this.asked.push(url); }
    saveCodeVerifier(given) { this.#verifier = given; }
    codeVerifier() { return this.#verifier; }
}

const scopesOf = (url) => url.searchParams.get('scope').split(' ').sort();

// A gateway whose resource is its own address, as the SDK insists.
async function gate(t, more) {
    const of = await issuer(t, [key]);
    const started = await guarded(t, of);
    const become = async (rules) => {
        await started.change({ incomingAuth: rulesOf(of, { resource: started.url, ...rules }) });
        await until('the rules are in force', async () => {
            const { challenge } = await knock(started);
            return challenge.includes(started.base) && (rules.requiredScopes ?? rules.scopes).every((one) => challenge.includes(one));
        });
    };
    await become(more);
    return { of, started, become };
}

// `taken`: what finishAuth() wants of the parameters that the issuer sends back.
for (const [generation, Client, Transport, Unauthorized, taken, options] of [
    ['SDK 1.32', Client1, Transport1, Unauthorized1, (back) => back.get('code')],
    ['SDK 2.4', Client2, Transport2, Unauthorized2, (back) => back],
    ['SDK 2.4, of the revision without sessions', Client2, Transport2, Unauthorized2, (back) => back, { versionNegotiation: { mode: { pin: '2026-07-28' } } }],
])
    describe(generation, () => {
        const client = () => new Client({ name: 'test', version: '1' }, options);
        const done = async (of, login, transport) => transport.finishAuth(taken((await of.consent(login.asked.at(-1))).searchParams));
        const works = async (one) => {
            await until('the tool is listed', async () => (await one.listTools()).tools.some(({ name }) => name === 'notes_echo'));
            assert.equal((await one.callTool({ name: 'notes_echo', arguments: {} })).content[0].text, 'hello');
        };

        test('finds the issuer from our 401, logs in with a code and PKCE, and calls', async (t) => {
            const { of, started } = await gate(t, { scopes: ['mcp:read', 'mcp:write'] });
            const login = new Login(of);
            const transport = () => new Transport(new URL(started.url), { authProvider: login });
            const first = transport();
            await assert.rejects(client().connect(first), Unauthorized);
            const [{ searchParams }] = login.asked;
            assert.equal(searchParams.get('resource'), started.url);
            assert.equal(searchParams.get('code_challenge_method'), 'S256');
            assert.deepEqual(scopesOf(login.asked[0]), ['mcp:read', 'mcp:write']);
            await done(of, login, first);
            const connected = client();
            await connected.connect(transport());
            later(t, () => connected.close());
            await works(connected);
            assert.equal(login.asked.length, 1, 'one login is enough');
            await nothingLeaked(started, of);
        });

        test('asks for the scope that a 403 names, and goes on with it', async (t) => {
            const { of, started, become } = await gate(t, { scopes: ['mcp:read'], requiredScopes: ['mcp:read'] });
            const login = new Login(of, 'mcp:read');
            const transport = () => new Transport(new URL(started.url), { authProvider: login });
            const first = transport();
            await assert.rejects(client().connect(first), Unauthorized);
            assert.deepEqual(scopesOf(login.asked[0]), ['mcp:read']);
            await done(of, login, first);
            const connected = client();
            const used = transport();
            await connected.connect(used);
            later(t, () => connected.close());
            await works(connected);
            await become({ scopes: ['mcp:read'], requiredScopes: ['mcp:read', 'mcp:write'] });
            const refused = await knock(started, login.given.access_token);
            assert.equal(refused.status, 403);
            assert.match(refused.challenge, /error="insufficient_scope".*scope="mcp:read mcp:write"/);
            await assert.rejects(connected.callTool({ name: 'notes_echo', arguments: {} }), Unauthorized);
            assert.equal(login.asked.length, 2);
            assert.deepEqual(scopesOf(login.asked[1]), ['mcp:read', 'mcp:write']);
            await done(of, login, used);
            assert.deepEqual(login.given.scope.split(' ').sort(), ['mcp:read', 'mcp:write']);
            await works(connected);
            assert.equal(login.asked.length, 2, 'no third login');
            await nothingLeaked(started, of);
        });
    });
