/** The gateway's public door. Its parts are loaded when they are asked for: a command that only signs starts no server's worth of code. */

import type { Gateway } from './compose.ts';
import type { Config } from './config.ts';

export type { Gateway } from './compose.ts';

/** Starts a gateway; see `compose.ts`. */
export async function startGateway(config: Config): Promise<Gateway> {
  return (await import('./compose.ts')).startGateway(config);
}

/** Runs one command line. @returns the exit code. */
export async function runCli(args: readonly string[]): Promise<number> {
  return (await import('./commands/index.ts')).runCli(args);
}
