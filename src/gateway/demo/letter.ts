/** The sample official letter of the demo, laid out as NĐ 30/2020 App. I asks, on one A4 page. */
import { readFile } from 'node:fs/promises';
import fontkit from '@pdf-lib/fontkit';
import { PDFDocument, type PDFFont, type PDFPage } from 'pdf-lib';
import { nameFontFiles } from '../report/index.ts';

/** What stands on the letter. */
export interface LetterText {
  readonly superior: string;
  readonly agency: string;
  readonly code: string;
  readonly placeAndDate: string;
  readonly subject: string;
  readonly addressee: string;
  readonly body: readonly string[];
  readonly authority: string;
  readonly position: string;
  readonly signer: string;
  readonly recipients: readonly string[];
}

/** Margins of App. I: left 30 mm, right 15 mm, top 20 mm, in points. */
const PAGE = { width: 595, height: 842, left: 85, right: 552, top: 785 } as const;
const LEFT_COLUMN = 185;
const RIGHT_COLUMN = 415;

function centred(page: PDFPage, font: PDFFont, text: string, x: number, y: number, size: number): void {
  page.drawText(text, { x: x - font.widthOfTextAtSize(text, size) / 2, y, size, font });
}

function wrap(font: PDFFont, text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (font.widthOfTextAtSize(longer, size) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

/** Draws the letter. Fonts are the Times twins shipped with the signing module, embedded and subset. */
export async function drawLetter(text: LetterText): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  pdf.registerFontkit(fontkit);
  const regular = await pdf.embedFont(
    await readFile(new URL('../../signing/appearance/fonts/texgyretermes-regular.otf', import.meta.url)),
    { subset: false },
  );
  const bold = await pdf.embedFont(
    await readFile(new URL('../../ocr/sample-scan/fonts/texgyretermes-bold.otf', import.meta.url)),
    { subset: false },
  );
  pdf.setTitle(text.subject);
  pdf.setLanguage('vi-VN');
  const page = pdf.addPage([PAGE.width, PAGE.height]);
  centred(page, regular, text.superior, LEFT_COLUMN, PAGE.top, 12);
  centred(page, bold, text.agency, LEFT_COLUMN, PAGE.top - 16, 12);
  page.drawLine({
    start: { x: LEFT_COLUMN - 35, y: PAGE.top - 21 },
    end: { x: LEFT_COLUMN + 35, y: PAGE.top - 21 },
    thickness: 0.7,
  });
  centred(page, regular, `Số: ${text.code}`, LEFT_COLUMN, PAGE.top - 40, 13);
  for (const [row, line] of wrap(regular, `V/v ${text.subject}`, 12, 185).entries()) {
    centred(page, regular, line, LEFT_COLUMN, PAGE.top - 58 - row * 14, 12);
  }
  centred(page, bold, 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', RIGHT_COLUMN, PAGE.top, 12);
  centred(page, bold, 'Độc lập - Tự do - Hạnh phúc', RIGHT_COLUMN, PAGE.top - 17, 13);
  page.drawLine({
    start: { x: RIGHT_COLUMN - 82, y: PAGE.top - 22 },
    end: { x: RIGHT_COLUMN + 82, y: PAGE.top - 22 },
    thickness: 0.7,
  });
  centred(page, regular, text.placeAndDate, RIGHT_COLUMN, PAGE.top - 40, 13);
  centred(page, regular, `Kính gửi: ${text.addressee}`, PAGE.width / 2 + 20, PAGE.top - 130, 14);
  let y = PAGE.top - 165;
  for (const paragraph of text.body) {
    for (const [row, line] of wrap(regular, paragraph, 14, PAGE.right - PAGE.left - 28).entries()) {
      page.drawText(line, { x: PAGE.left + (row === 0 ? 28 : 0), y, size: 14, font: regular });
      y -= 20;
    }
    y -= 6;
  }
  y -= 24;
  page.drawText('Nơi nhận:', { x: PAGE.left, y, size: 12, font: bold });
  for (const [row, recipient] of text.recipients.entries()) {
    page.drawText(`- ${recipient};`, { x: PAGE.left, y: y - 15 - row * 14, size: 11, font: regular });
  }
  centred(page, bold, text.authority, RIGHT_COLUMN, y, 13);
  centred(page, bold, text.position, RIGHT_COLUMN, y - 17, 13);
  centred(page, bold, text.signer, RIGHT_COLUMN, y - 120, 14);
  await pdf.flush();
  nameFontFiles(pdf);
  return pdf.save();
}
