/** The edXML file that goes to one recipient over an axis: `To` holds that recipient only, our hop is in the trace. */
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import {
  buildEdxml,
  type EdxmlDocument,
  type EdxmlMessage,
  formatVietnamTime,
  parseEdxml,
} from '../../packages/index.ts';
import type { BlobStore, PackageRow } from '../store/index.ts';

/** A file ready to send. */
export interface OutgoingFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  open(): Readable;
  /** Removes temporary files. */
  dispose(): Promise<void>;
}

export interface OutgoingOptions {
  readonly blobs: BlobStore;
  readonly tmpDir: string;
  readonly centreCode: string;
  readonly now: number;
}

/**
 * Makes the file for `recipient`. An axis delivers to everyone in `To`, so naming the recipients that other routes reach
 * would double their mail (docs/adr/014). Attachments go through a temporary folder, never through memory.
 */
export async function outgoingFor(
  pkg: PackageRow,
  recipient: string,
  options: OutgoingOptions,
): Promise<OutgoingFile> {
  const message = JSON.parse(pkg.metadata) as EdxmlDocument;
  const traced =
    message.kind !== 'document' || message.traceHeaders.some((hop) => hop.organId === options.centreCode);
  if (message.kind !== 'document' || (message.to.length === 1 && traced)) return original(pkg, options.blobs);
  const folder = join(options.tmpDir, randomUUID());
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    return await rebuilt(pkg, recipient, folder, options);
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
}

/** The sender's code as the package has it, which may be of the other generation than the directory's. */
export function wireSender(pkg: PackageRow): string {
  return (JSON.parse(pkg.metadata) as EdxmlMessage).from.organId;
}

function original(pkg: PackageRow, blobs: BlobStore): OutgoingFile {
  return {
    sha256: pkg.payload_sha256,
    sizeBytes: pkg.size,
    open: () => createReadStream(blobs.pathOf(pkg.payload_sha256)),
    dispose: () => Promise.resolve(),
  };
}

async function rebuilt(
  pkg: PackageRow,
  recipient: string,
  folder: string,
  options: OutgoingOptions,
): Promise<OutgoingFile> {
  const files: string[] = [];
  const { message } = await parseEdxml(await options.blobs.open(pkg.payload_sha256), {
    openAttachment() {
      const file = join(folder, `${files.length}.part`);
      files.push(file);
      const out = createWriteStream(file, { mode: 0o600 });
      return {
        write: (chunk: Uint8Array) =>
          new Promise<void>((resolve, reject) =>
            out.write(Buffer.from(chunk), (error) => (error ? reject(error) : resolve())),
          ),
        end: () => finished(out.end()),
        abort: () => void out.destroy(),
      };
    },
  });
  if (message.kind !== 'document') throw new TypeError('only documents are rebuilt for a recipient');
  const traced = message.traceHeaders.some((hop) => hop.organId === options.centreCode);
  const forRecipient: EdxmlDocument = {
    ...message,
    to: message.to.filter((organ) => organ.organId === recipient),
    traceHeaders: traced
      ? message.traceHeaders
      : [
          ...message.traceHeaders,
          { organId: options.centreCode, timestamp: formatVietnamTime(new Date(options.now)) },
        ],
  };
  const target = join(folder, 'package.edxml');
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const out = createWriteStream(target, { mode: 0o600 });
  const attachments = message.attachments.map((attachment, index) => ({
    contentId: attachment.contentId,
    open: () => createReadStream(files[index] ?? ''),
    zip: attachment.wasZipped,
  }));
  for await (const chunk of buildEdxml(forRecipient, attachments)) {
    hash.update(chunk);
    sizeBytes += chunk.length;
    if (!out.write(chunk)) await once(out, 'drain');
  }
  await finished(out.end());
  return {
    sha256: hash.digest('hex'),
    sizeBytes,
    open: () => createReadStream(target),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
