/** Bounds of one dossier. */
export interface OcrLimits {
  /** Pages in one dossier. Default 500. */
  pages: number;
  /** Pixels of one page. Default 60 million (A3 at 600 dpi is 70; A4 at 600 dpi 35). */
  pixelsPerPage: number;
  /** Bytes of all files together. Default 200 MiB. */
  bytes: number;
  /** Files in one dossier. Default 100. */
  files: number;
  /** Time for the whole dossier, ms. Default 30 minutes. */
  dossierTimeoutMs: number;
  /** Time to open all files, ms: a self-referring page tree or a bomb shows here. Default 30 s. */
  openTimeoutMs: number;
  /** Time to draw one PDF page, ms. Default 20 s (an ordinary page takes 0.1 s). */
  renderTimeoutMs: number;
}

export const DEFAULT_LIMITS: Readonly<OcrLimits> = {
  pages: 500,
  pixelsPerPage: 60_000_000,
  bytes: 200 * 1024 * 1024,
  files: 100,
  dossierTimeoutMs: 30 * 60_000,
  openTimeoutMs: 30_000,
  renderTimeoutMs: 20_000,
};
