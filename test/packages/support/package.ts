import { createHash } from 'node:crypto';
import {
  type AttachmentSource,
  buildEdxml,
  type EdxmlAttachment,
  type EdxmlDocument,
  type ParsedEdxml,
  type ParseEdxmlOptions,
  parseEdxml,
} from '../../../src/packages/index.ts';
import { collect, streamOf } from './bytes.ts';
import { sampleDocument } from './samples.ts';

/** Metadata of a file as a parse will give it back. */
export function describe(
  contentId: string,
  name: string,
  bytes: Uint8Array,
  wasZipped = true,
): EdxmlAttachment {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { contentId, name, contentType: 'application/pdf', sha256, sizeBytes: bytes.length, wasZipped };
}

/** A file to build a package from. */
export function sourceOf(contentId: string, bytes: Uint8Array): AttachmentSource {
  return { contentId, open: () => streamOf(bytes) };
}

/** Parses a package and keeps the files it held, by content identifier and by place among the attachments. */
export async function parseAll(
  bytes: Uint8Array | string,
  options: Omit<ParseEdxmlOptions, 'openAttachment'> & { chunkBytes?: number } = {},
): Promise<ParsedEdxml & { files: Map<string, Buffer>; contents: Map<number, Buffer>; aborted: number }> {
  const { chunkBytes, ...rest } = options;
  const files = new Map<string, Buffer>();
  const contents = new Map<number, Buffer>();
  let aborted = 0;
  const parsed = await parseEdxml(streamOf(bytes, chunkBytes), {
    ...rest,
    openAttachment: ({ index }) => {
      const parts: Buffer[] = [];
      return {
        write: (chunk) => {
          parts.push(Buffer.from(chunk));
        },
        end: ({ contentId }) => {
          files.set(contentId, Buffer.concat(parts));
          contents.set(index, Buffer.concat(parts));
        },
        abort: () => {
          aborted += 1;
        },
      };
    },
  });
  return { ...parsed, files, contents, aborted };
}

/** A valid package with one file whose base64 content is replaced by `content` (any text, markup included). */
export async function packageWithContent(
  content: string,
  name = 'cong-van.pdf',
  contentType = 'application/zip',
): Promise<string> {
  const file = { ...describe('f1', name, Buffer.from('x'), false), contentType };
  const message: EdxmlDocument = { ...sampleDocument(), attachments: [file] };
  const built = (await collect(buildEdxml(message, [sourceOf('f1', Buffer.from('x'))]))).toString('utf8');
  return built.replace(
    /(<edXML:ContentTransferEncoded[^>]*>)[^<]*</,
    (_, tag: string) => `${tag}${content}<`,
  );
}
