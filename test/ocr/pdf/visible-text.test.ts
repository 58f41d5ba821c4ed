import { expect } from 'chai';
import { describe, it } from 'mocha';
import { PDFDocument, StandardFonts } from 'pdf-lib';
import { createOcrService } from '../../../src/ocr/index.ts';
import { isLegible } from '../../../src/ocr/pdf/read/layer-words.ts';
import { fixedEngine, line, pageOf } from '../support.ts';

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

describe('ocr: text a PDF shows', function () {
  this.timeout(60_000);

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
});
