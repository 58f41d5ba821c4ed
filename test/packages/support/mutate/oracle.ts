/** What must hold for any bytes at all, judged with libxml2 as the second reader. */
import { ParseOption, XmlDocument, XmlElement } from 'libxml2-wasm';
import {
  buildEdxml,
  type EdxmlDocument,
  type EdxmlMessage,
  judgeEdxml,
  PackageError,
  type ParsedEdxml,
} from '../../../../src/packages/index.ts';
import { collect, streamOf } from '../bytes.ts';
import { parseAll } from '../package.ts';
import type { Mutant } from './index.ts';

const NOW = new Date('2026-11-20T03:00:00Z');
/** Far below the size the archives of the mutants could grow to. */
export const FILE_LIMIT = 1024 ** 2;
const LIMITS = { maxAttachmentBytes: FILE_LIMIT, maxTotalAttachmentBytes: 2 * FILE_LIMIT };

type Read = Awaited<ReturnType<typeof parseAll>>;

/** How a mutant ended: refused with that code, read with faults, or without any. */
export type Outcome = { refused: string } | { refused?: undefined; isSound: boolean };

/** Reads a mutant and holds it against every rule. Throws an Error that says which one is broken. */
export async function examine({ bytes, chunkBytes }: Mutant): Promise<Outcome> {
  const second = secondReader(bytes);
  try {
    const read = await ours(bytes, chunkBytes);
    if (read instanceof PackageError) {
      expectAgreedRefusal(read, second);
      return { refused: read.code };
    }
    if (second === undefined) throw new Error('libxml2 refuses what was read');
    const sent = judgeEdxml(read, { now: NOW, stage: 'sending' }).errors;
    const arrived = judgeEdxml(read, { now: NOW, stage: 'arrival' }).errors;
    if (second instanceof XmlDocument && arrived.length === 0)
      expectOneReading(read, second, sent.length === 0 ? [...IDENTITY, ...REST] : IDENTITY);
    if (arrived.length === 0) await expectWritable(read);
    return { isSound: sent.length === 0 };
  } finally {
    if (second instanceof XmlDocument) second.dispose();
  }
}

async function ours(bytes: Buffer, chunkBytes: number): Promise<Read | PackageError> {
  try {
    return await parseAll(bytes, { chunkBytes, limits: LIMITS });
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    if (error.vi === '' || error.message === '')
      throw new Error(`${error.code} says nothing`, { cause: error });
    return error;
  }
}

/**
 * What libxml2 makes of it; undefined where it refuses. A namespace name that is no URI and an `xml:id` that is no name leave the
 * XML well formed (docs/adr/010): it refuses those too, Xerces and .NET do not.
 */
function secondReader(bytes: Buffer): XmlDocument | 'beside-the-point' | undefined {
  const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_HUGE;
  try {
    return XmlDocument.fromBuffer(bytes, { option });
  } catch (error) {
    // That it does not know 1.1, or that a namespace is not absolute, is a warning of its, told before what it refuses.
    const said = String((error as Error).message).replace(
      /^(?:Unsupported version '1\.\d+'\n|xmlns.* is not absolute\n)+/,
      '',
    );
    const isBeside = /^(xmlns.*is not a valid URI|xml:id : )/.test(said);
    return isBeside ? 'beside-the-point' : undefined;
  }
}

/** Where we say the XML is broken, the second reader says so too; our own limits and rules are ours alone. */
function expectAgreedRefusal(error: PackageError, second: ReturnType<typeof secondReader>): void {
  if (error.code !== 'EDXML_NOT_WELL_FORMED' || !(second instanceof XmlDocument)) return;
  // Legal XML that nothing honest puts inside base64.
  if (error.details.reason === 'markup inside the encoded content') return;
  throw new Error(`libxml2 reads what was refused: ${error.details.reason}`);
}

interface Place {
  readonly path: string;
  ours(message: EdxmlMessage): unknown;
}

const doc = (pick: (message: EdxmlDocument) => unknown) => (message: EdxmlMessage) =>
  message.kind === 'document' ? pick(message) : undefined;
const HEADER = 'edXML/edXMLEnvelope/edXMLHeader';

/** Which document this is, whose, to whom, and what is asked: read the same by whoever reads names alone. */
const IDENTITY: readonly Place[] = [
  { path: `${HEADER}/MessageHeader/From/OrganId`, ours: (message) => message.from.organId },
  { path: `${HEADER}/MessageHeader/To/OrganId`, ours: doc(({ to }) => to.map(({ organId }) => organId)) },
  { path: `${HEADER}/MessageHeader/DocumentId`, ours: doc(({ documentId }) => documentId) },
  {
    path: `${HEADER}/MessageHeader/StatusCode`,
    ours: (message) => (message.kind === 'status' ? message.statusCode : undefined),
  },
  {
    path: `${HEADER}/TraceHeaderList/Bussiness/BussinessDocType`,
    ours: doc(({ business }) => business.businessDocType),
  },
  {
    path: 'edXML/AttachmentEncoded/Attachment/ContentId',
    ours: doc(({ attachments }) => attachments.map(({ contentId }) => contentId)),
  },
];

