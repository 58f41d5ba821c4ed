import { PackageError } from '../errors.ts';
import { type Finding, finding } from '../finding.ts';
import { readXml } from '../xml/reader.ts';
import { serializeElement } from '../xml/serialize.ts';
import { childrenOf, type XmlElement } from '../xml/tree.ts';
import { Fields, isOurs, type ReadLog } from './fields.ts';
import { type Place, placeIn } from './places.ts';
import {
  AttachmentReader,
  type OpenAttachment,
  plainFileName,
  type ReadAttachment,
  stripCid,
} from './read-attachments.ts';
import { readDocumentHead, readStatusHead } from './read-header.ts';
import { DEFAULT_EDXML_LIMITS, type EdxmlAttachment, type EdxmlLimits, type EdxmlMessage } from './types.ts';
import { EDXML_NAMESPACE, WIRE, XMLDSIG_NAMESPACE } from './wire-names.ts';

export interface ParseEdxmlOptions {
  /** Where attachments go, one call per attachment, before its bytes. Without it they are only measured and hashed. */
  openAttachment?: OpenAttachment;
  limits?: Partial<EdxmlLimits>;
}

/** A message, and what was wrong or odd about the file. Valid: no `errors` here and none from `checkEdxml`. */
export interface ParsedEdxml {
  message: EdxmlMessage;
  /** Faults the message value can't show: a field twice, a number that is none, a manifest that does not fit. */
  errors: Finding[];
  warnings: Finding[];
  /** Where in the file a path of wire names stands, or the nearest element around it. */
  placeOf?(path: string): Place;
}

/**
 * Reads an edXML package (QCVN 102:2016/BTTTT), whichever order, prefix habit or `cid:` habit its sender has. Memory
 * stays constant: attachments are decoded, unzipped and hashed as they pass. Missing fields do not fail here, see
 * `checkEdxml`. Throws {@link PackageError} (`EDXML_*`); what the source or a sink throws passes through unchanged, and
 * the sink that was open is told to abort.
 */
export async function parseEdxml(
  source: AsyncIterable<Uint8Array>,
  options: ParseEdxmlOptions = {},
): Promise<ParsedEdxml> {
  const limits = { ...DEFAULT_EDXML_LIMITS, ...options.limits };
  const attachments = new AttachmentReader(options.openAttachment, limits);
  try {
    const root = await readXml(source, { family: 'EDXML', limits, hooks: attachments.hooks() });
    return readMessage(root, attachments.done);
  } catch (error) {
    await attachments.abort();
    throw error;
  }
}

function readMessage(root: XmlElement, attached: ReadAttachment[]): ParsedEdxml {
  if (root.local !== WIRE.root || !isOurs(root)) throw notEdxml(root);
  const log: ReadLog = { errors: [], warnings: [], extensions: [], rawDates: {} };
  if (root.uri !== EDXML_NAMESPACE) {
    const texts = { vi: 'Thiếu không gian tên QCVN 102', en: 'The QCVN 102 namespace is missing' };
    log.warnings.push(finding('M', WIRE.root, texts, root));
  }
  const top = new Fields(root, '', log);
  const envelope = requireGroup(top, WIRE.envelope);
  const header = requireGroup(envelope, WIRE.header);
  // Paths start at the blocks the rule book numbers, as the error codes of the axis do.
  const messageHeader = new Fields(requireGroup(header, WIRE.messageHeader).element, WIRE.messageHeader, log);
  const traceElement = header.group(WIRE.traceHeaderList)?.element;
  const trace = traceElement === undefined ? undefined : new Fields(traceElement, WIRE.traceHeaderList, log);
  const signatureXml = readSignature(header);
  const isStatus = messageHeader.all(WIRE.statusCode).length > 0;
  const base = isStatus
    ? readStatusHead(messageHeader)
    : readDocumentHead(messageHeader, trace, [header, envelope]);
  if (isStatus) trace?.done();
  else if (!messageHeader.has(WIRE.to)) reportLostStatus(header.element, log);
  const body = envelope.group(WIRE.body);
  const files = readAttachments(body, top, attached, log);
  for (const group of [top, envelope, header]) group.done();
  const message = {
    ...base,
    ...(base.kind === 'document' ? { attachments: files } : {}),
    ...(Object.keys(log.rawDates).length > 0 ? { rawDates: log.rawDates } : {}),
    ...(log.extensions.length > 0 ? { extensions: log.extensions } : {}),
    ...(signatureXml === undefined ? {} : { signatureXml }),
  } as EdxmlMessage;
  return { message, errors: log.errors, warnings: log.warnings, placeOf: (path) => placeIn(root, path) };
}

