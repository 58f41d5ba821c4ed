/** The edXML file that goes to one recipient over an axis: `To` holds that recipient only, our hop is in the trace. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  buildEdxml,
  type EdxmlDocument,
  type EdxmlMessage,
  formatVietnamTime,
  parseEdxml,
  type WireOrder,
} from '../../packages/index.ts';
import type { DeliveryWork } from '../exchange/index.ts';
import { type BlobStore, createFileSink, type PackageRow } from '../store/index.ts';

/** A file ready to send. */
export interface OutgoingFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** All of it, when it is small and still in memory. */
  readonly bytes?: Uint8Array;
  open(): Readable;
  /** Removes temporary files. */
  dispose(): Promise<void>;
}

export interface OutgoingOptions {
  readonly blobs: BlobStore;
  readonly tmpDir: string;
  readonly centreCode: string;
  readonly now: number;
  /** How this axis wants its packages written. */
  readonly order: WireOrder;
}

/**
 * Makes the file for `recipient`. An axis delivers to everyone in `To`, so naming the recipients that other routes reach
 * would double their mail (docs/adr/014). Attachments go through a temporary folder, never through memory. The bytes that
 * came in go out unchanged when they say all this already and the axis has no order of its own.
 */
export async function outgoingFor(
  work: Pick<DeliveryWork, 'package' | 'payload'>,
  recipient: string,
  options: OutgoingOptions,
): Promise<OutgoingFile> {
  const { package: pkg, payload } = work;
  const message = payload?.message ?? (JSON.parse(pkg.metadata) as EdxmlMessage);
  if (options.order === 'vxp' && isFitAsItIs(message, options.centreCode))
    return acceptedFile(pkg, options.blobs, payload?.bytes);
  const folder = join(options.tmpDir, randomUUID());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    return await rebuilt(pkg, recipient, folder, options);
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
}

function isFitAsItIs(message: EdxmlMessage, centreCode: string): boolean {
  if (message.kind === 'status') return true;
  return message.to.length === 1 && isTraced(message, centreCode);
}

function isTraced(message: EdxmlDocument, centreCode: string): boolean {
  return message.traceHeaders.some((hop) => hop.organId === centreCode);
}

/** The sender's code as the package has it, which may be of the other generation than the directory's. */
export function wireSender({ package: pkg, payload }: Pick<DeliveryWork, 'package' | 'payload'>): string {
  return (payload?.message ?? (JSON.parse(pkg.metadata) as EdxmlMessage)).from.organId;
}

/**
 * The first line of a sent list that is not another sending to the same recipient: its update and its recall bear the DocumentId of the
 * document, whose line stands there when they have not arrived.
 */
export async function firstOfOurs<T>(
  lines: readonly T[],
  work: DeliveryWork,
  idOf: (line: T) => string,
): Promise<T | undefined> {
  for (const line of lines) if ((await work.isOfAnother?.(idOf(line))) !== true) return line;
  return undefined;
}

/** The package as it was accepted. @param bytes all of it, when it is still in memory. */
export async function acceptedFile(
  pkg: PackageRow,
  blobs: BlobStore,
  bytes: Uint8Array | undefined,
): Promise<OutgoingFile> {
  const about = { sha256: pkg.payload_sha256, sizeBytes: pkg.size };
  if (bytes !== undefined)
    return { ...about, bytes, open: () => Readable.from([bytes]), dispose: () => Promise.resolve() };
  // Fetched before anything is said to the counterparty: sending does not break off because the store is away.
  const held = await blobs.hold(pkg.payload_sha256);
  return { ...about, open: () => createReadStream(held.path), dispose: async () => held.release() };
}

async function rebuilt(
  pkg: PackageRow,
  recipient: string,
  folder: string,
  options: OutgoingOptions,
): Promise<OutgoingFile> {
  const files = new Map<number, string>();
  const { message } = await parseEdxml(await options.blobs.open(pkg.payload_sha256), {
    openAttachment({ index }) {
      const file = join(folder, `${index}.part`);
      files.set(index, file);
      return createFileSink(file);
    },
  });
  const target = join(folder, 'package.edxml');
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const out = createFileSink(target);
  const named = withIdentifiers(message);
  const sources = (named.kind === 'document' ? named.attachments : []).map((attachment, index) => ({
    contentId: attachment.contentId,
    open: () => openFile(files.get(index)),
    zip: attachment.wasZipped,
  }));
  const { order } = options;
  try {
    for await (const chunk of buildEdxml(forRecipient(named, recipient, options), sources, {
      order,
      // Files were squeezed by their sender; squeezing hard again would hold a big one up for minutes.
      zipLevel: 1,
    })) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      await out.write(chunk);
    }
    await out.end();
  } finally {
    await out.abort();
  }
  return {
    sha256: hash.digest('hex'),
    sizeBytes,
    open: () => createReadStream(target),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}

/** An axis may bring a file without an identifier; written anew it needs one, the same at every attempt. */
function withIdentifiers(message: EdxmlMessage): EdxmlMessage {
  if (message.kind === 'status') return message;
  const used = new Set(message.attachments.map(({ contentId }) => contentId));
  const attachments = message.attachments.map((attachment, index) => {
    if (attachment.contentId !== '') return attachment;
    let contentId = `tep-${index + 1}`;
    while (used.has(contentId)) contentId += '-x';
    return { ...attachment, contentId };
  });
  return { ...message, attachments };
}

/** A file the package names without bringing it goes on as an empty one. */
function openFile(path: string | undefined): Readable {
  return path === undefined ? Readable.from([]) : createReadStream(path);
}

/** The message as one recipient gets it: named alone, our hop in the trace. */
function forRecipient(message: EdxmlMessage, recipient: string, options: OutgoingOptions): EdxmlMessage {
  if (message.kind === 'status') return message;
  const hop = { organId: options.centreCode, timestamp: formatVietnamTime(new Date(options.now)) };
  return {
    ...message,
    to: message.to.filter((organ) => organ.organId === recipient),
    traceHeaders: isTraced(message, options.centreCode)
      ? message.traceHeaders
      : [...message.traceHeaders, hop],
  };
}
