import { expect } from 'chai';
import { describe, it } from 'mocha';
import { buildGlyphlessFont } from '../../../src/ocr/pdf/glyphless-font.ts';
import { dropInvisibleText } from '../../../src/ocr/pdf/invisible-text.ts';
import { collectLayerLines, isBelievableLayer } from '../../../src/ocr/pdf/read/layer-words.ts';

const strip = (content: string): string =>
  Buffer.from(dropInvisibleText(Buffer.from(content, 'latin1')))
    .toString('latin1')
    .replace(/\s+/g, ' ')
    .trim();

/** The national motto and a sentence, as fonts of TCVN 5712 and of VNI keep them. */
const TCVN3 =
  'Céng hoµ x· héi chñ nghÜa ViÖt Nam §éc lËp - Tù do - H¹nh phóc Uû ban nh©n d©n tØnh th«ng b¸o kÕt qu¶ gi¶i quyÕt';
const VNI =
  'Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam Ñoäc laäp - Töï do - Haïnh phuùc UÛy ban nhaân daân tænh thoâng baùo keát quaû';

describe('ocr: old text layers', () => {
  it('lose their invisible text, while visible text and images stay', () => {
    const content =
      'q 1 0 0 1 0 0 cm /Im0 Do Q BT /F1 12 Tf 3 Tr (old \\) Tj) Tj [(a) -5 (b)] TJ 0 Tr (seen) Tj ET';

    expect(strip(content)).to.equal('q 1 0 0 1 0 0 cm /Im0 Do Q BT /F1 12 Tf 3 Tr 0 Tr (seen) Tj ET');
  });

  it('are followed through q and Q', () => {
    expect(strip('q 3 Tr BT (gone) Tj ET Q BT (stays) Tj ET')).to.equal('q 3 Tr BT ET Q BT (stays) Tj ET');
  });

  it('do not mislead by binary data of inline images', () => {
    const content = 'BI /W 2 /H 1 ID (( 3 Tr Tj EI BT (stays) Tj ET';

    expect(strip(content)).to.contain('(stays) Tj');
  });

  it('are believed only with Vietnamese marks', () => {
    expect(isBelievableLayer('Căn cứ Luật Lưu trữ ngày 21 tháng 6 năm 2024 của Quốc hội')).to.equal(true);
    expect(isBelievableLayer('Can cu Luat Luu tru ngay 21 thang 6 nam 2024 cua Quoc hoi')).to.equal(false);
    expect(isBelievableLayer('')).to.equal(false);
  });

  it('are not believed in the letters of fonts from before Unicode', () => {
    expect(isBelievableLayer(TCVN3)).to.equal(false);
    expect(isBelievableLayer(VNI)).to.equal(false);
  });

  it('are cut into words and lines, composed to NFC', () => {
    const chars = [...'Tôi là\nai'.normalize('NFD')].map((character, i) => ({
      character,
      box: [i * 10, 0, i * 10 + 8, 10] as [number, number, number, number],
    }));

    const lines = collectLayerLines(chars);

    expect(lines.map((l) => l.words.map((w) => w.text))).to.deep.equal([['Tôi', 'là'], ['ai']]);
  });
});

describe('ocr: glyphless font', () => {
  it('has the table checksum the format asks for, and the same bytes each time', () => {
    const font = Buffer.from(buildGlyphlessFont());

    let sum = 0;
    for (let i = 0; i < font.length; i += 4) sum = (sum + font.readUInt32BE(i)) >>> 0;
    expect(sum).to.equal(0xb1b0afba);
    expect(Buffer.from(buildGlyphlessFont()).equals(font)).to.equal(true);
  });
});
