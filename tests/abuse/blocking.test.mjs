// Files that never end: a pipe in place of the configuration, which nobody writes to.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { assert, later, longestLooks, onlyMeasured, sleep, startAbused, underAbuse, until } from './lib.mjs';

test('a pipe as configuration', async (t) => {
    const vmcp = await startAbused(t);
    await underAbuse(t, 'a pipe as configuration, 20 reloads', vmcp, async () => {
        const pipe = join(vmcp.directory, 'pipe');
        execFileSync('mkfifo', [pipe]);
        const open = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK); // somebody who could write and does not
        later(t, async () => closeSync(open));
        await rename(pipe, join(vmcp.directory, 'vmcp.yaml'));
        const refusals = () => vmcp.program.stderr.split('not a regular file but a pipe').length - 1;
        const [longest] = await longestLooks(vmcp, [vmcp], async () => {
            for (let i = 0; i < 20; ++i) {
                vmcp.program.child.kill('SIGHUP');
                await sleep(50);
            }
            if (!onlyMeasured) await until('the refusal', () => refusals() > 0);
        });
        const figures = `the longest look at /readyz took ${longest.toFixed(0)} ms`;
        if (onlyMeasured) return figures;
        assert.ok(longest < 1000, `${figures}: nothing waited for the file`);
        return figures;
    });
});
