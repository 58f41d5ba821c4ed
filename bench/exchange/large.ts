/**
 * Peak memory of the gateway while an attachment of 200 MB (LIENTHONG_BENCH_ATTACHMENT_MB: of another size) passes, beside its
 * memory at rest after one of 1 MB, for which the code was loaded.
 */
import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { DEMO } from '../../src/gateway/demo/world.ts';
import { buildEdxml } from '../../src/packages/index.ts';
import { startGatewayProcess } from '../../test/e2e/support/gateway-process.ts';
import { setScene } from '../../test/e2e/support/scenario.ts';
import { memoryOf } from '../measure.ts';

const MIB = 1024 * 1024;
const SIZE = Number(process.env['LIENTHONG_BENCH_ATTACHMENT_MB'] ?? 200) * MIB;

function* bytes(size: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, 9), Buffer.alloc(16));
  const zeros = Buffer.alloc(MIB);
  for (let made = 0; made < size; made += MIB) yield cipher.update(zeros);
}

export interface LargeFigures {
  readonly idleMiB: number;
  readonly peakMiB: number;
  readonly acceptSeconds: number;
  /** From the first octet handed in until the axis has it. */
  readonly sentSeconds: number;
  readonly megabytesPerSecond: number;
}

/** A package whose one attachment has `size` octets. */
function packageOf(codeNumber: string, size: number): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  for (const block of bytes(size)) hash.update(block);
  const contentId = 'b6a0c1de-0000-4000-8000-000000000200';
  return buildEdxml(
    {
      kind: 'document',
      from: { organId: DEMO.district.code, organName: DEMO.district.name },
      to: [{ organId: DEMO.ministry.code, organName: DEMO.ministry.name }],
      documentId: `${DEMO.district.code},2026/11/05,${codeNumber}/DK`,
      code: { codeNumber, codeNotation: 'DK' },
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
          sizeBytes: size,
          wasZipped: false,
        },
      ],
    },
    [{ contentId, open: () => Readable.from(bytes(size)), zip: false }],
  );
}

export async function measureLarge(): Promise<LargeFigures> {
  const scene = await setScene();
  const gateway = await startGatewayProcess(scene.settings);
  const pid = gateway.child.pid ?? 0;

  const taken = (): number =>
    scene.world.nationalAxis.ledger.entries().filter(({ kind }) => kind === 'edoc').length;

  /** Hands a package in and waits until the axis has `sent` of them. @returns seconds until it was accepted, and until then. */
  async function pass(body: AsyncIterable<Uint8Array>, sent: number): Promise<[number, number]> {
    const startedAt = performance.now();
    const since = (): number => (performance.now() - startedAt) / 1000;
    const answer = await fetch(`${gateway.url}/api/v1/packages`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${scene.tokens.district}`, 'Content-Type': 'application/xml' },
      body: Readable.toWeb(Readable.from(body)) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    if (answer.status !== 202) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`);
    const accepted = since();
    while (taken() < sent) await new Promise((resolve) => setTimeout(resolve, 200));
    return [accepted, since()];
  }

  const body = packageOf('200', SIZE);
  await pass(packageOf('1', MIB), 1);
  const idleMiB = memoryOf(pid, 'VmRSS');
  const [acceptSeconds, sentSeconds] = await pass(body, 2);
  const peakMiB = memoryOf(pid, 'VmHWM');
  gateway.kill('SIGKILL');
  await gateway.ended;
  await scene.close();
  return { idleMiB, peakMiB, acceptSeconds, sentSeconds, megabytesPerSecond: SIZE / 1e6 / acceptSeconds };
}
