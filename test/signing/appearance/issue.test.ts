import { expect } from 'chai';
import { drawSealPng, drawSignaturePng } from '../../../src/signing/appearance/index.ts';
import { inspectPdf } from '../../../src/signing/pdf/index.ts';
import { makePdf, type PdfLine } from '../pdf/make-pdf.ts';
import { attempt, errorCode, run, scratch } from '../test-pki/shared.ts';
import { sign } from './support.ts';

const LEADER = 'Nguyễn Văn An';
const ISSUE = { number: '7', date: '2026-02-03' };

/** A decision with blanks for number and date. */
function draft(
  number = 'Số:       /QĐ-UBND',
  date = 'Mẫu, ngày      tháng      năm 2026',
): readonly PdfLine[] {
  return [
    { text: 'ỦY BAN NHÂN DÂN', x: 160, y: 770 },
    { text: 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM', x: 400, y: 770 },
    { text: number, x: 160, y: 735 },
    { text: date, x: 410, y: 735 },
    { text: 'Căn cứ Quyết định số 12/QĐ-BNV ngày 05 tháng 6 năm 2026;', x: 298, y: 640 },
    { text: 'CHỦ TỊCH', x: 430, y: 384 },
    { text: LEADER, x: 430, y: 300, size: 14 },
  ];
}

const asLeader = (pdf: Uint8Array, more: object = {}): Promise<Uint8Array> =>
  sign(pdf, 'leader', { profile: 'leader', anchorName: LEADER, imagePng: drawSignaturePng(LEADER), ...more });
const asAgency = (pdf: Uint8Array, more: object = {}): Promise<Uint8Array> =>
  sign(pdf, 'agency', { profile: 'agency', imagePng: drawSealPng('Ủy ban nhân dân'), ...more });
const textOf = (pdf: Uint8Array): string => run('pdftotext', '-layout', scratch('issue.pdf', pdf), '-');
const firstLine = (pdf: Uint8Array): string =>
  textOf(pdf)
    .split('\n')
    .find((line) => line.includes('QĐ-UBND')) ?? '';

describe('number and date at issue', () => {
  it('stand in the blanks, signed by the agency after the leader and before the seal', async () => {
    const signed = await asLeader(makePdf({ lines: draft() }));

    const sealed = await asAgency(signed, { issue: ISSUE, documentCode: '07/QĐ-UBND' });

    expect(firstLine(sealed).replace(/\s+/g, ' ')).to.match(
      /Số: ?07 ?\/QĐ-UBND Mẫu, ngày ?03 ?tháng ?02 ?năm 2026/,
    );
    const facts = await inspectPdf(sealed);
    expect(facts).to.have.length(3);
    expect(facts.every((item) => item.digestsMatch === true && item.signatureValid === true)).to.equal(true);
    const { output } = attempt('pdfsig', '-nocert', scratch('sealed.pdf', sealed));
    expect(output.match(/Signature is Valid/g)).to.have.length(3);
    expect(output).to.contain('Total document signed');
  });

  it('are part of the page while nobody has signed', async () => {
    for (const structure of ['table', 'stream'] as const) {
      const signed = await asLeader(makePdf({ lines: draft(), structure }), { issue: ISSUE });

      expect(firstLine(signed).replace(/\s+/g, ' '), structure).to.match(/Số: ?07 ?\/QĐ-UBND/);
      expect(await inspectPdf(signed)).to.have.length(1);
      expect((await asAgency(signed)).length).to.be.above(signed.length);
    }
  });

  it('stand upright in their place on turned and cropped pages', async () => {
    const turned = [
      [90, [0, 1, -1, 0, 595, 0]],
      [180, [-1, 0, 0, -1, 595, 842]],
      [270, [0, -1, 1, 0, 0, 842]],
    ] as const;
    const lines = draft().map((line) => ({ ...line, y: line.y - 240 }));
    for (const [rotate, matrix] of turned) {
      const signed = await asLeader(makePdf({ lines, rotate, matrix, cropBox: [5, 6, 590, 836] }), {
        issue: ISSUE,
      });

      expect(firstLine(signed).replace(/\s+/g, ' '), `turned by ${rotate}`).to.match(
        /Số: ?07 ?\/QĐ-UBND Mẫu, ngày ?03 ?tháng ?02/,
      );
    }
  });

  it('can be a step of its own, and the seal then asks for nothing more', async () => {
    const signed = await asLeader(makePdf({ lines: draft() }));
    expect(await errorCode(() => asAgency(signed))).to.equal('SIGNING_NUMBER_MISSING');

    const numbered = await sign(signed, 'agency', { profile: 'issue', issue: ISSUE });

    expect((await inspectPdf(await asAgency(numbered))).length).to.equal(3);
  });

  it('must agree with what is printed, and fill only what is blank', async () => {
    const printed = await asLeader(
      makePdf({ lines: draft('Số: 07/QĐ-UBND', 'Mẫu, ngày 03 tháng 02 năm 2026') }),
    );

    expect((await inspectPdf(await asAgency(printed, { issue: ISSUE }))).length).to.equal(2);
    for (const issue of [
      { ...ISSUE, number: '8' },
      { ...ISSUE, date: '2026-02-04' },
    ])
      expect(await errorCode(() => asAgency(printed, { issue }))).to.equal('SIGNING_NUMBER_CONFLICT');
    expect(await errorCode(() => asAgency(printed, { issue: ISSUE, documentCode: '07/QĐ-SNV' }))).to.equal(
      'SIGNING_NUMBER_CONFLICT',
    );
  });

  it('write the notation too where only "Số:" is printed, over dots as well', async () => {
    const bare = await asLeader(makePdf({ lines: draft('Số:', 'Mẫu, ngày … tháng … năm 2026') }), {
      issue: ISSUE,
      documentCode: '07/QĐ-UBND',
    });
    const dots = await asLeader(makePdf({ lines: draft('Số: ......../QĐ-UBND') }), { issue: ISSUE });

    expect(firstLine(bare).replace(/\s+/g, ' ')).to.match(/Số: ?07\/QĐ-UBND/);
    expect(textOf(dots)).to.contain('07');
  });

  it('are refused where the page has no place, or they are no number and date', async () => {
    const without = makePdf({ lines: [{ text: LEADER, x: 400, y: 300 }] });

    expect(await errorCode(() => asLeader(without, { issue: ISSUE }))).to.equal('SIGNING_ANCHOR_NOT_FOUND');
    for (const issue of [
      { ...ISSUE, number: 'bảy' },
      { ...ISSUE, date: '2026-02-30' },
      { ...ISSUE, date: '03/02/2026' },
    ])
      expect(await errorCode(() => asLeader(makePdf({ lines: draft() }), { issue }))).to.equal(
        'SIGNING_OPTION_INVALID',
      );
  });
});

describe('the order of signatures (NĐ 30/2020 art. 32)', () => {
  const lines = draft('Số: 07/QĐ-UBND', 'Mẫu, ngày 03 tháng 02 năm 2026');

  it('refuses a leader after the seal, and a number after it', async () => {
    const sealed = await asAgency(await asLeader(makePdf({ lines })));

    expect(
      await errorCode(() => sign(sealed, 'leader-ec', { profile: 'leader', box: [40, 40, 90, 40] })),
    ).to.equal('SIGNING_ORDER_WRONG');
    expect(await errorCode(() => sign(sealed, 'agency', { profile: 'issue', issue: ISSUE }))).to.equal(
      'SIGNING_ORDER_WRONG',
    );
  });

  it('lets several leaders sign before the seal, and copies and arrivals come after it', async () => {
    const both = await sign(await asLeader(makePdf({ lines })), 'leader-ec', {
      profile: 'leader',
      box: [60, 300, 120, 50],
    });
    const sealed = await asAgency(both);
    const copied = await sign(sealed, 'agency-ec', { profile: 'copy' });
    const arrived = await sign(copied, 'agency-ec', {
      profile: 'incoming',
      incoming: { number: '9', date: '05/02/2026' },
      box: [400, 780, 150, 50],
    });

    expect((await inspectPdf(arrived)).every((item) => item.digestsMatch === true)).to.equal(true);
  });

  it('signs nothing more on a document whose signature is broken', async () => {
    const signed = await asLeader(makePdf({ lines }));
    const tampered = Uint8Array.from(signed);
    const at = Buffer.from(tampered).indexOf('/MediaBox');
    tampered[at + 11] = 0x31;

    for (const profile of ['copy', 'incoming', 'leader'] as const)
      expect(
        await errorCode(() =>
          sign(tampered, 'agency-ec', {
            profile,
            box: [10, 10, 90, 40],
            incoming: { number: '1', date: 'x' },
          }),
        ),
        profile,
      ).to.equal('SIGNING_EARLIER_BROKEN');
  });
});
