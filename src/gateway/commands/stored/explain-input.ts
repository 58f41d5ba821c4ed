/** What `route explain` is asked about: metadata as the API takes them, a message as `edxml parse` prints it, or an edXML file. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  checkEdxml,
  type EdxmlDocument,
  type EdxmlMessage,
  PackageError,
  type ParsedEdxml,
  parseEdxml,
} from '../../../packages/index.ts';
import type { Config } from '../../config.ts';
import {
  type DocumentMetadata,
  documentMessage,
  documentMetadata,
  type ReadDocument,
  type Refusal,
} from '../../exchange/index.ts';
import { faultsOf } from '../../http/problem.ts';
import type { Store } from '../../store/index.ts';
import { CommandError, EXIT } from '../exit-codes.ts';

/** As much as the file says, and what is wrong with the file itself. */
export interface Asked {
  readonly from: string | undefined;
  readonly to: readonly string[];
  readonly priority: number | undefined;
  readonly sign: DocumentMetadata['sign'];
  /** Null: it is not whole, and `refusals` says why, or there is no file. */
  readonly parsed: ReadDocument | null;
  readonly refusals: readonly Refusal[];
  /** Bytes as they would arrive, where they are known. */
  readonly package: { readonly sizeBytes: number; readonly sha256: string } | null;
  readonly files: readonly { readonly name: string; readonly sizeBytes: number }[];
}

const NOTHING: Asked = {
  from: undefined,
  to: [],
  priority: undefined,
  sign: [],
  parsed: null,
  refusals: [],
  package: null,
  files: [],
};

/** @throws CommandError unreadable input: no such file, neither JSON nor edXML, a message that is no document. */
export async function readAsked(
  store: Store,
  file: string | undefined,
  attach: readonly string[],
  config: Config,
): Promise<Asked> {
  const attached = await Promise.all(
    attach.map(async (path) => ({ name: basename(path), sizeBytes: (await infoOf(path)).size })),
  );
  if (file === undefined) return { ...NOTHING, files: attached };
  await infoOf(file);
  const asked = (await isMarkup(file)) ? await readPackage(file) : await readJson(store, file, config);
  return { ...asked, files: [...asked.files, ...attached] };
}

function unreadable(vi: string, en: string, cause?: unknown): CommandError {
  return new CommandError(EXIT.unreadableInput, { vi, en }, cause === undefined ? {} : { cause });
}

async function infoOf(path: string) {
  const info = await stat(path).catch(() => null);
  if (info?.isFile() !== true) throw unreadable(`Không đọc được tệp ${path}.`, `Can't read ${path}.`);
  return info;
}

/** Whether it is an edXML file, in whatever encoding, be there something stray before its first mark. */
async function isMarkup(path: string): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(64), 0, 64, 0);
    const seen = buffer.subarray(0, bytesRead).filter((byte) => byte > 32 && byte < 127);
    return seen.includes(0x3c) && !'{["'.includes(String.fromCharCode(seen[0] ?? 0));
  } finally {
    await handle.close();
  }
}

async function readPackage(file: string): Promise<Asked> {
  const { size: sizeBytes } = await infoOf(file);
  const hash = createHash('sha256');
  async function* source(): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      yield chunk;
    }
  }
  let parsed: ParsedEdxml;
  try {
    parsed = await parseEdxml(source());
  } catch (cause) {
    if (!(cause instanceof PackageError)) throw cause;
    const { code, vi, en, details } = cause;
    const { line, column, path } = details;
    return { ...NOTHING, refusals: [invalid([{ code, path, vi, en, line, column }])] };
  }
  const message = documentOf(parsed.message, file);
  return { ...ofMessage({ ...parsed, message }), package: { sizeBytes, sha256: hash.digest('hex') } };
}

function documentOf(message: EdxmlMessage, file: string): EdxmlDocument {
  if (message.kind === 'document') return message;
  throw unreadable(
    `${file} là gói trạng thái: nó về cơ quan đã gửi văn bản, không có nơi nhận để hỏi.`,
    `${file} is a status: it goes back to the sender of its document and names no recipients.`,
  );
}

