export * from './same-key.ts';
export * from './sealing.ts';
export * from './sessions.ts';
export * from './systems.ts';
export * from './tokens.ts';
