import { expect } from 'chai';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, it } from 'mocha';
import { extractFields } from '../../../src/ocr/fields/extract.ts';
import { buildAlto, buildHocr, type OcrResult } from '../../../src/ocr/index.ts';
import { toPage } from '../../../src/ocr/results.ts';
import { line, pageOf } from '../support.ts';

const READING = pageOf([line('Điều 1 & "2" <nghị\u0001định>', 100, 200, 0.912), line('Hết', 100, 260)]);
const RESULT: OcrResult = {
  pages: [toPage(1, READING, false), toPage(2, pageOf([]), false)],
  fields: extractFields([pageOf([])]),
  barcodes: [],
  problems: [],
};
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  isArray: (name) => ['Page', 'String', 'TextLine', 'div', 'span'].includes(name),
});

describe('ocr exports', () => {
  it('writes ALTO with every word in its place, text escaped, characters XML forbids left out', () => {
    const alto = buildAlto(RESULT);

    expect(XMLValidator.validate(alto)).to.equal(true);
    const { Page: pages } = parser.parse(alto).alto.Layout;
    const [first, second] = pages[0].PrintSpace.TextBlock.TextLine;
    expect(first.String.map((s: { CONTENT: string }) => s.CONTENT)).to.deep.equal([
      'Điều',
      '1',
      '&',
      '"2"',
      '<nghịđịnh>',
    ]);
    expect(first.String[0]).to.include({ HPOS: '100', VPOS: '200', WIDTH: '48', HEIGHT: '28', WC: '0.912' });
    expect(second.String[0].CONTENT).to.equal('Hết');
    expect(pages[1]).to.include({ PHYSICAL_IMG_NR: '2', WIDTH: '1654' });
  });

  it('writes hOCR that is XHTML, with boxes and confidences in the titles', () => {
    const hocr = buildHocr(RESULT);

    expect(XMLValidator.validate(hocr.replace(/<!DOCTYPE[^>]*>/, ''))).to.equal(true);
    expect(hocr.match(/class="ocr_page"/g)).to.have.length(2);
    expect(hocr).to.include('title="bbox 100 200 148 228; x_wconf 91">Điều</span>');
    expect(hocr).to.include('bbox 0 0 1654 2339; ppageno 0; scan_res 200 200');
  });
});
