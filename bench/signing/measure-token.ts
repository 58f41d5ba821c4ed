/** 1,000 documents through a key of 20 operations a second: a job of a gateway, while people sign and verify beside it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSigningService } from '../../src/connectors/index.ts';
import { createToken } from '../../src/gateway/access/index.ts';
import { loadConfig } from '../../src/gateway/config.ts';
import { saveAgencies } from '../../src/gateway/directory/index.ts';
import { startGateway } from '../../src/gateway/index.ts';
import type { TestPki } from '../../src/signing/index.ts';
import { keyOfFile } from '../../test/signing/keys/softhsm.ts';
import { makePdf } from '../../test/signing/pdf/make-pdf.ts';
import { percentile } from '../measure.ts';

/** Operations a second of the key. */
export const TOKEN_RATE = 20;
const AGENCY = '000.00.32.H99';
const DOCUMENTS = Number(process.env['LIENTHONG_BENCH_TOKEN_DOCUMENTS'] ?? 1000);

/** What was seen. */
export interface TokenFigures {
  readonly documents: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Most documents the API showed as waiting at the key. */
  readonly mostWaiting: number;
  /** A signature with another key, and a verification, beside the job. */
  readonly besideSignP95Ms: number;
  readonly besideVerifyP95Ms: number;
}

function pdfOf(number: number): Blob {
  const pdf = makePdf({ lines: [{ text: `Văn bản số ${number}`, x: 200, y: 700 }] });
  return new Blob([Uint8Array.from(pdf)], { type: 'application/pdf' });
}

function formOf(key: string, from: number, count: number): FormData {
  const form = new FormData();
  form.set('metadata', JSON.stringify({ sign: [{ key, profile: 'plain' }] }));
  for (let number = from; number < from + count; number += 1)
    form.append('file', pdfOf(number), `vb-${number}.pdf`);
  return form;
}

/** Measures. */
export async function measureToken(pki: TestPki): Promise<TokenFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'lienthong-bench-token-'));
  const leader = pki.identities['leader'];
  if (leader === undefined) throw new TypeError('no leader');
  const { key, certificates } = keyOfFile(leader.pkcs12Path, leader.passphrasePath);
  const account = { username: 'bench', password: 'bench-0123456789' };
  const service = await startSigningService({
    ...account,
    credentials: [{ id: 'cham', key, certificates }],
    operationsPerSecond: TOKEN_RATE,
  });
  const accountFile = join(folder, 'account.json');
  writeFileSync(
    accountFile,
    JSON.stringify({ type: 'client', clientId: account.username, clientSecret: account.password }),
  );
  const common = { agency: AGENCY, profiles: ['plain'] };
  writeFileSync(
    join(folder, 'keys.json'),
    JSON.stringify([
      { ...common, id: 'cham', key: `csc+${service.baseUrl}?credential=cham&account=${accountFile}` },
      { ...common, id: 'tep', p12: leader.pkcs12Path, passFile: leader.passphrasePath },
    ]),
  );
  const { config } = loadConfig({
    env: {},
    flags: {
      dataDir: folder,
      port: 0,
      logLevel: 'silent',
      keysFile: join(folder, 'keys.json'),
      trustDir: pki.directory,
      pkiHosts: '',
    },
  });
  const gateway = await startGateway(config);
  try {
    const { store } = gateway.deps.x;
    await saveAgencies(store, [{ code: AGENCY, name: 'Cơ quan đo', system: 'inbox' }], Date.now());
    const { token } = await createToken(store, AGENCY, 'officer', Date.now());
    const call = async (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`${gateway.url}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
      });
    const signOne = async (key: string): Promise<ArrayBuffer> =>
      (await call('/api/v1/signatures', { method: 'POST', body: formOf(key, 0, 1) })).arrayBuffer();
    const signBeside = (): Promise<ArrayBuffer> => signOne('tep');
    // Threads are up and the key is open before the clock starts.
    await signOne('cham');
    const signed = Buffer.from(await signBeside());
    const taken = await call('/api/v1/signatures', {
      method: 'POST',
      body: formOf('cham', 1, DOCUMENTS),
      headers: { prefer: 'respond-async' },
    });
    const { id } = (await taken.json()) as { id: string };
    const startedAt = performance.now();
    const besideSign: number[] = [];
    const besideVerify: number[] = [];
    let mostWaiting = 0;
    for (;;) {
      const job = (await (await call(`/api/v1/signatures/${id}`)).json()) as Record<string, number | string>;
      mostWaiting = Math.max(mostWaiting, Number(job['waitingAtKey']));
      if (!['waiting', 'running'].includes(String(job['state']))) {
        if (job['signed'] !== DOCUMENTS)
          throw new Error(`signed ${job['signed']} of ${DOCUMENTS}: ${job['state']}`);
        break;
      }
      let at = performance.now();
      await signBeside();
      besideSign.push(performance.now() - at);
      at = performance.now();
      await (
        await call('/api/v1/verifications?name=a.pdf', {
          method: 'POST',
          body: Uint8Array.from(signed),
          headers: { 'content-type': 'application/octet-stream' },
        })
      ).arrayBuffer();
      besideVerify.push(performance.now() - at);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    const seconds = (performance.now() - startedAt) / 1000;
    return {
      documents: DOCUMENTS,
      seconds,
      perSecond: DOCUMENTS / seconds,
      mostWaiting,
      besideSignP95Ms: percentile(besideSign, 0.95),
      besideVerifyP95Ms: percentile(besideVerify, 0.95),
    };
  } finally {
    await gateway.stop();
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
