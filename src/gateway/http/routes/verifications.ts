/** /api/v1/verifications. */
import { z } from 'zod';
import { bodyOf } from '../body.ts';
import type { GatewayDeps } from '../deps.ts';
import { receiveMultipart } from '../multipart.ts';
import { HttpError } from '../problem.ts';
import { type AnyRoute, defineRoute } from '../route.ts';

const reportView = z.object({
  file: z.string(),
  format: z.string(),
  verdict: z.string(),
  signatures: z.array(z.unknown()),
});

/** Public verifications under way at once; each may hold a whole file. */
const PUBLIC_CONCURRENCY = 4;

/** All routes of this resource. */
export function verificationRoutes(deps: GatewayDeps): AnyRoute[] {
  let publicRunning = 0;
  return [
    defineRoute({
      method: 'post',
      path: '/api/v1/verifications',
      summary: {
        vi: 'Kiểm tra chữ ký số trên một tệp; không lưu lại',
        en: 'Verify the signatures of one file; nothing is kept',
      },
      access: 'public',
      consumes: { 'multipart/form-data': 'multipart', 'application/octet-stream': 'binary' },
      responses: { 200: reportView },
      async handle({ req, res }) {
        const known = res.locals['principal'] !== null;
        const limit = known ? deps.config.maxFileBytes : deps.config.publicVerifyBytes;
        if (limit === 0) throw new HttpError('UNAUTHENTICATED');
        if (!known && publicRunning >= PUBLIC_CONCURRENCY) throw new HttpError('BUSY');
        if (!known) publicRunning += 1;
        try {
          const { name, bytes } = await receiveInMemory(deps, req, limit);
          res.json(await deps.x.verifier.verify(name, bytes));
        } finally {
          if (!known) publicRunning -= 1;
        }
      },
    }),
  ];
}

/** A file to verify stays in memory: it is not ours to keep. */
async function receiveInMemory(
  deps: GatewayDeps,
  req: Parameters<typeof receiveMultipart>[0],
  limit: number,
): Promise<{ name: string; bytes: Uint8Array }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const memory = {
    ...deps.x.blobs,
    async put(source: AsyncIterable<Uint8Array> | Uint8Array): Promise<{ sha256: string; size: number }> {
      for await (const chunk of source instanceof Uint8Array ? [source] : source) {
        size += chunk.length;
        if (size > limit) throw new HttpError('BODY_TOO_LARGE');
        chunks.push(chunk);
      }
      return { sha256: '', size };
    },
  };
  if (/^multipart\//i.test(req.get('content-type') ?? '')) {
    const upload = await receiveMultipart(req, memory, limit);
    if (upload.files.length !== 1)
      throw new HttpError('BAD_REQUEST', {
        faults: [
          { code: 'N.file', path: 'file', vi: 'Cần đúng một tệp.', en: 'Exactly one file is needed.' },
        ],
      });
    return { name: upload.files[0]?.name ?? 'tep', bytes: Buffer.concat(chunks) };
  }
  await memory.put(bodyOf(req));
  return { name: 'tep', bytes: Buffer.concat(chunks) };
}
