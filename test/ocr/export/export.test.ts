import { expect } from 'chai';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { XmlDocument, XsdValidator } from 'libxml2-wasm';
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

/**
 * What ALTO 4.2 asks of the elements written here: order, required attributes, types and ranges. In our own words: the
 * schema of the Library of Congress is CC BY-SA and not kept here; the output was validated with it (4.2) once by hand.
 */
const PLACE = ['HPOS', 'VPOS', 'WIDTH', 'HEIGHT']
  .map((name) => `<xs:attribute name="${name}" type="xs:float" use="required"/>`)
  .join('');
const SHARE =
  '<xs:simpleType><xs:restriction base="xs:float"><xs:minInclusive value="0"/><xs:maxInclusive value="1"/></xs:restriction></xs:simpleType>';
const ID = '<xs:attribute name="ID" type="xs:ID" use="required"/>';
const element = (name: string, occurs: string, content: string, attributes = ''): string =>
  `<xs:element name="${name}" ${occurs}><xs:complexType>${content}${attributes}</xs:complexType></xs:element>`;
const STRING = element(
  'String',
  '',
  '',
  `${ID}${PLACE}<xs:attribute name="CONTENT" type="xs:string" use="required"/><xs:attribute name="WC">${SHARE}</xs:attribute>`,
);
const LINE = element(
  'TextLine',
  'maxOccurs="unbounded"',
  `<xs:sequence maxOccurs="unbounded">${STRING}${element('SP', 'minOccurs="0"', '')}</xs:sequence>`,
  ID + PLACE,
);
const BLOCK = element(
  'TextBlock',
  'minOccurs="0" maxOccurs="unbounded"',
  `<xs:sequence>${LINE}</xs:sequence>`,
  `${ID}${PLACE}<xs:attribute name="LANG" type="xs:language"/>`,
);
const PAGE = element(
  'Page',
  'maxOccurs="unbounded"',
  `<xs:sequence>${element('PrintSpace', '', `<xs:sequence>${BLOCK}</xs:sequence>`, PLACE)}</xs:sequence>`,
  `${ID}<xs:attribute name="PHYSICAL_IMG_NR" type="xs:float" use="required"/><xs:attribute name="WIDTH" type="xs:float"/><xs:attribute name="HEIGHT" type="xs:float"/><xs:attribute name="PC">${SHARE}</xs:attribute>`,
);
const UNIT =
  '<xs:element name="MeasurementUnit"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="pixel"/><xs:enumeration value="mm10"/><xs:enumeration value="inch1200"/></xs:restriction></xs:simpleType></xs:element>';
const SOFTWARE = element(
  'processingSoftware',
  'minOccurs="0"',
  '<xs:sequence><xs:element name="softwareCreator" type="xs:string" minOccurs="0"/><xs:element name="softwareName" type="xs:string" minOccurs="0"/><xs:element name="softwareVersion" type="xs:string" minOccurs="0"/></xs:sequence>',
);
const DESCRIPTION = element(
  'Description',
  '',
  `<xs:sequence>${UNIT}${element('Processing', 'minOccurs="0" maxOccurs="unbounded"', `<xs:sequence>${SOFTWARE}</xs:sequence>`, ID)}</xs:sequence>`,
);
const ALTO = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.loc.gov/standards/alto/ns-v4#" elementFormDefault="qualified">${element(
  'alto',
  '',
  `<xs:sequence>${DESCRIPTION}${element('Layout', '', `<xs:sequence>${PAGE}</xs:sequence>`)}</xs:sequence>`,
  '<xs:attribute name="SCHEMAVERSION" type="xs:string"/>',
)}</xs:schema>`;

/** What libxml2 finds wrong with an ALTO file; empty when it is valid. */
function altoFaults(alto: string): string {
  const schema = XmlDocument.fromString(ALTO);
  const validator = XsdValidator.fromDoc(schema);
  const document = XmlDocument.fromString(alto);
  try {
    validator.validate(document);
    return '';
  } catch (error) {
    return (error as Error).message;
  } finally {
    document.dispose();
    validator.dispose();
    schema.dispose();
  }
}

/** An element of hOCR with its properties: `title="bbox 0 0 10 20; x_wconf 91"`. */
interface HocrNode {
  class: string;
  id: string;
  title: string;
  span?: HocrNode[];
  '#text'?: string;
}

function property(node: HocrNode, name: string): number[] {
  const found = node.title.split('; ').find((part) => part.startsWith(`${name} `));
  if (found === undefined) throw new Error(`${node.id} has no ${name}`);
  return found.split(' ').slice(1).map(Number);
}

function isInside(inner: number[], outer: number[]): boolean {
  const [a, b, c, d] = inner as [number, number, number, number];
  const [x0, y0, x1, y1] = outer as [number, number, number, number];
  return a >= x0 && b >= y0 && c <= x1 && d <= y1 && a < c && b < d;
}

describe('ocr exports', () => {
  it('writes ALTO that is valid for libxml2 by what version 4.2 asks, also of empty pages', () => {
    const alto = buildAlto(RESULT);

    expect(altoFaults(alto)).to.equal('');
    for (const [from, to] of [
      [' PHYSICAL_IMG_NR="1"', ''],
      ['WC="0.912"', 'WC="1.2"'],
      ['ID="p2"', 'ID="p1"'],
      ['<SP/><String', '<String'],
      [' CONTENT="Hết"', ''],
      ['>pixel<', '>Pixel<'],
    ] as const) {
      expect(alto, from).to.include(from);
      const spoilt = altoFaults(alto.replace(from, to));
      // Two words without a blank between them are allowed.
      if (from === '<SP/><String') expect(spoilt).to.equal('');
      else expect(spoilt, from).to.not.equal('');
    }
  });

  it('writes hOCR as hOCR 1.2 asks: capabilities, pages numbered from 0, words in lines in pages, boxes and ids', () => {
    const { head, body } = parser.parse(buildHocr(RESULT)).html;
    const meta = Object.fromEntries(head.meta.map((m: Record<string, string>) => [m['name'], m['content']]));
    expect(meta['ocr-system']).to.match(/^lienthong/);
    const capabilities = String(meta['ocr-capabilities']).split(' ');
    const pages = body.div as HocrNode[];
    const ids: string[] = [];

    expect(pages.map((page) => property(page, 'ppageno'))).to.deep.equal([[0], [1]]);
    for (const page of pages) {
      expect(capabilities).to.include(page.class).and.include('ocrp_wconf');
      ids.push(page.id);
      for (const row of page.span ?? []) {
        expect(capabilities).to.include(row.class);
        expect(isInside(property(row, 'bbox'), property(page, 'bbox')), row.id).to.equal(true);
        ids.push(row.id);
        for (const word of row.span ?? []) {
          expect(capabilities).to.include(word.class);
          expect(isInside(property(word, 'bbox'), property(row, 'bbox')), word.id).to.equal(true);
          expect(property(word, 'x_wconf')[0]).to.be.within(0, 100);
          ids.push(word.id);
        }
      }
    }
    expect(ids).to.have.length(2 + 2 + 6);
    expect(new Set(ids).size).to.equal(ids.length);
  });

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
