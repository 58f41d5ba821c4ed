/** Documents handed in as metadata and files: sign if asked, build the edXML package, then the same way as any package. */
import { createHash, randomUUID } from 'node:crypto';
import {
  buildEdxml,
  documentKey,
  type EdxmlAttachment,
  type EdxmlDocument,
  formatVietnamTime,
  type Organ,
} from '../../packages/index.ts';
import type { VerificationReport } from '../../signing/index.ts';
import { recentAgencies } from '../directory/index.ts';
import type { NewEvent } from '../evidence/index.ts';
import {
  type FileOctets,
  findAnswer,
  findPackagesByKeys,
  isBelow,
  joinLevels,
  type LevelState,
  type Queries,
  queueCompletion,
  readTogether,
  removeLarge,
  type Scratch,
  type Store,
  sourceOf,
} from '../store/index.ts';
import { acceptEdxml, assertMaySendFor, findFaults, type Submitter } from './accept.ts';
import type { HeldFile } from './checks/at-once.ts';
import { ExchangeError } from './errors.ts';
import { type Accepted, recognise, replay } from './intake.ts';
import type { DocumentMetadata, SignatureRequest } from './metadata.ts';
import type { Exchange } from './ports.ts';
import { resolveRecipients } from './recipients.ts';

/** A file handed in; its bytes are found by their digest. */
export interface DocumentFile {
  readonly name: string;
  readonly contentType: string;
  readonly sha256: string;
  readonly size: number;
}

/**
 * Signs one PDF with a named key of an agency; resolves to the signed bytes, facts for the timeline, and what the verifier
 * said of exactly these bytes before they were released.
 */
export type DocumentSigner = <T extends FileOctets>(
  agency: string,
  request: SignatureRequest,
  pdf: T,
  context: { signerName?: string | undefined; documentCode: string },
) => Promise<{
  pdf: T;
  facts: Record<string, unknown>;
  report: VerificationReport;
  /** Level reached and wanted; absent: nothing to complete. */
  signed?: Omit<LevelState, 'signers'> & { readonly signer: string };
}>;

/** Digest of what the caller asked for: the same metadata and files give the same digest whenever they are sent. */
function digestRequest(metadata: DocumentMetadata, files: readonly DocumentFile[]): string {
  return createHash('sha256')
    .update(JSON.stringify([metadata, files.map((file) => [file.name, file.sha256])]))
    .digest('hex');
}

/**
 * Takes in a document.
 * @throws ExchangeError as {@link acceptEdxml}; SigningError when a key refuses; nothing is kept then.
 */
export async function acceptDocument(
  x: Exchange,
  metadata: DocumentMetadata,
  files: readonly DocumentFile[],
  content: Scratch,
  submitter: Submitter,
  sign: DocumentSigner,
  idempotency?: { scope: string; key: string },
): Promise<Accepted> {
  const requestSha256 = digestRequest(metadata, files);
  const before = await replayed(x, idempotency, requestSha256);
  if (before !== null) return before;
  await assertMaySendFor(x, submitter, metadata.from, metadata.sign.length > 0);
  const message = await documentMessage(x.store, x.settings.centreCode, metadata, x.now());
  const known =
    metadata.sign.length === 0 || idempotency !== undefined
      ? null
      : await sentBefore(x, message, requestSha256);
  if (known !== null) return known;
  // Faults are told before a key is used: a signature must not be spent on a document that can't go.
  message.attachments = files.map((file) => attachmentOf(randomUUID(), file));
  const { errors } = await findFaults(x, { message, errors: [], warnings: [] }, submitter);
  if (errors.length > 0)
    throw new ExchangeError(
      'PACKAGE_INVALID',
      {
        vi: `Thông tin văn bản không hợp lệ: ${errors[0]?.vi}`,
        en: `The document's metadata are not valid: ${errors[0]?.en}`,
      },
      { faults: errors },
    );
  const recipients = await resolveRecipients(x, message, submitter.origin);
  const { signed, events, lower, reports } = await signFiles(content, metadata, files, sign);
  // What goes out stays as it is; the completed file is kept beside it, and the timeline says so.
  for (const { sha256 } of lower) await x.blobs.put(await content.read(sha256));
  message.attachments = signed.map((file, index) =>
    attachmentOf(message.attachments[index]?.contentId ?? randomUUID(), file),
  );
  const source = buildEdxml(
    message,
    message.attachments.map(({ contentId, sha256 }) => ({
      contentId,
      open: () => openFile(content, sha256),
    })),
  );
  return acceptEdxml(x, source, submitter, {
    requestSha256,
    events,
    built: { message, files: await inMemory(content, signed, reports), recipients },
    ...(lower.length === 0
      ? {}
      : {
          also: async (tx, pkg) => {
            for (const wish of lower)
              await queueCompletion(
                tx,
                { ...wish, agency: metadata.from, source: 'package', sourceId: pkg.id },
                x.now(),
              );
          },
        }),
    ...(idempotency === undefined ? {} : { idempotency }),
  });
}

/** The files themselves when all of them are in memory, so that they are verified without being unpacked again. */
async function inMemory(
  content: Scratch,
  files: readonly DocumentFile[],
  reports: ReadonlyMap<string, VerificationReport>,
): Promise<readonly HeldFile[] | null> {
  if (!files.every((file) => content.isInMemory(file.sha256))) return null;
  return Promise.all(
    files.map(async (file) => {
      const report = reports.get(file.sha256);
      const held = { name: file.name, bytes: await content.read(file.sha256) };
      return report === undefined ? held : { ...held, report };
    }),
  );
}

function attachmentOf(contentId: string, { name, contentType, sha256, size }: DocumentFile): EdxmlAttachment {
  return { contentId, name, contentType, sha256, sizeBytes: size, wasZipped: true };
}

