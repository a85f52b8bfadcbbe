// What the status page's own code decides, without a browser: which characters are shown, what a form gives, what clients are told.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { mirrored } from '../../vmcp/program/ui/call.js';
import { fields_of, kind_of, raw_of } from '../../vmcp/program/ui/form.js';
import { client_name, snippets_for } from '../../vmcp/program/ui/snippets.js';
import { shown, shown_lines } from '../../vmcp/program/ui/text.js';
import { repository } from './lib/vmcp.mjs';

test('the page shows the characters that logs show, and no others', async () => {
    const source = await readFile(join(repository, 'vmcp/base/characters.cpp'), 'utf8');
    const rule = source.slice(source.indexOf('bool misleading('), source.indexOf('} // namespace'));
    const ranges = [...rule.matchAll(/code >= 0x([0-9A-F]+) && code <= 0x([0-9A-F]+)|code == 0x([0-9A-F]+)/g)]
        .map(([, from, to, one]) => [parseInt(from ?? one, 16), parseInt(to ?? one, 16)]);
    assert.equal(ranges.length, 7, rule);
    const misleads = (code) => code < 0x20 || code === 0x7f || ranges.some(([from, to]) => code >= from && code <= to);
    for (let code = 0; code <= 0x10ffff; ++code) {
        if (code === 0xfffd) continue; // what stands in place of the others
        const hidden = misleads(code) || (code >= 0xd800 && code <= 0xdfff);
        const text = `a${String.fromCodePoint(code)}b`;
        if ((shown(text) !== text) !== hidden) assert.fail(`U+${code.toString(16)} ${hidden ? 'is shown' : 'is not'}`);
        if ((shown_lines(text) !== text) !== (hidden && code !== 9 && code !== 10)) assert.fail(`U+${code.toString(16)} in lines`);
    }
    assert.equal(shown('a\u202eb\u061cc\u200bd\u2028e\ufefff\ud800'), 'a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf\ufffd');
    assert.equal(shown_lines('a\r\nb\rc'), 'a\nb\nc');
    assert.equal(shown(null), '');
});

test('a form has a field for each property, and JSON text for what has no field of its own', () => {
    for (const [schema, kind] of [[{ type: 'string' }, 'string'], [{ type: 'number' }, 'number'], [{ type: ['integer', 'null'] }, 'integer'], [{ type: 'boolean' }, 'boolean'],
        [{ enum: ['a', 1, null] }, 'choice'], [{ enum: [{}] }, 'json'], [{ enum: [] , type: 'string' }, 'string'], [{ type: 'array' }, 'json'], [{ type: 'object' }, 'json'],
        [{ type: ['string', 'number'] }, 'json'], [{ anyOf: [] }, 'json'], [{}, 'json'], [true, 'json'], [null, 'json'], [{ type: 7 }, 'json']])
        assert.equal(kind_of(schema), kind, JSON.stringify(schema));
    assert.deepEqual(fields_of({ type: 'object', properties: { a: { type: 'string' }, b: true }, required: ['a'] }).map(({ name, kind, required }) => [name, kind, required]),
        [['a', 'string', true], ['b', 'json', false]]);
    assert.deepEqual(fields_of({ type: 'object' }), []);
    for (const whole of [undefined, null, 7, { anyOf: [] }, { $ref: '#/x' }, { properties: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`p${i}`, {}])) }])
        assert.equal(fields_of(whole), null, JSON.stringify(whole)?.slice(0, 40));
});

test('what is typed is what is sent, or the form says what is wrong', () => {
    const of = (kind, more = {}) => ({ kind, required: false, schema: {}, ...more });
    const needed = { required: true };
    for (const [field, text, raw] of [
        [of('string'), 'a"\n', '"a\\"\\n"'], [of('string'), '', undefined], [of('string', needed), '', '""'], [of('string'), ' ', '" "'],
        [of('number'), ' -1.50e3 ', '-1.50e3'], [of('number'), '', undefined], [of('integer'), '12345678901234567890', '12345678901234567890'],
        [of('boolean'), 'true', 'true'], [of('boolean'), '', undefined], [of('json'), '{"a": 1.0}', '{"a": 1.0}'],
        [of('choice', { schema: { enum: ['a', 1, null] } }), '1', '1'], [of('choice', { schema: { enum: ['a', 1, null] } }), '2', 'null'], [of('choice', { schema: { enum: ['a'] } }), '', undefined],
    ]) assert.equal(raw_of(field, text), raw, `${field.kind} ${text}`);
    for (const [field, text, problem] of [
        [of('number', needed), ' ', /is needed/], [of('number'), '1,5', /not a number/], [of('number'), '0x10', /not a number/], [of('number'), 'NaN', /not a number/],
        [of('integer'), '1.5', /not a whole number/], [of('integer'), '01', /not a whole number/], [of('json'), '{a:1}', /is not JSON/], [of('json'), '1}, "b": {', /is not JSON/],
    ]) assert.throws(() => raw_of(field, text), problem, `${field.kind} ${text}`);
});

test('header values that repeat the body are written as the revision wants it', () => {
    for (const [text, value] of [['plain name', 'plain name'], ['', ''], [' a', '=?base64?IGE=?='], ['a\nb', '=?base64?YQpi?='], ['ä', '=?base64?w6Q=?='], ['=?base64?eA==?=', '=?base64?PT9iYXNlNjQ/ZUE9PT89?=']])
        assert.equal(mirrored(text), value, JSON.stringify(text));
});

test('snippets hold the URL, safe in a shell, and a name that clients take', () => {
    assert.equal(client_name('Team tools! (ä)'), 'Team-tools');
    assert.equal(client_name('\u202e"$(reboot)"'), 'reboot');
    assert.equal(client_name('äöü'), 'vmcp');
    const of = (url, more = {}) => Object.fromEntries(snippets_for({ name: 'team', url, login: false, ...more }).map((one) => [one.client, one.text]));
    const plain = of('http://10.0.0.7:4483/mcp');
    assert.equal(plain['Claude Code'], 'claude mcp add --transport http team http://10.0.0.7:4483/mcp');
    assert.equal(plain['mcp-remote'], 'npx -y mcp-remote http://10.0.0.7:4483/mcp --allow-http');
    assert.equal(of('http://127.0.0.1:4483/mcp')['mcp-remote'], 'npx -y mcp-remote http://127.0.0.1:4483/mcp');
    assert.deepEqual(JSON.parse(plain['Claude Desktop']), { mcpServers: { team: { command: 'npx', args: ['-y', 'mcp-remote', 'http://10.0.0.7:4483/mcp', '--allow-http'] } } });
    assert.deepEqual(JSON.parse(plain.Cursor), { mcpServers: { team: { url: 'http://10.0.0.7:4483/mcp' } } });
    assert.deepEqual(JSON.parse(plain['VS Code']), { servers: { team: { type: 'http', url: 'http://10.0.0.7:4483/mcp' } } });
    const odd = of("https://tools.example/mcp?a='$(reboot)'&b");
    for (const client of ['Claude Code', 'mcp-remote', 'curl']) assert.ok(odd[client].includes(`'https://tools.example/mcp?a='\\''$(reboot)'\\''&b'`), odd[client]);
    assert.doesNotMatch(plain.curl, /Authorization/);
    assert.match(of('https://tools.example/mcp', { login: true }).curl, /-H "Authorization: Bearer \$TOKEN"/);
});
