/** Multipart bodies, streamed: JSON fields are kept small, files go to blobs as they arrive. */

import type { Readable } from 'node:stream';
import { Busboy } from '@fastify/busboy';
import type { Request } from 'express';
import { type Blob, type BlobStore, StoreError } from '../store/index.ts';
import { HttpError } from './problem.ts';

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

/** Folder parts (either slash), control characters and leading dots are never part of a name. */
export function safeFileName(name: string): string {
  const base = name.normalize('NFC').split(/[\\/]/).at(-1) ?? '';
  return (
    base
      .replace(/\p{Cc}/gu, '')
      .replace(/^\.+/, '')
      .slice(0, 200) || 'tep'
  );
}

/** @throws HttpError BAD_REQUEST when the header names no boundary. */
function createParser(req: Request, type: string, maxFiles: number): InstanceType<typeof Busboy> {
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
      preservePath: false,
    });
  } catch (cause) {
    throw new HttpError('BAD_REQUEST', { cause });
  }
}

/**
 * Reads a multipart request.
 * @throws HttpError UNSUPPORTED_MEDIA_TYPE, BAD_REQUEST, UPLOAD_INCOMPLETE, BODY_TOO_LARGE.
 */
export function receiveMultipart(
  req: Request,
  blobs: Pick<BlobStore, 'put'>,
  maxFileBytes: number,
  maxFiles = FILE_LIMIT,
): Promise<Upload> {
  const type = req.get('content-type') ?? '';
  if (!/^multipart\/form-data;/i.test(type)) return Promise.reject(new HttpError('UNSUPPORTED_MEDIA_TYPE'));
  return new Promise((resolve, reject) => {
    const fields: Record<string, string> = {};
    const files: Promise<UploadedFile>[] = [];
    const streams: Readable[] = [];
    let failed: unknown = null;
    const parser = createParser(req, type, maxFiles);
    function fail(cause: unknown): void {
      if (failed !== null) return;
      failed = cause;
      req.unpipe(parser);
      req.resume();
      // A file half there never ends by itself: its writer would wait for ever.
      for (const stream of streams) stream.destroy(cause instanceof Error ? cause : undefined);
      void Promise.allSettled(files).then(() => reject(cause));
    }
    parser.on('field', (name, value, _nameTruncated, valueTruncated) => {
      if (valueTruncated) fail(new HttpError('BODY_TOO_LARGE'));
      fields[name] = value;
    });
    parser.on('file', (field, stream, filename, _encoding, contentType) => {
      streams.push(stream as Readable);
      // The parser reports a part cut short on its stream even when nobody reads it any more.
      stream.on('error', () => undefined);
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
    parser.on('error', (cause: unknown) => fail(new HttpError('BAD_REQUEST', { cause })));
    parser.on('finish', () => {
      if (failed !== null) return;
      Promise.all(files).then(
        (all) => resolve({ fields, files: all }),
        (cause: unknown) => fail(cause),
      );
    });
    req.on('aborted', () => fail(new HttpError('UPLOAD_INCOMPLETE')));
    req.on('error', (cause) => fail(new HttpError('UPLOAD_INCOMPLETE', { cause })));
    req.pipe(parser);
  });
}

/** A JSON field of a form. @throws HttpError BAD_REQUEST naming the field. */
export function jsonField(upload: Upload, name: string): unknown {
  const text = upload.fields[name];
  const fault = (vi: string, en: string): HttpError =>
    new HttpError('BAD_REQUEST', { faults: [{ code: `BAD_FIELD.${name}`, path: name, vi, en }] });
  if (text === undefined)
    throw fault(`Thiếu trường ${name} (JSON).`, `The form field ${name} (JSON) is missing.`);
  try {
    return JSON.parse(text);
  } catch {
    throw fault(`Trường ${name} không phải JSON.`, `The form field ${name} is not JSON.`);
  }
}
