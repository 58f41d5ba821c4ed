/** Files too large to hold, mapped into memory. */
export { type OpenedFile, openLarge, writeLarge, writePieces } from './large-file.ts';
export { mapFile } from './mapped-file.ts';
