// A backend whose entries do not fit the protocol's schema beside one whose entries do: official clients list what both have.
import assert from 'node:assert/strict';
import { test } from 'node:test';
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
