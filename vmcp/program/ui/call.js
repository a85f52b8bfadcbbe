// One tools/call of the stateless revision (MCP 2026-07-28) to POST /api/call, which takes the admin token.

const revision = '2026-07-28';
const most_characters = 8_000_000;

// A header value that repeats a text of the body.
export function mirrored(text) {
    if (/^([\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?)?$/.test(text) && !text.startsWith('=?base64?')) return text;
    const bytes = new TextEncoder().encode(text);
    return `=?base64?${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))}?=`;
}

// The fields that a tool's schema wants repeated (`x-mcp-header`).
function param_fields(schema, values) {
    const fields = {};
    for (const [name, one] of Object.entries(schema?.properties ?? {})) {
        const header = one?.['x-mcp-header'];
        const raw = values.get(name);
        if (typeof header !== 'string' || !/^[\w!#$%&'*+.^`|~-]+$/.test(header) || raw === undefined || raw === 'null') continue;
        const value = JSON.parse(raw);
        fields[`Mcp-Param-${header}`] = mirrored(typeof value === 'string' ? value : raw);
    }
    return fields;
}

// Each message of the answer, in order: of an event stream as it comes.
async function* messages_of(answer) {
    if (!(answer.headers.get('content-type') ?? '').startsWith('text/event-stream')) {
        yield JSON.parse(await answer.text());
        return;
    }
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    let taken = 0;
    for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        taken += value.length;
        if (taken > most_characters) throw new Error('the answer is too long for this page');
        text += value.replaceAll('\r', '');
        const events = text.split('\n\n');
        text = events.pop();
        for (const event of events) {
            const data = event.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart()).join('\n');
            if (data !== '') yield JSON.parse(data);
        }
    }
}

// Gives the response message. `heard` is told of each notification; `signal` ends the call.
export async function call_tool({ name, schema, given, token, signal, heard }) {
    const meta = { progressToken: 1, 'io.modelcontextprotocol/protocolVersion': revision, 'io.modelcontextprotocol/clientCapabilities': {} };
    const answer = await fetch('../api/call', {
        method: 'POST', signal, credentials: 'omit', cache: 'no-store', redirect: 'error',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Accept: 'text/event-stream, application/json',
            'MCP-Protocol-Version': revision, 'Mcp-Method': 'tools/call', 'Mcp-Name': mirrored(name), ...param_fields(schema, given.values) },
        body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":${JSON.stringify(name)},"arguments":${given.raw},"_meta":${JSON.stringify(meta)}}}`,
    });
    if (answer.status === 401) throw new Error('the token is not admin.token');
    for await (const message of messages_of(answer)) {
        if (message.method !== undefined) heard(message);
        else return message;
    }
    throw new Error('the gateway ended the answer before the result');
}
