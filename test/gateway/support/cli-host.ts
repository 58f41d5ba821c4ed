/** Runs command lines one after the other in this process, so that the sources are loaded once; see cli.ts. */
import { runCli } from '../../../src/gateway/index.ts';

interface Job {
  readonly args: string[];
  readonly env: Record<string, string>;
}

async function run({ args, env }: Job): Promise<object> {
  const output = { stdout: '', stderr: '' };
  const before = { ...process.env };
  const write = { stdout: process.stdout.write, stderr: process.stderr.write };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = ((text: string | Uint8Array) => {
      output[name] += typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
      return true;
    }) as typeof process.stdout.write;
  }
  Object.assign(process.env, env);
  try {
    return { code: await runCli(args), ...output };
  } finally {
    process.stdout.write = write.stdout;
    process.stderr.write = write.stderr;
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

let last: Promise<unknown> = Promise.resolve();
process.on('message', (message: Job & { id: number }) => {
  last = last.then(async () => process.send?.({ id: message.id, ...(await run(message)) }));
});
