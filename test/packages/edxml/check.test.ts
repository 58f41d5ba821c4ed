import { expect } from 'chai';
import {
  checkEdxml,
  type EdxmlDocument,
  type EdxmlMessage,
  type EdxmlStatus,
} from '../../../src/packages/index.ts';
import { describe as describeFile } from '../support/package.ts';
import { sampleDocument, sampleOrgan, sampleStatus } from '../support/samples.ts';

const NOW = new Date('2026-11-21T03:00:00Z');
const FILES = [describeFile('f1', 'a.pdf', Buffer.from('x'))];

type Loose = { [key: string]: unknown };

/** The sample document with the value at `path` replaced (deleted when undefined). */
function changed(
  path: string,
  value: unknown,
  base: EdxmlMessage = { ...sampleDocument(), attachments: FILES },
): EdxmlMessage {
  const copy = structuredClone(base) as unknown as Loose;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const holder = keys.reduce<Loose>((at, key) => at[key] as Loose, copy);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return copy as unknown as EdxmlMessage;
}

function errorsOf(message: EdxmlMessage, isKnownAgency?: (code: string) => boolean): string[] {
  return checkEdxml(message, { now: NOW, ...(isKnownAgency ? { isKnownAgency } : {}) }).errors.map(
    ({ code }) => code,
  );
}

describe('checking an edXML document', () => {
  it('finds nothing wrong with a sound one', () => {
    expect(checkEdxml({ ...sampleDocument(), attachments: FILES }, { now: NOW })).to.deep.equal({
      errors: [],
      warnings: [],
    });
  });

  it('says of what is badly formed which form is wanted', () => {
    for (const [path, value, form] of [
      ['from.organId', '12345', '000.00.15.H53'],
      ['promulgationInfo.promulgationDate', 'hôm nay', 'yyyy/MM/dd'],
      ['from.email', 'N/A', '@'],
    ] as const)
      for (const { vi, en } of checkEdxml(changed(path, value), { now: NOW }).errors) {
        expect(vi).to.include(`cần dạng`).and.to.include(form);
        expect(en).to.include(form);
      }
  });

  const faults: [path: string, value: unknown, code: string][] = [
    ['from.organId', '', 'N.MessageHeader.From.OrganId'],
    ['from.organId', '12345', 'M.MessageHeader.From.OrganId'],
    ['from.organName', undefined, 'N.MessageHeader.From.OrganName'],
    ['from.organName', 'x'.repeat(201), 'R.MessageHeader.From.OrganName'],
    ['from.email', 'khong-phai-email', 'M.MessageHeader.From.Email'],
    ['from.telephone', '0'.repeat(21), 'R.MessageHeader.From.Telephone'],
    ['to', [], 'N.MessageHeader.To'],
    ['to.0.organId', '   ', 'N.MessageHeader.To.OrganId'],
    ['to.1.organId', '000.00.13.h53', 'M.MessageHeader.To.OrganId'],
    ['documentId', '', 'N.MessageHeader.DocumentId'],
    ['code.codeNumber', '', 'N.MessageHeader.Code.CodeNumber'],
    ['code.codeNumber', '123456789012', 'R.MessageHeader.Code.CodeNumber'],
    ['code.codeNotation', 'x'.repeat(31), 'R.MessageHeader.Code.CodeNotation'],
    ['promulgationInfo.place', undefined, 'N.MessageHeader.PromulgationInfo.Place'],
    ['promulgationInfo.promulgationDate', '30/10/2026', 'M.MessageHeader.PromulgationInfo.PromulgationDate'],
    ['promulgationInfo.promulgationDate', '2026-02-30', 'M.MessageHeader.PromulgationInfo.PromulgationDate'],
    ['promulgationInfo.promulgationDate', '2026-11-22', 'R.MessageHeader.PromulgationInfo.PromulgationDate'],
    ['documentType.type', -1, 'N.MessageHeader.DocumentType.Type'],
    ['documentType.type', '1', 'T.MessageHeader.DocumentType.Type'],
    ['documentType.typeName', '', 'N.MessageHeader.DocumentType.TypeName'],
    ['subject', '', 'N.MessageHeader.Subject'],
    ['subject', 'ế'.repeat(501), 'R.MessageHeader.Subject'],
    ['subject', 7, 'T.MessageHeader.Subject'],
    ['content', 'x'.repeat(501), 'R.MessageHeader.Content'],
    ['dueDate', 'mai', 'M.MessageHeader.DueDate'],
    ['otherInfo.priority', 5, 'R.MessageHeader.OtherInfo.Priority'],
    ['otherInfo.priority', 1.5, 'T.MessageHeader.OtherInfo.Priority'],
    ['otherInfo.direction', 'true', 'T.MessageHeader.OtherInfo.Direction'],
    ['otherInfo.appendixes.1', 'x'.repeat(251), 'R.MessageHeader.OtherInfo.Appendixes.Appendix'],
    ['toPlaces.0', 'x'.repeat(151), 'R.MessageHeader.ToPlaces.Place'],
    ['toPlaces', Array(8).fill('x'.repeat(126)), 'R.MessageHeader.ToPlaces'],
    ['responseFor.0.organId', undefined, 'N.MessageHeader.ResponseFor.OrganId'],
    ['traceHeaders', [], 'N.TraceHeaderList.TraceHeader'],
    ['traceHeaders.0.timestamp', 'sáng nay', 'M.TraceHeaderList.TraceHeader.Timestamp'],
    ['business', undefined, 'N.TraceHeaderList.Bussiness.BussinessDocType'],
    ['business.businessDocType', -1, 'N.TraceHeaderList.Bussiness.BussinessDocType'],
    ['business.businessDocType', 4, 'R.TraceHeaderList.Bussiness.BussinessDocType'],
    ['business', { businessDocType: 1 }, 'N.TraceHeaderList.Bussiness.BussinessDocReason'],
    [
      'business',
      { businessDocType: 3, businessDocReason: 'x' },
      'N.TraceHeaderList.Bussiness.ReplacementInfoList',
    ],
    ['business.paper', 2, 'R.TraceHeaderList.Bussiness.Paper'],
    ['attachments.0.name', '', 'N.AttachmentEncoded.Attachment.AttachmentName'],
    ['attachments', [...FILES, ...FILES], 'M.AttachmentEncoded.Attachment.ContentId'],
  ];
  for (const [path, value, code] of faults) {
    it(`answers ${code} when ${path} is ${JSON.stringify(value)?.slice(0, 40)}`, () => {
      expect(errorsOf(changed(path, value))).to.deep.equal([code]);
    });
  }

  it('tells every fault at once, in both languages, with positions in lists', () => {
    const message = changed('to.1', { organId: '', organName: '' });

    const { errors } = checkEdxml(changed('subject', '', message), { now: NOW });

    expect(errors.map(({ code, path }) => [code, path])).to.have.deep.members([
      ['N.MessageHeader.To.OrganId', 'MessageHeader.To[2].OrganId'],
      ['N.MessageHeader.To.OrganName', 'MessageHeader.To[2].OrganName'],
      ['N.MessageHeader.Subject', 'MessageHeader.Subject'],
    ]);
    for (const { vi, en } of errors)
      expect([vi, en]).to.satisfy((texts: string[]) => texts.every((text) => text.length > 5));
  });

  it('counts an accented letter as one character however it is encoded', () => {
    expect(errorsOf(changed('subject', 'ế'.normalize('NFD').repeat(500)))).to.deep.equal([]);
  });

  it('takes today in Vietnam as not in the future', () => {
    const lateEvening = new Date('2026-11-21T18:00:00Z');

    const { errors } = checkEdxml(changed('promulgationInfo.promulgationDate', '2026-11-22'), {
      now: lateEvening,
    });

    expect(errors).to.deep.equal([]);
  });

  it('lets the directory decide which agencies exist', () => {
    const known = (code: string) => code !== 'H56.14';
    const odd = changed('from', sampleOrgan('000.1137.H53', 'Mã lạ nhưng có trong danh bạ'));

    expect(errorsOf(changed('responseFor', []), known)).to.deep.equal(['M.MessageHeader.To.OrganId']);
    expect(errorsOf(odd, () => true)).to.deep.equal([]);
    expect(errorsOf(odd)).to.deep.equal(['M.MessageHeader.From.OrganId']);
  });

  it('warns of an integration centre as recipient, of a new document without file, of an identifier that disagrees', () => {
    const warn = (message: EdxmlMessage) =>
      checkEdxml(message, { now: NOW }).warnings.map(({ code }) => code);

    expect(warn(changed('to.0.organId', '00.53.W00'))).to.deep.equal(['M.MessageHeader.To.OrganId']);
    expect(warn(changed('attachments', []))).to.deep.equal(['N.AttachmentEncoded.Attachment']);
    expect(warn(changed('code.codeNumber', '13'))).to.deep.equal(['M.MessageHeader.DocumentId']);
  });

  it('survives any JSON in the place of a document', () => {
    for (const value of [
      {},
      { to: 'x' },
      { to: [null], business: 1, attachments: [null], code: [] },
      { from: null, traceHeaders: {} },
    ]) {
      const message = { kind: 'document', ...value } as unknown as EdxmlDocument;
      expect(errorsOf(message)).to.include('N.MessageHeader.Subject');
    }
  });
});

