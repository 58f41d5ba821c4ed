/** CMS SignedData: built as CAdES-B and PAdES-B, read into facts. */

export { digestOf } from '../octets/octets.ts';
export { imprintMatches } from './archive/indexed.ts';
export { buildCms, type CmsBuildOptions } from './build.ts';
export { certificateParts, commonName } from './certificate.ts';
export { type CmsLimits, type ReadCmsOptions, readCms } from './read.ts';
