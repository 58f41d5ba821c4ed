import { toAgencyCode } from '../agency-code.ts';
import { foldVietnamese } from '../fold.ts';
import { asSeen } from '../invisible.ts';
import { PRIORITIES } from './code-tables.ts';
import { defined, type Fields } from './fields.ts';
import type {
  Business,
  BusinessDocType,
  BusinessDocumentInfo,
  EdxmlDocument,
  EdxmlStatus,
  Organ,
  OtherInfo,
  ResponseFor,
  SignerInfo,
  StaffInfo,
  TraceHeader,
} from './types.ts';
import { ORGAN_FIELDS, SIGNER_FIELDS, STAFF_FIELDS, TRACE_ATTRIBUTES, WIRE } from './wire-names.ts';

/** A document as its `MessageHeader` and `TraceHeaderList` tell it; attachments and leftovers come from elsewhere. */
export type DocumentHead = Omit<EdxmlDocument, 'attachments' | 'rawDates' | 'extensions' | 'signatureXml'>;
export type StatusHead = Omit<EdxmlStatus, 'rawDates' | 'extensions' | 'signatureXml'>;

const TOKENS = new Set<string>(['departmentId', 'staffId', 'email', 'telephone', 'fax', 'website', 'mobile']);

/** Reads a document's header. `outside`: where else `Bussiness` may have been put. What is missing reads as '' (texts) or -1 (numbers): `checkEdxml` names it. */
export function readDocumentHead(
  header: Fields,
  trace: Fields | undefined,
  outside: readonly Fields[] = [],
): DocumentHead {
  const head = defined<DocumentHead>({
    kind: 'document',
    from: readOrgan(header.group(WIRE.from)),
    to: recipientsOf(header).map((group) => readOrgan(group)),
    documentId: header.opaque(WIRE.documentId) ?? '',
    code: readCode(header),
    promulgationInfo: readPromulgation(header),
    documentType: readDocumentType(header),
    subject: header.text(WIRE.subject) ?? '',
    content: header.text(WIRE.contentText),
    signerInfo: readTexts<SignerInfo>(header.group(WIRE.signerInfo), SIGNER_FIELDS),
    dueDate: header.date(WIRE.dueDate),
    otherInfo: readOtherInfo(header.group(WIRE.otherInfo)),
    responseFor: filled(header, WIRE.responseFor).map((group) => readResponseFor(group)),
    steeringType: header.integer(WIRE.steeringType),
    toPlaces: header.list(WIRE.toPlaces, WIRE.place),
    responseForTask: header.list(WIRE.responseForTask, WIRE.taskCode),
    applicationType: header.text(WIRE.applicationType),
    traceAttributes: readTraceAttributes(trace),
    traceHeaders:
      trace === undefined ? [] : filled(trace, WIRE.traceHeader).map((group) => readTraceHeader(group)),
    business: readBusiness(trace, [header, ...outside]),
  });
  header.done();
  trace?.done();
  return head;
}

/** Reads a status message's header; as {@link readDocumentHead} about what is missing. */
export function readStatusHead(header: Fields): StatusHead {
  const answered = filledGroup(header, WIRE.responseFor);
  const code = header.identifier(WIRE.statusCode) ?? '';
  const head = defined<StatusHead>({
    kind: 'status',
    from: readOrgan(header.group(WIRE.from)),
    responseFor: answered === undefined ? {} : readResponseFor(answered),
    staffInfo: readTexts<StaffInfo>(header.group(WIRE.staffInfo), STAFF_FIELDS),
    statusCode: /^\d$/.test(code) ? `0${code}` : code,
    description: header.text(WIRE.description),
    timestamp: header.timestamp(WIRE.timestamp) ?? '',
  });
  header.done();
  return head;
}

/** The groups of that name with anything in them: systems write lists they have nothing for as one empty entry. */
function filled(parent: Fields, name: string): Fields[] {
  return parent.groups(name).filter((group) => !group.isEmpty());
}

/** The only group of that name, or the only one with anything in it: the axis leaves empty ones behind when it re-serialises. */
function filledGroup(parent: Fields, name: string): Fields | undefined {
  const isRepeated = parent.all(name).length > 1;
  const [only, other] = isRepeated ? filled(parent, name) : [];
  return only === undefined || other !== undefined ? parent.group(name) : only;
}

