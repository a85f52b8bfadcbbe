// Tools beyond the conformance suite's, for the end-to-end tests: who is asked, what was cancelled, what changed.
import { setTimeout as sleep } from 'node:timers/promises';

const text = (value) => ({ content: [{ type: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }] });
const schema = (properties = {}, required = []) => ({ type: 'object', properties, required });
const anyString = { type: 'string' };
const anyNumber = { type: 'number' };

const dynamicTool = {
    name: 'dynamic_tool', description: 'Comes and goes with toggle_tool', inputSchema: schema(),
    call: () => text('dynamic'),
};

function everySession(state, action) {
    return Promise.allSettled([...state.sessions.values()].map(action));
}

export const extraTools = [
    {
        name: 'echo', description: 'Answers with the name of the server and the given text',
        inputSchema: schema({ text: anyString }, ['text']),
        call: ({ text: given }, _, state) => text({ server: state.name, text: given }),
    },
    {
        name: 'slow', description: 'Waits; notes when the call is cancelled', inputSchema: schema({ ms: anyNumber, tag: anyString }, ['ms']),
        async call({ ms, tag }, context, state) {
            try {
                await sleep(ms, undefined, { signal: context.mcpReq.signal });
            } catch {
                state.cancelled.push(tag ?? 'untagged');
            }
            return text('slept');
        },
    },
    {
        name: 'report_progress', description: 'Sends progress 1 to n of n', inputSchema: schema({ n: anyNumber }, ['n']),
        async call({ n }, context) {
            const progressToken = context.mcpReq._meta?.progressToken;
            for (let progress = 1; progress <= n && progressToken !== undefined; ++progress)
                await context.mcpReq.notify({
                    method: 'notifications/progress', params: { progressToken, progress, total: n, message: `step ${progress}` },
                });
            return text(`token ${JSON.stringify(progressToken)}`);
        },
    },
    {
        name: 'log_lines', description: 'Writes one line at each given level', inputSchema: schema({ levels: { type: 'array', items: anyString }, tag: anyString }, ['levels']),
        async call({ levels, tag }, context) {
            for (const level of levels)
                await context.mcpReq.notify({
                    method: 'notifications/message', params: { level, logger: 'extras', data: { tag, level } },
                });
            return text('logged');
        },
    },
    {
        name: 'read_roots', description: 'Answers with the roots of the client', inputSchema: schema(),
        call: async (_, context) => text(await context.mcpReq.send({ method: 'roots/list' })),
    },
    {
        name: 'ask_both', description: 'Asks for a completion and for input, and answers with both replies',
        inputSchema: schema({ tag: anyString, ms: anyNumber }, ['tag']),
        async call({ tag, ms = 0 }, context) {
            const sampling = context.mcpReq.send({
                method: 'sampling/createMessage',
                params: { messages: [{ role: 'user', content: { type: 'text', text: tag } }], maxTokens: 10 },
            });
            await sleep(ms);
            const elicitation = context.mcpReq.send({
                method: 'elicitation/create',
                params: { message: tag, requestedSchema: schema({ answer: anyString }, ['answer']) },
            });
            const [sampled, elicited] = await Promise.all([sampling, elicitation]);
            return text({ tag, sampled: sampled.content.text, elicited: elicited.content?.answer });
        },
    },
    {
        name: 'ask_url', description: 'Sends the user to an address', inputSchema: schema({ url: anyString, id: anyString }, ['url', 'id']),
        async call({ url, id }, context) {
            const answer = await context.mcpReq.send({
                method: 'elicitation/create', params: { mode: 'url', message: 'Open this address', url, elicitationId: id },
            });
            await context.mcpReq.notify({ method: 'notifications/elicitation/complete', params: { elicitationId: id } });
            return text(answer.action);
        },
    },
    {
        name: 'toggle_tool', description: 'Adds or removes dynamic_tool and tells every client', inputSchema: schema(),
        async call(_, __, state) {
            const before = state.tools.length;
            state.tools = state.tools.filter((one) => one !== dynamicTool);
            if (state.tools.length === before) state.tools = [...state.tools, dynamicTool];
            await everySession(state, ({ server }) => server.notification({ method: 'notifications/tools/list_changed' }));
            return text(state.tools.includes(dynamicTool) ? 'added' : 'removed');
        },
    },
    {
        name: 'touch_resource', description: 'Changes test://watched-resource and tells its subscribers', inputSchema: schema(),
        async call(_, __, state) {
            state.watchedVersion += 1;
            const uri = 'test://watched-resource';
            await everySession(state, ({ server, subscriptions }) => subscriptions.has(uri)
                ? server.notification({ method: 'notifications/resources/updated', params: { uri } }) : undefined);
            return text(`version ${state.watchedVersion}`);
        },
    },
];
