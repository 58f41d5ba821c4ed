/** Peak memory of the gateway while an attachment of 200 MB (LIENTHONG_BENCH_ATTACHMENT_MB: of another size) passes, beside its memory at rest. */
import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { DEMO } from '../src/gateway/demo/world.ts';
import { buildEdxml } from '../src/packages/index.ts';
import { startGatewayProcess } from '../test/e2e/support/gateway-process.ts';
import { setScene } from '../test/e2e/support/scenario.ts';
import { memoryOf } from './measure.ts';

const MIB = 1024 * 1024;
const SIZE = Number(process.env['LIENTHONG_BENCH_ATTACHMENT_MB'] ?? 200) * MIB;

function* bytes(): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, 9), Buffer.alloc(16));
  const zeros = Buffer.alloc(MIB);
  for (let made = 0; made < SIZE; made += MIB) yield cipher.update(zeros);
}

export interface LargeFigures {
  readonly idleMiB: number;
  readonly peakMiB: number;
  readonly acceptSeconds: number;
  /** From the first octet handed in until the axis has it. */
  readonly sentSeconds: number;
  readonly megabytesPerSecond: number;
}

export async function measureLarge(): Promise<LargeFigures> {
  const scene = await setScene();
  const gateway = await startGatewayProcess(scene.settings);
  const pid = gateway.child.pid ?? 0;
  const hash = createHash('sha256');
  for (const block of bytes()) hash.update(block);
  const contentId = 'b6a0c1de-0000-4000-8000-000000000200';
  const body = buildEdxml(
    {
      kind: 'document',
      from: { organId: DEMO.district.code, organName: DEMO.district.name },
      to: [{ organId: DEMO.ministry.code, organName: DEMO.ministry.name }],
      documentId: `${DEMO.district.code},2026/11/05,200/DK`,
      code: { codeNumber: '200', codeNotation: 'DK' },
      promulgationInfo: { place: 'Mẫu', promulgationDate: '2026-11-05' },
      documentType: { type: 2, typeDetail: 0, typeName: 'Công văn' },
      subject: 'Đo bộ nhớ',
      responseFor: [],
      traceHeaders: [{ organId: DEMO.district.code, timestamp: '2026-11-05T08:00:00+07:00' }],
      business: { businessDocType: 0, paper: 0 },
      attachments: [
        {
          contentId,
          name: 'lon.bin',
          contentType: 'application/octet-stream',
          sha256: hash.digest('hex'),
          sizeBytes: SIZE,
          wasZipped: false,
        },
      ],
    },
    [{ contentId, open: () => Readable.from(bytes()), zip: false }],
  );
  const idleMiB = memoryOf(pid, 'VmRSS');
  const startedAt = performance.now();
  const answer = await fetch(`${gateway.url}/api/v1/packages`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${scene.tokens.district}`, 'Content-Type': 'application/xml' },
    body: Readable.toWeb(Readable.from(body)) as ReadableStream,
    duplex: 'half',
  } as RequestInit);
  if (answer.status !== 202) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`);
  const acceptSeconds = (performance.now() - startedAt) / 1000;
  while (scene.world.nationalAxis.ledger.entries().length === 0)
    await new Promise((resolve) => setTimeout(resolve, 200));
  const sentSeconds = (performance.now() - startedAt) / 1000;
  const peakMiB = memoryOf(pid, 'VmHWM');
  gateway.kill('SIGKILL');
  await gateway.ended;
  await scene.close();
  return { idleMiB, peakMiB, acceptSeconds, sentSeconds, megabytesPerSecond: SIZE / 1e6 / acceptSeconds };
}
