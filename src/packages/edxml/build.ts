import { createHash } from 'node:crypto';
import { PackageError } from '../errors.ts';
import { Base64Encoder } from '../payload/base64.ts';
import { zipSingleFile } from '../payload/zip-write.ts';
import { readXml } from '../xml/reader.ts';
import { serializeElement } from '../xml/serialize.ts';
import { XmlWriter } from '../xml/writer.ts';
import { stripCid } from './read-attachments.ts';
import { DEFAULT_EDXML_LIMITS, type EdxmlAttachment, type EdxmlMessage } from './types.ts';
import { EDXML_NAMESPACE, WIRE, XLINK_NAMESPACE, ZIP_CONTENT_TYPE } from './wire-names.ts';
import { HeaderWriter, prefixed, type WireOrder } from './write-header.ts';

/** The bytes of one attachment that `message.attachments` describes. */
export interface AttachmentSource {
  /** With or without `cid:`. */
  contentId: string;
  /** Called once, when its turn comes. */
  open(): AsyncIterable<Uint8Array>;
  /** Wrap as a ZIP of one file, as the axis client does. Default: what `wasZipped` says, else true. */
  zip?: boolean;
}

export interface BuildEdxmlOptions {
  /** Default `vxp`. */
  order?: WireOrder;
  /** zlib level of zipped attachments, 0 to 9. Default 6, and 1 for files whose name says that they are compressed already. */
  zipLevel?: number;
}

/** Names of files that hold compressed data: squeezing them hard gains nothing. */
const COMPRESSED = /\.(pdf|zip|7z|rar|gz|docx|xlsx|pptx|odt|ods|odp|asic[es]|jpe?g|png|tiff?|mp[34])$/i;

/** Base64 leaves in pieces of about this size. */
const ENCODE_BYTES = 48 * 1024;

/**
 * Writes an edXML package as a stream of UTF-8 bytes: element order, prefixes, spelling, dates and line ends of the axis
 * library. Attachments are read, zipped and encoded as the caller takes the output. The same input gives the same bytes.
 * Throws `EDXML_BAD_FIELD`, `EDXML_BAD_CHARACTER`, `EDXML_ATTACHMENT_MISSING`, `EDXML_ATTACHMENT_MISMATCH` (bytes that do
 * not have the stated `sha256` or `sizeBytes`; only a stated one is compared): output so far is then to be dropped.
 */
export async function* buildEdxml(
  message: EdxmlMessage,
  attachments: readonly AttachmentSource[] = [],
  options: BuildEdxmlOptions = {},
): AsyncGenerator<Uint8Array> {
  if (message?.kind !== 'document' && message?.kind !== 'status') {
    throw new PackageError('EDXML_BAD_FIELD', { path: 'kind' });
  }
  const files = pairUp(message.kind === 'document' ? (message.attachments ?? []) : [], attachments);
  const xml = new XmlWriter('EDXML');
  const order = options.order ?? 'vxp';
  const header = new HeaderWriter(xml, order, await extensionsOf(message));
  xml.open(WIRE.root, { xmlns: EDXML_NAMESPACE });
  await writeEnvelope(xml, header, message, files, order);
  if (files.length > 0 || header.hasLeftovers(WIRE.attachmentEncoded)) {
    xml.open(WIRE.attachmentEncoded);
    for (const [index, file] of files.entries()) {
      const level = options.zipLevel ?? (COMPRESSED.test(file.meta.name ?? '') ? 1 : 6);
      yield* writeAttachment(xml, header, file, index + 1, { order, level });
    }
    header.leftovers(WIRE.attachmentEncoded);
    xml.close();
  }
  header.leftovers('');
  xml.close();
  yield Buffer.from(`${xml.take()}\r\n`, 'utf8');
}

interface FileToWrite {
  meta: EdxmlAttachment;
  zip: boolean;
  /** As they stand on the wire. */
  contentType: string | undefined;
  mimeType: string | undefined;
  source: AttachmentSource;
}

