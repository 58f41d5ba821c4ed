import { expect } from 'chai';
import fc from 'fast-check';
import {
  buildEdxml,
  type EdxmlDocument,
  type EdxmlMessage,
  type EdxmlStatus,
  type Organ,
  STATUS_CODES,
  type WireOrder,
} from '../../../src/packages/index.ts';
import { asSeen } from '../../../src/packages/invisible.ts';
import { collect } from '../support/bytes.ts';
import { describe as describeFile, parseAll, sourceOf } from '../support/package.ts';
import { sampleDocument, sampleStatus } from '../support/samples.ts';

/** Text XML can hold, markup characters, white space and astral characters included. */
const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('<', '>', '&', '"', "'", ']]>', '\r', '\n', '\t', ' ', 'Đ', 'ế', '🇻🇳'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 20,
  })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what XML 1.0 §2.2 forbids
  .map((value) => value.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '?'));
// A code with characters nobody sees is read without them, and told: see docs/adr/030.
const token = text.map(asSeen);
/** An entry of a list with nothing in it is none. */
const filled = token.filter((value) => value !== '');
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const day = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2100-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const moment = fc.tuple(day, fc.nat(86_399)).map(([date, second]) => {
  return `${date}T${new Date(second * 1000).toISOString().slice(11, 19)}+07:00`;
});
const number = fc.nat(999_999_999);

/** A record without the keys whose value is undefined, as the parser gives them. */
function record<T extends object>(
  shape: { [K in keyof T]-?: fc.Arbitrary<T[K] | undefined> },
): fc.Arbitrary<T> {
  return fc
    .record(shape as Record<string, fc.Arbitrary<unknown>>)
    .map((value) => Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T);
}

const organ = record<Organ>({
  organId: token,
  organizationInCharge: optional(text),
  organName: text,
  organAdd: optional(text),
  email: optional(token),
  telephone: optional(token),
  fax: optional(token),
  website: optional(token),
});
const staffInfo = record({
  department: optional(text),
  departmentId: optional(token),
  staff: optional(text),
  staffId: optional(token),
  email: optional(token),
  mobile: optional(token),
});
const responseFor = record({
  organId: filled,
  code: optional(token),
  documentId: optional(token),
  promulgationDate: optional(day),
});

const documents: fc.Arbitrary<EdxmlDocument> = record<EdxmlDocument>({
  kind: fc.constant('document' as const),
  from: organ,
  to: fc.array(organ, { maxLength: 3 }),
  documentId: token,
  code: record({ codeNumber: token, codeNotation: token }),
  promulgationInfo: record({ place: text, promulgationDate: day }),
  documentType: record<EdxmlDocument['documentType']>({
    type: number,
    typeDetail: optional(number),
    typeName: text,
  }),
  subject: text,
  content: optional(text),
  signerInfo: optional(
    record({ competence: optional(text), position: optional(text), fullName: optional(text) }),
  ),
  dueDate: optional(day),
  otherInfo: optional(
    record({
      priority: optional(number),
      sphereOfPromulgation: optional(text),
      typerNotation: optional(text),
      promulgationAmount: optional(number),
      pageAmount: optional(number),
      replyFors: optional(text),
      direction: optional(fc.boolean()),
      referenceCodes: optional(text),
      appendixes: optional(fc.array(text, { maxLength: 3 })),
    }),
  ),
  responseFor: fc.array(responseFor, { maxLength: 2 }),
  steeringType: optional(number),
  toPlaces: optional(fc.array(text, { maxLength: 3 })),
  responseForTask: optional(fc.array(text, { maxLength: 2 })),
  applicationType: optional(text),
  traceAttributes: optional(
    fc.record({ id: token, version: fc.constant('1.0'), mustUnderstand: fc.constant('1'), actor: token }),
  ),
  traceHeaders: fc.array(record({ organId: token, timestamp: moment }), { maxLength: 3 }),
  business: record<EdxmlDocument['business']>({
    documentId: optional(token),
    businessDocType: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const),
    businessDocReason: optional(text),
    paper: optional(number),
    businessDocumentInfo: optional(
      record({
        documentInfo: optional(number),
        documentReceiver: optional(number),
        receiverList: optional(fc.array(record({ organId: token, receiverType: number }), { maxLength: 2 })),
      }),
    ),
    replacementInfoList: optional(
      fc.array(record({ documentId: filled, organIdList: fc.array(filled, { maxLength: 2 }) }), {
        maxLength: 2,
      }),
    ),
    staffInfo: optional(staffInfo),
  }),
  attachments: fc.constant([]),
  rawDates: fc.constant(undefined),
  extensions: fc.constant(undefined),
  signatureXml: fc.constant(undefined),
});

const statuses: fc.Arbitrary<EdxmlStatus> = record<EdxmlStatus>({
  kind: fc.constant('status' as const),
  from: organ,
  responseFor,
  staffInfo: optional(staffInfo),
  statusCode: fc.constantFrom(...Object.keys(STATUS_CODES)),
  description: optional(text),
  timestamp: moment,
  rawDates: fc.constant(undefined),
  extensions: fc.constant(undefined),
  signatureXml: fc.constant(undefined),
});

