// vmcp in a cluster: started with a kubeconfig, as a pod of a VirtualMCPServer would be.
import { writeFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { later, stub, toolDefinition } from '../../end_to_end/lib/setup.mjs';
import { until } from '../../end_to_end/lib/process.mjs';
import { startVmcp } from '../../end_to_end/lib/vmcp.mjs';
import { FaultProxy } from './fault_proxy.mjs';

export async function proxy(t, api) {
    const made = await new FaultProxy(api).listen();
    later(t, () => made.close());
    return made;
}

export const discovering = (group, more = {}) => ({
    name: 'gateway', groupRef: group, incomingAuth: { type: 'anonymous' }, outgoingAuth: { source: 'discovered' },
    aggregation: { conflictResolution: 'prefix', conflictResolutionConfig: { prefixFormat: '{workload}_' } },
    operational: { failureHandling: { healthCheckInterval: '1s', healthCheckTimeout: '500ms', statusReportingInterval: '5s' } }, ...more,
});

// name: of the VirtualMCPServer it reports to; none: it does not. through: a FaultProxy. pod: its name.
export async function clusterGateway(t, namespace, { group = 'group', name, through, pod = 'pod-1', token, tokenFile, config = {}, env = {} } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'vmcp-pod-'));
    later(t, () => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'kubeconfig');
    await writeFile(file, namespace.server.kubeconfig(namespace.name, { ...(through && { server: through.url }), token, tokenFile }));
    const started = await startVmcp(discovering(group, config), { ready: false,
        env: { KUBECONFIG: file, POD_NAME: pod, ...(name ? { VMCP_NAME: name, VMCP_NAMESPACE: namespace.name } : { POD_NAMESPACE: namespace.name }), ...env } });
    later(t, () => started.program.alive ? started.stop() : Promise.resolve());
    return started;
}

// A backend with one tool.
export const backend = (t, name, options = {}) => stub(t, { name, tools: [toolDefinition('echo')], ...options });

// Resolves to the object once `wanted(status)` holds.
export async function untilStatus(namespace, name, wanted, ms = 15000) {
    let last;
    return until(`the status of ${name}: ${wanted}`, async () => {
        last = await namespace.readGateway(name);
        return wanted(last.status ?? {}) && last;
    }, ms).catch((error) => {
        throw new Error(`${error.message}\n${JSON.stringify(last?.status, null, 1)}`);
    });
}

export const conditionOf = (object, type) => object.status.conditions?.find((one) => one.type === type);
export const backendOf = (object, name) => object.status.discoveredBackends?.find((one) => one.name === name);