function pairUp(metas: readonly EdxmlAttachment[], sources: readonly AttachmentSource[]): FileToWrite[] {
  if (!Array.isArray(metas)) throw new PackageError('EDXML_BAD_FIELD', { path: 'attachments' });
  const byId = new Map(sources.map((source) => [stripCid(source.contentId), source]));
  const files = metas.map((meta, index) => {
    const path = `attachments[${index + 1}]`;
    if (typeof meta?.contentId !== 'string' || meta.contentId === '')
      throw new PackageError('EDXML_BAD_FIELD', { path });
    const source = byId.get(stripCid(meta.contentId));
    if (source === undefined) throw new PackageError('EDXML_ATTACHMENT_MISSING', { path });
    return { meta, source, ...wireTypes(meta, source.zip ?? meta.wasZipped ?? true) };
  });
  const listed = new Set(metas.map((meta) => stripCid(meta.contentId)));
  if (listed.size !== metas.length)
    throw new PackageError('EDXML_BAD_FIELD', { reason: 'an identifier used twice' });
  if (byId.size !== sources.length || [...byId.keys()].some((id) => !listed.has(id))) {
    throw new PackageError('EDXML_ATTACHMENT_MISMATCH', { reason: 'a file the message does not list' });
  }
  return files;
}

/** A wrapped file must say `application/zip`, or the axis library hands its users the archive; see `ZIP_CONTENT_TYPE`. */
function wireTypes(
  meta: EdxmlAttachment,
  zip: boolean,
): Pick<FileToWrite, 'zip' | 'contentType' | 'mimeType'> {
  const { contentType, mimeType } = meta;
  if (!zip || contentType === ZIP_CONTENT_TYPE) return { zip, contentType, mimeType };
  return { zip, contentType: ZIP_CONTENT_TYPE, mimeType: contentType || mimeType };
}

async function writeEnvelope(
  xml: XmlWriter,
  header: HeaderWriter,
  message: EdxmlMessage,
  files: readonly FileToWrite[],
  order: WireOrder,
): Promise<void> {
  const signature =
    message.signatureXml === undefined ? undefined : await standalone(message.signatureXml, 'signatureXml');
  const headerPath = `${WIRE.envelope}.${WIRE.header}`;
  const writeHeader = () => {
    header.message(message);
    if (signature !== undefined) xml.raw(signature);
    else if (order === 'qcvn' && message.kind === 'document') xml.empty(prefixed(WIRE.digitalSignature));
  };
  const write = () => {
    header.block(WIRE.header, headerPath, writeHeader);
    if (message.kind === 'document') writeManifest(xml, header, files, order);
  };
  header.block(WIRE.envelope, WIRE.envelope, write, { 'xmlns:edXML': EDXML_NAMESPACE });
}

function writeManifest(
  xml: XmlWriter,
  header: HeaderWriter,
  files: readonly FileToWrite[],
  order: WireOrder,
): void {
  const bodyPath = `${WIRE.envelope}.${WIRE.body}`;
  const manifestPath = `${bodyPath}.${WIRE.manifest}`;
  const references = () => {
    for (const [index, file] of files.entries()) {
      const { meta, contentType } = file;
      const path = `${manifestPath}.${WIRE.reference}[${index + 1}]`;
      const contentId = `cid:${stripCid(meta.contentId)}`;
      const write = () => {
        xml.leaf(prefixed(WIRE.contentId), contentId, path);
        xml.leaf(prefixed(WIRE.contentType), contentType, path);
        xml.leaf(prefixed(WIRE.description), meta.description, path);
        xml.leaf(prefixed(WIRE.attachmentName), meta.name, path);
      };
      header.block(WIRE.reference, path, write, order === 'qcvn' ? linkTo(contentId) : {});
    }
  };
  header.block(WIRE.body, bodyPath, () =>
    header.block(WIRE.manifest, manifestPath, references, { version: '1.0' }),
  );
}

