import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import {
  CLOCK_PER_CPU,
  createPatience,
  groupCpuMs,
  processCpuMs,
} from '../../../src/ocr/process/cpu-time.ts';
import { until } from '../../support/until.ts';

const LIMIT = 1_000;

/** Patience with work that has used so much of the CPU at each look, and the clock as it says. */
function patient(used: readonly (number | null)[], clock: readonly number[] = []): number[] {
  const looks = [...used];
  const times = [0, ...clock];
  const cpuMs = (): number | null => looks.shift() ?? null;
  const patience = createPatience(LIMIT, 500, { cpuMs, now: () => times.shift() ?? LIMIT });
  return used.map(() => patience.look());
}

describe('ocr: the time of a page', () => {
  it('is that of the CPU: what the machine kept it waiting does not count', () => {
    expect(patient([600, 1_200, 1_500])).to.deep.equal([900, 300, 0]);
  });

  it('is over at once for what uses no CPU at all', () => {
    expect(patient([500])).to.deep.equal([0]);
    expect(patient([700, 700])).to.deep.equal([800, 0]);
  });

  it('is over after many times as much by the clock, and where nobody tells of the CPU', () => {
    const late = CLOCK_PER_CPU * LIMIT;
    expect(patient([510, 520], [late - 100, late])).to.deep.equal([100, 0]);
    expect(patient([null])).to.deep.equal([0]);
    expect(createPatience(LIMIT, null, { cpuMs: () => 5 }).look()).to.equal(0);
  });

  it('is told of a process and of what it started', async function () {
    if (process.platform !== 'linux') return this.skip();
    const spin = 'while :; do :; done';
    const child = spawn('sh', ['-c', `sh -c '${spin}'; true`], { detached: true, stdio: 'ignore' });
    await once(child, 'spawn');
    const pid = child.pid ?? 0;

    // Its own child is not waited for: only the group knows of it.
    await until(() => (groupCpuMs(pid) ?? 0) >= 100);
    expect(processCpuMs(pid)).to.be.below(100);

    process.kill(-pid, 'SIGKILL');
    await once(child, 'exit');
    expect(processCpuMs(pid)).to.equal(null);
  });
});
