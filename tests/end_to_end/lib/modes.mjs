// A backend that can be switched between failing in ten ways and being good, while it runs.
import { ownAddress, Stub } from './stub.mjs';
import { later, toolDefinition } from './setup.mjs';

const html = '<!DOCTYPE html><html><head><title>Welcome</title></head><body>It works!</body></html>';
const page = { 'content-type': 'text/html' };
const plain = { 'content-type': 'text/plain; charset=utf-8' };

const answers = {
    404: (exchange) => exchange.status(404, '404 page not found\n', plain),
    405: (exchange) => exchange.status(405, '', { allow: 'GET' }),
    400: (exchange) => exchange.status(400, 'Bad Request', plain),
    403: (exchange) => exchange.status(403, 'RBAC: access denied', plain),
    429: (exchange) => exchange.status(429, 'slow down', { ...plain, 'retry-after': '60' }),
    503: (exchange) => exchange.status(503, 'upstream connect error or disconnect/reset before headers', plain),
    html200: (exchange) => exchange.status(200, html, page),
    hang: () => {},
    reset: ({ response: { socket } }) => (socket._parent ?? socket).resetAndDestroy(),
    refused: () => {}, // the listener is closed
};

export const modes = Object.keys(answers);

export class ModeStub extends Stub {
    constructor({ mode = 'good', ...options } = {}) {
        super({ tools: [toolDefinition('echo')], host: ownAddress(), ...options });
        this.mode = mode;
        this.switchedAt = Date.now();
        this.intercept = (exchange) => {
            if (this.mode === 'good') return false;
            answers[this.mode](exchange);
            return true;
        };
    }

    async listen(port) {
        await super.listen(port);
        if (this.mode === 'refused') await super.close();
        return this;
    }

    // Requests that have no answer yet keep their fate; connections stay as they are, unless the mode is or was `refused`.
    async become(mode) {
        const before = this.mode;
        this.mode = mode;
        if (mode === 'refused') await super.close();
        else if (before === 'refused') await super.listen(this.port);
        this.switchedAt = Date.now();
    }

    close() {
        return this.server.listening ? super.close() : Promise.resolve();
    }

    // Requests of health probes: the gateway's own sessions have calls, lists and GET streams besides.
    probes() {
        return this.log.filter(({ kind }) => kind === 'initialize' || kind === 'ping' || kind === 'server/discover');
    }
}

export async function modeStub(t, options) {
    const stub = new ModeStub(options);
    await stub.listen();
    later(t, () => stub.close());
    return stub;
}
