/** The command `lienthong`. Each command is one file in gateway/commands, loaded when it is called. */
import { runCli } from './gateway/index.ts';

// Whoever reads our output may stop reading, as `| head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2));