const SOAP_NAMESPACES = [
  'http://schemas.xmlsoap.org/soap/envelope/',
  'http://www.w3.org/2003/05/soap-envelope',
];
/** Of the first edXML (CV 2803/BTTTT-THH, 2014): header and manifest in a SOAP envelope, files as MIME parts. */
const FIRST_NAMESPACE = 'http://www.e-doc.vn/Schema/';

/**
 * A package is the file that is kept, hashed and passed on; what is wrapped round it is not unwrapped here, since then nobody
 * downstream would get the bytes that were sent. The sender is told what it sent instead.
 */
function notEdxml(root: XmlElement): PackageError {
  const { line, column, local, name, uri } = root;
  const isFirst = [uri, ...root.attributes.map(({ value }) => value)].includes(FIRST_NAMESPACE);
  let reason = `the root element is <${name.slice(0, 60)}> and not <${WIRE.root}>`;
  if (isFirst) reason = 'edXML of the first generation (CV 2803/BTTTT-THH); the axis takes QCVN 102:2016';
  else if (SOAP_NAMESPACES.includes(uri))
    reason = 'the file is a SOAP envelope: send the <edXML> element as a file of its own';
  else if (local === WIRE.root)
    reason = `the namespace is "${uri.slice(0, 100)}" and not "${EDXML_NAMESPACE}"`;
  return new PackageError('EDXML_NOT_EDXML', { line, column, reason });
}

/** A status whose code is not found is read as a document that lacks everything; what it lacks is that code. */
function reportLostStatus(header: XmlElement, log: ReadLog): void {
  const near = [header, ...childrenOf(header)].flatMap(childrenOf);
  const stray = near.find(({ local }) => /^status(?:code)?$/i.test(local));
  if (stray === undefined) return;
  const texts = {
    vi: 'Mã trạng thái phải nằm trong MessageHeader/StatusCode; gói tin được đọc như một văn bản',
    en: 'The code of a status has to stand in MessageHeader/StatusCode; this was read as a document',
  };
  log.errors.push(finding('N', `${WIRE.messageHeader}.${WIRE.statusCode}`, texts, stray));
}

function requireGroup(parent: Fields, name: string): Fields {
  const group = parent.group(name);
  if (group !== undefined) return group;
  const { line, column } = parent.element;
  throw new PackageError('EDXML_NOT_EDXML', { line, column, path: name, reason: 'element missing' });
}

function readSignature(header: Fields): string | undefined {
  // Lạng Sơn leaves DigitalSignature empty; where somebody fills it, the signature stands inside.
  const holders = [header, ...header.groups(WIRE.digitalSignature)];
  const candidates = holders.flatMap((holder) => [
    ...holder.all(WIRE.signature),
    ...holder.all(`{${XMLDSIG_NAMESPACE}}${WIRE.signature}`),
  ]);
  for (const holder of holders.slice(1)) holder.done();
  const [first, second] = candidates;
  if (second !== undefined) {
    const texts = { vi: 'Gói tin có nhiều chữ ký', en: 'The package has more than one signature' };
    header.report('warnings', 'M', WIRE.signature, texts, second);
  }
  return first === undefined || childrenOf(first).length === 0 ? undefined : serializeElement(first, 'EDXML');
}

function readAttachments(
  body: Fields | undefined,
  top: Fields,
  attached: ReadAttachment[],
  log: ReadLog,
): EdxmlAttachment[] {
  const manifest = body?.group(WIRE.manifest);
  // Of a document without files some systems list one that is nothing.
  const references = (manifest?.groups(WIRE.reference) ?? []).filter((reference) => !reference.isEmpty());
  const encoded = top.group(WIRE.attachmentEncoded);
  const groups = encoded?.all(WIRE.attachment) ?? [];
  const listed = new Map<string, Fields>();
  for (const reference of references) listed.set(stripCid(reference.token(WIRE.contentId) ?? ''), reference);
  const files = attached
    .filter(({ element }) => groups.includes(element))
    .map(({ element, attachment, habits }) => {
      const fields = new Fields(
        element,
        `${WIRE.attachmentEncoded}.${WIRE.attachment}[${groups.indexOf(element) + 1}]`,
        log,
      );
      for (const habit of habits) fields.report('errors', 'T', WIRE.content, BASE64_HABITS[habit]);
      return settleAttachment(fields, attachment, listed);
    });
  if (encoded === undefined) reportMisplaced(top.element, log);
  reportUnattached(references, files, log);
  for (const reference of references) keepUnknown(reference, files, log);
  for (const group of [manifest, body, encoded]) group?.done();
  return files;
}

