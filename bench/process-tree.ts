/** CPU time and memory of this process and all it started, from /proc (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of a second in /proc (USER_HZ, fixed at 100 for programs). */
const TICKS = 100;
const EVERY_MS = 250;

/** Fields of /proc/PID/stat after the name: state, ppid, … */
function statOf(pid: string): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
  } catch {
    return null; // it ended meanwhile
  }
}

function tree(): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const pid of readdirSync('/proc')) {
    const stat = /^\d+$/.test(pid) ? statOf(pid) : null;
    if (stat) all.set(pid, stat);
  }
  const mine = new Map<string, string[]>();
  const own = statOf(String(process.pid));
  if (own) mine.set(String(process.pid), own);
  for (let before = -1; before < mine.size; ) {
    before = mine.size;
    for (const [pid, stat] of all) if (mine.has(stat[1] as string)) mine.set(pid, stat);
  }
  return mine;
}

/** Seconds of CPU this process and its descendants used so far, ended and awaited ones included. */
export function cpuSecondsOfTree(): number {
  let ticks = 0;
  // utime, stime and the same of awaited children: fields 14 to 17 of proc(5), here from the state on.
  for (const stat of tree().values()) for (const field of stat.slice(11, 15)) ticks += Number(field);
  return ticks / TICKS;
}

/** Proportional set size, MiB: shared pages count once over all processes. */
function sharedMemoryOf(pid: string): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Samples the memory of all processes below this one, and what this one grows by, until stopped. */
export function watchTree(): { stop(): { peakMiB: number; peakOfQuartersMiB: number[] } } {
  const samples: number[] = [];
  const own = String(process.pid);
  const before = sharedMemoryOf(own);
  const look = (): void => {
    const below = [...tree().keys()].filter((pid) => pid !== own);
    const grown = Math.max(0, sharedMemoryOf(own) - before);
    samples.push(below.reduce((sum, pid) => sum + sharedMemoryOf(pid), grown));
  };
  const timer = setInterval(look, EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      const quarter = Math.ceil(samples.length / 4);
      const quarters = [0, 1, 2, 3].map((i) => samples.slice(i * quarter, (i + 1) * quarter));
      return { peakMiB: Math.max(...samples), peakOfQuartersMiB: quarters.map((q) => Math.max(0, ...q)) };
    },
  };
}
