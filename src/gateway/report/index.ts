/** The report of a verification as documents for people. */

export { nameFontFiles } from './canvas.ts';
export { findKeptReport, type KeptReport, keepReport } from './kept.ts';
export { reportPage, reportPageCsp } from './page.ts';
export { type ReportContext, reportPdf } from './pdf.ts';
