export { startGateway, type Gateway } from './compose.ts';
export { runCli } from './commands/index.ts';
