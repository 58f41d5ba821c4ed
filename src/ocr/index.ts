/** Scanned pages → text, searchable PDF, fields, bar codes. */
export { isOcrErrorCode, OCR_ERRORS, OcrError, type OcrErrorCode, type OcrErrorDetails } from './errors.ts';
export { buildAlto } from './export/alto.ts';
export { buildHocr } from './export/hocr.ts';
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
  CitizenCard,
  OcrBarcode,
  OcrEngine,
  OcrField,
  OcrFields,
  OcrPage,
  OcrProblem,
  OcrProgress,
  OcrResult,
  OcrWord,
  PageImage,
  PageReading,
  PageSource,
  PageStore,
  PageTreatment,
  ReadingQuality,
  ReadLine,
  StoredReading,
} from './types.ts';