const orders = fc.constantFrom<WireOrder>('vxp', 'qcvn');

async function expectSame(message: EdxmlMessage, order: WireOrder): Promise<void> {
  const parsed = await parseAll(await collect(buildEdxml(message, [], { order })));

  expect(parsed.message).to.deep.equal(message);
  expect(parsed.warnings).to.deep.equal([]);
  expect(parsed.errors).to.deep.equal([]);
}

describe('edXML round trip', () => {
  it('gives back any document it built, in both orders', async () => {
    await fc.assert(fc.asyncProperty(documents, orders, expectSame), { numRuns: 300 });
  });

  it('gives back any status message it built', async () => {
    await fc.assert(fc.asyncProperty(statuses, orders, expectSame), { numRuns: 300 });
  });

  it('gives back any attachments with their bytes, zipped or not', async () => {
    const file = fc.tuple(
      fc.uint8Array({ maxLength: 5000 }),
      fc.boolean(),
      fc.constantFrom('a.pdf', 'Văn bản.doc', 'noextension', 'b.docx'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(file, { maxLength: 4 }),
        fc.integer({ min: 1, max: 5000 }),
        async (files, chunkBytes) => {
          const attachments = files.map(([bytes, zipped, name], index) =>
            describeFile(`f${index}`, name, bytes, zipped),
          );
          const message = { ...sampleDocument(), attachments };
          const sources = files.map(([bytes], index) => sourceOf(`f${index}`, bytes));
          const parsed = await parseAll(await collect(buildEdxml(message, sources)), { chunkBytes });

          expect(parsed.message).to.deep.equal(message);
          files.forEach(([bytes], index) => {
            expect(parsed.files.get(`f${index}`)).to.deep.equal(Buffer.from(bytes));
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('takes MimeType for the type of a zipped file whose sender gave no ContentType, and does not drift', async () => {
    const bytes = Buffer.from('nội dung');
    const message = { ...sampleDocument(), attachments: [describeFile('f', 'a.pdf', bytes, true)] };
    const xml = (await collect(buildEdxml(message, [sourceOf('f', bytes)]))).toString();
    const untyped = xml.replace(/<ContentType>application\/zip<\/ContentType>/, '');

    const once = (await parseAll(untyped)).message;
    const twice = (await parseAll(await collect(buildEdxml(once, [sourceOf('f', bytes)])))).message;

    expect(untyped).to.not.equal(xml);
    expect(twice).to.deep.equal(once);
  });

  it('builds the same bytes from the same input', async () => {
    const bytes = Buffer.from('nội dung');
    const message = { ...sampleDocument(), attachments: [describeFile('f', 'a.pdf', bytes)] };

    const first = await collect(buildEdxml(message, [sourceOf('f', bytes)]));
    const second = await collect(buildEdxml(message, [sourceOf('f', bytes)]));

    expect(first.equals(second)).to.equal(true);
  });

  it('keeps unknown elements and the signature where they were', async () => {
    const message: EdxmlDocument = {
      ...sampleDocument(),
      signatureXml:
        '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo Id="a&amp;b">x</SignedInfo></Signature>',
      extensions: [
        { path: 'MessageHeader.To[2]', xml: '<x:Ma xmlns:x="urn:a" x:k="1">1<x:B/></x:Ma>' },
        {
          path: 'TraceHeaderList.Bussiness',
          xml: '<Note xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">hi</Note>',
        },
      ],
    };

    const parsed = await parseAll(await collect(buildEdxml(message)));

    expect(parsed.message).to.deep.equal(message);
    expect(parsed.warnings.map(({ code }) => code)).to.have.members([
      'U.MessageHeader.To.Ma',
      'U.TraceHeaderList.Bussiness.Note',
    ]);
  });

  it('keeps an unknown element without text the same however often it is passed on', async () => {
    const built = (await collect(buildEdxml(sampleDocument()))).toString('utf8');
    const unknown = '<x:Ma xmlns:x="urn:a"><x:B><![CDATA[]]></x:B></x:Ma>';
    const bytes = Buffer.from(built.replace('</edXML:MessageHeader>', `${unknown}</edXML:MessageHeader>`));

    const first = (await parseAll(bytes)).message;
    const second = (await parseAll(await collect(buildEdxml(first)))).message;

    expect(first.extensions?.map(({ xml }) => xml)).to.deep.equal(['<x:Ma xmlns:x="urn:a"><x:B/></x:Ma>']);
    expect(second).to.deep.equal(first);
  });

  it('does not drift when a status is built from its own parse again', async () => {
    const once = (await parseAll(await collect(buildEdxml(sampleStatus())))).message;
    const twice = (await parseAll(await collect(buildEdxml(once)))).message;

    expect(twice).to.deep.equal(sampleStatus());
  });
});
