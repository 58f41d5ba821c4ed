/** PDF signatures: PAdES signing by incremental update, and facts about the signatures in a file. */

export { addedSince } from './added.ts';
export { CHANGE_KINDS, type ChangeKind } from './changes/kinds.ts';
export { extendPdf, type PdfExtendOptions } from './extend.ts';
export { hasPdfSignatures, inspectPdf } from './inspect.ts';
export { type PdfSignOptions, signPdf } from './sign.ts';
export { isPdf } from './syntax/document.ts';
export { DEFAULT_PDF_LIMITS, type PdfLimits } from './syntax/xref.ts';
