/** Memory of the processes a piece of work starts, where the system tells (Linux). */
import { readdirSync, readFileSync } from 'node:fs';

const EVERY_MS = 50;
const PAGE_BYTES = 4096;

function parentOf(pid: string): string | null {
  try {
    // pid (name) state ppid …; the name may hold blanks and brackets.
    return (
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) \S /s, '')
        .split(' ')[0] ?? null
    );
  } catch {
    return null;
  }
}

function residentOf(pid: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;
  } catch {
    return 0;
  }
}

/** Resident bytes of all children of this process, and of theirs. */
function residentBelow(): number {
  const parents = new Map<string, string | null>();
  for (const pid of readdirSync('/proc')) if (/^\d+$/.test(pid)) parents.set(pid, parentOf(pid));
  const mine = new Set([String(process.pid)]);
  let before = 0;
  while (mine.size > before) {
    before = mine.size;
    for (const [pid, parent] of parents) if (parent !== null && mine.has(parent)) mine.add(pid);
  }
  mine.delete(String(process.pid));
  return [...mine].reduce((sum, pid) => sum + residentOf(pid), 0);
}

/** Watches until `stop`, which gives the most bytes the children held together, and what this process grew by; `null` without /proc. */
export function watchMemory(): { stop(): number | null } {
  let most = 0;
  let readable = true;
  const own = process.memoryUsage.rss();
  const look = (): void => {
    try {
      most = Math.max(most, residentBelow() + Math.max(0, process.memoryUsage.rss() - own));
    } catch {
      readable = false;
    }
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return {
    stop: () => {
      look();
      clearInterval(timer);
      return readable ? most : null;
    },
  };
}
