export { runCli } from './commands/index.ts';
export { type Gateway, startGateway } from './compose.ts';
