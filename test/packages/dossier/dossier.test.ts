import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  buildDossier,
  buildDossierXsd,
  checkDossier,
  type DossierBodies,
  type DossierKind,
  type DossierMessage,
  PackageError,
  parseDossier,
} from '../../../src/packages/index.ts';
import { failureOf } from '../support/bytes.ts';
import { xsdFaults } from '../support/xsd.ts';

const NOW = new Date('2026-11-21T03:00:00Z');
const FILE = { name: 'don.pdf', contentType: 'application/pdf', sizeBytes: 12_345, sha256: 'ab'.repeat(32) };
const FEE = { code: 'P1', name: 'Phí LLTP', collectedAt: 1, amountVnd: 200_000, feeType: 1 };
const PAPER = {
  id: 'TEP-1',
  name: 'Tờ khai',
  componentCode: 'TP1',
  file: FILE,
  deleted: false,
  digitised: true,
  reused: 0,
  fromNationalStore: false,
  substituteResultCode: 'KQ.G15.000001',
};
const RESULT = {
  id: 'KQ-1',
  name: 'Phiếu',
  resultCode: 'KQ.G15.000001',
  componentCode: 'TP2',
  paperNumber: '1/STP',
  file: FILE,
};

const BODIES: DossierBodies = {
  dossier: {
    procedureCode: '2.000488',
    procedureName: 'Cấp Phiếu lý lịch tư pháp',
    fieldCode: 'G15-LV07',
    fieldName: 'Lý lịch tư pháp',
    applicant: {
      type: 1,
      name: 'Nguyễn Văn A',
      identities: [{ type: 1, number: '038200000001' }],
      phone: '0912000000',
    },
    summary: 'Xin cấp <phiếu> & "bản sao"',
    channel: 2,
    submissionForm: 0,
    submittedVia: 2,
    submittedAt: '2026-11-19T17:00:00+07:00',
    receivedAt: '2026-11-20T08:30:00+07:00',
    dueAt: '2026-11-29T17:00:00+07:00',
    state: 2,
    handlingUnit: 'Sở Tư pháp',
    hasDigitisedComponents: true,
    verifiedByVneid: true,
    onlinePayment: 1,
    connectedDatabases: ['7'],
    components: [PAPER],
    fees: [FEE],
    otherPapers: [{ name: 'Ảnh', quantity: 2, paperType: 1 }],
    supplements: [
      {
        requestId: '1',
        requestedBy: 'B',
        content: 'Bổ sung ảnh',
        requestedAt: '2026-11-20T09:00:00+07:00',
        completed: true,
        receivedAt: '2026-11-20T11:00:00+07:00',
      },
    ],
    results: [RESULT],
  },
  progress: {
    steps: [
      { handler: 'Trần Thị B', content: 'Tiếp nhận', state: 2, handledAt: '2026-11-20T08:30:00+07:00' },
    ],
  },
  supplement: {
    requestId: '1',
    requestedBy: 'B',
    content: 'Bổ sung ảnh',
    requestedAt: '2026-11-20T09:00:00+07:00',
    completed: false,
    papers: [PAPER],
    fees: [FEE],
  },
  fee: { fees: [FEE], reason: 'Phí', payBefore: '2026-11-30T00:00:00+07:00' },
  payment: {
    reference: 'GD1',
    amountVnd: 200_000,
    paidAt: '2026-11-20T10:00:00+07:00',
    outcome: 1,
    fees: [FEE],
    receipt: FILE,
  },
  result: { state: 9, decidedAt: '2026-11-20T15:00:00+07:00', results: [RESULT] },
  rating: { score: 5, ratedAt: '2026-11-20T16:00:00+07:00', comment: 'Nhanh' },
  'postal-order': {
    orderNumber: 'VD-0001',
    direction: 2,
    orderedAt: '2026-11-20T16:00:00+07:00',
    sender: { name: 'Sở Tư pháp', phone: '02763822000', address: '1 Lê Lợi', provinceCode: '72' },
    receiver: {
      name: 'Nguyễn Văn A',
      phone: '0912000000',
      address: '2 Trần Phú',
      provinceCode: '72',
      districtCode: '703',
      wardCode: '25456',
      email: 'a@example.vn',
    },
    content: 'Phiếu lý lịch tư pháp',
    codAmountVnd: 0,
    trackingCode: 'EB123456789VN',
    state: 4,
    stateAt: '2026-11-20T18:00:00+07:00',
  },
  question: {
    questionId: 'CH-1',
    title: 'Hồ sơ của tôi',
    content: 'Khi nào có kết quả?',
    askedBy: 'Nguyễn Văn A',
    askedAt: '2026-11-20T16:00:00+07:00',
    answer: 'Ngày mai.',
    answeredBy: 'Trần Thị B',
    answeredAt: '2026-11-20T17:00:00+07:00',
  },
};