function ofMessage(parsed: ReadDocument): Asked {
  const { from, to, otherInfo, attachments } = parsed.message;
  return {
    ...NOTHING,
    from: from.organId,
    to: to.map(({ organId }) => organId),
    priority: otherInfo?.priority,
    parsed,
    files: attachments.map(({ name, sizeBytes }) => ({ name, sizeBytes })),
  };
}

function invalid(faults: Refusal['faults']): Refusal {
  const { vi = '', en = '' } = faults[0] ?? {};
  return {
    code: 'PACKAGE_INVALID',
    vi: `Gói tin không hợp lệ: ${vi}`,
    en: `The package is not valid: ${en}`,
    faults,
  };
}

async function readJson(store: Store, file: string, config: Config): Promise<Asked> {
  const value = await jsonOf(file);
  if (isMessage(value)) return ofJsonMessage(value, file);
  const parsed = documentMetadata.safeParse(value);
  if (parsed.success) {
    const { from, to, priority, sign } = parsed.data;
    const message = await documentMessage(store, config.centreCode, parsed.data, Date.now());
    return { ...NOTHING, from, to, priority, sign, parsed: unread(message) };
  }
  const fields = Object(value) as Record<string, unknown>;
  const refusal: Refusal = {
    code: 'BAD_REQUEST',
    vi: 'Thông tin văn bản có trường sai hoặc thiếu.',
    en: 'Fields of the metadata are wrong or missing.',
    faults: faultsOf(parsed.error),
  };
  const { to, priority, from, sign } = documentMetadata.shape;
  return {
    ...NOTHING,
    to: to.safeParse(fields['to']).data ?? [],
    from: from.safeParse(fields['from']).data,
    priority: priority.safeParse(fields['priority']).data,
    sign: sign.safeParse(fields['sign']).data ?? [],
    refusals: [refusal],
  };
}

async function jsonOf(file: string): Promise<unknown> {
  const text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : '';
    throw unreadable(
      `${file} không phải JSON (như POST /api/v1/documents nhận hoặc lienthong edxml parse in ra), cũng không phải edXML: ${why}`,
      `${file} is neither JSON (as POST /api/v1/documents takes or lienthong edxml parse prints) nor edXML: ${why}`,
      cause,
    );
  }
}

/** As `edxml parse` prints a message and `edxml build` takes it; else the file is what `POST /api/v1/documents` takes. */
function isMessage(value: unknown): value is EdxmlDocument {
  const { kind, from, to } = Object(value) as Partial<Record<keyof EdxmlDocument, unknown>>;
  const isOrgan = (one: unknown): boolean =>
    typeof (Object(one) as { organId?: unknown }).organId === 'string';
  return kind === 'document' && isOrgan(from) && Array.isArray(to) && to.every(isOrgan);
}

/** A message that no parser has found fault with. */
function unread(message: EdxmlDocument): ReadDocument {
  return { message, errors: [], warnings: [] };
}

/** A message somebody may have begun by hand: what `edxml build` fills in by itself may be absent. */
function ofJsonMessage(value: EdxmlDocument, file: string): Asked {
  const { responseFor = [], traceHeaders = [], attachments = [] } = value as Partial<EdxmlDocument>;
  if (![responseFor, traceHeaders, attachments].every(Array.isArray))
    throw unreadable(
      `${file}: responseFor, traceHeaders, attachments phải là danh sách.`,
      `${file}: responseFor, traceHeaders and attachments must be lists.`,
    );
  const asked = ofMessage(unread({ ...value, responseFor, traceHeaders, attachments }));
  if (typeof value.documentId === 'string' && typeof value.business === 'object') return asked;
  const { errors } = checkEdxml(value, { now: new Date() });
  return { ...asked, parsed: null, refusals: [invalid(errors)] };
}
