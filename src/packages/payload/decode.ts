import { createHash } from 'node:crypto';
import { PackageError } from '../errors.ts';
import { Base64Decoder, type Base64Habit } from './base64.ts';
import { SingleFileUnzip, type UnzipLimits } from './unzip.ts';
import { localHeaderLength, localHeaderName, readLocalHeader, ZIP_MAGIC } from './zip-format.ts';

/** What is known of a file once all its bytes went by. */
export interface PayloadFacts {
  /** Lowercase hex, of the file itself. */
  sha256: string;
  sizeBytes: number;
  wasZipped: boolean;
}

/** File kinds that are ZIP archives themselves: a `PK` start does not make these an envelope. */
const ZIP_BASED = new Set(
  'zip jar war docx docm dotx xlsx xlsm xltx pptx pptm odt ods odp odg ott epub asice asics sce scs bdoc edoc adoc apk kmz vsdx xps'.split(
    ' ',
  ),
);
const UUID_NAME = /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}(\.[^.]*)?$/i;

/**
 * Turns the base64 text of one attachment into the file: decodes, finds out whether the sender zipped it first
 * (`PK\x03\x04`; the declared content type is not to be trusted), unzips, hashes. All streaming; every limit enforced.
 * Throws `EDXML_BAD_BASE64`, `EDXML_ZIP_*`, `EDXML_TOO_LARGE`; errors of `out` pass through.
 */
export class PayloadDecoder {
  readonly #base64 = new Base64Decoder();
  readonly #hash = createHash('sha256');
  readonly #name: string;
  readonly #limits: UnzipLimits;
  readonly #out: (bytes: Buffer) => Promise<void>;
  #head: Buffer | undefined = Buffer.alloc(0);
  #unzip: SingleFileUnzip | undefined;
  #size = 0;

  /** `name`: the attachment's own name, empty when not known yet. */
  constructor(name: string, limits: UnzipLimits, out: (bytes: Buffer) => Promise<void>) {
    this.#name = name;
    this.#limits = limits;
    this.#out = out;
  }

  async write(base64: Buffer): Promise<void> {
    const bytes = this.#base64.push(base64);
    if (bytes.length > 0) await this.#decoded(bytes);
  }

  async finish(): Promise<PayloadFacts> {
    const last = this.#base64.finish();
    if (last.length > 0) await this.#decoded(last);
    if (this.#head !== undefined) await this.#decide(this.#head, true);
    this.#unzip?.finish();
    this.close();
    return { sha256: this.#hash.digest('hex'), sizeBytes: this.#size, wasZipped: this.#unzip !== undefined };
  }

  /** What was odd about the base64. */
  get habits(): readonly Base64Habit[] {
    return this.#base64.habits;
  }

  /** Frees what is held; safe at any time. */
  close(): void {
    this.#unzip?.close();
  }

  async #decoded(bytes: Buffer): Promise<void> {
    if (this.#head !== undefined) await this.#decide(Buffer.concat([this.#head, bytes]), false);
    else if (this.#unzip !== undefined) await this.#unzip.push(bytes, (out) => this.#emit(out));
    else await this.#emit(bytes);
  }

  /** Waits for enough bytes to see the archive's first file, then settles what this is. */
  async #decide(head: Buffer, isAll: boolean): Promise<void> {
    const couldBeZip = head.subarray(0, 4).equals(ZIP_MAGIC.subarray(0, Math.min(4, head.length)));
    const needed = localHeaderLength(head) ?? 30;
    if (couldBeZip && head.length < needed && !isAll) {
      this.#head = head;
      return;
    }
    this.#head = undefined;
    if (!couldBeZip || head.length < needed || !isEnvelope(this.#name, localHeaderName(head))) {
      if (head.length > 0) await this.#emit(head);
      return;
    }
    const header = readLocalHeader(head);
    this.#unzip = new SingleFileUnzip(header, this.#limits);
    await this.#unzip.push(head.subarray(header.dataOffset), (out) => this.#emit(out));
  }

  async #emit(bytes: Buffer): Promise<void> {
    this.#size += bytes.length;
    const { maxAttachmentBytes } = this.#limits;
    if (this.#size > maxAttachmentBytes)
      throw new PackageError('EDXML_TOO_LARGE', { limit: maxAttachmentBytes });
    this.#hash.update(bytes);
    await this.#out(bytes);
  }
}

/**
 * Is this archive only a wrapping, or is it the file? The axis client wraps as one entry named `<uuid>.<extension of
 * the file>`. A file that is a ZIP archive by its own kind (docx, zip, asice…) counts as wrapped only when its entry
 * is named that way; and an archive that starts like an office file or a signed container is never a wrapping.
 */
function isEnvelope(attachmentName: string, entryName: string): boolean {
  if (/^(\[Content_Types\]\.xml|mimetype|_rels\/|META-INF\/|docProps\/|word\/|xl\/|ppt\/)/.test(entryName))
    return false;
  const extension = extensionOf(attachmentName);
  if (!ZIP_BASED.has(extension)) return true;
  const sameKind = extensionOf(entryName) === extension;
  return sameKind && (UUID_NAME.test(entryName) || entryName === attachmentName);
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot === -1
    ? ''
    : name
        .slice(dot + 1)
        .trim()
        .toLowerCase();
}