/** An empty entry beside others is nobody; alone it is a recipient that was forgotten, and told as that. */
function recipientsOf(header: Fields): Fields[] {
  const named = filled(header, WIRE.to);
  return named.length > 0 ? named : header.groups(WIRE.to);
}

const PRIORITY_WORDS = new Map(
  Object.entries(PRIORITIES).map(([number, { vi }]) => [foldVietnamese(vi), Number(number)]),
);

/** The number of a priority written as the word for it, however accented; of nothing else. */
function priorityOf(text: string): number | undefined {
  const word = foldVietnamese(text);
  return word === 'binh thuong' ? 0 : PRIORITY_WORDS.get(word);
}

function readTexts<T extends object>(
  group: Fields | undefined,
  fields: readonly (readonly [key: string, wire: string])[],
): T | undefined {
  if (group === undefined) return undefined;
  const entries = fields.map(([key, wire]) => [key, readText(group, key, wire)]);
  group.done();
  return defined<T>(Object.fromEntries(entries));
}

function readText(group: Fields, key: string, wire: string): string | undefined {
  if (key === 'organId') return group.agencyCode(wire);
  return TOKENS.has(key) ? group.token(wire) : group.text(wire);
}

function readOrgan(group: Fields | undefined): Organ {
  const texts = readTexts<Partial<Organ>>(group, ORGAN_FIELDS) ?? {};
  const { organId = '', organizationInCharge, organName = '', ...rest } = texts;
  return {
    organId,
    ...(organizationInCharge === undefined ? {} : { organizationInCharge }),
    organName,
    ...rest,
  };
}

function readCode(header: Fields): EdxmlDocument['code'] {
  const group = header.group(WIRE.code);
  const code = {
    codeNumber: group?.identifier(WIRE.codeNumber) ?? '',
    codeNotation: group?.identifier(WIRE.codeNotation) ?? '',
  };
  group?.done();
  return code;
}

function readPromulgation(header: Fields): EdxmlDocument['promulgationInfo'] {
  const group = header.group(WIRE.promulgationInfo);
  const info = {
    place: group?.text(WIRE.place) ?? '',
    promulgationDate: group?.date(WIRE.promulgationDate) ?? '',
  };
  group?.done();
  return info;
}

function readDocumentType(header: Fields): EdxmlDocument['documentType'] {
  const group = header.group(WIRE.documentType);
  const type = defined<EdxmlDocument['documentType']>({
    type: group?.integer(WIRE.type) ?? -1,
    typeDetail: group?.integer(WIRE.typeDetail),
    typeName: group?.text(WIRE.typeName) ?? '',
  });
  group?.done();
  return type;
}

function readOtherInfo(group: Fields | undefined): OtherInfo | undefined {
  if (group === undefined) return undefined;
  const info = defined<OtherInfo>({
    priority: group.integer(WIRE.priority, priorityOf),
    sphereOfPromulgation: group.text(WIRE.sphereOfPromulgation),
    typerNotation: group.text(WIRE.typerNotation),
    promulgationAmount: group.integer(WIRE.promulgationAmount),
    pageAmount: group.integer(WIRE.pageAmount),
    replyFors: group.looseText(WIRE.replyFors),
    direction: group.boolean(WIRE.direction),
    referenceCodes: group.looseText(WIRE.referenceCodes),
    appendixes: group.list(WIRE.appendixes, WIRE.appendix),
  });
  group.done();
  return info;
}

function readResponseFor(group: Fields): ResponseFor {
  const answered = defined<ResponseFor>({
    organId: group.agencyCode(WIRE.organId),
    code: group.identifier(WIRE.code),
    documentId: group.token(WIRE.documentId),
    promulgationDate: group.date(WIRE.promulgationDate),
  });
  group.done();
  return answered;
}

function readTraceHeader(group: Fields): TraceHeader {
  const stop = {
    organId: group.identifier(WIRE.organId) ?? '',
    timestamp: group.timestamp(WIRE.timestamp) ?? '',
  };
  group.done();
  return stop;
}

