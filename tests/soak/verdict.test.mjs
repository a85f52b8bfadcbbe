// The judge of the soak sees what grows, and forgives what only filled up at first.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judge } from './verdict.mjs';

const series = (resident, descriptors = () => 100) =>
    Array.from({ length: 90 }, (_, i) => ({ at: i * 5, resident: resident(i), descriptors: descriptors(i) }));

test('flat, noisy and filling up at first is good', () => {
    assert.deepEqual(judge(series((i) => Math.min(33, 20 + i) + (i % 7) / 10), []).problems, []);
});

test('the growth that was measured once is found', () => {
    const { problems } = judge(series((i) => 33.1 + (i * 6.3) / 90), []);
    assert.equal(problems.length, 1);
    assert.match(problems[0], /resident memory grew: 35\.2 -> 39\.3/);
});

test('so are descriptors that leak, and failures', () => {
    assert.match(judge(series(() => 30, (i) => 100 + i), []).problems.join(), /descriptors grew/);
    assert.match(judge(series(() => 30), ['a: b']).problems.join(), /1 things failed, the first: a: b/);
    assert.deepEqual(judge(series(() => 30, (i) => 100 + (i % 5)), []).problems, []);
});
