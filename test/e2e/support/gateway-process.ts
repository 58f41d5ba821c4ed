/** A gateway as its own process, so that a test can kill it: the built program with settings in its environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { SETTINGS } from '../../../src/gateway/config.ts';

const PROGRAM = new URL('../../../dist/src/lienthong.cjs', import.meta.url).pathname;

/** A running gateway process. */
export interface GatewayProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it wrote to stderr so far. */
  log(): string;
  /** Resolves with the signal or exit code that ended it. */
  readonly ended: Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

/** Environment for settings by their names in config.ts. */
export function environmentOf(settings: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => {
      const spec = SETTINGS[name as keyof typeof SETTINGS];
      if (spec === undefined) throw new TypeError(`no setting ${name}`);
      return [spec.env, String(value)];
    }),
  );
}

/** Starts one and waits until it listens. A process that ends before (a crash point) rejects with its log. */
export async function startGatewayProcess(
  settings: Readonly<Record<string, unknown>>,
  nodeOptions: readonly string[] = [],
): Promise<GatewayProcess> {
  if (!existsSync(PROGRAM)) throw new Error('dist/ is missing: run `npm run build` first');
  const child = spawn(process.execPath, [...nodeOptions, PROGRAM, 'serve'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      ...environmentOf({ port: 0, ...settings }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const ended = once(child, 'exit').then(([code, signal]) => String(signal ?? code));
  let out = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const match = /Liên Thông: (http\S+)/.exec(out);
      if (match?.[1] !== undefined) resolve(match[1]);
    });
    void ended.then((how) =>
      reject(new Error(`gateway ended (${how}) before it listened:\n${log.slice(-4000)}`)),
    );
  });
  return { url, child, ended, log: () => log, kill: (signal) => void child.kill(signal) };
}