function sample<K extends DossierKind>(kind: K, change: Partial<DossierBodies[K]> = {}): DossierMessage {
  return {
    kind,
    messageId: '5a0ee9c0-0000-4000-8000-000000000001',
    from: { agencyCode: 'H56.14', name: 'Sở Tư pháp' },
    to: [{ agencyCode: 'G22' }, { agencyCode: '000.00.00.G15', name: 'Bộ Tư pháp' }],
    createdAt: '2026-11-21T09:00:00+07:00',
    dossierCode: 'H56.14-261120-0001',
    body: { ...BODIES[kind], ...change },
  } as DossierMessage;
}

const KINDS = Object.keys(BODIES) as DossierKind[];
const codes = (message: DossierMessage) => checkDossier(message, { now: NOW }).errors.map(({ code }) => code);

describe('dossier messages', () => {
  for (const kind of KINDS) {
    it(`come back as they went, valid by schema and rules: ${kind}`, async () => {
      const message = sample(kind);
      const bytes = buildDossier(message);

      expect(await parseDossier(bytes)).to.deep.equal({ message, errors: [], warnings: [] });
      expect(xsdFaults('dossier.xsd', bytes)).to.deep.equal([]);
      expect(checkDossier(message, { now: NOW })).to.deep.equal({ errors: [], warnings: [] });
    });
  }

  it('come back whatever the texts hold', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(text, text, async (summary, name) => {
        const message = sample('dossier', { summary, components: [{ name }] });
        let bytes: Uint8Array;
        try {
          bytes = buildDossier(message);
        } catch (error) {
          expect(error).to.be.instanceOf(PackageError).with.property('code', 'DOSSIER_BAD_CHARACTER');
          return;
        }
        expect((await parseDossier(bytes)).message).to.deep.equal(message);
      }),
      { numRuns: 300 },
    );
  });

  it('have a schema that is written from the same table as reading and writing', () => {
    const committed = readFileSync(new URL('../../../schemas/dossier.xsd', import.meta.url), 'utf8');

    expect(committed).to.equal(buildDossierXsd());
  });

  it('are judged alike by schema and rules', () => {
    const wrong: DossierMessage[] = [
      sample('dossier', { state: 11 as never }),
      sample('dossier', { procedureCode: 'abc' }),
      sample('dossier', { procedureName: '' }),
      sample('dossier', { summary: 'x'.repeat(1001) }),
      sample('dossier', { receivedAt: 'hôm nay' }),
      sample('dossier', { components: [{ name: 'x', file: { ...FILE, sha256: 'AB'.repeat(32) } }] }),
      sample('progress', { steps: [] }),
      sample('payment', { amountVnd: -1 }),
      { ...sample('rating'), to: [] } as DossierMessage,
      { ...sample('rating'), dossierCode: 'không' } as DossierMessage,
    ];
    for (const message of wrong) {
      expect(codes(message), JSON.stringify(message.body)).to.have.length.greaterThan(0);
      expect(
        xsdFaults('dossier.xsd', buildDossier(message)),
        JSON.stringify(message.body),
      ).to.have.length.greaterThan(0);
    }
  });

  for (const [name, message, code] of [
    [
      'a due date before reception',
      sample('dossier', { dueAt: '2026-11-01T00:00:00+07:00' }),
      'M.Dossier.DueAt',
    ],
    [
      'a reception in the future',
      sample('dossier', { receivedAt: '2026-11-25T00:00:00+07:00' }),
      'R.Dossier.ReceivedAt',
    ],
    [
      'a citizen number of nine digits',
      sample('dossier', {
        applicant: { type: 1, name: 'A', identities: [{ type: 1, number: '123456789' }] },
      }),
      'M.Dossier.Applicant.Identity.Number',
    ],
    ['a result that is no end', sample('result', { state: 4 }), 'M.ResultNotice.State'],
    [
      'a supplement done but never received',
      sample('supplement', { completed: true }),
      'N.Supplement.ReceivedAt',
    ],
    [
      'a step handled tomorrow',
      sample('progress', {
        steps: [{ handler: 'B', content: 'x', state: 4, handledAt: '2026-11-22T00:00:00+07:00' }],
      }),
      'R.Progress.Step.HandledAt',
    ],
    [
      'an agency code of no form',
      { ...sample('rating'), from: { agencyCode: '1234' } } as DossierMessage,
      'M.From.AgencyCode',
    ],
    [
      'an answer given before the question',
      sample('question', { answeredAt: '2026-11-20T15:00:00+07:00' }),
      'M.Question.AnsweredAt',
    ],
    [
      'a postal order to nowhere',
      sample('postal-order', { receiver: undefined as never }),
      'N.PostalOrder.Receiver',
    ],
    ['text where a number belongs', sample('rating', { score: '5' as never }), 'T.Rating.Score'],
    ['a body that is missing', { ...sample('fee'), body: undefined } as never, 'N.FeeRequest.Fee'],
  ] as const) {
    it(`are refused with ${code} for ${name}`, () => {
      expect(codes(message)).to.deep.equal([code]);
    });
  }

  it('tell unknown, repeated and mistyped elements with their place', async () => {
    const xml = Buffer.from(buildDossier(sample('rating'))).toString('utf8');
    const odd = xml
      .replace('<Score>5</Score>', '<Score>năm</Score><Extra/>')
      .replace('<RatedAt>', '<RatedAt>2026-01-01T00:00:00+07:00</RatedAt><RatedAt>');

    const { errors, warnings } = await parseDossier(Buffer.from(odd));

    expect(errors.map(({ code }) => code)).to.have.members(['T.Rating.Score', 'M.Rating.RatedAt']);
    expect(warnings.map(({ code }) => code)).to.deep.equal(['U.Rating.Extra']);
    expect(errors[0]?.line).to.be.greaterThan(1);
  });

  it('are refused when they are something else, have no body or two, a DTD, or are too large', async () => {
    const xml = Buffer.from(buildDossier(sample('rating'))).toString('utf8');
    const body = /<Rating>[\s\S]*<\/Rating>/.exec(xml)?.[0] ?? '';

    await failureOf(() => parseDossier(Buffer.from('<a/>')), 'DOSSIER_NOT_DOSSIER');
    await failureOf(() => parseDossier(Buffer.from(xml.replace(body, ''))), 'DOSSIER_NOT_DOSSIER');
    await failureOf(() => parseDossier(Buffer.from(xml.replace(body, body + body))), 'DOSSIER_NOT_DOSSIER');
    await failureOf(
      () => parseDossier(Buffer.from(xml.replace('<DossierMessage', '<!DOCTYPE a><DossierMessage'))),
      'DOSSIER_DTD_REFUSED',
    );
    await failureOf(
      () => parseDossier(Buffer.from(xml), { limits: { maxPackageBytes: 100 } }),
      'DOSSIER_TOO_LARGE',
    );
    await failureOf(() => parseDossier(Buffer.from(xml.slice(0, -10))), 'DOSSIER_NOT_WELL_FORMED');
  });

  it('may carry the signature of their sender, which is no part of the value', async () => {
    const message = sample('fee');
    const xml = Buffer.from(buildDossier(message)).toString('utf8');
    const signature =
      '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/></ds:Signature>';
    const signed = Buffer.from(xml.replace('</DossierMessage>', `${signature}</DossierMessage>`));

    expect(await parseDossier(signed)).to.deep.equal({ message, errors: [], warnings: [] });
    expect(xsdFaults('dossier.xsd', signed)).to.deep.equal([]);
  });

  it('can not be built from what is no message', async () => {
    await failureOf(
      () => buildDossier({ ...sample('rating'), kind: 'toString' } as never),
      'DOSSIER_BAD_FIELD',
    );
    await failureOf(
      () => buildDossier({ ...sample('fee'), body: { fees: FEE } } as never),
      'DOSSIER_BAD_FIELD',
    );
    await failureOf(() => buildDossier({ ...sample('fee'), body: null } as never), 'DOSSIER_BAD_FIELD');
  });
});