function readTraceAttributes(trace: Fields | undefined): Record<string, string> | undefined {
  const known: readonly string[] = TRACE_ATTRIBUTES;
  const written = (trace?.element.attributes ?? []).filter(({ name }) => known.includes(name));
  if (written.length === 0) return undefined;
  return Object.fromEntries(written.map(({ name, value }) => [name, value]));
}

/**
 * A trace without `Bussiness` is what systems send that know new documents only, and what the axis then passes on: it is read
 * as a new document and reported. Without a trace nothing can be told.
 */
function readBusiness(trace: Fields | undefined, outside: readonly Fields[]): Business {
  const group = trace?.group(WIRE.business) ?? misspelled(trace) ?? misplaced(outside);
  if (trace === undefined && group === undefined) return { businessDocType: -1 };
  if (group === undefined) {
    const texts = {
      vi: 'Không có thông tin nghiệp vụ, coi là văn bản mới',
      en: 'There is no business element: taken for a new document',
    };
    trace?.report('warnings', 'N', WIRE.business, texts);
    return { businessDocType: 0 };
  }
  const business = defined<Business>({
    documentId: group.token(WIRE.documentId),
    businessDocType: (group.integer(WIRE.businessDocType) ?? -1) as BusinessDocType,
    businessDocReason: group.text(WIRE.businessDocReason),
    paper: group.integer(WIRE.paper),
    businessDocumentInfo: readBusinessDocumentInfo(group.group(WIRE.businessDocumentInfo)),
    replacementInfoList: readReplacements(group.group(WIRE.replacementInfoList)),
    staffInfo: readTexts<StaffInfo>(group.group(WIRE.staffInfo), STAFF_FIELDS),
  });
  group.done();
  return business;
}

/** Spelled as English has it: read, since what it asks for may be a recall; told, since the axis' own readers pass it over. */
function misspelled(trace: Fields | undefined): Fields | undefined {
  const group = trace?.all('Business').length ? trace.group('Business', WIRE.business) : undefined;
  if (group !== undefined) {
    const texts = {
      vi: 'Phần tử phải viết là Bussiness (hai chữ s), không phải Business',
      en: 'The element is spelled Bussiness, not Business',
    };
    trace?.report('errors', 'N', WIRE.business, texts, group.element);
  }
  return group;
}

/** In the header or the envelope: read and told as {@link misspelled} is, for it may be a recall. */
function misplaced(outside: readonly Fields[]): Fields | undefined {
  const holder = outside.find((fields) => fields.has(WIRE.business));
  const group = holder?.group(WIRE.business);
  const texts = {
    vi: 'Phần tử Bussiness phải nằm trong TraceHeaderList',
    en: 'The element Bussiness has to stand in TraceHeaderList',
  };
  if (group !== undefined) holder?.report('errors', 'M', WIRE.business, texts, group.element);
  return group;
}

function readBusinessDocumentInfo(group: Fields | undefined): BusinessDocumentInfo | undefined {
  if (group === undefined) return undefined;
  const list = group.group(WIRE.receiverList);
  const info = defined<BusinessDocumentInfo>({
    documentInfo: group.integer(WIRE.documentInfo),
    documentReceiver: group.integer(WIRE.documentReceiver),
    receiverList:
      list === undefined
        ? undefined
        : filled(list, WIRE.receiver).map((receiver) => {
            const value = {
              organId: receiver.agencyCode(WIRE.organId) ?? '',
              receiverType: receiver.integer(WIRE.receiverType) ?? -1,
            };
            receiver.done();
            return value;
          }),
  });
  list?.done();
  group.done();
  return info;
}

function readReplacements(group: Fields | undefined): Business['replacementInfoList'] | undefined {
  if (group === undefined) return undefined;
  const list = filled(group, WIRE.replacementInfo).map((info) => {
    const documentId = info.token(WIRE.documentId) ?? '';
    const codes = (info.list(WIRE.organIdList, WIRE.organId) ?? []).map(asSeen).filter((code) => code !== '');
    const organIdList = codes.map(toAgencyCode);
    info.done();
    return { documentId, organIdList };
  });
  group.done();
  return list;
}
