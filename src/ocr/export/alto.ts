import type { Box, OcrPage, OcrResult } from '../types.ts';
import { linesOf, type PageLine, xmlText } from './page-lines.ts';

function place([x0, y0, x1, y1]: Box): string {
  return `HPOS="${x0}" VPOS="${y0}" WIDTH="${x1 - x0}" HEIGHT="${y1 - y0}"`;
}

function lineElement(line: PageLine, id: string): string {
  const strings = line.words.map(
    (word, i) =>
      `<String ID="${id}_s${i + 1}" ${place(word.box)} WC="${word.confidence}" CONTENT="${xmlText(word.text)}"/>`,
  );
  return `     <TextLine ID="${id}" ${place(line.box)}>${strings.join('<SP/>')}</TextLine>`;
}

function blockElement(lines: readonly PageLine[], id: string): string[] {
  const box: Box = [
    Math.min(...lines.map((l) => l.box[0])),
    Math.min(...lines.map((l) => l.box[1])),
    Math.max(...lines.map((l) => l.box[2])),
    Math.max(...lines.map((l) => l.box[3])),
  ];
  return [
    `    <TextBlock ID="${id}" ${place(box)} LANG="vi">`,
    ...lines.map((line, i) => lineElement(line, `${id}_l${i + 1}`)),
    '    </TextBlock>',
  ];
}

function pageElement(page: OcrPage): string[] {
  const id = `p${page.number}`;
  const lines = linesOf(page);
  return [
    `  <Page ID="${id}" PHYSICAL_IMG_NR="${page.number}" WIDTH="${page.width}" HEIGHT="${page.height}" PC="${page.confidence}">`,
    `   <PrintSpace ${place([0, 0, page.width, page.height])}>`,
    ...(lines.length === 0 ? [] : blockElement(lines, `${id}_b1`)),
    '   </PrintSpace>',
    '  </Page>',
  ];
}

/** The dossier as ALTO 4 (Library of Congress): pixels of the upright pages, confidences 0 to 1. */
export function buildAlto(result: OcrResult): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#" SCHEMAVERSION="4.2">',
    ' <Description>',
    '  <MeasurementUnit>pixel</MeasurementUnit>',
    '  <Processing ID="ocr"><processingSoftware><softwareName>lienthong</softwareName></processingSoftware></Processing>',
    ' </Description>',
    ' <Layout>',
    ...result.pages.flatMap(pageElement),
    ' </Layout>',
    '</alto>',
    '',
  ].join('\n');
}
