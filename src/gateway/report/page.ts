/** The report as one HTML file that stands alone: no script, nothing loaded from elsewhere. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { VerificationReport } from '../../signing/index.ts';
import { renderReport, vietnamTime } from '../console/assets/report.js';
import { element, html, SafeHtml } from '../console/html.ts';
import { clientWords, type Language } from '../console/words.ts';
import type { ReportContext } from './pdf.ts';

const STYLES = ['console.css', 'parts.css', 'report.css'];

let known: SafeHtml | null = null;

/** Our own style sheets, which hold no value from outside. */
function styles(): SafeHtml {
  if (known !== null) return known;
  const text = STYLES.map((name) =>
    readFileSync(new URL(`../console/assets/${name}`, import.meta.url), 'utf8'),
  ).join('\n');
  known = new SafeHtml(text.replaceAll('</', '<\\/'));
  return known;
}

const WORDS = {
  vi: ['Báo cáo kiểm tra chữ ký số', 'Kiểm tra lúc', 'SHA-256 của tệp'],
  en: ['Digital signature validation report', 'Checked at', 'SHA-256 of the file'],
} as const;

/** Content-Security-Policy for serving the page: its own style, by digest, and nothing else. */
export function reportPageCsp(): string {
  const digest = createHash('sha256').update(styles().markup).digest('base64');
  return `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

/** The page in one language. */
export function reportPage(report: VerificationReport, context: ReportContext, lang: Language): string {
  const [title, checkedAt, digest] = WORDS[lang];
  return html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: ${report.file}</title>
<style>${styles()}</style>
</head>
<body>
<main id="main">
<h1>${title}</h1>
<dl class="facts"><div class="fact"><dt>${checkedAt}</dt><dd>${vietnamTime(context.at.toISOString())} · ${context.by}</dd></div><div class="fact"><dt>${digest}</dt><dd><code>${context.sha256}</code></dd></div></dl>
${renderReport<SafeHtml>(element, report, clientWords(lang), lang)}
</main>
</body>
</html>
`.markup;
}
