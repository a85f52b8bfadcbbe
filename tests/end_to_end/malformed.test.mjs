// A backend whose entries do not fit the protocol's schema beside one whose entries do: official clients list what both have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { generations } from './lib/peers.mjs';
import { gateway, rawClient, sdkClient, stub, toolDefinition } from './lib/setup.mjs';

const schema = '"inputSchema":{"type":"object"}';
const tool = (name, more = schema) => `{"name":"${name}"${more === '' ? '' : `,${more}`}}`;
const result = (name, inner) => tool(name, `${schema},"outputSchema":{"type":"object","properties":{"a":${inner}}}`);
const mended = [
    tool('no_schema', ''), tool('null_schema', '"inputSchema":null'), tool('empty_schema', '"inputSchema":{}'),
    tool('list_schema', '"inputSchema":[]'), tool('list_properties', '"inputSchema":{"type":"object","properties":[]}'),
    tool('null_required', '"inputSchema":{"type":"object","required":null}'),
    ...['description', 'title', 'annotations', '_meta', 'icons', 'outputSchema', 'execution'].map((key) => tool(`null_${key}`, `${schema},"${key}":null`)),
    tool('half_a_character', `${schema},"description":"cut \\ud83d"`),
    result('null_keywords', '{"type":null,"enum":null,"required":null,"additionalProperties":null}'),
    result('empty_properties', '{"properties":[]}'),
    result('no_type', '{"type":"strng"}'), result('no_values', '{"enum":[]}'), result('no_pattern', '{"type":"string","pattern":"(?i)x"}'),
    result('no_place', '{"$ref":"#/$defs/none"}'), result('itself', '{"$ref":"#/properties/a"}'), result('nullable', '{"nullable":true}'),
    result('old_id', '{"id":"x"}'), tool('no_id', `${schema},"outputSchema":{"type":"object","$id":5}`),
];
const hidden = [
    tool('text_schema', '"inputSchema":"none"'), tool('string_schema', '"inputSchema":{"type":"string"}'),
    tool('list_result', `${schema},"outputSchema":{"type":"array"}`), tool('number', `${schema},"description":5`),
    tool('half_a_tag', `${schema},"_meta":{"tag":"\\ud83d"}`),
];
const nameOf = (raw) => JSON.parse(raw).name;

for (const generation of Object.keys(generations)) {
    test(`${generation} lists what both backends have`, async (t) => {
        const bad = await stub(t, {
            name: 'bad', tools: [...mended, ...hidden],
            prompts: ['{"name":"null_arguments","arguments":null}', '{"name":"bad_arguments","arguments":["a"]}'],
            resources: [
                '{"uri":"bad:no-name"}', '{"uri":"bad:null-type","name":"n","mimeType":null}', '{"uri":"bad:whole","name":"n","size":3.0}',
                '{"uri":"bad:size","name":"n","size":1.5}', '{"uri":"bad:day","name":"n","annotations":{"lastModified":"2025-02-30T00:00:00Z"}}',
            ],
            templates: ['{"uriTemplate":"bad:{x}"}', '{"uriTemplate":"worse:{x}","name":"n","mimeType":[]}'],
        });
        const structured = { a: 'x' };
        bad.on('tools/call', (exchange) => exchange.result({ content: [{ type: 'text', text: 'x' }], structuredContent: structured }));
        const good = await stub(t, {
            name: 'good', tools: [toolDefinition('one', { outputSchema: { type: 'object', properties: { a: { type: 'string' } } } })],
            prompts: [{ name: 'two', arguments: [{ name: 'a' }] }],
            resources: [{ uri: 'good:three', name: 'three', size: 3 }], templates: [{ uriTemplate: 'good:{x}', name: 'four' }],
        });
        const client = await sdkClient(t, await gateway(t, { bad: bad.url, good: good.url }), { generation });
        const names = (await client.listTools()).tools.map(({ name }) => name);
        assert.deepEqual(names.sort(), [...mended.map((raw) => `bad_${nameOf(raw)}`), 'good_one'].sort());
        assert.deepEqual((await client.listPrompts()).prompts.map(({ name }) => name).sort(), ['bad_null_arguments', 'good_two']);
        assert.deepEqual((await client.listResources()).resources.map(({ uri }) => uri).sort(), ['bad:no-name', 'bad:null-type', 'bad:whole', 'good:three']);
        assert.deepEqual((await client.listResourceTemplates()).resourceTemplates.map(({ uriTemplate }) => uriTemplate).sort(), ['bad:{x}', 'good:{x}']);
        for (const name of ['bad_no_pattern', 'bad_null_keywords', 'bad_no_place'])
            assert.deepEqual((await client.call(name, {})).structuredContent, structured, name);
    });
}

