// What the fixture server offers: every tool, resource and prompt that the conformance suite asks for by name, and,
// with extras, a few more that the end-to-end tests use. Plain data and handlers; the HTTP side is in fixture.mjs.
import { setTimeout as sleep } from 'node:timers/promises';
import { deflateSync, crc32 } from 'node:zlib';

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const noArguments = { type: 'object', properties: {} };
const stringArgument = (name, description) => ({
    type: 'object', properties: { [name]: { type: 'string', description } }, required: [name],
});

// A valid PNG of one red pixel, built chunk by chunk.
function redPixel() {
    const chunk = (type, data) => {
        const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
        const frame = Buffer.alloc(4 + body.length + 4);
        frame.writeUInt32BE(data.length, 0);
        body.copy(frame, 4);
        frame.writeUInt32BE(crc32(body), 4 + body.length);
        return frame;
    };
    const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0]);
    const pixels = deflateSync(Buffer.from([0, 255, 0, 0]));
    return Buffer.concat([
        Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
        chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0)),
    ]).toString('base64');
}

// A valid WAV file: 8 samples of silence, 8 kHz, 8 bit, mono.
function silence() {
    const samples = Buffer.alloc(8, 0x80);
    const header = Buffer.alloc(44);
    header.write('RIFF', 0, 'latin1');
    header.writeUInt32LE(36 + samples.length, 4);
    header.write('WAVEfmt ', 8, 'latin1');
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt32LE(8000, 24);
    header.writeUInt32LE(8000, 28);
    header.writeUInt16LE(1, 32);
    header.writeUInt16LE(8, 34);
    header.write('data', 36, 'latin1');
    header.writeUInt32LE(samples.length, 40);
    return Buffer.concat([header, samples]).toString('base64');
}

export const image = { type: 'image', data: redPixel(), mimeType: 'image/png' };
export const audio = { type: 'audio', data: silence(), mimeType: 'audio/wav' };
const embedded = (uri, body, mimeType = 'text/plain') => ({ type: 'resource', resource: { uri, mimeType, text: body } });

async function elicit(context, message, requestedSchema, mode) {
    const params = { ...(mode ? { mode } : {}), message, requestedSchema };
    return context.mcpReq.send({ method: 'elicitation/create', params });
}

const elicitationOutcome = (answer) =>
    text(`Elicitation completed: action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`);

const titled = (...pairs) => pairs.map(([value, title]) => ({ const: value, title }));

const defaultsSchema = {
    type: 'object',
    properties: {
        name: { type: 'string', description: 'Full name', default: 'John Doe' },
        age: { type: 'integer', description: 'Age in years', default: 30 },
        score: { type: 'number', description: 'Score in percent', default: 95.5 },
        status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
        verified: { type: 'boolean', description: 'Whether the address was checked', default: true },
    },
    required: [],
};

const enumsSchema = {
    type: 'object',
    properties: {
        untitledSingle: { type: 'string', enum: ['option1', 'option2', 'option3'] },
        titledSingle: {
            type: 'string',
            oneOf: titled(['value1', 'First Option'], ['value2', 'Second Option'], ['value3', 'Third Option']),
        },
        legacyEnum: {
            type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: ['Option One', 'Option Two', 'Option Three'],
        },
        untitledMulti: { type: 'array', items: { type: 'string', enum: ['option1', 'option2', 'option3'] } },
        titledMulti: {
            type: 'array',
            items: { anyOf: titled(['value1', 'First Choice'], ['value2', 'Second Choice'], ['value3', 'Third Choice']) },
        },
    },
    required: [],
};

const jsonSchema202012 = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: {
        address: {
            $anchor: 'addressDef', type: 'object',
            properties: { street: { type: 'string' }, city: { type: 'string' } },
        },
    },
    properties: {
        name: { type: 'string' },
        address: { $ref: '#/$defs/address' },
        contactMethod: { type: 'string', enum: ['phone', 'email'] },
        phone: { type: 'string' },
        email: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
};

const tool = (name, description, inputSchema, call) => ({ name, description, inputSchema, call });

