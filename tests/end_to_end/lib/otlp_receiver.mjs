// A collector: an HTTP server that takes OTLP in JSON and is strict about it. What the messages may hold is written down here
// from opentelemetry-proto (trace/v1, metrics/v1, common/v1, resource/v1) and its JSON mapping: names in lowerCamelCase
// and no others, ids in hex, 64-bit integers as decimal strings, enums as numbers.
import { createServer } from 'node:http';
import { later } from './setup.mjs';

const fixed64 = (value, at) => {
    if (typeof value !== 'string' || !/^\d{1,20}$/.test(value)) throw new Error(`${at}: no 64-bit integer as a string: ${JSON.stringify(value)}`);
};
const text = (value, at) => { if (typeof value !== 'string') throw new Error(`${at}: no text`); };
const truth = (value, at) => { if (typeof value !== 'boolean') throw new Error(`${at}: no boolean`); };
const uint32 = (value, at) => { if (!Number.isInteger(value) || value < 0 || value >= 2 ** 32) throw new Error(`${at}: no uint32`); };
const double = (value, at) => {
    if (typeof value !== 'number' && !['NaN', 'Infinity', '-Infinity'].includes(value)) throw new Error(`${at}: no double`);
};
const oneOf = (...values) => (value, at) => { if (!values.includes(value)) throw new Error(`${at}: ${JSON.stringify(value)} is none of ${values}`); };
const hex = (bytes) => (value, at) => {
    if (typeof value !== 'string' || !new RegExp(`^[0-9a-f]{${2 * bytes}}$`).test(value) || /^0+$/.test(value)) throw new Error(`${at}: no id: ${JSON.stringify(value)}`);
};
const listOf = (item) => (value, at) => {
    if (!Array.isArray(value)) throw new Error(`${at}: no list`);
    value.forEach((one, i) => item(one, `${at}[${i}]`));
};
const object = (fields, required = []) => (value, at) => {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error(`${at}: no object`);
    for (const [key, one] of Object.entries(value)) {
        if (!fields[key]) throw new Error(`${at}: there is no field ${key}`);
        fields[key](one, `${at}.${key}`);
    }
    for (const key of required) if (!(key in value)) throw new Error(`${at}: ${key} is missing`);
};
const anyValue = (value, at) => {
    object({ stringValue: text, boolValue: truth, intValue: (one, where) => { if (!/^-?\d{1,19}$/.test(one)) throw new Error(where); }, doubleValue: double })(value, at);
    if (Object.keys(value).length !== 1) throw new Error(`${at}: not one value`);
};
const attributes = (value, at) => {
    listOf(object({ key: text, value: anyValue }, ['key', 'value']))(value, at);
    if (new Set(value.map(({ key }) => key)).size !== value.length) throw new Error(`${at}: a key stands twice: ${value.map(({ key }) => key)}`);
};
const resource = object({ attributes }, ['attributes']);
const scope = object({ name: text, version: text }, ['name']);
const link = object({ traceId: hex(16), spanId: hex(8), traceState: text, attributes, flags: uint32 }, ['traceId', 'spanId']);
const span = object({
    traceId: hex(16), spanId: hex(8), traceState: text, parentSpanId: hex(8), flags: uint32, name: text, kind: oneOf(1, 2, 3, 4, 5),
    startTimeUnixNano: fixed64, endTimeUnixNano: fixed64, attributes, links: listOf(link), status: object({ message: text, code: oneOf(0, 1, 2) }),
}, ['traceId', 'spanId', 'name', 'startTimeUnixNano', 'endTimeUnixNano']);
const points = (fields, required) => ({ dataPoints: listOf(object({ attributes, startTimeUnixNano: fixed64, timeUnixNano: fixed64, ...fields }, ['timeUnixNano', ...required])) });
const numbers = points({ asDouble: double }, ['asDouble']);
const buckets = points({ count: fixed64, sum: double, bucketCounts: listOf(fixed64), explicitBounds: listOf(double) }, ['count']);
const metric = object({
    name: text, description: text, unit: text, gauge: object(numbers, ['dataPoints']),
    sum: object({ ...numbers, aggregationTemporality: oneOf(1, 2), isMonotonic: truth }, ['dataPoints', 'aggregationTemporality']),
    histogram: object({ ...buckets, aggregationTemporality: oneOf(1, 2) }, ['dataPoints', 'aggregationTemporality']),
}, ['name']);
const signal = (which, item, list) => object({
    [`resource${which}`]: listOf(object({ resource, [`scope${which}`]: listOf(object({ scope, [list]: listOf(item) })) })),
});
const traces = signal('Spans', span, 'spans');
const metrics = signal('Metrics', metric, 'metrics');

const plain = (list) => Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));

// Resolves to {url, spans, metrics, requests, problems, answer, close()}. `answer` may be replaced: (request, response) => true
// when it has answered by itself.
export async function startReceiver(t) {
    const got = { spans: [], metrics: new Map(), requests: [], problems: [], answer: undefined };
    const take = (path, message) => {
        if (path === '/v1/traces') {
            traces(message, 'traces');
            for (const { resource: of, scopeSpans } of message.resourceSpans)
                for (const { spans } of scopeSpans)
                    for (const one of spans) got.spans.push({ ...one, attributes: plain(one.attributes), resource: plain(of.attributes) });
        } else if (path === '/v1/metrics') {
            metrics(message, 'metrics');
            for (const { scopeMetrics } of message.resourceMetrics)
                for (const { metrics: list } of scopeMetrics) {
                    if (new Set(list.map(({ name }) => name)).size !== list.length) throw new Error('two metrics of one name');
                    for (const one of list) {
                        for (const point of one.histogram?.dataPoints ?? []) {
                            if (point.bucketCounts.length !== point.explicitBounds.length + 1) throw new Error(`${one.name}: buckets`);
                            if (point.bucketCounts.reduce((sum, n) => sum + BigInt(n), 0n) !== BigInt(point.count)) throw new Error(`${one.name}: count`);
                        }
                        got.metrics.set(one.name, one);
                    }
                }
        } else {
            throw new Error(`nothing is at ${path}`);
        }
    };
    const server = createServer((request, response) => {
        let body = '';
        request.setEncoding('utf8');
        request.on('data', (piece) => (body += piece));
        request.on('end', () => {
            got.requests.push({ path: request.url, headers: request.headers, bytes: body.length });
            if (got.answer?.(request, response)) return;
            try {
                if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json') throw new Error('no POST of JSON');
                take(request.url, JSON.parse(body));
                response.writeHead(200, { 'content-type': 'application/json' });
                response.end('{"partialSuccess":{}}');
            } catch (problem) {
                got.problems.push(`${problem.message}: ${body.slice(0, 400)}`);
                response.writeHead(400, { 'content-type': 'application/json' });
                response.end(JSON.stringify({ message: problem.message }));
            }
        });
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    got.url = `http://127.0.0.1:${server.address().port}`;
    got.close = async () => {
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
    };
    later(t, got.close);
    return got;
}
