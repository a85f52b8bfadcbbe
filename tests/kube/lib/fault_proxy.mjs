// Stands between vmcp and an API server and fails as networks and API servers do. `fault` is asked about each request
// ({method, path, watch, token}) and says what happens to it: nothing (it is passed on), {status, headers, body}, 'stall',
// 'drop', {cut: BYTES} (of the answer, then the connection is reset), {feed: TEXT} (lines in the answer's place).
import https from 'node:https';

export class FaultProxy {
    constructor(api) {
        this.api = api;
        this.fault = () => undefined;
        this.log = []; // {method, path, watch, token, at, status}
        this.open = new Set();
        this.agent = new https.Agent({ ca: api.authority.contents(), keepAlive: true });
        const { key, cert } = api.authority.issue('DNS:localhost,IP:127.0.0.1');
        this.server = https.createServer({ key, cert }, (request, response) => this.#serve(request, response));
        this.server.on('secureConnection', (socket) => {
            this.open.add(socket);
            socket.on('error', () => {}).on('close', () => this.open.delete(socket));
        });
    }

    async listen() {
        await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
        this.url = `https://127.0.0.1:${this.server.address().port}`;
        return this;
    }

    #serve(request, response) {
        const entry = { method: request.method, path: request.url, watch: /[?&]watch=(1|true)/.test(request.url), token: request.headers.authorization?.replace('Bearer ', ''), at: Date.now() };
        this.log.push(entry);
        const fault = this.fault(entry);
        response.on('error', () => {});
        if (fault === 'stall') return request.resume();
        if (fault === 'drop') return request.socket.destroy();
        if (fault?.status !== undefined || fault?.feed !== undefined) {
            entry.status = fault.status ?? 200;
            request.resume();
            response.writeHead(entry.status, { 'content-type': 'application/json', ...fault.headers });
            return response.end(fault.feed ?? fault.body ?? JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: fault.status, message: 'a fault of the test' }));
        }
        const onward = https.request(`${this.api.url}${request.url}`, { method: request.method, agent: this.agent, headers: { ...request.headers, host: `127.0.0.1:${this.api.port}` } }, (answer) => {
            entry.status = answer.statusCode;
            response.writeHead(answer.statusCode, answer.headers);
            let left = fault?.cut ?? Infinity;
            answer.on('data', (piece) => {
                if (piece.length < left) response.write(piece);
                else response.write(piece.subarray(0, left), () => request.socket.resetAndDestroy?.() ?? request.socket.destroy());
                left -= Math.min(left, piece.length);
            });
            answer.on('end', () => left > 0 && response.end());
            answer.on('error', () => response.destroy());
        });
        onward.on('error', () => response.destroy());
        response.on('close', () => onward.destroy());
        request.pipe(onward);
    }

    // All connections break.
    cut() {
        for (const socket of this.open) socket.destroy();
    }

    of = (method, part) => this.log.filter((one) => one.method === method && one.path.includes(part));

    async close() {
        this.cut();
        this.agent.destroy();
        await new Promise((resolve) => this.server.close(resolve));
    }
}
