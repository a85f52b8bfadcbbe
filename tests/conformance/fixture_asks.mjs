// Tools and a prompt that ask the client in the middle of a call, as servers with sessions do, under the names by which
// the conformance suite calls them for clients of the stateless revision.
const text = (value) => ({ content: [{ type: 'text', text: value }] });
const noArguments = { type: 'object', properties: {} };
const nameSchema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };

const elicit = (context, message = 'What is your name?') =>
    context.mcpReq.send({ method: 'elicitation/create', params: { message, requestedSchema: nameSchema } });
const sample = (context) => context.mcpReq.send({
    method: 'sampling/createMessage',
    params: { messages: [{ role: 'user', content: { type: 'text', text: 'Capital of France?' } }], maxTokens: 50 },
});
const roots = (context) => context.mcpReq.send({ method: 'roots/list' });

const asking = (name, call) => ({
    name, description: 'Asks the client and answers with what it heard', inputSchema: noArguments,
    call: async (_, context, state, session) => text(JSON.stringify(await call(context, state, session))),
});

export const askingTools = [
    asking('test_input_required_result_elicitation', (context) => elicit(context)),
    asking('test_input_required_result_sampling', sample),
    asking('test_input_required_result_list_roots', roots),
    asking('test_input_required_result_request_state', (context) => elicit(context)),
    asking('test_input_required_result_tampered_state', (context) => elicit(context)),
    asking('test_input_required_result_multiple_inputs', (context) => Promise.all([elicit(context), sample(context), roots(context)])),
    asking('test_input_required_result_multi_round', async (context) => [await elicit(context), await elicit(context, 'And then?')]),
    asking('test_input_required_result_capabilities', sample),
    asking('test_missing_capability', sample),
    asking('test_streaming_elicitation', async (context) => {
        await context.mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data: 'before' } });
        return elicit(context);
    }),
    asking('test_logging_tool', async (context) => {
        await context.mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data: 'a line' } });
        return 'logged';
    }),
    {
        name: 'test_x_mcp_header', description: 'Has an argument that is repeated in a header field',
        inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
        call: ({ region }) => text(`region ${region}`),
    },
    ...['tool', 'prompt'].map((kind) => asking(`test_trigger_${kind}_change`, async (_, state) => {
        state.changes = (state.changes ?? 0) + 1;
        if (kind === 'tool') state.tools.push({ ...asking(`appeared_${state.changes}`, async () => 'here') });
        else state.prompts.push({ name: `appeared_${state.changes}`, description: 'Appeared', get: () => ({ messages: [] }) });
        const method = kind === 'tool' ? 'sendToolListChanged' : 'sendPromptListChanged';
        await Promise.allSettled([...state.sessions.values()].map((one) => one.server[method]()));
        return 'changed';
    })),
];

export const askingPrompts = [{
    name: 'test_input_required_result_prompt', description: 'Asks for its context',
    get: async (_, context) => ({
        messages: [{ role: 'user', content: { type: 'text', text: JSON.stringify(await elicit(context)) } }],
    }),
}];