describe('checking a status message', () => {
  it('finds nothing wrong with a sound one', () => {
    expect(checkEdxml(sampleStatus(), { now: NOW })).to.deep.equal({ errors: [], warnings: [] });
  });

  for (const [path, value, code] of [
    ['statusCode', '', 'N.MessageHeader.StatusCode'],
    ['statusCode', '07', 'R.MessageHeader.StatusCode'],
    ['timestamp', '', 'N.MessageHeader.Timestamp'],
    ['timestamp', 'hôm qua', 'M.MessageHeader.Timestamp'],
    ['responseFor.organId', '', 'N.MessageHeader.ResponseFor.OrganId'],
    ['responseFor', { organId: 'H56.14' }, 'N.MessageHeader.ResponseFor.DocumentId'],
    ['staffInfo.email', 'x', 'M.MessageHeader.StaffInfo.Email'],
    ['description', 'x'.repeat(501), 'R.MessageHeader.Description'],
  ] as const) {
    it(`answers ${code} when ${path} is ${JSON.stringify(value).slice(0, 40)}`, () => {
      expect(errorsOf(changed(path, value, sampleStatus()))).to.deep.equal([code]);
    });
  }

  it('survives a status without anything', () => {
    expect(errorsOf({ kind: 'status' } as unknown as EdxmlStatus)).to.include('N.MessageHeader.StatusCode');
  });
});