async function* openFile(content: Scratch, sha256: string): AsyncGenerator<Uint8Array> {
  yield* await content.open(sha256);
}

/** The first answer under this key, or null. @throws ExchangeError IDEMPOTENCY_CONFLICT */
export async function replayed(
  x: Exchange,
  idempotency: { scope: string; key: string } | undefined,
  requestSha256: string,
): Promise<Accepted | null> {
  if (idempotency === undefined) return null;
  const answer = await findAnswer(x.store.read, idempotency.scope, idempotency.key);
  return answer === undefined ? null : replay(answer, requestSha256);
}

const findKept = readTogether(async (tx: Queries, keys: readonly string[]) => {
  const kept = await findPackagesByKeys(tx, keys);
  return keys.map((key) => kept.get(key));
});

/** The package that this very request made before: its keys are not used a second time. */
async function sentBefore(
  x: Exchange,
  message: EdxmlDocument,
  requestSha256: string,
): Promise<Accepted | null> {
  const key = documentKey(message.from.organId, message.documentId, message.business.businessDocType);
  const known = await findKept(x.store.read, key);
  return known === undefined ? null : recognise(known, { requestSha256 });
}

/** The edXML message that metadata become, without its files. */
export async function documentMessage(
  store: Store,
  centreCode: string,
  metadata: DocumentMetadata,
  now: number,
): Promise<EdxmlDocument> {
  const agencies = await recentAgencies(store, [metadata.from, ...metadata.to]);
  const organ = (code: string): Organ => ({ organId: code, organName: agencies.get(code)?.name ?? code });
  const { codeNumber, codeNotation } = metadata.code;
  return {
    kind: 'document',
    from: organ(metadata.from),
    to: metadata.to.map(organ),
    documentId:
      metadata.documentId ??
      `${metadata.from},${metadata.promulgationDate.replaceAll('-', '/')},${codeNumber}/${codeNotation}`,
    code: { codeNumber, codeNotation },
    promulgationInfo: { place: metadata.place, promulgationDate: metadata.promulgationDate },
    documentType: { type: metadata.type, typeDetail: 0, typeName: metadata.typeName },
    subject: metadata.subject,
    ...(metadata.content === undefined ? {} : { content: metadata.content }),
    ...(metadata.signer === undefined ? {} : { signerInfo: dropUndefined(metadata.signer) }),
    ...(metadata.dueDate === undefined ? {} : { dueDate: metadata.dueDate }),
    otherInfo: {
      priority: metadata.priority,
      ...(metadata.pageAmount === undefined ? {} : { pageAmount: metadata.pageAmount }),
    },
    responseFor: [],
    ...(metadata.toPlaces === undefined ? {} : { toPlaces: metadata.toPlaces }),
    traceHeaders: [
      { organId: metadata.from, timestamp: formatVietnamTime(new Date(now)) },
      { organId: centreCode, timestamp: formatVietnamTime(new Date(now)) },
    ],
    business: {
      ...dropUndefined(metadata.business ?? {}),
      businessDocType: metadata.business?.businessDocType ?? 0,
      paper: 0,
    },
    attachments: [],
  };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function dropUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Defined<T>;
}

async function signFiles(
  content: Scratch,
  metadata: DocumentMetadata,
  files: readonly DocumentFile[],
  sign: DocumentSigner,
): Promise<{
  /** All files in their order, the signed ones in place of what was signed. */
  signed: DocumentFile[];
  events: NewEvent[];
  lower: { name: string; sha256: string; state: LevelState }[];
  reports: ReadonlyMap<string, VerificationReport>;
}> {
  const levels = new Map<string, LevelState>();
  const events: NewEvent[] = [];
  const reports = new Map<string, VerificationReport>();
  const signed = new Map<string, DocumentFile>();
  const documentCode = `${metadata.code.codeNumber}/${metadata.code.codeNotation}`;
  for (const request of metadata.sign) {
    const original = files.find((file) =>
      request.file === undefined ? isPdfName(file) : file.name === request.file,
    );
    if (original === undefined)
      throw new ExchangeError(
        'PACKAGE_INVALID',
        { vi: 'Không có tệp PDF để ký.', en: 'There is no PDF to sign.' },
        {
          faults: [
            {
              code: 'N.sign.file',
              path: 'sign',
              vi: 'Không có tệp PDF để ký.',
              en: 'There is no PDF to sign.',
            },
          ],
        },
      );
    const current = signed.get(original.name) ?? original;
    const result = await sign(metadata.from, request, await content.fileOf(current.sha256), {
      signerName: metadata.signer?.fullName,
      documentCode,
    });
    const blob = await content.put(sourceOf(result.pdf)).finally(() => removeLarge(result.pdf));
    signed.set(original.name, { ...original, ...blob });
    if (result.signed !== undefined)
      levels.set(original.name, joinLevels(levels.get(original.name) ?? null, result.signed));
    reports.set(blob.sha256, result.report);
    events.push({
      type: 'signed',
      actor: metadata.from,
      data: {
        name: original.name,
        profile: request.profile,
        key: request.key,
        sha256: blob.sha256,
        ...result.facts,
      },
    });
  }
  return {
    signed: files.map((file) => signed.get(file.name) ?? file),
    events,
    lower: [...levels].flatMap(([name, state]) => {
      const sha256 = signed.get(name)?.sha256;
      return sha256 === undefined || !isBelow(state) ? [] : [{ name, sha256, state }];
    }),
    reports,
  };
}

function isPdfName(file: DocumentFile): boolean {
  return file.contentType === 'application/pdf' || file.name.toLowerCase().endsWith('.pdf');
}
