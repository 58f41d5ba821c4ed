/** What a system sent along with a call: the package, in the body or in a form, and JSON. */
import type { Request } from 'express';
import { matchesHashFile } from '../../../connectors/index.ts';
import { bodyOf } from '../body.ts';
import type { GatewayDeps } from '../deps.ts';
import { receiveMultipart } from '../multipart.ts';
import { HttpError, refuseNul } from '../problem.ts';

/** Parts a form may have: what other systems send along is small and not read. */
const MOST_PARTS = 20;

/**
 * The file of a call: the body itself, as the Java SDK sends it, or a part of a form, whatever its field is called and whether it has a
 * file name or not. Of several parts it is the one the signed `hashFile` is the digest of.
 */
export async function* sentFile(
  deps: GatewayDeps,
  req: Request,
  hashFile: string,
): AsyncGenerator<Uint8Array> {
  if (!/^multipart\/form-data\b/i.test(req.get('content-type') ?? '') || (await isBareFile(req)))
    return yield* bodyOf(req);
  const { blobs } = deps.x;
  const form = { maxFiles: MOST_PARTS, everyPart: true };
  const { files } = await receiveMultipart(req, blobs, deps.config.maxPackageBytes, form);
  const [largest] = files.toSorted((one, other) => other.size - one.size);
  const file = files.find(({ sha256 }) => matchesHashFile(hashFile, sha256)) ?? largest;
  if (file === undefined) throw new HttpError('BAD_REQUEST', { faults: [EMPTY_FORM] });
  yield* await blobs.open(file.sha256);
}

const EMPTY_FORM = {
  code: 'BAD_FIELD.file_doc',
  path: 'file_doc',
  vi: 'Biểu mẫu không có phần nào có Content-Disposition: form-data; hãy gửi tệp .edxml là một phần như vậy, hoặc là toàn bộ nội dung.',
  en: 'The form has no part with Content-Disposition: form-data; send the .edxml file as such a part, or as the whole body.',
};

/** SDKs say `multipart/form-data` of a body that is the file alone: their own writer of forms writes no part (§3.1). */
async function isBareFile(req: Request): Promise<boolean> {
  if ((req.get('content-encoding') ?? '') !== '') return false;
  let head = Buffer.alloc(0);
  for (;;) {
    const chunk = req.read() as Buffer | null;
    if (chunk !== null) head = Buffer.concat([head, chunk]);
    const isOver = req.readableEnded || req.destroyed;
    const start = head.subarray(0, 64).toString('latin1');
    // What is still only a mark of byte order or white space tells nothing.
    if (!isOver && head.length < 64 && /^(?:\xef\xbb?\xbf?|\xff\xfe?|\xfe\xff?)?\s*$/.test(start))
      await more(req);
    else {
      if (head.length > 0) req.unshift(head);
      return /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*</.test(start);
    }
  }
}

/** Until there is something to read, or never will be. */
function more(req: Request): Promise<void> {
  const signs = ['readable', 'end', 'close', 'error'];
  return new Promise((resolve) => {
    const done = (): void => {
      for (const sign of signs) req.off(sign, done);
      resolve();
    };
    for (const sign of signs) req.on(sign, done);
  });
}

const MOST_JSON_BYTES = 64 * 1024;

/**
 * The body as JSON, undefined when it is empty: in UTF-8 with or without a mark, whatever its header calls it (the SDK writes
 * what it likes there). @throws HttpError BODY_TOO_LARGE, BAD_REQUEST saying what is wrong with it.
 */
export async function sentJson(req: Request): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of bodyOf(req)) {
    sizeBytes += chunk.length;
    if (sizeBytes > MOST_JSON_BYTES) throw new HttpError('BODY_TOO_LARGE');
    chunks.push(chunk);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    refuseNul(text, 'json');
    return text.trim() === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    if (cause instanceof HttpError) throw cause;
    throw new HttpError('BAD_REQUEST', { cause, faults: [cause instanceof SyntaxError ? NO_JSON : NO_UTF8] });
  }
}

const NO_JSON = {
  code: 'BAD_BODY',
  path: '',
  vi: 'Nội dung không phải JSON.',
  en: 'The body is not JSON.',
};
const NO_UTF8 = {
  code: 'BAD_BODY',
  path: '',
  vi: 'Nội dung không viết bằng UTF-8; hãy gửi JSON bằng UTF-8.',
  en: 'The body is not UTF-8; send the JSON in UTF-8.',
};
