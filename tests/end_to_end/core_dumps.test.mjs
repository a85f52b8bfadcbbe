// asan: no (a sanitizer forbids core dumps itself)
// What a crash would leave on the disk.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { gateway, stub, toolDefinition } from './lib/setup.mjs';
test('a process that crashes leaves no core dump behind, unless runtime.coreDumps says so', async (t) => {
    const limit = (vmcp) => /^Max core file size +(\S+) +(\S+)/m.exec(readFileSync(`/proc/${vmcp.program.child.pid}/limits`, 'utf8')).slice(1);
    const ours = /^Max core file size +(\S+) +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')).slice(1);
    const backend = await stub(t, { tools: [toolDefinition('a')] });
    const usual = await gateway(t, { stub: backend.url });
    assert.deepEqual(limit(usual), [ours[1] === '0' ? '0' : '1', ours[1]]);
    const allowed = await gateway(t, { stub: backend.url }, { config: { runtime: { coreDumps: true } } });
    assert.deepEqual(limit(allowed), ours);
});