export const tools = [
    tool('test_simple_text', 'Answers with one text', noArguments, () => text('One plain text from the fixture.')),
    tool('test_image_content', 'Answers with one PNG image', noArguments, () => ({ content: [image] })),
    tool('test_audio_content', 'Answers with one WAV sound', noArguments, () => ({ content: [audio] })),
    tool('test_embedded_resource', 'Answers with a resource inside the result', noArguments, () => ({
        content: [embedded('test://embedded-resource', 'The body of an embedded resource.')],
    })),
    tool('test_multiple_content_types', 'Answers with text, image and resource', noArguments, () => ({
        content: [
            { type: 'text', text: 'Text, image and resource in one result:' }, image,
            embedded('test://mixed-content-resource', '{"mixed":true}', 'application/json'),
        ],
    })),
    tool('test_error_handling', 'Always fails', noArguments, () => ({
        ...text('This tool fails on purpose, to test how errors travel'), isError: true,
    })),
    tool('test_tool_with_logging', 'Writes three log lines while it runs', noArguments, async (_, context) => {
        for (const line of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
            await context.mcpReq.log('info', line, 'fixture');
            await sleep(50);
        }
        return text('Three log lines were sent');
    }),
    tool('test_tool_with_progress', 'Reports progress 0, 50, 100 of 100', noArguments, async (_, context) => {
        const progressToken = context.mcpReq._meta?.progressToken;
        for (const progress of [0, 50, 100]) {
            if (progressToken !== undefined)
                await context.mcpReq.notify({
                    method: 'notifications/progress', params: { progressToken, progress, total: 100 },
                });
            await sleep(50);
        }
        return text('Progress went from 0 to 100');
    }),
    tool('test_sampling', 'Asks the client for a completion', stringArgument('prompt', 'What the model is asked'),
        async ({ prompt }, context) => {
            const answer = await context.mcpReq.send({
                method: 'sampling/createMessage',
                params: { messages: [{ role: 'user', content: { type: 'text', text: prompt } }], maxTokens: 100 },
            });
            return text(`LLM response: ${answer.content?.text ?? JSON.stringify(answer.content)}`);
        }),
    tool('test_elicitation', 'Asks the user for a name and an address', stringArgument('message', 'What the user reads'),
        async ({ message }, context) => {
            const answer = await elicit(context, message, {
                type: 'object',
                properties: {
                    username: { type: 'string', description: 'The name of the user' },
                    email: { type: 'string', description: 'The address of the user' },
                },
                required: ['username', 'email'],
            });
            return text(`User response: action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`);
        }),
    tool('test_elicitation_sep1034_defaults', 'Asks with a default for every primitive type', noArguments,
        async (_, context) => elicitationOutcome(await elicit(context, 'Check these values, please', defaultsSchema))),
    tool('test_elicitation_sep1330_enums', 'Asks with every form of enumeration', noArguments,
        async (_, context) => elicitationOutcome(await elicit(context, 'Choose from these lists, please', enumsSchema))),
    tool('test_reconnection', 'Closes its event stream before the result is sent', noArguments, async (_, context) => {
        await sleep(20);
        context.http?.closeSSE?.();
        await sleep(100);
        return text('The stream was closed in the middle, and the result still arrived');
    }),
    tool('json_schema_2020_12_tool', 'Has an input schema with keywords of JSON Schema 2020-12', jsonSchema202012,
        (given) => text(`Received ${JSON.stringify(given)}`)),
];

export const resources = [
    { uri: 'test://static-text', name: 'static-text', description: 'A text that never changes', mimeType: 'text/plain' },
    { uri: 'test://static-binary', name: 'static-binary', description: 'One red pixel', mimeType: 'image/png' },
    { uri: 'test://watched-resource', name: 'watched-resource', description: 'Can be subscribed to', mimeType: 'text/plain' },
];

export const resourceTemplates = [{
    uriTemplate: 'test://template/{id}/data', name: 'template-data', description: 'One JSON document per id',
    mimeType: 'application/json',
}];

// The contents of a resource, or undefined where there is none. `version` is the counter of the watched resource.
export function readResource(uri, version) {
    if (uri === 'test://static-text') return [{ uri, mimeType: 'text/plain', text: 'A text that never changes.' }];
    if (uri === 'test://static-binary') return [{ uri, mimeType: 'image/png', blob: image.data }];
    if (uri === 'test://watched-resource') return [{ uri, mimeType: 'text/plain', text: `version ${version}` }];
    const match = /^test:\/\/template\/([^/]+)\/data$/.exec(uri);
    if (!match) return undefined;
    const id = decodeURIComponent(match[1]);
    return [{ uri, mimeType: 'application/json', text: JSON.stringify({ id, data: `Data of ${id}` }) }];
}

const says = (...contents) => ({ messages: contents.map((content) => ({ role: 'user', content })) });
const words = (value) => ({ type: 'text', text: value });

export const prompts = [
    { name: 'test_simple_prompt', description: 'A prompt without arguments', get: () => says(words('A simple prompt.')) },
    {
        name: 'test_prompt_with_arguments', description: 'A prompt with two arguments',
        arguments: [
            { name: 'arg1', description: 'First argument', required: true },
            { name: 'arg2', description: 'Second argument', required: true },
        ],
        get: ({ arg1, arg2 }) => says(words(`A prompt with arg1='${arg1}' and arg2='${arg2}'`)),
    },
    {
        name: 'test_prompt_with_embedded_resource', description: 'A prompt that carries a resource',
        arguments: [{ name: 'resourceUri', description: 'URI of the resource', required: true }],
        get: ({ resourceUri }) =>
            says(embedded(resourceUri, 'The body of an embedded resource.'), words('Use the resource above.')),
    },
    {
        name: 'test_prompt_with_image', description: 'A prompt that carries an image',
        get: () => says(image, words('Describe the image above.')),
    },
];

const completions = {
    'test_prompt_with_arguments.arg1': ['paris', 'park', 'party'],
    'test_prompt_with_arguments.arg2': ['blue', 'black'],
    'test://template/{id}/data.id': ['1', '12', '123'],
};

export function complete(ref, argument) {
    const known = completions[`${ref.name ?? ref.uri}.${argument.name}`] ?? [];
    const values = known.filter((value) => value.startsWith(argument.value));
    return { completion: { values, total: values.length, hasMore: false } };
}
