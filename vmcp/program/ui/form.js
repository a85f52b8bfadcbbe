// A form made of the JSON Schema of a tool's input. What is typed goes into the arguments as it stands, so that a number
// stays the number that was typed.
import { make } from './page.js';
import { shown, shown_lines } from './text.js';

const most_fields = 100;
const is_object = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const is_scalar = (value) => value === null || ['string', 'number', 'boolean'].includes(typeof value);

// What a property is entered as: choice, string, number, integer, boolean, or json for everything else.
export function kind_of(schema) {
    if (!is_object(schema)) return 'json';
    if (Array.isArray(schema.enum) && schema.enum.length > 0 && schema.enum.length <= 500 && schema.enum.every(is_scalar)) return 'choice';
    const types = [schema.type].flat().filter((one) => one !== 'null');
    return types.length === 1 && ['string', 'number', 'integer', 'boolean'].includes(types[0]) ? types[0] : 'json';
}

// The fields, or null where only the whole can be entered.
export function fields_of(schema) {
    const properties = is_object(schema) && is_object(schema.properties) ? Object.entries(schema.properties) : [];
    const required = is_object(schema) && Array.isArray(schema.required) ? schema.required : [];
    const takes_more = !is_object(schema) || ['anyOf', 'oneOf', 'allOf', '$ref', 'patternProperties'].some((key) => schema[key] !== undefined);
    if (properties.length > most_fields || (properties.length === 0 && takes_more)) return null;
    return properties.map(([name, one]) => ({ name, kind: kind_of(one), schema: is_object(one) ? one : {}, required: required.includes(name) }));
}

// The raw JSON of what was entered; undefined: nothing was. Throws what is wrong with it.
export function raw_of({ kind, required, schema }, text) {
    if (kind === 'choice' && text !== '') return JSON.stringify(schema.enum[Number(text)]);
    if (kind === 'string' && (text !== '' || required)) return JSON.stringify(text);
    const words = text.trim();
    if (words === '') {
        if (required) throw new Error('is needed');
        return undefined;
    }
    if (kind === 'number' && !/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(words)) throw new Error('is not a number');
    if (kind === 'integer' && !/^-?(0|[1-9]\d*)$/.test(words)) throw new Error('is not a whole number');
    if (kind === 'json') check_json(words);
    return words;
}

function check_json(text) {
    try {
        JSON.parse(text);
    } catch (error) {
        throw new Error(`is not JSON: ${error.message}`);
    }
}

function input_of(field, id) {
    const given = field.schema.default;
    const choose = (pairs, chosen) => {
        const list = make('select', { id }, ...(field.required ? [] : [make('option', { value: '' }, '')]),
            ...pairs.map(([value, words]) => make('option', { value }, shown(words))));
        if (chosen !== undefined) list.value = chosen;
        return list;
    };
    if (field.kind === 'choice') {
        const at = field.schema.enum.indexOf(given);
        return choose(field.schema.enum.map((one, i) => [String(i), String(one)]), at < 0 ? undefined : String(at));
    }
    if (field.kind === 'boolean') return choose([['true', 'true'], ['false', 'false']], typeof given === 'boolean' ? String(given) : undefined);
    const long = field.kind === 'json' || field.kind === 'string';
    const input = make(long ? 'textarea' : 'input', { id, autocomplete: 'off', spellcheck: 'false',
        ...(long ? { rows: '1' } : { type: 'text', inputmode: field.kind === 'integer' ? 'numeric' : 'decimal' }),
        ...(field.kind === 'json' && { placeholder: 'JSON', class: 'mono' }) });
    if (given !== undefined) input.value = field.kind === 'string' ? String(given) : JSON.stringify(given);
    return input;
}

let next_id = 1;

// {node, read}: read() gives the raw arguments and the raw value of each, or null after it has said in the form what is wrong.
export function form_of(schema) {
    const known = fields_of(schema);
    const fields = known ?? [{ name: 'arguments', kind: 'json', schema: { default: {} }, required: true }];
    const parts = fields.map((field) => {
        const id = `field-${next_id++}`;
        const input = input_of(field, id);
        const problem = make('span', { class: 'problem', role: 'alert' });
        const type = field.kind === 'json' ? [field.schema.type].flat().filter((one) => typeof one === 'string').join(' or ') || 'JSON' : field.kind;
        const about = typeof field.schema.description === 'string' ? make('span', { class: 'under peer' }, shown_lines(field.schema.description.slice(0, 2000))) : '';
        const node = make('div', { class: 'field' }, make('label', { for: id }, make('span', { class: 'mono peer' }, shown(field.name)),
            make('span', { class: 'quiet' }, ` ${shown(type)}${field.required ? '' : ', optional'}`)), input, about, problem);
        return { field, input, problem, node };
    });
    const read = () => {
        const values = new Map();
        let wrong = null;
        for (const { field, input, problem } of parts) {
            problem.textContent = '';
            try {
                const raw = raw_of(field, input.value);
                if (raw !== undefined) values.set(field.name, raw);
            } catch (error) {
                problem.textContent = shown(error.message);
                wrong ??= input;
            }
        }
        wrong?.focus();
        if (wrong) return null;
        if (known === null) return { raw: values.get('arguments'), values: new Map() };
        return { raw: `{${[...values].map(([name, raw]) => `${JSON.stringify(name)}:${raw}`).join(',')}}`, values };
    };
    return { node: make('div', { class: 'fields' }, ...parts.map((one) => one.node)), read };
}
