/** `lienthong certify` as an integrator runs it: a process of its own, ended by a signal or by passing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';

describe('command line: certify', () => {
  function start(args: readonly string[]) {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli.ts', 'certify', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const seen = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      seen.stdout += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      seen.stderr += String(chunk);
    });
    return { child, seen, ended: once(child, 'close') };
  }

  it('tells where to connect on stderr, judges, and prints one JSON object when it is ended', async () => {
    const { child, seen, ended } = start(['--json', '--id', 'qlvb.thu']);
    try {
      const address = await new Promise<string>((resolve, reject) => {
        child.stderr.on('data', () => {
          const [, url] = /endpoint: (\S+)[\s\S]*Ctrl\+C ends/.exec(seen.stderr) ?? [];
          if (url !== undefined) resolve(url);
        });
        child.once('close', () => reject(new Error(seen.stderr)));
      });
      const answer = await fetch(`${address}/getReceivedEdocList`, { method: 'POST' });
      await answer.text();
      child.kill('SIGTERM');
      const [code] = await ended;

      const report = JSON.parse(seen.stdout);
      expect([answer.status, code]).to.deep.equal([401, 1]);
      expect(report).to.include({ systemId: 'qlvb.thu', passed: false, calls: 1 });
      const headers = report.checks.find((one: { id: string }) => one.id === 'auth.headers');
      expect(headers.state).to.equal('failed');
      expect(headers.faults[0].vi).to.include('Thiếu tiêu đề XroadVnpt-systemid');
      expect(seen.stderr).to.include('✗');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('ends 64 for codes that are the same, and for a number out of range', async () => {
    const runs = [start(['--agency', 'H99.01', '--partner', 'H99.01']), start(['--minutes', '0'])];
    const codes = await Promise.all(runs.map(({ ended }) => ended));

    expect(codes.map(([code]) => code)).to.deep.equal([64, 64]);
    expect(runs[0]?.seen.stderr).to.include('phải khác nhau');
  });
});
