/** CPU time by part of the system, from /proc: what one document costs, whatever else the machine is doing. */
import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of CPU used so far, by part. */
export type CpuUse = Readonly<Record<string, number>>;

/** Linux counts CPU in ticks of 10 ms (USER_HZ). */
const TICK_MS = 10;

/** CPU of the gateway by thread, of this process (clients and simulators), and of the servers. */
export function cpuUse(gatewayPid: number): CpuUse {
  const use: Record<string, number> = { 'clients and simulators': ticksOf(`/proc/${process.pid}/stat`) };
  for (const task of readdirSync(`/proc/${gatewayPid}/task`)) {
    const stat = statOf(`/proc/${gatewayPid}/task/${task}/stat`);
    if (stat === null) continue;
    const part = Number(task) === gatewayPid ? 'gateway main thread' : `gateway ${threadName(stat.name)}`;
    use[part] = (use[part] ?? 0) + stat.ticks * TICK_MS;
  }
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = statOf(`/proc/${pid}/stat`);
    const part = stat === null ? undefined : SERVERS[stat.name];
    if (stat !== null && part !== undefined) use[part] = (use[part] ?? 0) + stat.ticks * TICK_MS;
  }
  return use;
}

/** What was used between two readings, per document. */
export function cpuPerDocument(before: CpuUse, after: CpuUse, documents: number): CpuUse {
  return Object.fromEntries(
    Object.entries(after)
      .map(([part, ms]): [string, number] => [part, (ms - (before[part] ?? 0)) / documents])
      .filter(([, ms]) => ms >= 0.05),
  );
}

const SERVERS: Readonly<Record<string, string>> = { postgres: 'PostgreSQL', 'beam.smp': 'RabbitMQ' };

/** Node names a worker's thread after its process; libuv and V8 name their own. */
function threadName(name: string): string {
  return /^libuv|^node-|V8/i.test(name) ? 'helper threads' : 'other threads';
}

function ticksOf(path: string): number {
  return (statOf(path)?.ticks ?? 0) * TICK_MS;
}

/** Name and ticks (user + system) of a process or thread; null when it has ended. */
function statOf(path: string): { name: string; ticks: number } | null {
  try {
    const text = readFileSync(path, 'latin1');
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    return { name: text.slice(text.indexOf('(') + 1, end), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return null;
  }
}
