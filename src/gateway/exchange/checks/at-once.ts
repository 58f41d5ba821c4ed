/**
 * Checking at once: the files of a small package are kept in memory while it is read, so that their signatures are verified
 * before it is kept, and keeping and routing it is one transaction. What is large, or comes when the verifier has much
 * to do, is verified after it was taken in (`process.ts`): taking in must never wait long.
 */
import type { EdxmlDocument, EdxmlMessage, OpenAttachment } from '../../../packages/index.ts';
import type { VerificationReport } from '../../../signing/index.ts';
import type { Exchange } from '../ports.ts';
import { type Checked, PACKAGE_NAME, verifyOne } from './verify.ts';

/** Files of one package kept in memory, all together. */
const PACKAGE_BYTES = 1024 * 1024;
/** Files of all packages being taken in: 64 uploads of the size above. */
const TOTAL_BYTES = 64 * 1024 * 1024;
/** Tasks waiting for a thread of the verifier from which on packages are verified later. */
const BUSY_TASKS = 64;

let held = 0;

/** A file in memory. */
export interface HeldFile {
  readonly name: string;
  readonly bytes: Buffer;
  /** The verifier's report on these very bytes, when they were signed here a moment ago. */
  readonly report?: VerificationReport;
}

/** Collects the files of one package as they pass; gives up, and forgets them, when they grow too large. */
export interface Collector {
  readonly open: OpenAttachment;
  /** All files in their order, null when one was too large. */
  files(): readonly HeldFile[] | null;
  /** Frees the memory; always to be called. */
  release(): void;
}

/** Starts collecting; with `wanted` false nothing is kept. */
export function collectFiles(wanted: boolean): Collector {
  let files: { name: string; chunks: Buffer[] }[] | null = wanted ? [] : null;
  let mine = 0;

  function release(): void {
    held -= mine;
    mine = 0;
    files = null;
  }

  return {
    open(info) {
      const file = { name: info.name, chunks: [] as Buffer[] };
      files?.push(file);
      return {
        write(chunk) {
          if (files === null) return;
          mine += chunk.length;
          held += chunk.length;
          if (mine > PACKAGE_BYTES || held > TOTAL_BYTES) release();
          else file.chunks.push(Buffer.from(chunk));
        },
        end() {},
        abort() {},
      };
    },
    files: () => files?.map(({ name, chunks }) => ({ name, bytes: Buffer.concat(chunks) })) ?? null,
    release,
  };
}

/** A document that asks for nothing about another one: what a recall, an update or a replacement does needs the database. */
function isPlain(message: EdxmlMessage): message is EdxmlDocument {
  return message.kind === 'document' && message.business.businessDocType === 0;
}

/** Verdicts on all files of a small plain document, or undefined: it is to be verified later. Never rejects. */
export async function checkAtOnce(
  x: Exchange,
  message: EdxmlMessage,
  files: readonly HeldFile[] | null,
): Promise<readonly Checked[] | undefined> {
  if (files === null || !isPlain(message) || files.length !== message.attachments.length) return undefined;
  if (!x.lanes.isOpen() || x.verifier.waiting() > BUSY_TASKS) return undefined;
  try {
    return await Promise.all(
      files.map(async ({ bytes, report }, index) => {
        const { name = '', sha256 = '' } = message.attachments[index] ?? {};
        if (report !== undefined) return { name, sha256, report: { ...report, file: name } };
        return { ...(await verifyOne(x, name, bytes, 1)), sha256 };
      }),
    );
  } catch (cause) {
    x.log.warn({ err: cause }, 'not verified at once; it will be after the package was kept');
    return undefined;
  }
}

/**
 * Adds the verdict on the signature of the package itself to those on its files.
 * @param bytes the package as accepted; undefined: no longer in memory. @returns undefined: it is to be verified later.
 */
export async function checkPackageAtOnce(
  x: Exchange,
  message: EdxmlMessage,
  blob: { readonly sha256: string; readonly bytes?: Uint8Array },
  files: readonly Checked[] | undefined,
): Promise<readonly Checked[] | undefined> {
  if (files === undefined || message.signatureXml === undefined) return files;
  if (blob.bytes === undefined) return undefined;
  try {
    const own = await verifyOne(x, PACKAGE_NAME, blob.bytes, 1);
    return [{ ...own, part: 'package', sha256: blob.sha256 }, ...files];
  } catch (cause) {
    x.log.warn({ err: cause }, 'not verified at once; it will be after the package was kept');
    return undefined;
  }
}
