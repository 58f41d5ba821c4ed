/** The composition root: opens every part, wires the ports, starts the loops, and stops it all in the reverse order. */
import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { assertSameSealingKey, openSealer, type Sealer } from './access/index.ts';
import { createAmqpBus, createEmbeddedBus, type MessageBus } from './bus/index.ts';
import { claimBuilder, claimUrl } from './claims.ts';
import {
  assertDossierKeys,
  dossierHistory,
  dossierSigner,
  openDossierSystems,
  startDossierWork,
} from './compose-dossiers.ts';
import { amqpSystems, type Config, counterpartyLimits, retryRungs } from './config.ts';
import { amqpCounterparty } from './counterparties/amqp.ts';
import { openDirectorySource } from './counterparties/directory.ts';
import { openCounterparties, openPortalClient } from './counterparties/open.ts';
import { createLegalClock } from './deadlines/index.ts';
import { startDirectorySync } from './directory/index.ts';
import { watchDisk } from './disk.ts';
import {
  createGates,
  createLanes,
  type DossierMessage,
  type Engine,
  type Exchange,
  type Gates,
  type Log,
  startEngine,
} from './exchange/index.ts';
import { readRetention } from './exchange/retention/rules.ts';
import { createApp } from './http/app.ts';
import type { GatewayDeps } from './http/deps.ts';
import { createHttpServer } from './http/server.ts';
import { completionSettings, openAuthority, startLevelCompletion } from './levels/index.ts';
import { createLog } from './logging.ts';
import { createMetrics } from './metrics.ts';
import { startOcrJobs } from './ocr-jobs/index.ts';
import { createReader } from './ocr-jobs/reader.ts';
import { startPaperDossiers } from './paper-dossiers/index.ts';
import { revocationSettings } from './pki/index.ts';
import { addressList } from './settings/setting.ts';
import { createBridge, startSigningJobs } from './signatures/index.ts';
import { findDurabilityGaps, lockFolder, openBlobs, openStore, type Store } from './store/index.ts';
import { setNames } from './trust/index.ts';
import { trustRoot } from './trust/root.ts';
import { VERSION } from './version.ts';
import { createCryptoPool, type KeyRing, openKeyRing } from './workers/index.ts';

/** A running gateway. */
export interface Gateway {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly deps: GatewayDeps;
  /** Stops within `LIENTHONG_SHUTDOWN_SECONDS`. */
  stop(): Promise<void>;
}

/** Procedures and the ministry system that decides on them; configurable data, the judicial record first (TTHC 2.000488 and kin). */
const PROCEDURE_SYSTEMS: Readonly<Record<string, string>> = {
  '2.000488': 'judicial-records',
  '1.001122': 'judicial-records',
  '2.001417': 'judicial-records',
};

function crashPoint(name: string): (point: string) => void {
  if (name === '') return () => undefined;
  // `C6` or `C6:3`: the third time it is passed.
  const [point, times = '1'] = name.split(':');
  let left = Number(times);
  return (passed) => {
    if (passed !== point) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  };
}

async function openBus(config: Config, log: Log, owner: string): Promise<MessageBus> {
  const retryRungsSeconds = retryRungs(config);
  if (config.amqpUrl === '') return createEmbeddedBus({ retryRungsSeconds, logger: log });
  return createAmqpBus({
    url: addressList(config.amqpUrl),
    queueType: config.queueType,
    clientName: `lienthong ${owner}`,
    retryRungsSeconds,
    logger: log,
  });
}

function listen(server: Server, config: Config): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(config.port, config.host, () => resolve(server.address() as AddressInfo));
  });
}

async function closeServer(server: Server, timeoutMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearTimeout(timer);
}

function exchangeOf(
  config: Config,
  parts: Omit<Exchange, 'now' | 'openDossierData' | 'sealDossierData' | 'settings'>,
  sealer: Sealer,
  tmpDir: string,
  procedures: Readonly<Record<string, string>>,
): Exchange {
  return {
    ...parts,
    now: Date.now,
    openDossierData: (dossier) =>
      JSON.parse(sealer.open(dossier.data_sealed, `dossier:${dossier.code}`)) as DossierMessage,
    sealDossierData: (code, data) => sealer.seal(JSON.stringify(data), `dossier:${code}`),
    settings: {
      amqpSystems: amqpSystems(config),
      centreCode: config.centreCode,
      maxPackageBytes: config.maxPackageBytes,
      maxFileBytes: config.maxFileBytes,
      leaseMs: config.leaseSeconds * 1000,
      redriveMs: config.redriveSeconds * 1000,
      maxAttempts: config.maxAttempts,
      counterpartyTimeoutMs: config.counterpartyTimeoutSeconds * 1000,
      retryRungsSeconds: retryRungs(config),
      arrival: {
        packageRule: config.verifyPackage,
        fileRule: config.verifyPolicy,
        threshold: config.verifyThreshold,
      },
      pollMs: config.pollSeconds * 1000,
      dossierCodes: config.dossierCodes,
      dossierSignatures: config.dossierSignatures,
      portalLookMs: config.portalLookSeconds * 1000,
      tmpDir,
      deliverConcurrency: config.deliverConcurrency,
      concurrencyOf: counterpartyLimits(config).concurrency,
      takeInConcurrency: config.takeInConcurrency,
      processConcurrency: config.processConcurrency,
      procedureSystems: { ...PROCEDURE_SYSTEMS, ...procedures },
      retention: { ...config, rules: readRetention(config.retention) },
    },
  };
}

