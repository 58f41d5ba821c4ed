/** ASiC containers, read. */
export { type AsicFacts, type AsicOptions, inspectAsic } from './inspect.ts';
export type { ZipLimits } from './zip.ts';
