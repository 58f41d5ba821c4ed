import { expect } from 'chai';
import { after, before, describe, it } from 'mocha';
import { PDFDocument, PDFName } from 'pdf-lib';
import {
  createOcrService,
  makeScannedApplication,
  type OcrEngine,
  type OcrOutput,
  type OcrService,
} from '../../src/ocr/index.ts';
import { createProcessEngine } from '../../src/ocr/process/pool.ts';
import { codeOf, pdftotext, qpdfCheck } from './support.ts';

/** Letters without marks: how poppler's text is compared, so that one misread accent does not hide a lost word. */
const words = (text: string): string[] =>
  text
    .normalize('NFC')
    .split(/\s+/)
    .filter((w) => w !== '');

describe('ocr: a scanned application', () => {
  let service: OcrService;
  let scan: Uint8Array;
  let output: OcrOutput;
  const stages: string[] = [];
  /** Called when a page has gone to the process that reads it. */
  let reading = (): void => {};

  before(async () => {
    const real = createProcessEngine({ jobs: 1, language: 'vie', niceness: 0 });
    const engine: OcrEngine = {
      readPage(page, signal) {
        const answer = real.readPage(page, signal);
        setImmediate(() => reading());
        return answer;
      },
      close: () => real.close(),
    };
    service = createOcrService({ jobs: 1, engine });
    scan = await makeScannedApplication(7, {
      applicantName: 'TRẦN THỊ HỒNG NHUNG',
      identityNumber: '048092011357',
    });
    output = await service.recognize([{ name: 'to-khai.pdf', bytes: scan }], {
      onProgress: ({ stage }) => stages.push(stage),
    });
  });
  after(() => service.close());

  it('gives the fields the form was filled in with', () => {
    const { fields } = output.result;

    expect(fields.applicantName?.value).to.equal('TRẦN THỊ HỒNG NHUNG');
    expect(fields.identityNumber?.value).to.equal('048092011357');
    expect(fields.dateOfBirth?.value).to.equal('1994-09-15');
    expect(fields.dossierCode?.value).to.equal('H17.28-261104-0152');
    expect(fields.promulgationDate?.value).to.equal('2026-11-04');
    expect(fields.place?.value).to.equal('Hải Vân');
    expect(fields.typeName?.value).to.equal('Tờ khai yêu cầu cấp Phiếu lý lịch tư pháp');
    expect(fields.addressees?.value).to.deep.equal(['Sở Tư pháp thành phố Hải Vân']);
    expect(fields.purpose?.value).to.equal('Bổ sung hồ sơ xin việc làm');
  });

  it('leaves fields that are not on the form empty', () => {
    const { fields } = output.result;

    expect(fields.issuingAgency).to.equal(null);
    expect(fields.superiorAgency).to.equal(null);
    expect(fields.codeNumber).to.equal(null);
    expect(fields.recipients).to.equal(null);
  });

  it('points at the place of a value on the page', () => {
    const name = output.result.fields.applicantName;
    const page = output.result.pages[0];

    expect(name?.page).to.equal(1);
    expect(name?.confidence).to.be.within(0.5, 1);
    const [x0, y0, x1, y1] = name?.box ?? [0, 0, 0, 0];
    // The form has the name in its upper third, right of the label.
    expect(x0).to.be.within(380, 520);
    expect(x1).to.be.within(700, 1100);
    expect(y1 - y0).to.be.within(20, 80);
    expect(y0).to.be.lessThan((page?.height ?? 0) / 3);
  });

  it('measures the slant of the scan', () => {
    const page = output.result.pages[0];

    expect(Math.abs(page?.skewDegrees ?? 0)).to.be.within(1, 1.6);
    expect(page?.rotation).to.equal(0);
    expect(page?.source).to.equal('ocr');
    expect([page?.width, page?.height, page?.dpi]).to.deep.equal([1654, 2339, 200]);
  });

  it('writes a PDF in which poppler finds the words, in Vietnamese', () => {
    const found = words(pdftotext(output.pdf));
    const expected = words(output.text);

    const missing = expected.filter((word) => !found.includes(word));
    expect(missing.length / expected.length).to.be.lessThan(0.03);
    expect(found.join(' ')).to.contain('TỜ KHAI YÊU CẦU CẤP PHIẾU LÝ LỊCH TƯ PHÁP');
  });

  it('writes a PDF without structural errors that keeps the scanned image', async () => {
    expect(qpdfCheck(output.pdf)).to.contain('No syntax or stream encoding errors');
    const jpeg = await imageBytes(scan);
    expect(Buffer.from(await imageBytes(output.pdf)).equals(Buffer.from(jpeg))).to.equal(true);
  });

  it('keeps its own layer when the searchable PDF comes back, and reads anew when asked', async () => {
    const kept = await service.recognize([{ name: 'a.pdf', bytes: output.pdf }]);
    const anew = await service.recognize([{ name: 'a.pdf', bytes: output.pdf }], { redo: true });

    expect(kept.result.pages[0]?.source).to.equal('text-layer');
    expect(kept.result.fields.applicantName?.value).to.equal('TRẦN THỊ HỒNG NHUNG');
    expect(anew.result.pages[0]?.source).to.equal('ocr');
    // The old layer is gone: the name stands in the text once on its line, not twice.
    expect(pdftotext(anew.pdf).split('TRẦN THỊ HỒNG NHUNG').length).to.equal(2);
  });

  it('tells its progress from opening to the end', () => {
    expect(stages[0]).to.equal('open');
    expect(stages).to.include('page');
    expect(stages.at(-1)).to.equal('done');
  });

  it('stops when the caller cancels while a page is being read', async () => {
    reading = () => controller.abort();
    const controller = new AbortController();

    const cancelled = service.recognize([{ name: 'a.pdf', bytes: scan }], { signal: controller.signal });

    expect(await codeOf(cancelled)).to.equal('OCR_CANCELLED');
    reading = () => {};
  });

  it('goes on working after that, and gives the same bytes for the same input', async () => {
    const again = await service.recognize([{ name: 'another-name.pdf', bytes: scan }]);

    expect(Buffer.from(again.pdf).equals(Buffer.from(output.pdf))).to.equal(true);
    expect(again.result).to.deep.equal(output.result);
  });
});

async function imageBytes(pdf: Uint8Array): Promise<Uint8Array> {
  const document = await PDFDocument.load(pdf, { updateMetadata: false });
  for (const [, object] of document.context.enumerateIndirectObjects()) {
    if ('dict' in object && 'contents' in object) {
      const stream = object as unknown as { dict: { get(name: PDFName): unknown }; contents: Uint8Array };
      if (stream.dict.get(PDFName.of('Subtype')) === PDFName.of('Image')) return stream.contents;
    }
  }
  throw new Error('no image in the PDF');
}
