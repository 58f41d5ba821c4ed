/** Multipart bodies, streamed: JSON fields are kept small, files go to blobs as they arrive. */

import type { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { Request } from 'express';
import { decodeFileName } from '../../packages/index.ts';
import type { Fault } from '../exchange/index.ts';
import { type Blob, type BlobStore, StoreError } from '../store/index.ts';
import { bodyStream } from './body.ts';
import { HttpError, refuseNul, unsupportedType } from './problem.ts';

/** One uploaded file, durable. */
export interface UploadedFile extends Blob {
  /** Name of the form field. */
  readonly field: string;
  /** File name with any folder part taken off, NFC. */
  readonly name: string;
  readonly contentType: string;
}

export interface Upload {
  readonly fields: Readonly<Record<string, string>>;
  readonly files: readonly UploadedFile[];
}

const FIELD_LIMIT_BYTES = 1024 * 1024;
const FILE_LIMIT = 200;

/**
 * A name to keep a file under, from the name a client wrote (see `decodeFileName` about its codings). Folder parts (either slash),
 * characters nobody sees and leading dots are never part of a name. Cut to 200 characters before its extension.
 */
export function safeFileName(name: string): string {
  const base = decodeFileName(name).normalize('NFC').split(/[\\/]/).at(-1) ?? '';
  const seen = base.replace(/[\p{Cc}\p{Cf}]/gu, '').replace(/^\.+/, '');
  const letters = [...seen];
  if (letters.length <= MOST_NAME_CHARS) return seen || 'tep';
  const extension = /\.[^.]{1,10}$/u.exec(seen)?.[0] ?? '';
  return letters.slice(0, MOST_NAME_CHARS - [...extension].length).join('') + extension;
}

/** Length of an AttachmentName (QCVN 102). */
const MOST_NAME_CHARS = 200;

/** How a form is read. */
export interface FormOptions {
  /** Default 200. */
  readonly maxFiles?: number;
  /** Every part is a file, with a name or without, and its name is no matter: for forms whose fields are not read. */
  readonly everyPart?: boolean;
}

/** @throws HttpError BAD_REQUEST when the header names no boundary. */
function createParser(
  req: Request,
  type: string,
  { maxFiles = FILE_LIMIT, everyPart = false }: FormOptions,
): InstanceType<typeof Busboy> {
  try {
    return new Busboy({
      headers: { ...req.headers, 'content-type': type },
      limits: {
        fieldSize: FIELD_LIMIT_BYTES,
        fields: 50,
        files: maxFiles,
        parts: maxFiles + 50,
        headerPairs: 20,
      },
      // A slash may belong to a coded name (base64): folders are taken off what it says.
      preservePath: true,
      isPartAFile: (_field, contentType, name) =>
        everyPart ||
        name !== undefined ||
        !/^(text\/plain|application\/(.+\+)?json)$/.test(contentType ?? ''),
    });
  } catch (cause) {
    throw new HttpError('BAD_REQUEST', { cause, faults: [BROKEN_FORM] });
  }
}

/** What of a form can be wrong as a whole; the parser tells them apart in English words of its own. */
const BROKEN_FORM: Fault = {
  code: 'BAD_BODY',
  path: '',
  vi: 'Biểu mẫu multipart sai cấu trúc hoặc bị cắt cụt: Content-Type phải ghi boundary, mỗi phần bắt đầu bằng dòng --boundary, dòng cuối là --boundary--, các dòng kết thúc bằng CRLF.',
  en: 'The multipart form is malformed or cut short: Content-Type has to name the boundary, each part begins with a line --boundary, the last line is --boundary--, and lines end in CRLF.',
};

/**
 * Reads a multipart request.
 * @throws HttpError UNSUPPORTED_MEDIA_TYPE, BAD_REQUEST, UPLOAD_INCOMPLETE, BODY_TOO_LARGE.
 */
export function receiveMultipart(
  req: Request,
  blobs: Pick<BlobStore, 'put'>,
  maxFileBytes: number,
  options: FormOptions = {},
): Promise<Upload> {
  const type = req.get('content-type') ?? '';
  if (!/^multipart\/form-data;/i.test(type))
    return Promise.reject(unsupportedType(type, 'multipart/form-data'));
  // Its connection went before anybody listened: nothing would ever be heard of it.
  if (req.readableAborted) return Promise.reject(new HttpError('UPLOAD_INCOMPLETE'));
  return new Promise((resolve, reject) => {
    const fields: Record<string, string> = {};
    const files: Promise<UploadedFile>[] = [];
    const streams: Readable[] = [];
    let failed: unknown = null;
    const source = bodyStream(req);
    const parser = createParser(req, type, options);
    function fail(cause: unknown): void {
      if (failed !== null) return;
      failed = cause;
      source.unpipe(parser);
      if (source !== req) source.destroy();
      req.resume();
      // A file half there never ends by itself: its writer would wait for ever.
      for (const stream of streams) stream.destroy(cause instanceof Error ? cause : undefined);
      void Promise.allSettled(files).then(() => reject(cause));
    }
    parser.on('field', (name, value, _nameTruncated, valueTruncated) => {
      if (valueTruncated) fail(new HttpError('BODY_TOO_LARGE'));
      fields[name] = value;
    });
    parser.on('file', (field, stream, filename, encoding, contentType) => {
      streams.push(stream as Readable);
      // The parser reports a part cut short on its stream even when nobody reads it any more.
      stream.on('error', () => undefined);
      const fault = faultOfPart(field, options.everyPart === true ? '' : (filename ?? ''), encoding);
      if (fault !== null) fail(new HttpError('BAD_REQUEST', { faults: [fault] }));
      const stored = blobs
        .put(stream as AsyncIterable<Uint8Array>, maxFileBytes)
        .then((blob) => ({ ...blob, field, name: safeFileName(filename ?? ''), contentType }));
      stored.catch((cause: unknown) =>
        fail(cause instanceof StoreError ? cause : new HttpError('UPLOAD_INCOMPLETE', { cause })),
      );
      files.push(stored);
    });
    for (const limit of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const)
      parser.on(limit, () => fail(new HttpError('BODY_TOO_LARGE')));
    parser.on('error', (cause: unknown) =>
      fail(new HttpError('BAD_REQUEST', { cause, faults: [BROKEN_FORM] })),
    );
    parser.on('finish', () => {
      if (failed !== null) return;
      Promise.all(files).then(
        (all) => resolve({ fields, files: all }),
        (cause: unknown) => fail(cause),
      );
    });
    req.on('aborted', () => fail(new HttpError('UPLOAD_INCOMPLETE')));
    source.on('error', (cause) =>
      fail(cause instanceof HttpError ? cause : new HttpError('UPLOAD_INCOMPLETE', { cause })),
    );
    source.pipe(parser);
  });
}

/** What would be kept other than it was meant: a name whose letters are lost, a content that is still coded. */
function faultOfPart(field: string, name: string, encoding: string): Fault | null {
  if (name.includes('\ufffd'))
    return {
      code: `BAD_FIELD.${field}`,
      path: field,
      vi: 'Tên tệp không viết bằng UTF-8 (có thể là bảng mã của Windows hoặc TCVN3); hãy gửi tên bằng UTF-8.',
      en: 'The file name is not UTF-8 (a Windows code page or TCVN3, perhaps); send the name in UTF-8.',
    };
  if (/^(7bit|8bit|binary)$/i.test(encoding)) return null;
  return {
    code: 'BAD_HEADER.Content-Transfer-Encoding',
    path: field,
    vi: `Tệp gửi kèm ghi Content-Transfer-Encoding "${encoding.slice(0, 40)}"; hãy gửi nguyên byte của tệp (RFC 7578 §4.7).`,
    en: `A file says Content-Transfer-Encoding "${encoding.slice(0, 40)}"; send its bytes as they are (RFC 7578 §4.7).`,
  };
}

/** A JSON field of a form. @throws HttpError BAD_REQUEST naming the field. */
export function jsonField(upload: Upload, name: string): unknown {
  const text = upload.fields[name];
  const fault = (vi: string, en: string): HttpError =>
    new HttpError('BAD_REQUEST', { faults: [{ code: `BAD_FIELD.${name}`, path: name, vi, en }] });
  if (text === undefined)
    throw fault(`Thiếu trường ${name} (JSON).`, `The form field ${name} (JSON) is missing.`);
  refuseNul(text, 'json');
  try {
    return JSON.parse(text);
  } catch {
    throw fault(`Trường ${name} không phải JSON.`, `The form field ${name} is not JSON.`);
  }
}
