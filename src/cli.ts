#!/usr/bin/env node
/** The command `lienthong`. Each command is one file in gateway/commands, loaded when it is called. */
import { runCli } from './gateway/index.ts';

process.exitCode = await runCli(process.argv.slice(2));
