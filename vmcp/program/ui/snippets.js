// How the usual clients are told of the gateway: nothing but its URL. Pure.

// As a word of a POSIX shell.
const word = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
const json = (value) => JSON.stringify(value, null, 2);

// A name that every client takes.
export const client_name = (name) => name.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 40) || 'vmcp';

const is_local = (url) => ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname);

const discover = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'server/discover', params: { _meta: {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} } } });

// `login`: clients need a token of the issuer.
export function snippets_for({ name, url, login }) {
    const called = client_name(name);
    const plain_http = url.startsWith('http:') && !is_local(url) ? ['--allow-http'] : [];
    const remote = ['-y', 'mcp-remote', url, ...plain_http];
    const curl = ['curl -sS', word(url), ...(login ? ['-H "Authorization: Bearer $TOKEN"'] : []), "-H 'Content-Type: application/json'",
        "-H 'Accept: application/json'", "-H 'MCP-Protocol-Version: 2026-07-28'", "-H 'Mcp-Method: server/discover'", `-d '${discover}'`];
    return [
        { client: 'Claude Code', where: 'in a terminal', text: `claude mcp add --transport http ${called} ${word(url)}` },
        { client: 'Claude Desktop', where: 'claude_desktop_config.json', text: json({ mcpServers: { [called]: { command: 'npx', args: remote } } }) },
        { client: 'Cursor', where: '~/.cursor/mcp.json', text: json({ mcpServers: { [called]: { url } } }) },
        { client: 'VS Code', where: '.vscode/mcp.json', text: json({ servers: { [called]: { type: 'http', url } } }) },
        { client: 'mcp-remote', where: 'for clients that start a program', text: ['npx', ...remote.map(word)].join(' ') },
        { client: 'curl', where: 'in a terminal', text: curl.join(' \\\n  ') },
    ];
}
