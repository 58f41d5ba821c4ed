/** A request about a dossier: JSON alone, or multipart with `metadata` and files. */
import type { Request } from 'express';
import type { z } from 'zod';
import type { DocumentFile } from '../../../exchange/index.ts';
import { bodyOf } from '../../body.ts';
import type { GatewayDeps } from '../../deps.ts';
import { jsonField, receiveMultipart } from '../../multipart.ts';
import { HttpError, refuseNul } from '../../problem.ts';

/** Largest JSON request, bytes: a hundred components by digest take about 40 KiB. */
const JSON_LIMIT_BYTES = 1024 * 1024;

/** Media types of such a request, for the OpenAPI page. */
export function requestMedia(schema: z.ZodType) {
  return { 'application/json': schema, 'multipart/form-data': schema };
}

/**
 * Reads the request and holds it against its schema.
 * @throws HttpError UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, BAD_REQUEST, UPLOAD_INCOMPLETE; ZodError.
 */
export async function receiveRequest<S extends z.ZodType>(
  deps: GatewayDeps,
  req: Request,
  schema: S,
): Promise<{ value: z.infer<S>; files: readonly DocumentFile[] }> {
  if (req.is('application/json') !== false)
    return { value: schema.parse(parseJson(await readBounded(req, JSON_LIMIT_BYTES))), files: [] };
  const upload = await receiveMultipart(req, deps.x.blobs, deps.config.maxFileBytes);
  return { value: schema.parse(jsonField(upload, 'metadata')), files: upload.files };
}

/** The whole body. @throws HttpError BODY_TOO_LARGE, UPLOAD_INCOMPLETE */
export async function readBounded(req: Request, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bodyOf(req)) {
    size += chunk.length;
    if (size > limitBytes) throw new HttpError('BODY_TOO_LARGE');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(bytes: Buffer): unknown {
  const text = bytes.toString('utf8');
  refuseNul(text, 'json');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HttpError('BAD_REQUEST', { cause });
  }
}