const REST: readonly Place[] = [
  { path: `${HEADER}/MessageHeader/Code/CodeNumber`, ours: doc(({ code }) => code.codeNumber) },
  { path: `${HEADER}/MessageHeader/Code/CodeNotation`, ours: doc(({ code }) => code.codeNotation) },
  { path: `${HEADER}/MessageHeader/Subject`, ours: doc(({ subject }) => subject) },
  { path: `${HEADER}/MessageHeader/Content`, ours: doc(({ content }) => content) },
  { path: `${HEADER}/MessageHeader/OtherInfo/Priority`, ours: doc(({ otherInfo }) => otherInfo?.priority) },
  {
    path: `${HEADER}/TraceHeaderList/TraceHeader/OrganId`,
    ours: doc(({ traceHeaders }) => traceHeaders.map(({ organId }) => organId)),
  },
  {
    path: 'edXML/AttachmentEncoded/Attachment/AttachmentName',
    ours: doc(({ attachments }) => attachments.map(({ name }) => name)),
  },
];

/** Everything at a path of local names, whatever the namespaces. */
function textsAt(document: XmlDocument, path: string): string[] {
  const [first, ...steps] = path.split('/');
  const root = document.get('/*');
  let found = root instanceof XmlElement && root.name === first ? [root] : [];
  for (const step of steps)
    found = found.flatMap((element) => childrenOf(element).filter(({ name }) => name === step));
  return found.map((element) => element.content);
}

/** By XPath: the library's own steps from node to node end at a processing instruction. */
function childrenOf(element: XmlElement): XmlElement[] {
  return element.find('*').filter((node): node is XmlElement => node instanceof XmlElement);
}

const plain = (text: string): string =>
  text
    // Read past, and told: see `asSeen`.
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Zs}/gu, ' ')
    .replace(/\s*[\t\n\v\f\r\u0085\u2028\u2029]\s*/gu, ' ')
    .trim()
    // An identifier as a header of mail has it, or an address of it.
    .replace(/^(?:cid(?::|%3a)\s*|<(?=.*>$))+/i, '')
    .replace(/>$/, '')
    .trim()
    .replace(/^0*(?=\d+$)/, '');

function expectOneReading({ message }: ParsedEdxml, second: XmlDocument, places: readonly Place[]): void {
  for (const { path, ours } of places) {
    const mine = ours(message);
    if (mine === undefined) continue;
    // Codes are compared in capitals; a sender is told of small ones.
    const written = (text: string): string => (path.endsWith('OrganId') ? text.toUpperCase() : text);
    const read = (Array.isArray(mine) ? mine : [mine])
      .map((value) => written(plain(String(value))))
      .filter((value) => value !== '');
    const theirs = textsAt(second, path)
      .map((text) => written(plain(text)))
      .filter((value) => value !== '');
    // No request is a new document, and a file without a name has that of the manifest.
    if (path.endsWith('BussinessDocType') && theirs.length === 0 && read[0] === '0') continue;
    if (path.endsWith('AttachmentName') && theirs.length < read.length) continue;
    if (JSON.stringify(read) !== JSON.stringify(theirs))
      throw new Error(`two readings of ${path}: ${JSON.stringify(read)}, ${JSON.stringify(theirs)}`);
  }
}

/**
 * What an axis may hand us can be written, and means the same when it is read again. Changed are the spelling of dates, the
 * types of a file that travels wrapped, and what was left out: an identifier, a content.
 */
async function expectWritable({ message, contents }: Read): Promise<void> {
  const whole: EdxmlMessage =
    message.kind === 'status'
      ? message
      : {
          ...message,
          attachments: message.attachments.map((file, at) => ({
            ...file,
            contentId: file.contentId || `new-${at}`,
          })),
        };
  const files = whole.kind === 'status' ? [] : whole.attachments;
  const bytesOf = (at: number): Buffer => contents.get(at) ?? Buffer.alloc(0);
  const sources = files.map(({ contentId }, at) => ({ contentId, open: () => streamOf(bytesOf(at)) }));
  for (const order of ['vxp', 'qcvn'] as const) {
    const again = await parseAll(await collect(buildEdxml(whole, sources, { order })));
    const [meant, got] = [meaningOf(whole), meaningOf(again.message)];
    if (meant !== got)
      throw new Error(`written in the order of ${order} it means something else:\n${meant}\n${got}`);
    for (const at of files.keys())
      if (!again.contents.get(at)?.equals(bytesOf(at))) throw new Error(`file ${at + 1} is another`);
  }
}

function meaningOf({ rawDates: _, ...message }: EdxmlMessage): string {
  if (message.kind === 'status') return JSON.stringify(sorted(message));
  const attachments = message.attachments.map(({ contentType, mimeType, sha256, ...file }) => ({
    ...file,
    wasZipped: file.wasZipped && file.sizeBytes > 0,
    ...(file.wasZipped ? {} : { contentType, mimeType }),
    ...(file.sizeBytes === 0 ? {} : { sha256 }),
  }));
  return JSON.stringify(sorted({ ...message, attachments }));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}
