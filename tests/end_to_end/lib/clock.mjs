// A wall clock for vmcp that a test can move, without root and without touching the machine's.
import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('./clock_shim.c', import.meta.url));

export class MovableClock {
    constructor() {
        this.folder = mkdtempSync(join(tmpdir(), 'vmcp-clock-'));
        this.library = join(this.folder, 'clock.so');
        this.file = join(this.folder, 'offset');
        const compilers = ['cc', 'clang-19', 'clang', 'gcc'];
        const problems = [];
        for (const compiler of compilers)
            try {
                execFileSync(compiler, ['-shared', '-fPIC', '-O1', '-o', this.library, source], { stdio: 'pipe' });
                break;
            } catch (error) {
                problems.push(`${compiler}: ${String(error.stderr ?? error.message).trim().split('\n')[0] || error.message}`);
            }
        if (problems.length === compilers.length) throw new Error(`no C compiler for the movable clock: ${problems.join('; ')}`);
        this.descriptor = openSync(this.file, 'w+');
        ftruncateSync(this.descriptor, 8);
    }

    // The environment of a program that lives by this clock.
    get env() {
        return { LD_PRELOAD: this.library, VMCP_TEST_CLOCK: this.file };
    }

    // From now on the program's clock is `seconds` ahead of (or behind) the real one.
    set(seconds) {
        const bytes = Buffer.alloc(8);
        bytes.writeBigInt64LE(BigInt(seconds));
        writeSync(this.descriptor, bytes, 0, 8, 0);
    }

    remove() {
        closeSync(this.descriptor);
        rmSync(this.folder, { recursive: true, force: true });
    }
}
