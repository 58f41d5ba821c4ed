/** A true gateway app on a free port (real store, blobs, exchange and HTTP resources) and a headless browser to look at it. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { createToken, openSealer, type Role } from '../../../src/gateway/access/index.ts';
import { loadConfig } from '../../../src/gateway/config.ts';
import { createLegalClock } from '../../../src/gateway/deadlines/index.ts';
import { type NewAgency, saveAgencies } from '../../../src/gateway/directory/index.ts';
import { appendEvents, type NewEvent } from '../../../src/gateway/evidence/index.ts';
import {
  acceptDocument,
  type Counterparty,
  createGates,
  createLanes,
  type DocumentMetadata,
  documentMetadata,
  type Exchange,
} from '../../../src/gateway/exchange/index.ts';
import { processPackage } from '../../../src/gateway/exchange/process.ts';
import { createApp } from '../../../src/gateway/http/app.ts';
import type { GatewayDeps } from '../../../src/gateway/http/deps.ts';
import { reportPdf } from '../../../src/gateway/report/index.ts';
import {
  type DeliveryRow,
  listDeliveries,
  openBlobStore,
  openScratch,
  openStore,
  type Store,
  updateDelivery,
} from '../../../src/gateway/store/index.ts';
import {
  createTestPki,
  type EvidenceItem,
  openTestKey,
  readCertificates,
  readCrls,
  signPdf,
  type TestPki,
  verifyFile,
} from '../../../src/signing/index.ts';

/** Agencies of the tests; all invented. */
export const AGENCIES = {
  sender: { code: '000.00.32.H99', name: 'Ủy ban nhân dân huyện Mẫu', system: 'inbox' },
  recipient: { code: '000.00.13.H99', name: 'Sở Nội vụ tỉnh Thử Nghiệm', system: 'inbox' },
  ministry: { code: '000.00.00.G98', name: 'Văn phòng Bộ Thử Nghiệm', system: 'vxp' },
  stranger: { code: '000.00.77.H99', name: 'Cơ quan Ngoài Cuộc', system: 'inbox' },
} as const satisfies Record<string, NewAgency>;

/** A file of a document in a test. */
export interface TestFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The running app. */
export interface TestGateway {
  readonly url: string;
  readonly store: Store;
  readonly x: Exchange;
  /** People who can sign; made only when asked for, since their keys take seconds. */
  readonly pki: TestPki | null;
  /** The clock everything reads; tests move it. */
  now: number;
  token(agency: string, role: Role): Promise<string>;
  /** Sends a document the true way: accepted, verified, routed. */
  send(
    metadata: Partial<DocumentMetadata>,
    files?: readonly TestFile[],
  ): Promise<{ id: string; deliveries: DeliveryRow[] }>;
  /** Changes a delivery as a worker would, with the event that tells of it. */
  move(delivery: DeliveryRow, change: Partial<DeliveryRow>, event: NewEvent): Promise<void>;
  close(): Promise<void>;
}

async function folderOf(directory: string): Promise<Uint8Array[]> {
  return Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name))));
}

async function evidenceOf(
  pki: TestPki,
): Promise<{ trust: Uint8Array[]; intermediates: Uint8Array[]; crls: Uint8Array[] }> {
  return {
    trust: (await folderOf(pki.trustDirectory)).flatMap(readCertificates),
    intermediates: (await folderOf(pki.intermediatesDirectory)).flatMap(readCertificates),
    crls: (await folderOf(pki.crlDirectory)).flatMap(readCrls),
  };
}

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
const NO_METRICS = { accepted() {}, attempt() {}, acceptToReceiptMs() {}, relayed() {}, verdict() {} };
const START = Date.parse('2026-11-20T02:30:00Z');

function listen(server: Server): Promise<string> {
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ),
  );
}

