/** ASiC containers, made and read (ETSI EN 319 162-1). */
export { type AsicFacts, inspectAsic, namesSignatures } from './inspect.ts';
export { type AsicExtendOptions, extendAsic } from './write/extend.ts';
export { type AsicSignOptions, addAsicSignature, signAsic } from './write/sign.ts';
export type { ZipLimits } from './zip.ts';
export { isZipTail } from './zip-directory.ts';