test('what is hidden has a reason, and what is mended is said to be', async (t) => {
    const bad = await stub(t, { name: 'bad', tools: [...mended, ...hidden] });
    const vmcp = await gateway(t, { bad: bad.url });
    const { message } = await (await rawClient(t, vmcp)).request('tools/list');
    const listed = Object.fromEntries(message.result.tools.map((one) => [one.name, one]));
    assert.equal(listed.bad_half_a_character.description, 'cut \ufffd');
    assert.deepEqual(listed.bad_null_keywords.outputSchema, { type: 'object', properties: { a: {} } });
    for (const name of ['no_type', 'no_values', 'no_pattern', 'no_place', 'itself', 'no_id']) assert.ok(!('outputSchema' in listed[`bad_${name}`]), name);
    const lines = vmcp.program.stderr.split('\n').filter((line) => line.includes('hidden: '));
    assert.ok(lines.length > 0, 'hidden entries are logged');
});

async function statelessClient(t, { url }) {
    const client = new Client({ name: 'stateless', version: '1' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
    await client.connect(new StreamableHTTPClientTransport(new URL(url)));
    t.after(() => client.close());
    return client;
}

test('entries are held against the schema of the client\'s own revision', async (t) => {
    const bad = await stub(t, { name: 'bad', tools: [...mended, ...hidden, tool('planned', `${schema},"execution":{"taskSupport":"maybe"}`)] });
    bad.on('tools/call', (exchange) => exchange.result({ content: [{ type: 'text', text: '[1]' }], structuredContent: [1] }));
    const vmcp = await gateway(t, { bad: bad.url });
    const stateless = await statelessClient(t, vmcp);
    const { tools } = await stateless.listTools();
    const names = tools.map(({ name }) => name);
    assert.deepEqual(tools.find(({ name }) => name === 'bad_list_result').outputSchema, { type: 'array' });
    for (const name of ['bad_no_schema', 'bad_planned', 'bad_no_type']) assert.ok(names.includes(name), name);
    for (const name of ['bad_text_schema', 'bad_number', 'bad_half_a_tag']) assert.ok(!names.includes(name), name);
    assert.ok(!('execution' in tools.find(({ name }) => name === 'bad_planned')));
    assert.deepEqual((await stateless.callTool({ name: 'bad_list_result', arguments: {} })).structuredContent, [1]);
    for (const generation of Object.keys(generations)) {
        const listed = (await (await sdkClient(t, vmcp, { generation })).listTools()).tools.map(({ name }) => name);
        assert.ok(listed.includes('bad_no_schema') && !listed.includes('bad_list_result') && !listed.includes('bad_planned'), generation);
    }
});

// ---- whatever a backend writes

const scalars = ['null', '[]', '{}', 'true', '"x"', '""', '1', '1.5', '-1', '[null]', '[{}]', '[[]]', '["a"]', '{"a":null}', '"object"', '["object"]',
    '{"type":"object"}', '{"type":"array"}', '{"$ref":"#"}', '{"$ref":"#/$defs/x"}', '{"":""}'];
const keywords = ['$schema', '$id', 'id', '$anchor', '$ref', '$defs', 'definitions', 'type', 'properties', 'required', 'items', 'anyOf', 'not', 'enum', 'const',
    'pattern', 'format', 'minimum', 'multipleOf', 'uniqueItems', 'additionalProperties', 'patternProperties', 'dependencies', 'if', 'prefixItems',
    'propertyNames', 'nullable', 'discriminator', '$dynamicRef', '$recursiveRef', '$vocabulary', 'unevaluatedProperties', '$async', 'formatMinimum'];
const members = {
    tools: ['title', 'description', 'inputSchema', 'outputSchema', 'annotations', 'execution', 'icons', '_meta'],
    prompts: ['title', 'description', 'arguments', 'icons', '_meta'],
    resources: ['name', 'title', 'description', 'mimeType', 'annotations', 'size', 'icons', '_meta'],
    templates: ['name', 'title', 'description', 'mimeType', 'annotations', 'icons', '_meta'],
};
const inner = {
    annotations: ['title', 'readOnlyHint', 'audience', 'priority', 'lastModified'], icons: ['src', 'mimeType', 'sizes', 'theme'],
    arguments: ['name', 'title', 'description', 'required'], execution: ['taskSupport'],
};
const keyOf = { tools: 'name', prompts: 'name', resources: 'uri', templates: 'uriTemplate' };

// Numbers below `n`, the same for the same seed.
function dice(seed) {
    let state = seed;
    return (n) => {
        state = (state * 1103515245 + 12345) % 2147483648;
        return Math.floor(state / 65536) % n;
    };
}

function odd(below) {
    const pick = (list) => list[below(list.length)];
    const text = (parts) => `{${Object.entries(parts).map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
    const some = (count, keys, value) => text(Object.fromEntries(Array.from({ length: count }, () => pick(keys)).map((key) => [key, value(key)])));
    const schemaText = (depth) => some(below(4), keywords, (key) => (key === 'type' && below(2) ? '"object"'
        : depth > 0 && below(2) ? pick([(one) => one, (one) => `{"p":${one}}`, (one) => `[${one}]`])(schemaText(depth - 1)) : pick(scalars)));
    const value = (member) => {
        if (member.endsWith('Schema') && below(5)) return schemaText(2);
        if (!inner[member] || !below(4)) return pick(scalars);
        const one = some(1 + below(3), inner[member], () => pick(scalars));
        return member === 'icons' || member === 'arguments' ? `[${one}]` : one;
    };
    return (kind, i) => text({
        [keyOf[kind]]: JSON.stringify({ resources: `r:${i}`, templates: `t${i}:{x}` }[kind] ?? `n${i}`),
        ...(kind === 'tools' && below(10) ? { inputSchema: '{"type":"object"}' } : {}),
        ...(kind === 'resources' || kind === 'templates' ? { name: '"n"' } : {}),
        ...Object.fromEntries(Array.from({ length: 1 + below(2) }, () => pick(members[kind])).map((member) => [member, value(member)])),
    });
}

test('whatever a backend lists, official clients take what others list', async (t) => {
    const seed = Number(process.env.VMCP_SEED ?? Date.now() % 1_000_000);
    const make = odd(dice(seed));
    const lists = Object.fromEntries(Object.keys(members).map((kind) => [kind, Array.from({ length: 300 }, (_, i) => make(kind, i))]));
    const bad = await stub(t, { name: 'bad', ...lists });
    const good = await stub(t, { name: 'good', tools: [toolDefinition('one')], prompts: [{ name: 'two' }], resources: [{ uri: 'good:three', name: 'three' }] });
    const vmcp = await gateway(t, { bad: bad.url, good: good.url });
    const clients = [await statelessClient(t, vmcp)];
    for (const generation of Object.keys(generations)) clients.push(await sdkClient(t, vmcp, { generation }));
    for (const client of clients) {
        assert.ok((await client.listTools()).tools.some(({ name }) => name === 'good_one'), `VMCP_SEED=${seed}`);
        assert.ok((await client.listPrompts()).prompts.some(({ name }) => name === 'good_two'), `VMCP_SEED=${seed}`);
        assert.ok((await client.listResources()).resources.some(({ uri }) => uri === 'good:three'), `VMCP_SEED=${seed}`);
        assert.ok(Array.isArray((await client.listResourceTemplates()).resourceTemplates), `VMCP_SEED=${seed}`);
    }
});
