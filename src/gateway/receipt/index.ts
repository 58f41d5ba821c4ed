/** The receipt (Giấy tiếp nhận hồ sơ và hẹn trả kết quả): one A4 page to print, with code, QR and Code 128. */
import { readFile } from 'node:fs/promises';
import fontkit from '@pdf-lib/fontkit';
import { PDFDocument, type PDFFont, type PDFPage, rgb } from 'pdf-lib';
import { nameFontFiles } from '../report/index.ts';
import { drawSymbol, type Modules } from './symbols.ts';

/** What stands on it; times are instants. */
export interface ReceiptText {
  readonly code: string;
  readonly agency: string;
  readonly applicant: string;
  readonly procedure: string;
  readonly receivedAt: Date;
  readonly dueAt: Date | null;
  readonly papers: readonly string[];
  readonly feeVnd: number;
  /** Address the QR opens. */
  readonly lookupUrl: string;
}

const PAGE = { width: 595, height: 842, left: 71, right: 538, top: 785, bottom: 60 } as const;
const BLACK = rgb(0, 0, 0);
/** Papers listed by name; more are counted. */
const MAX_PAPERS = 18;

interface Fonts {
  readonly regular: PDFFont;
  readonly bold: PDFFont;
}

function vietnamTime(at: Date): string {
  const [date = '', time = ''] = new Date(at.getTime() + 7 * 3_600_000).toISOString().split('T');
  return `${time.slice(0, 2)} giờ ${time.slice(3, 5)}, ngày ${date.split('-').reverse().join('/')}`;
}

function centred(page: PDFPage, font: PDFFont, text: string, x: number, y: number, size: number): void {
  page.drawText(text, { x: x - font.widthOfTextAtSize(text, size) / 2, y, size, font });
}

function wrap(font: PDFFont, text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.replace(/\s+/g, ' ').trim().split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || font.widthOfTextAtSize(longer, size) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}

function drawModules(
  page: PDFPage,
  modules: Modules,
  x: number,
  y: number,
  width: number,
  height: number,
): void {
  const columns = modules[0]?.length ?? 1;
  const [cell, row] = [width / columns, height / modules.length];
  for (const [index, line] of modules.entries()) {
    for (let from = 0; from < columns; from += 1) {
      if (!line[from]) continue;
      let to = from;
      while (line[to + 1]) to += 1;
      const box = {
        x: x + from * cell,
        y: y + height - (index + 1) * row,
        width: (to - from + 1) * cell,
        height: row,
      };
      page.drawRectangle({ ...box, color: BLACK });
      from = to;
    }
  }
}

/** Draws the receipt. Fonts are embedded, so that it prints alike everywhere. */
export async function drawReceipt(text: ReceiptText): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  pdf.registerFontkit(fontkit);
  const font = async (path: string): Promise<PDFFont> =>
    pdf.embedFont(await readFile(new URL(path, import.meta.url)), { subset: false });
  const fonts: Fonts = {
    regular: await font('../../signing/appearance/fonts/texgyretermes-regular.otf'),
    bold: await font('../../ocr/sample-scan/fonts/texgyretermes-bold.otf'),
  };
  pdf.setTitle(`Giấy tiếp nhận hồ sơ ${text.code}`);
  pdf.setLanguage('vi-VN');
  const page = pdf.addPage([PAGE.width, PAGE.height]);
  drawHead(page, fonts, text);
  await drawSymbols(page, fonts, text);
  drawFacts(page, fonts, text);
  await pdf.flush();
  nameFontFiles(pdf);
  return pdf.save();
}

function drawHead(page: PDFPage, fonts: Fonts, text: ReceiptText): void {
  for (const [index, line] of wrap(fonts.bold, text.agency.toLocaleUpperCase('vi'), 12, 200)
    .slice(0, 3)
    .entries())
    centred(page, fonts.bold, line, 175, PAGE.top - index * 15, 12);
  centred(page, fonts.bold, 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', 415, PAGE.top, 12);
  centred(page, fonts.bold, 'Độc lập - Tự do - Hạnh phúc', 415, PAGE.top - 16, 13);
  page.drawLine({ start: { x: 335, y: PAGE.top - 21 }, end: { x: 495, y: PAGE.top - 21 }, thickness: 0.7 });
  centred(page, fonts.bold, 'GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ', PAGE.width / 2, PAGE.top - 80, 14);
}

async function drawSymbols(page: PDFPage, fonts: Fonts, text: ReceiptText): Promise<void> {
  const bars = await drawSymbol(text.code, 'Code128');
  // A quiet zone of ten modules on either side belongs to the symbol: nothing else stands there.
  drawModules(page, bars, PAGE.left + 20, PAGE.top - 160, 290, 42);
  centred(page, fonts.bold, text.code, PAGE.left + 165, PAGE.top - 178, 14);
  drawModules(page, await drawSymbol(text.lookupUrl, 'QRCode'), PAGE.right - 105, PAGE.top - 190, 95, 95);
  centred(page, fonts.regular, 'Quét mã để tra cứu', PAGE.right - 57, PAGE.top - 202, 10);
}

function drawFacts(page: PDFPage, fonts: Fonts, text: ReceiptText): void {
  let y = PAGE.top - 235;
  function fact(label: string, value: string): void {
    page.drawText(label, { x: PAGE.left, y, size: 12, font: fonts.bold });
    const lines = wrap(fonts.regular, value, 12, PAGE.right - PAGE.left - 130).slice(0, 6);
    for (const line of lines) {
      page.drawText(line, { x: PAGE.left + 130, y, size: 12, font: fonts.regular });
      y -= 17;
    }
    y -= 3;
  }
  fact('Người nộp hồ sơ:', text.applicant);
  fact('Thủ tục:', text.procedure);
  fact('Nhận lúc:', vietnamTime(text.receivedAt));
  fact('Hẹn trả:', text.dueAt === null ? 'theo thông báo của cơ quan' : vietnamTime(text.dueAt));
  fact('Phí, lệ phí:', text.feeVnd === 0 ? 'không' : `${text.feeVnd.toLocaleString('vi-VN')} đồng`);
  fact('Giấy tờ đã nhận:', text.papers.length === 0 ? 'không có' : `${text.papers.length} loại`);
  for (const [index, paper] of text.papers.slice(0, MAX_PAPERS).entries()) {
    const [line = ''] = wrap(fonts.regular, `${index + 1}. ${paper}`, 11, PAGE.right - PAGE.left - 20);
    page.drawText(line, { x: PAGE.left + 15, y, size: 11, font: fonts.regular });
    y -= 15;
  }
  if (text.papers.length > MAX_PAPERS)
    page.drawText(`… và ${text.papers.length - MAX_PAPERS} loại khác`, {
      x: PAGE.left + 15,
      y,
      size: 11,
      font: fonts.regular,
    });
  const sign = Math.min(y - 35, 230);
  centred(page, fonts.bold, 'NGƯỜI NỘP HỒ SƠ', PAGE.left + 90, sign, 12);
  centred(page, fonts.bold, 'NGƯỜI TIẾP NHẬN HỒ SƠ', PAGE.right - 100, sign, 12);
  for (const [index, line] of wrap(fonts.regular, `Tra cứu tại ${text.lookupUrl}`, 9, PAGE.right - PAGE.left)
    .slice(0, 2)
    .entries())
    page.drawText(line, { x: PAGE.left, y: PAGE.bottom - index * 11, size: 9, font: fonts.regular });
}
