/** The report of a verification as documents for people. */

export { reportPage } from './page.ts';
export { type ReportContext, reportPdf } from './pdf.ts';
