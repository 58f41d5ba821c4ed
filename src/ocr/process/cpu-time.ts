import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second in /proc; 100 on every Linux Node runs on (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** User and system time of the process itself, and of its children that were waited for, among {@link statOf} (proc(5): fields 14 to 17). */
const TIMES = [11, 12, 13, 14];
/** The process group among them (field 5). */
const GROUP = 2;

function msOf(fields: readonly string[]): number {
  return (TIMES.reduce((sum, at) => sum + Number(fields[at]), 0) * 1000) / TICKS_PER_SECOND;
}

/** CPU time a process and what it waited for have used, ms; `null` where the system does not tell. */
export function processCpuMs(pid: number): number | null {
  const fields = statOf(String(pid));
  return fields.length === 0 ? null : msOf(fields);
}

/** The same of all living processes of a group: looks at every process of the machine. */
export function groupCpuMs(group: number): number | null {
  const stats = listProcesses().map(statOf);
  const ours = stats.filter((fields) => Number(fields[GROUP]) === group);
  return ours.length === 0 ? null : ours.reduce((sum, fields) => sum + msOf(fields), 0);
}

function listProcesses(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Fields behind the name of the program, which stands in brackets and may hold anything. */
function statOf(pid: string): string[] {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return line.slice(line.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It ended between the two looks.
    return [];
  }
}

/** So much of the clock a limit of CPU time is given: a machine with ten times the work it can do is no fault of the page. */
export const CLOCK_PER_CPU = 10;

/** Whether work is over its limit, and if not, when to look again. */
export interface Patience {
  /** @returns milliseconds until the next look; 0: it is out of time */
  look(): number;
}

/**
 * Limits work by the CPU time it uses, so that a page is not given up because the machine had other things to do. What uses
 * none at all between two looks hangs, and is out of time; so is what took {@link CLOCK_PER_CPU} times its limit by the clock.
 * Where CPU time is not told the clock decides alone.
 * @param limitMs CPU time allowed, ms; the first look is due after so much of the clock
 * @param before CPU time used when the work began
 */
export function createPatience(
  limitMs: number,
  before: number | null,
  { cpuMs, now = Date.now }: { cpuMs: () => number | null; now?: () => number },
): Patience {
  const startedAt = now();
  let last = before;
  return {
    look() {
      const used = cpuMs();
      if (before === null || last === null || used === null || used <= last) return 0;
      last = used;
      const left = Math.min(limitMs - (used - before), CLOCK_PER_CPU * limitMs - (now() - startedAt));
      return Math.max(0, left);
    },
  };
}
