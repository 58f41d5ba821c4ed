import { PackageError } from '../errors.ts';
import { decodeFileName } from '../file-name.ts';
import type { Base64Habit } from '../payload/base64.ts';
import { PayloadDecoder, type PayloadFacts } from '../payload/decode.ts';
import type { RawTextTaker, XmlHooks } from '../xml/reader.ts';
import { childrenOf, textOf, type XmlElement } from '../xml/tree.ts';
import { defined } from './fields.ts';
import type { AttachmentSink, EdxmlAttachment, EdxmlLimits } from './types.ts';
import { WIRE, ZIP_CONTENT_TYPE } from './wire-names.ts';

/**
 * Opens a place for the bytes of one attachment. Fields are '' when they come after the content in the file and the manifest
 * tells nothing; all are known when the sink is told of the end. `index` is its place in the message's `attachments`, some of
 * which may have no content.
 */
export type OpenAttachment = (info: {
  index: number;
  contentId: string;
  name: string;
  contentType: string;
}) => AttachmentSink;

/** An attachment read so far: its metadata element, and the facts of its content. */
export interface ReadAttachment {
  element: XmlElement;
  attachment: EdxmlAttachment;
  /** What was odd about its base64. */
  habits: readonly Base64Habit[];
}

interface OpenContent {
  decoder: PayloadDecoder;
  sink: AttachmentSink | undefined;
  facts?: PayloadFacts;
}

/** Streams attachment contents out of a package while it is being read. */
export class AttachmentReader {
  readonly done: ReadAttachment[] = [];
  readonly #open: OpenAttachment | undefined;
  readonly #limits: EdxmlLimits;
  #count = 0;
  #totalBytes = 0;
  #current: OpenContent | undefined;

  constructor(open: OpenAttachment | undefined, limits: EdxmlLimits) {
    this.#open = open;
    this.#limits = limits;
  }

  /** The hooks to read the file with. */
  hooks(): Required<XmlHooks> {
    return {
      streamed: WIRE.content,
      open: (element, ancestors) => {
        const parent = ancestors.at(-1);
        if (element.local !== WIRE.content || parent === undefined) return undefined;
        return isAttachment(parent, ancestors.slice(0, -1))
          ? this.#take(element, parent, ancestors[0])
          : undefined;
      },
      close: async (element, ancestors) => {
        if (isAttachment(element, ancestors)) await this.#complete(element);
      },
    };
  }

  /** The package is bad: lets go of the file that is open. Never throws, so that the first error stays the one told. */
  async abort(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    current?.decoder.close();
    try {
      await current?.sink?.abort();
    } catch {
      // The failure that led here is the one to report; a sink that can't even drop its file adds nothing to it.
    }
  }

  #take(element: XmlElement, parent: XmlElement, root: XmlElement | undefined): RawTextTaker {
    this.#count += 1;
    const { maxAttachments } = this.#limits;
    if (this.#count > maxAttachments) {
      throw new PackageError('EDXML_TOO_MANY_ATTACHMENTS', {
        line: element.line,
        column: element.column,
        limit: maxAttachments,
      });
    }
    if (this.#current !== undefined) {
      throw new PackageError('EDXML_NOT_EDXML', {
        ...placeOf(element),
        reason: 'an attachment with two contents',
      });
    }
    const index = this.done.length;
    const { contentId, name: written, contentType } = fieldsOf(parent);
    const name = written === '' ? nameInManifest(root, contentId, index) : written;
    const sink = this.#open?.({ index, contentId, name, contentType });
    const limits = {
      ...this.#limits,
      maxAttachmentBytes: Math.min(
        this.#limits.maxAttachmentBytes,
        this.#limits.maxTotalAttachmentBytes - this.#totalBytes,
      ),
    };
    const decoder = new PayloadDecoder(name, limits, async (bytes) => sink?.write(bytes));
    const current: OpenContent = { decoder, sink };
    this.#current = current;
    const path = `${WIRE.attachmentEncoded}.${WIRE.attachment}[${this.#count}]`;
    return {
      write: (bytes) => located(element, path, () => decoder.write(bytes)),
      end: () =>
        located(element, path, async () => {
          current.facts = await decoder.finish();
          this.#totalBytes += current.facts.sizeBytes;
        }),
    };
  }

  async #complete(element: XmlElement): Promise<void> {
    const facts = this.#current?.facts;
    const measured = facts ?? { sha256: '', sizeBytes: 0, wasZipped: false };
    const ordered = orderKeys(withRealType({ ...fieldsOf(element), ...measured }));
    const habits = this.#current?.decoder.habits ?? [];
    await this.#current?.sink?.end(ordered);
    this.#current = undefined;
    this.done.push({ element, attachment: ordered, habits });
  }
}

