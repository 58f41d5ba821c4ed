import type { OcrPage, OcrResult } from '../types.ts';
import { linesOf, type PageLine, xmlText } from './page-lines.ts';

function lineElement(line: PageLine, page: number, at: number): string {
  const words = line.words.map((word, i) => {
    const confidence = Math.round(100 * word.confidence);
    return `<span class="ocrx_word" id="word_${page}_${at}_${i + 1}" title="bbox ${word.box.join(' ')}; x_wconf ${confidence}">${xmlText(word.text)}</span>`;
  });
  return `   <span class="ocr_line" id="line_${page}_${at}" title="bbox ${line.box.join(' ')}">${words.join(' ')}</span>`;
}

function pageElement(page: OcrPage): string {
  const title = `bbox 0 0 ${page.width} ${page.height}; ppageno ${page.number - 1}; scan_res ${page.dpi} ${page.dpi}; textangle ${page.skewDegrees}`;
  return [
    `  <div class="ocr_page" id="page_${page.number}" title="${title}">`,
    ...linesOf(page).map((line, i) => lineElement(line, page.number, i + 1)),
    '  </div>',
  ].join('\n');
}

/** The dossier as hOCR 1.2 (XHTML): boxes are pixels of the upright pages, confidences 0 to 100. */
export function buildHocr(result: OcrResult): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">',
    '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="vi" lang="vi">',
    ' <head>',
    '  <title></title>',
    '  <meta http-equiv="Content-Type" content="text/html; charset=utf-8" />',
    '  <meta name="ocr-system" content="lienthong" />',
    '  <meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word ocrp_wconf" />',
    ' </head>',
    ' <body>',
    ...result.pages.map(pageElement),
    ' </body>',
    '</html>',
    '',
  ].join('\n');
}