/** Starts the app. Signatures are checked by the real verifier, in this process, against a test PKI of its own. */
export async function startTestGateway(
  settings: Readonly<Record<string, unknown>> = {},
  options: { signing?: boolean } = {},
): Promise<TestGateway> {
  const dataDir = await mkdtemp(join(tmpdir(), 'lienthong-console-'));
  const { config } = loadConfig({ env: {}, flags: { dataDir, insecureCookies: true, ...settings } });
  const store = await openStore({ dataDir, databaseUrl: '', poolSize: 1 });
  const blobs = await openBlobStore(join(dataDir, 'blobs'));
  const sealer = openSealer(dataDir);
  const pki =
    options.signing === true ? await createTestPki(join(dataDir, 'pki'), { now: new Date(START) }) : null;
  const known = pki === null ? { trust: [], intermediates: [], crls: [] } : await evidenceOf(pki);
  const gateway = { now: START } as { -readonly [K in keyof TestGateway]: TestGateway[K] };
  const x = {
    store,
    gates: createGates(store, {
      breaker: { failures: 5, pauseMs: 1_000, longestPauseMs: 9_000 },
      perSecond: {},
    }),
    blobs,
    // Reached by routing only: what it would do with a delivery is not the pages' business.
    counterparties: new Map<string, Counterparty>([
      ['vxp', { system: 'vxp', deliver: () => Promise.reject(new Error('nobody delivers in this test')) }],
    ]),
    verifier: {
      verify: (
        name: string,
        bytes: Uint8Array,
        _contents: unknown,
        onEvidence: (item: EvidenceItem) => void = () => undefined,
      ) => verifyFile({ name, bytes }, { ...known, now: new Date(gateway.now), offline: true, onEvidence }),
      waiting: () => 0,
    },
    lanes: createLanes(() => 1, false),
    log: SILENT,
    metrics: NO_METRICS,
    owner: 'test',
    sealDossierData: (code: string, data: unknown) => sealer.seal(JSON.stringify(data), `dossier:${code}`),
    settings: {
      centreCode: config.centreCode,
      maxPackageBytes: config.maxPackageBytes,
      maxFileBytes: config.maxFileBytes,
      tmpDir: join(dataDir, 'tmp'),
      redriveMs: 120_000,
      portalLookMs: 0,
      dossierCodes: 'own',
      dossierSignatures: 'optional',
      arrival: { packageRule: 'flag', fileRule: 'flag', threshold: 'failed' },
      procedureSystems: {},
    },
    now: () => gateway.now,
    atPoint() {},
    wakeRelay() {},
    processHere() {},
    signDossier: (_agency: string, xml: Uint8Array) => Promise.resolve(xml),
  } as unknown as Exchange;
  // The rest of GatewayDeps (OCR, key ring) is not reached by what the pages do.
  const server = createServer(
    createApp({
      x,
      config,
      clock: createLegalClock(config),
      sealer,
      // Reports are drawn by the real code too, in this process.
      pool: { report: reportPdf },
      isShuttingDown: () => false,
      version: 'test',
    } as unknown as GatewayDeps),
  );
  await saveAgencies(store, Object.values(AGENCIES), START);
  return Object.assign(gateway, {
    url: await listen(server),
    store,
    x,
    pki,
    async token(agency: string, role: Role) {
      return (await createToken(store, agency, role, gateway.now)).token;
    },
    send: (metadata: Partial<DocumentMetadata>, files: readonly TestFile[] = []) =>
      send(gateway, metadata, files),
    async move(delivery: DeliveryRow, change: Partial<DeliveryRow>, event: NewEvent) {
      await store.write(async (tx) => {
        await updateDelivery(tx, delivery.id, { ...change, updated_at: gateway.now });
        await appendEvents(tx, delivery.package_id, [{ deliveryId: delivery.id, ...event }], gateway.now);
      });
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  });
}

let documents = 0;

async function send(
  gateway: TestGateway,
  metadata: Partial<DocumentMetadata>,
  files: readonly TestFile[],
): Promise<{ id: string; deliveries: DeliveryRow[] }> {
  const { x } = gateway;
  documents += 1;
  const whole = documentMetadata.parse({
    from: AGENCIES.sender.code,
    to: [AGENCIES.recipient.code],
    code: { codeNumber: String(documents), codeNotation: 'UBND-VP' },
    place: 'Mẫu',
    promulgationDate: '2026-11-20',
    typeName: 'Công văn',
    subject: 'V/v báo cáo tình hình gửi, nhận văn bản điện tử',
    signer: { position: 'Chủ tịch', fullName: 'Nguyễn Văn An' },
    ...metadata,
  });
  const scratch = openScratch(x.settings.tmpDir);
  const stored = await Promise.all(
    files.map(async (file) => ({
      name: file.name,
      contentType: 'application/pdf',
      ...(await scratch.put(file.bytes)),
    })),
  );
  const submitter = { origin: 'api', actor: whole.from, maySendFor: () => true };
  const { packageId } = await acceptDocument(x, whole, stored, scratch, submitter, () =>
    Promise.reject(new Error('no key in this test')),
  );
  await processPackage(x, packageId);
  gateway.now += 1_000;
  return { id: packageId, deliveries: await listDeliveries(x.store.read, packageId) };
}

/** The first delivery of a package that has one. */
export function firstOf(deliveries: readonly DeliveryRow[]): DeliveryRow {
  const [delivery] = deliveries;
  if (delivery === undefined) throw new Error('no delivery');
  return delivery;
}

/** One empty A4 page. */
export function plainPdf(): Uint8Array {
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>',
  ];
  let text = '%PDF-1.7\n';
  const rows = objects.map((object, index) => {
    const row = `${String(text.length).padStart(10, '0')} 00000 n \n`;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return row;
  });
  const start = text.length;
  text += `xref\n0 4\n0000000000 65535 f \n${rows.join('')}trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

/** A PDF signed by somebody of the test PKI. */
export async function signedPdf(gateway: TestGateway, who: string): Promise<Uint8Array> {
  const identity = gateway.pki?.identities[who];
  if (identity === undefined) throw new TypeError(`nobody is called ${who}`);
  const key = await openTestKey(identity);
  try {
    return await signPdf(plainPdf(), key, { signingTime: new Date(START - 3_600_000) });
  } finally {
    key.close();
  }
}

const BROWSER = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts Chromium with an empty profile; skips the suite with a word where there is none, unless services are required. */
export async function startBrowser(suite: Context, more: readonly string[] = []): Promise<Browser> {
  if (!existsSync(BROWSER)) {
    if (process.env['LIENTHONG_REQUIRE_SERVICES'] === '1')
      throw new Error(`no Chromium at ${BROWSER}; set CHROMIUM_PATH`);
    process.stderr.write(`      skipped, no Chromium at ${BROWSER}; set CHROMIUM_PATH\n`);
    suite.skip();
  }
  return chromium.launch({ executablePath: BROWSER, headless: true, args: [...FLAGS, ...more] });
}

/** A browser window with what went wrong in it: script errors, blocked content, failed loads. */
export interface Window {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly faults: string[];
}

/** How long an expected change of a page may take, ms: a page is as slow as the machine; nothing waits this long. */
const PATIENCE_MS = 240_000;

/** Opens a window of its own (own cookies). */
export async function openWindow(
  browser: Browser,
  options: { width?: number; height?: number; javaScript?: boolean; touch?: boolean } = {},
): Promise<Window> {
  const context = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
    javaScriptEnabled: options.javaScript ?? true,
    hasTouch: options.touch ?? false,
    isMobile: options.touch ?? false,
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    // Chromium reports every 4xx answer as an error; tests that provoke one look at the page instead.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) faults.push(message.text());
  });
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, context, faults };
}

/**
 * Does what makes the browser load a page anew, the same one or another, and resolves when that page has loaded. What stands
 * before and after may look the same, and the page that stands may itself still be loading.
 */
export async function loadsAnew(page: Page, act: () => Promise<unknown>): Promise<void> {
  await page.waitForLoadState();
  await Promise.all([page.waitForEvent('load'), act()]);
}

/** Signs in through the form. */
export async function signInAs(page: Page, gateway: Pick<TestGateway, 'url'>, token: string): Promise<void> {
  await page.goto(`${gateway.url}/`);
  await page.getByLabel('Mã truy cập').fill(token);
  await loadsAnew(page, () => page.getByRole('button', { name: 'Đăng nhập' }).click());
  await page.getByRole('button', { name: 'Thoát' }).waitFor();
}

/** Resolves when the page's scripts are running. */
export async function ready(page: Page): Promise<void> {
  await page.locator('html[data-ready]').waitFor({ state: 'attached' });
}
