/** Signing whole files: check, sign, raise, verify, release. */
export { extendFile, inspectFile, levelOf, lowestLevel, type SignedInput } from './extend-file.ts';
export { type FilesToSign, type FormatOptions, type SigningFormat, signOnce } from './formats.ts';
export { isPassingFault, type RaiseOptions, raiseFile } from './raise-file.ts';
export { type SignedFile, type SignFileOptions, signFile } from './sign-file.ts';
