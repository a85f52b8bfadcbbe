// How late this process itself is: a time limit of a test must not blame the gateway for a busy machine.
import { monitorEventLoopDelay } from 'node:perf_hooks';

// Watches from now on. worst() is the longest delay of a timer of this process so far, in milliseconds.
export function watchLag() {
    const delays = monitorEventLoopDelay({ resolution: 10 });
    delays.enable();
    return {
        worst: () => Math.max(0, delays.max / 1e6 - 10),
        stop: () => delays.disable(),
    };
}
