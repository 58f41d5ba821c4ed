import { createOcrService, type OcrService } from '../../ocr/index.ts';
import type { Config } from '../config.ts';

/** The reader of scans as the settings want it: it stays, so the process of the next dossier is always ready. */
export function createReader(config: Config): OcrService {
  return createOcrService({
    keepReady: true,
    ...(config.ocrJobs === 0 ? {} : { jobs: config.ocrJobs }),
    ...(config.ocrEngine === 'native' ? { native: { command: config.ocrTesseract } } : {}),
    limits: { dossierTimeoutMs: config.ocrTimeoutSeconds * 1000, pages: config.ocrMaxPages },
  });
}
