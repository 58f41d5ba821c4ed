/** `lienthong replay`: what would happen to a recorded package or dossier if it were sent again. */
export { type Replay, type ReplayedPackage, recordedPackages, replayPackages } from './replay.ts';
export { type TestSystem, whyReal } from './stand.ts';
