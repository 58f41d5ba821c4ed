/** Levels of signatures: time-stamping authorities, and completing what stayed lower while they were down. */
export { openAuthority } from './authority.ts';
export { type LevelCompletion, startLevelCompletion } from './completion.ts';
export { completionSettings } from './open.ts';