/** XLink attributes of a reference, as the standard's examples carry them; the axis drops them. */
function linkTo(contentId: string): Record<string, string> {
  return {
    'xmlns:xlink': XLINK_NAMESPACE,
    'xlink:href': contentId,
    'xlink:role': 'XLinkRole',
    'xlink:type': 'simple',
  };
}

async function* writeAttachment(
  xml: XmlWriter,
  header: HeaderWriter,
  { meta, source, zip, contentType, mimeType }: FileToWrite,
  position: number,
  { order, level }: { order: WireOrder; level: number },
): AsyncGenerator<Uint8Array> {
  const path = `${WIRE.attachmentEncoded}.${WIRE.attachment}[${position}]`;
  const contentId = order === 'qcvn' ? stripCid(meta.contentId) : `cid:${stripCid(meta.contentId)}`;
  xml.open(WIRE.attachment);
  xml.leaf(WIRE.contentId, contentId, path).leaf(WIRE.attachmentName, meta.name, path);
  xml.leaf(WIRE.description, meta.description, path).leaf(WIRE.contentType, contentType, path);
  xml
    .leaf(WIRE.fieldName, meta.fieldName, path)
    .leaf(WIRE.mimeType, mimeType, path)
    .leaf(WIRE.format, meta.format, path);
  header.leftovers(path);
  if (order === 'qcvn') xml.open(WIRE.content);
  else xml.open(prefixed(WIRE.content), { 'xmlns:edXML': EDXML_NAMESPACE });
  yield Buffer.from(xml.take(), 'utf8');
  const plain = measured(source.open(), meta, path);
  yield* encoded(zip ? zipSingleFile(entryName(meta), plain, level) : plain);
  xml.closeInline().close();
}

/** Passes the file through and compares it with what the message says of it. */
async function* measured(
  source: AsyncIterable<Uint8Array>,
  meta: EdxmlAttachment,
  path: string,
): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of source) {
    hash.update(chunk);
    size += chunk.byteLength;
    yield chunk;
  }
  if (!meta.sha256) return;
  if (hash.digest('hex') !== meta.sha256.toLowerCase() || size !== (meta.sizeBytes ?? size)) {
    throw new PackageError('EDXML_ATTACHMENT_MISMATCH', { path, reason: 'sha256 or sizeBytes' });
  }
}

async function* encoded(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const encoder = new Base64Encoder();
  for await (const chunk of source) {
    for (let at = 0; at < chunk.byteLength; at += ENCODE_BYTES) {
      const text = encoder.push(chunk.subarray(at, at + ENCODE_BYTES));
      if (text.length > 0) yield text;
    }
  }
  const last = encoder.finish();
  if (last.length > 0) yield last;
}

/** `<uuid>.<extension>`, as the axis client names it; the uuid comes from the content identifier, never from chance. */
function entryName(meta: EdxmlAttachment): string {
  const hash = createHash('sha256').update(stripCid(meta.contentId)).digest('hex');
  const uuid = hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  const extension = /\.([A-Za-z0-9]{1,12})$/.exec((meta.name ?? '').trim())?.[1];
  return extension === undefined ? uuid : `${uuid}.${extension}`;
}

async function extensionsOf(message: EdxmlMessage): Promise<Map<string, string[]>> {
  const byPath = new Map<string, string[]>();
  for (const [index, { path, xml }] of (message.extensions ?? []).entries()) {
    const checked = await standalone(xml, `extensions[${index + 1}]`);
    byPath.set(path, [...(byPath.get(path) ?? []), checked]);
  }
  return byPath;
}

/** XML handed in as text is parsed before it goes out, so that it can add an element and nothing else. */
async function standalone(xml: string, path: string): Promise<string> {
  if (typeof xml !== 'string') throw new PackageError('EDXML_BAD_FIELD', { path });
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(xml, 'utf8');
  }
  try {
    return serializeElement(
      await readXml(bytes(), { family: 'EDXML', limits: DEFAULT_EDXML_LIMITS }),
      'EDXML',
    );
  } catch (cause) {
    throw new PackageError('EDXML_BAD_FIELD', { path, reason: 'not an XML element' }, cause);
  }
}
