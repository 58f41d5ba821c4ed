import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PDFDocument, type PDFEmbeddedPage, StandardFonts } from 'pdf-lib';
import sharp from 'sharp';
import { createOcrService } from '../../../src/ocr/index.ts';
import { isLegible } from '../../../src/ocr/pdf/read/layer-words.ts';
import { fixedEngine, line, pageOf, pdftotext, qpdfCheck, withFile } from '../support.ts';

const TEXTS = {
  vietnamese:
    'Cộng hoà xã hội chủ nghĩa Việt Nam, Độc lập - Tự do - Hạnh phúc. Uỷ ban nhân dân tỉnh thông báo kết quả giải quyết thủ tục (đợt 1/2026), phòng số 03.',
  toneless: 'Cong hoa xa hoi chu nghia Viet Nam Doc lap - Tu do - Hanh phuc Uy ban nhan dan tinh thong bao',
  french:
    "Le préfet de la région a décidé d'accorder à la société une autorisation préalable, délivrée après enquête publique, à compter du mois de février, où les intéressés ont été entendus.",
  tcvn3:
    'Céng hoµ x· héi chñ nghÜa ViÖt Nam §éc lËp - Tù do - H¹nh phóc Uû ban nh©n d©n tØnh th«ng b¸o kÕt qu¶ gi¶i quyÕt',
  vni: 'Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam Ñoäc laäp - Töï do - Haïnh phuùc UÛy ban nhaân daân tænh thoâng baùo keát quaû',
  undefined: 'C\ufffdng ho\ufffd x\ufffd h\ufffdi ch\ufffd ngh\ufffda Vi\ufffdt Nam',
} as const;

async function pdfOf(text: string): Promise<Uint8Array> {
  const document = await PDFDocument.create();
  const font = await document.embedFont(StandardFonts.Helvetica);
  const page = document.addPage([595, 842]);
  text.split(/(?<=\S \S+ \S+) /).forEach((part, i) => {
    page.drawText(part, { x: 60, y: 780 - 20 * i, size: 12, font });
  });
  return document.save();
}

/** The page as poppler draws it. */
function drawn(pdf: Uint8Array): Buffer {
  return withFile(pdf, (path) => execFileSync('pdftoppm', ['-r', '40', path], { maxBuffer: 1e8 }));
}

describe('ocr: text a PDF shows', () => {
  it('is legible in any language, but not in a font that keeps Vietnamese letters in places of others', () => {
    for (const text of ['vietnamese', 'toneless', 'french'] as const)
      expect(isLegible(TEXTS[text]), text).to.equal(true);
    for (const text of ['tcvn3', 'vni', 'undefined'] as const)
      expect(isLegible(TEXTS[text]), text).to.equal(false);
    expect(isLegible(TEXTS.toneless, 20), 'characters without a Unicode value').to.equal(false);
  });

  it('is kept where it is legible, and read from the page where it is not', async () => {
    const kept = ['french', 'toneless'] as const;
    const read = ['tcvn3', 'vni'] as const;
    const bytes = await Promise.all([...kept, ...read].map((name) => pdfOf(TEXTS[name])));
    const service = createOcrService({ engine: fixedEngine(pageOf([line('CỘNG HÒA', 20, 40)])), jobs: 1 });

    const { result } = await service.recognize(bytes.map((pdf, i) => ({ name: `${i}.pdf`, bytes: pdf })));
    await service.close();

    expect(result.pages.map(({ source }) => source)).to.deep.equal([
      'text-layer',
      'text-layer',
      'ocr',
      'ocr',
    ]);
    expect(result.pages.at(-1)?.text).to.equal('CỘNG HÒA');
  });

  it('is no longer found where it means something else than is seen, and is seen as before', async () => {
    const service = createOcrService({ engine: fixedEngine(pageOf([line('CỘNG HÒA', 20, 40)])), jobs: 1 });
    const before = await pdfOf(TEXTS.tcvn3);

    const { pdf } = await service.recognize([{ name: 'a.pdf', bytes: before }], { pdfa: 'if-possible' });
    await service.close();

    expect(pdftotext(pdf).trim()).to.equal('CỘNG HÒA');
    expect(qpdfCheck(pdf)).to.include('No syntax or stream encoding errors');
    expect(drawn(pdf).equals(drawn(before))).to.equal(true);
  });

  /** A page whose text lies behind a picture of it, in its own stream or in a form. */
  async function pdfBehind(inForm: boolean, options: { half?: boolean } = {}): Promise<Uint8Array> {
    const document = await PDFDocument.create();
    const picture = await sharp({ create: { width: 827, height: 1169, channels: 3, background: '#f4f0e8' } })
      .jpeg()
      .toBuffer();
    const image = await document.embedJpg(picture);
    const page = document.addPage([595, 842]);
    const old = 'CONG HOA XA HOI CHU NGHIA VIET NAM Dgc lap - Tu dp - Hanh phue';
    if (inForm) {
      const [form] = await document.embedPdf(await pdfOf(old));
      page.drawPage(form as PDFEmbeddedPage);
    } else
      page.drawText(old, {
        x: 60,
        y: 700,
        size: 10,
        font: await document.embedFont(StandardFonts.Helvetica),
      });
    page.drawImage(image, { x: 0, y: 0, width: 595, height: options.half ? 500 : 842 });
    return document.save();
  }

  it('is taken out where a picture covers it, when the page is read again', async () => {
    const service = createOcrService({ engine: fixedEngine(pageOf([line('CỘNG HÒA', 20, 40)])), jobs: 1 });
    const files = [await pdfBehind(false), await pdfBehind(true)];

    const outputs = await Promise.all(
      files.map((bytes) => service.recognize([{ name: 'a.pdf', bytes }], { redo: true })),
    );
    const half = await service.recognize([{ name: 'a.pdf', bytes: await pdfBehind(false, { half: true }) }]);
    await service.close();

    for (const [i, { pdf, result }] of outputs.entries()) {
      expect(result.pages[0]?.source).to.equal('ocr');
      expect(pdftotext(pdf).trim()).to.equal('CỘNG HÒA');
      expect(drawn(pdf).equals(drawn(files[i] as Uint8Array))).to.equal(true);
    }
    expect(pdftotext(half.pdf), 'beside the picture').to.include('CONG HOA');
  });
});
