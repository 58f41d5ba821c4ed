/** Runs the command line from its sources: alone as a person would, or many in one process to save loading them. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as one JSON value; throws when it is not. */
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  json(): any;
}

/** Runs one command line. */
export type Run = (args: readonly string[], env?: Record<string, string>) => Promise<CliResult>;

const CLI = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));

/** Variables of ours in the environment of the tests must not reach what is tested. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign = Object.entries(process.env).filter(
    ([name]) => !/^(LIENTHONG_|AMQP_URL|DATABASE_URL|S3_URL)/.test(name),
  );
  return Object.fromEntries(foreign);
}

/** The same as one line of a shell. */
export function cliCommand(args: readonly string[]): string {
  const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;
  return [process.execPath, '--import', 'tsx', CLI, ...args].map(quoted).join(' ');
}

/** Starts it; the caller ends it. */
export function startCli(args: readonly string[], env: Record<string, string> = {}) {
  return spawn(process.execPath, ['--import', 'tsx', CLI, ...args], {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs it to its end in a process of its own. */
export const runAlone: Run = async (args, env = {}) => {
  const child = startCli(args, env);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr, json: () => JSON.parse(stdout) };
};

/** A process that runs command lines one after the other. */
export interface CliHost {
  readonly run: Run;
  close(): Promise<void>;
}

export function startCliHost(): CliHost {
  const host: ChildProcess = fork(new URL('./cli-host.ts', import.meta.url), [], {
    env: cleanEnvironment(),
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  host.setMaxListeners(0);
  let jobs = 0;
  return {
    run(args, env = {}) {
      jobs += 1;
      const id = jobs;
      return new Promise((resolve, reject) => {
        host.once('exit', (code) => reject(new Error(`the host of command lines ended with ${code}`)));
        host.on('message', function hear(message: { id: number } & Omit<CliResult, 'json'>) {
          if (message.id !== id) return;
          host.off('message', hear);
          resolve({ ...message, json: () => JSON.parse(message.stdout) });
        });
        host.send({ id, args, env });
      });
    },
    async close() {
      host.disconnect();
      await once(host, 'exit');
    },
  };
}