/** A counterparty that stays away is tried again at the latest after this many first pauses. */
const LONGEST_PAUSE = 30;

function gatesOf(config: Config, store: Store, log: Log): Gates {
  const pauseMs = config.breakerSeconds * 1000;
  const breaker = { failures: config.breakerFailures, pauseMs, longestPauseMs: pauseMs * LONGEST_PAUSE };
  const { perSecond } = counterpartyLimits(config);
  return createGates(store, { breaker, perSecond }, (cause) =>
    log.warn({ err: cause }, 'the state of a counterparty could not be stored'),
  );
}

/** Starts a gateway. On failure everything opened so far is closed again. */
export async function startGateway(config: Config): Promise<Gateway> {
  const closers: (() => Promise<unknown> | unknown)[] = [];
  try {
    return await assemble(config, closers);
  } catch (cause) {
    for (const close of closers.reverse()) await Promise.resolve(close()).catch(() => undefined);
    throw cause;
  }
}

async function assemble(config: Config, closers: (() => Promise<unknown> | unknown)[]): Promise<Gateway> {
  const log = createLog(config.logLevel);
  const owner = `${process.pid}-${randomBytes(6).toString('hex')}`;
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
  const atPoint = crashPoint(config.crashAt);
  // PostgreSQL is made for several gateways; the embedded store is not.
  const lock = config.databaseUrl === '' ? lockFolder(config.dataDir) : null;
  closers.push(() => lock?.release());
  const store: Store = await openStore({
    dataDir: config.dataDir,
    databaseUrl: config.databaseUrl,
    poolSize: config.databasePool,
  });
  closers.push(() => store.close());
  const gaps = await findDurabilityGaps(store);
  if (gaps.length > 0)
    log.error({ settings: gaps }, 'a power cut would lose what the database has committed');
  const blobs = await openBlobs(config, atPoint);
  closers.push(() => blobs.close());
  const disk = await watchDisk(config.dataDir, config.diskReserveMb * 1024 * 1024);
  closers.push(() => disk.stop());
  const tmpDir = join(config.dataDir, 'tmp', owner);
  await mkdir(tmpDir, { recursive: true, mode: 0o700 });
  closers.push(() => rm(tmpDir, { recursive: true, force: true }));
  const sealer = openSealer(config.dataDir);
  await assertSameSealingKey(blobs, sealer);
  const bus = await openBus(config, log, owner);
  closers.push(() => bus.close({ timeoutMs: config.shutdownSeconds * 1000 }));
  const trustDir = trustRoot(config);
  const trustSets = setNames(config.trustSets);
  const authority = openAuthority(config, trustDir, trustSets);
  closers.push(() => authority?.close());
  const pool = createCryptoPool(
    config.workerThreads,
    { trustSets, revocation: revocationSettings(config) },
    authority,
    tmpDir,
  );
  closers.push(() => pool.close());
  const ocr = createReader(config);
  closers.push(() => ocr.close());
  const clock = createLegalClock(config);
  const metrics = createMetrics({
    store,
    blobs,
    bus,
    pool,
    clock,
    trust: { root: trustDir, sets: setNames(config.trustSets) },
  });
  closers.push(() => metrics.stop());

  let url = '';
  let engine: Engine | null = null;
  let ring: KeyRing | null = null;
  let stopping = false;
  const publicUrl = (): string => (config.publicUrl === '' ? url : config.publicUrl);
  const historyOf = (code: string, packageId: string) => dossierHistory(store, blobs, code, packageId);
  const systems = openDossierSystems(config, { blobs, historyOf }, sealer);
  const portal = openPortalClient(config);
  const outgoing = () => ({ blobs, tmpDir, centreCode: config.centreCode, now: Date.now() });
  const counterparties = openCounterparties(
    config,
    outgoing,
    {
      blobs,
      fileUrl: (sha256) => claimUrl(sealer, publicUrl(), sha256, Date.now()),
      historyOf,
    },
    portal,
  );
  const buildClaim = claimBuilder(sealer, publicUrl, Date.now);
  const { maxPackageBytes } = config;
  const brokered = [...amqpSystems(config).keys()].map((system) =>
    amqpCounterparty(system, {
      bus,
      outgoing: () => ({ ...outgoing(), order: 'vxp' }),
      buildClaim,
      maxPackageBytes,
    }),
  );
  for (const one of [...systems.counterparties, ...brokered]) counterparties.set(one.system, one);
  const gates = gatesOf(config, store, log);
  const limits = counterpartyLimits(config);
  const verifier: Exchange['verifier'] = {
    verify: (name, bytes, contents = [], onEvidence) =>
      pool.verify({ name, bytes, contents, trustDir, now: Date.now() }, onEvidence),
    waiting: () => pool.waiting(),
  };
  const x = exchangeOf(
    config,
    {
      store,
      blobs,
      bus,
      counterparties,
      gates,
      log,
      metrics: metrics.exchange,
      verifier,
      lanes: createLanes(
        (system) => limits.concurrency[system] ?? config.deliverConcurrency,
        config.direct,
        (system) => gates.isFree(system, Date.now()),
      ),
      owner,
      atPoint,
      wakeRelay: () => engine?.wakeRelay(),
      processHere: (pkg, checked) => engine?.processHere(pkg, checked),
      signDossier: dossierSigner(config, () => ring),
    },
    sealer,
    tmpDir,
    systems.procedures,
  );
  const keyRing = await openKeyRing(
    config.keysFile === '' ? join(config.dataDir, 'keys', 'keys.json') : config.keysFile,
    pool,
    trustDir,
    Date.now,
    { level: config.signLevel, whenUnavailable: config.signWhenUnavailable },
  );
  closers.push(() => keyRing.close());
  ring = keyRing;
  assertDossierKeys(config, keyRing);
  const levels = startLevelCompletion(x, pool, trustDir, completionSettings(config), metrics.levelAttempt);
  closers.push(() => levels.stop());
  const signingJobs = startSigningJobs(x, keyRing);
  closers.push(() => signingJobs.stop());
  const ocrJobs = startOcrJobs(x, ocr, config.ocrDossiers);
  closers.push(() => ocrJobs.stop());
  const paperDossiers = startPaperDossiers({ x, sealer, ocrJobs, keyRing });
  closers.push(() => paperDossiers.stop());
  const dossierWork = startDossierWork(x, config, sealer, portal);
  closers.push(() => dossierWork.loops.stop());

  const deps: GatewayDeps = {
    x,
    config,
    clock,
    sealer,
    keyRing,
    pool,
    ocr,
    ocrJobs,
    paperDossiers,
    outside: systems.outside,
    webhooks: dossierWork.webhooks,
    publicUrl,
    procedures: dossierWork.procedures,
    mirror: dossierWork.mirror,
    signingJobs,
    levels,
    bridge: createBridge(x, sealer),
    registry: metrics.registry,
    trustDir,
    version: VERSION,
    disk,
    isShuttingDown: () => stopping,
  };
  const server = createHttpServer(createApp(deps), config.requestTimeoutSeconds * 1000);
  const address = await listen(server, config);
  closers.push(() => closeServer(server, 1_000));
  url = `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  engine = await startEngine(x, buildClaim);
  const started = engine;
  closers.push(() => started.stop(config.shutdownSeconds * 1000));
  const directorySync = startDirectorySync({
    store,
    source: config.directorySyncHours === 0 ? null : openDirectorySource(config),
    owner,
    log,
    now: Date.now,
    everyMs: config.directorySyncHours * 3_600_000,
  });
  closers.push(() => directorySync());
  log.info(
    {
      url,
      store: store.kind,
      blobs: blobs.state().kind,
      bus: bus.state().kind,
      counterparties: [...counterparties.keys()],
      version: VERSION,
    },
    'gateway is up',
  );

  let stopped: Promise<void> | null = null;
  async function stop(): Promise<void> {
    stopping = true;
    const deadline = config.shutdownSeconds * 1000;
    log.info({}, 'gateway is stopping');
    await closeServer(server, Math.min(3_000, deadline / 2));
    await Promise.all([started.stop(deadline / 2), directorySync()]);
    await paperDossiers.stop();
    await Promise.all([ocrJobs.stop(), signingJobs.stop(), levels.stop(), dossierWork.loops.stop()]);
    authority?.close();
    await bus.close({ timeoutMs: deadline / 4 });
    await Promise.allSettled([ocr.close(), pool.close(), keyRing.close()]);
    metrics.stop();
    disk.stop();
    await rm(tmpDir, { recursive: true, force: true });
    await blobs.close();
    await store.close();
    lock?.release();
    log.info({}, 'gateway has stopped');
  }
  return {
    url,
    deps,
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}
