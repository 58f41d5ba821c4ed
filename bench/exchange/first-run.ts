/** From `make run` in a fresh clone, npm cache warm, to the first delivered document. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @returns seconds, and what the demo itself counted from its own start. */
export async function measureFirstRun(): Promise<{ totalSeconds: number; demoSeconds: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'lienthong-first-'));
  const clone = join(folder, 'clone');
  const cloned = spawnSync('git', ['clone', '-q', process.cwd(), clone]);
  if (cloned.status !== 0) throw new Error(`git clone: ${cloned.stderr.toString()}`);
  const startedAt = performance.now();
  const child = spawn('make', ['run'], {
    cwd: clone,
    detached: true,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
  });
  let out = '';
  const demoSeconds = await new Promise<number>((resolve, reject) => {
    const take = (chunk: Buffer): void => {
      out += chunk.toString('utf8');
      const match = /delivered after ([\d.]+) s/.exec(out);
      if (match?.[1] !== undefined) resolve(Number(match[1]));
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('exit', (code) => reject(new Error(`make run ended with ${code}:\n${out.slice(-3000)}`)));
  });
  const totalSeconds = (performance.now() - startedAt) / 1000;
  child.removeAllListeners('exit');
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  await new Promise((resolve) => child.on('exit', resolve));
  await rm(folder, { recursive: true, force: true });
  return { totalSeconds, demoSeconds };
}
