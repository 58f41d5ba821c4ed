/** Scanned pages → text, searchable PDF, fields, bar codes. */
export { isOcrErrorCode, OCR_ERRORS, OcrError, type OcrErrorCode, type OcrErrorDetails } from './errors.ts';
export { DEFAULT_LIMITS, type OcrLimits } from './limits.ts';
export { type ApplicationFields, DEFAULT_APPLICATION } from './sample-scan/application.ts';
export { makeScannedApplication } from './sample-scan/scanner.ts';
export {
  createOcrService,
  type OcrInputFile,
  type OcrOutput,
  type OcrService,
  type OcrServiceOptions,
  type RecognizeOptions,
} from './service.ts';
export { type InputFormat, sniffFormat } from './sniff.ts';
export type {
  Box,
  OcrBarcode,
  OcrEngine,
  OcrField,
  OcrFields,
  OcrPage,
  OcrProgress,
  OcrResult,
  OcrWord,
  PageImage,
  PageReading,
  PageSource,
  ReadLine,
} from './types.ts';
