import { encodeBase64 } from '../base64.ts';

/** Body of an answer of the VXP protocol. */
export interface VxpAnswerBody {
  status: 'OK' | 'FAIL';
  ErrorCode: string;
  ErrorDesc: string;
  DocId?: string;
  data?: unknown;
  count?: number;
}

/** A good answer; `data` is always there, since the SDK reads it from every answer. */
function ok(more: { docId?: string; data?: unknown; count?: number } = {}): VxpAnswerBody {
  return {
    status: 'OK',
    ErrorCode: '0',
    ErrorDesc: 'Success',
    ...(more.docId !== undefined && { DocId: more.docId }),
    data: more.data ?? [],
    ...(more.count !== undefined && { count: more.count }),
  };
}

/**
 * A refusal with the axis' code and words. `DocId` is there too: the SDK reads it from every answer to `sendEdoc` and throws
 * away one without it, code and words included.
 */
function fail(code: string, description: string): VxpAnswerBody {
  return { status: 'FAIL', ErrorCode: code, ErrorDesc: description, DocId: '', data: [] };
}

/** JSON of an answer in ASCII only: the SDK reads answers to `sendEdoc` as US-ASCII, which would garble the words. */
function json(body: VxpAnswerBody): string {
  return JSON.stringify(body).replace(
    /[\u0080-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Answer of `getEdoc` as UTF-8 pieces, the package base64 in `data`, never whole in memory. */
async function* edoc(docId: string, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(
    `{"status":"OK","ErrorCode":"0","ErrorDesc":"Success","DocId":${JSON.stringify(docId)},"data":"`,
  );
  yield* encodeBase64(content);
  yield Buffer.from('"}');
}

/** Builders of the answers a VXP client reads without fault (checked against SDK 2.0.1). */
export const vxpAnswer = { ok, fail, json, edoc } as const;