/** What a manifest's entry holds beyond the known is kept with its file: an entry that has none is not written again. */
function keepUnknown(reference: Fields, files: readonly EdxmlAttachment[], log: ReadLog): void {
  const contentId = stripCid(reference.token(WIRE.contentId) ?? '');
  const at = files.findIndex((file) => file.contentId === contentId);
  if (at === -1) return;
  const placed = new Fields(reference.element, reference.path.replace(/\[\d+\]$/, `[${at + 1}]`), log);
  for (const name of [WIRE.contentId, WIRE.contentType, WIRE.description, WIRE.attachmentName])
    placed.all(name);
  placed.done();
}

/** The bytes go on as they came, and .NET's reader, for one, takes neither: the sender can mend it, an axis can't. */
const BASE64_HABITS = {
  'url-alphabet': {
    vi: 'Nội dung viết bằng bảng chữ base64 dành cho URL (- và _), cần bảng thường (+ và /)',
    en: 'The content is in the URL alphabet of base64 (- and _); the usual one (+ and /) is wanted',
  },
  'data-address': {
    vi: 'Nội dung bắt đầu bằng "data:…;base64,", cần chuỗi base64 mà thôi',
    en: 'The content begins with "data:…;base64,"; the base64 alone is wanted',
  },
  'no-padding': {
    vi: 'Nội dung base64 thiếu ký tự đệm = ở cuối',
    en: 'The base64 of the content lacks its padding (=) at the end',
  },
} as const;

function settleAttachment(
  fields: Fields,
  attachment: EdxmlAttachment,
  listed: Map<string, Fields>,
): EdxmlAttachment {
  const { contentId, contentType, attachmentName, description, fieldName, mimeType, format, content } = WIRE;
  for (const name of [contentId, contentType, attachmentName, description, fieldName, mimeType, format])
    fields.text(name);
  if (fields.all(content).length === 0) {
    fields.report('errors', 'N', content, {
      vi: 'Thiếu nội dung tệp đính kèm',
      en: 'The attachment has no content',
    });
  }
  fields.done();
  const reference = listed.get(attachment.contentId);
  if (reference === undefined) {
    const texts = { vi: 'Tệp đính kèm không có trong danh mục', en: 'The attachment is not in the manifest' };
    fields.report('warnings', 'M', WIRE.contentId, texts);
    return attachment;
  }
  const listedName = reference.text(WIRE.attachmentName);
  const name = listedName === undefined ? undefined : plainFileName(listedName);
  if (name !== undefined && attachment.name !== '' && name !== attachment.name) {
    const texts = {
      vi: 'Tên tệp khác với tên trong danh mục',
      en: 'The name differs from the one in the manifest',
    };
    fields.report('warnings', 'M', WIRE.attachmentName, texts);
  }
  if (attachment.name === '' && name !== undefined) return { ...attachment, name };
  return attachment;
}

/** Files that stand elsewhere are found by no reader; without this their sender would only hear that there are none, or nothing. */
function reportMisplaced(root: XmlElement, log: ReadLog): void {
  const stray = findStray(root, MOST_STEPS_TO_STRAY);
  if (stray === undefined) return;
  const texts = {
    vi: 'Tệp đính kèm phải nằm trong AttachmentEncoded/Attachment, ngay trong <edXML>, sau edXMLEnvelope',
    en: 'Files have to stand in AttachmentEncoded/Attachment, in <edXML> itself, behind edXMLEnvelope',
  };
  log.errors.push(finding('N', WIRE.attachmentEncoded, texts, stray));
}

/** From the root to the deepest place a file was ever put: envelope, body, manifest, its entry, the content. */
const MOST_STEPS_TO_STRAY = 6;

function findStray(element: XmlElement, steps: number): XmlElement | undefined {
  for (const child of childrenOf(element)) {
    if (child.local === WIRE.attachmentEncoded || child.local === WIRE.content) return child;
    const found = steps > 0 ? findStray(child, steps - 1) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function reportUnattached(references: Fields[], files: EdxmlAttachment[], log: ReadLog): void {
  const seen = new Set<string>();
  for (const reference of references) {
    const contentId = stripCid(reference.token(WIRE.contentId) ?? '');
    const path = `${WIRE.manifest}.${reference.path.split('.').at(-1)}.${WIRE.contentId}`;
    if (seen.has(contentId)) {
      const texts = { vi: 'Danh mục có mã tệp trùng nhau', en: 'The manifest lists an identifier twice' };
      log.errors.push(finding('M', path, texts, reference.element));
    } else if (!files.some((file) => file.contentId === contentId)) {
      const texts = {
        vi: 'Danh mục nêu tệp không được gửi kèm',
        en: 'The manifest names a file that was not sent',
      };
      log.errors.push(finding('N', path, texts, reference.element));
    }
    seen.add(contentId);
  }
}