/** Anywhere else it is an unknown element, which counts for no file: places would shift, and one file pass for another. */
function isAttachment(element: XmlElement, ancestors: readonly XmlElement[]): boolean {
  const [, encoded, ...deeper] = ancestors;
  const isThere = encoded?.local === WIRE.attachmentEncoded && deeper.length === 0;
  return isThere && element.local === WIRE.attachment;
}

/** Adds the place in the file to what the decoder found wrong; the caller's own errors pass unchanged. */
async function located(element: XmlElement, path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof PackageError) || error.details.line !== undefined) throw error;
    throw new PackageError(error.code, { ...error.details, ...placeOf(element), path }, error);
  }
}

function placeOf(element: XmlElement): { line: number; column: number } {
  return { line: element.line, column: element.column };
}

/**
 * `cid:` belongs to the reference, not to the identifier, and so do the brackets of mail (RFC 2392): some senders write them in one
 * place only, others code the colon for an address, and the axis library adds another `cid:` each time it re-serialises a package.
 */
export function stripCid(contentId: string): string {
  let rest = contentId.trim();
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = rest
      .replace(/^(?:cid(?::|%3a)\s*)+/i, '')
      .replace(/^<(.*)>$/, '$1')
      .trim();
  }
  return rest;
}

/**
 * The name the manifest gives a file whose own stands after its content, as .NET systems write it: without a name an archive
 * sent as such would be taken for the wrapping of a file. Found by identifier, else by position; '' when there is none.
 */
function nameInManifest(root: XmlElement | undefined, contentId: string, index: number): string {
  const steps = [WIRE.envelope, WIRE.body, WIRE.manifest, WIRE.reference];
  const references = steps.reduce<XmlElement[]>(
    (found, step) => found.flatMap((element) => childrenOf(element).filter(({ local }) => local === step)),
    root === undefined ? [] : [root],
  );
  const listed = references.map(fieldsOf);
  const same = listed.find((reference) => contentId !== '' && reference.contentId === contentId);
  return (same ?? (contentId === '' ? listed[index] : undefined))?.name ?? '';
}

/**
 * The name of a file as people know it. .NET systems write the path the file had on their machine (`FileStream.Name`), which says
 * nothing to anybody else; others write the name as it stood in a header of HTTP or mail. A slash alone stays: people put the
 * number of a document into a name (`12/UBND-VP.pdf`).
 */
export function plainFileName(written: string): string {
  const name = decodeFileName(written);
  return /^\s*(?:[A-Za-z]:[\\/]|\\\\|\/)/.test(name) ? (name.split(/[\\/]/).at(-1) ?? name) : name;
}

type AttachmentFields = Omit<EdxmlAttachment, 'sha256' | 'sizeBytes' | 'wasZipped'>;

function fieldsOf(element: XmlElement): AttachmentFields {
  const children = childrenOf(element);
  const text = (name: string): string | undefined => {
    const child = children.find(({ local }) => local === name);
    return child === undefined ? undefined : textOf(child);
  };
  return defined<AttachmentFields>({
    contentId: stripCid(text(WIRE.contentId) ?? ''),
    name: plainFileName(text(WIRE.attachmentName) ?? ''),
    contentType: text(WIRE.contentType)?.trim() ?? '',
    description: text(WIRE.description),
    fieldName: text(WIRE.fieldName),
    mimeType: text(WIRE.mimeType),
    format: text(WIRE.format),
  });
}

/** A wrapped file is `application/zip` on the wire; `MimeType`, when the sender gave it, says what is inside. */
function withRealType({ mimeType, ...file }: EdxmlAttachment): EdxmlAttachment {
  if (mimeType === undefined) return file;
  const isWrapper = file.contentType === ZIP_CONTENT_TYPE || file.contentType === '';
  const inside = file.wasZipped && isWrapper && mimeType.trim() !== '';
  return inside ? { ...file, contentType: mimeType.trim() } : { ...file, mimeType };
}

function orderKeys(a: EdxmlAttachment): EdxmlAttachment {
  const { contentId, name, contentType, description, sha256, sizeBytes, wasZipped, ...rest } = a;
  const head = { contentId, name, contentType, ...(description === undefined ? {} : { description }) };
  return { ...head, sha256, sizeBytes, wasZipped, ...rest };
}
