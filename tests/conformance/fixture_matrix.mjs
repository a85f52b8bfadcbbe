// Tools by which a client alone sees what a server was told. Run it (`node fixture_matrix.mjs`) for a server on standard input and
// output that has them.
import { pathToFileURL } from 'node:url';
import { ProtocolError } from '@modelcontextprotocol/server';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { serveOver } from './fixture.mjs';

const noArguments = { type: 'object', properties: {} };

export const matrixTools = [
    {
        name: 'seen', description: 'What was cancelled', inputSchema: noArguments,
        call: (_, __, state) => ({ content: [{ type: 'text', text: JSON.stringify({ cancelled: state.cancelled }) }] }),
    },
    {
        name: 'fail_with_data', description: 'Fails with a code and data of its own', inputSchema: noArguments,
        call: () => { throw new ProtocolError(-31999, 'Out of order', { part: 'left', count: 9007199254740991 }); },
    },
];

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
    const transport = new StdioServerTransport();
    await serveOver(transport, { extras: true, asking: true, more: matrixTools });
    process.stdin.on('close', () => process.exit(0));
}
