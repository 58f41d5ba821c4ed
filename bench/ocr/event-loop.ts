/** The event loop of the gateway while it reads scans, as /metrics tells it, and how long a page takes. */
import { createApiClient } from '../../src/gateway/demo/client.ts';
import { makeScannedApplication } from '../../src/ocr/index.ts';
import { startGatewayProcess } from '../../test/e2e/support/gateway-process.ts';
import { setScene } from '../../test/e2e/support/scenario.ts';

const JOBS = 6;

export interface OcrFigures {
  readonly pages: number;
  readonly secondsPerPage: number;
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  readonly delayMaxMs: number;
}

async function readDelay(url: string): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = text.matchAll(/^lienthong_event_loop_delay_seconds\{quantile="([\d.]+)"\} (\S+)$/gm);
  return Object.fromEntries([...found].map(([, quantile = '', value]) => [quantile, Number(value) * 1000]));
}

/** Sends scans one after another and watches the loop meanwhile; each reading of /metrics starts a new interval. */
export async function measureOcr(): Promise<OcrFigures> {
  const scene = await setScene();
  const gateway = await startGatewayProcess({ ...scene.settings, ocrJobs: 2 });
  const api = createApiClient(gateway.url, scene.tokens.commune);
  async function read(seed: number): Promise<void> {
    const form = new FormData();
    const scan = Buffer.from(await makeScannedApplication(seed));
    form.set('file', new Blob([scan], { type: 'application/pdf' }), 'quet.pdf');
    const { id } = await api.send<{ id: string }>('/api/v1/ocr-jobs', form);
    for (;;) {
      const { state } = await api.get<{ state: string }>(`/api/v1/ocr-jobs/${id}`);
      if (state === 'done') return;
      if (state === 'failed') throw new Error('OCR failed');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  await read(0); // engines start
  await readDelay(gateway.url);
  const startedAt = performance.now();
  for (let seed = 1; seed <= JOBS; seed += 1) await read(seed);
  const seconds = (performance.now() - startedAt) / 1000;
  const delay = await readDelay(gateway.url);
  gateway.kill('SIGKILL');
  await gateway.ended;
  await scene.close();
  return {
    pages: JOBS,
    secondsPerPage: seconds / JOBS,
    delayP50Ms: delay['0.5'] ?? Number.NaN,
    delayP99Ms: delay['0.99'] ?? Number.NaN,
    delayMaxMs: delay['1'] ?? Number.NaN,
  };
}
