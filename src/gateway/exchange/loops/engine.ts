/** The running exchange: consumers, relay, pollers and sweeper, started together and stopped in the reverse order. */
import { setMaxListeners } from 'node:events';
import type { Received, Subscription } from '../../bus/index.ts';
import {
  dropLeases,
  releaseLeases,
  releaseOcrJobs,
  releaseOutbox,
  releaseSigningJobs,
} from '../../store/index.ts';
import { deliverOne } from '../delivery/deliver.ts';
import { followDossiers } from '../dossier/follow.ts';
import { releaseHeld } from '../gates/hold.ts';
import { takeNewDossiers } from '../portal/intake.ts';
import type { Exchange } from '../ports.ts';
import { processDirect, processPackage } from '../process.ts';
import { startRetention } from '../retention/loop.ts';
import { GATEWAY_SYSTEM, queueName, type Urgency } from '../routing.ts';
import { every } from './every.ts';
import { isHandedIn, takeHandedIn } from './hand-in.ts';
import { startIndexing } from './index-older.ts';
import { pause } from './pause.ts';
import { pollArrivals } from './poll.ts';
import { type ClaimBuilder, type Relay, startRelay } from './relay.ts';
import { sweepOnce } from './sweep.ts';
import { parkUnconfigured } from './unconfigured.ts';

const URGENCIES: readonly Urgency[] = ['urgent', 'normal'];

export interface Engine {
  wakeRelay(): void;
  processHere: Exchange['processHere'];
  /** Finishes or hands back what is held, within `timeoutMs`. */
  stop(timeoutMs: number): Promise<void>;
}

/** Starts all loops. With an embedded store, leases of an earlier process that was killed are freed first. */
export async function startEngine(x: Exchange, buildClaim: ClaimBuilder): Promise<Engine> {
  if (x.store.kind === 'sqlite') await freeLeases(x, null);
  const shutdown = new AbortController();
  // Everything under way listens to it, and all of it lets go again.
  setMaxListeners(0, shutdown.signal);
  const systems = [...x.counterparties.keys(), GATEWAY_SYSTEM];
  await x.bus.ensureSystems(systems);
  const subscriptions: Subscription[] = [];
  for (const urgency of URGENCIES) {
    subscriptions.push(
      await x.bus.consume(
        queueName(GATEWAY_SYSTEM, urgency),
        (message) => handleProcess(x, message, shutdown.signal),
        {
          prefetch: x.settings.processConcurrency,
        },
      ),
    );
    for (const system of x.counterparties.keys()) {
      if (x.settings.amqpSystems.has(system)) continue;
      subscriptions.push(
        await x.bus.consume(
          queueName(system, urgency),
          (message) => handleDelivery(x, message, shutdown.signal),
          { prefetch: x.settings.concurrencyOf[system] ?? x.settings.deliverConcurrency },
        ),
      );
    }
  }
  await parkUnconfigured(x);
  await sweepOnce(x, 0);
  await x.gates.refresh(x.now());
  const relay: Relay = startRelay(x, buildClaim);
  const loops = [
    watchGates(x, shutdown.signal),
    startRetention(x, x.settings.retention, shutdown.signal),
    startIndexing(x, shutdown.signal),
    every(x.settings.redriveMs / 4, shutdown.signal, x, 'sweep', async () => void (await sweepOnce(x))),
    ...[...x.counterparties.values()].map((counterparty) =>
      every(x.settings.pollMs, shutdown.signal, x, `poll:${counterparty.system}`, async () => {
        if (x.gates.look(counterparty.system, x.now()) !== null) return;
        await pollArrivals(x, counterparty, shutdown.signal);
        await takeNewDossiers(x, counterparty, shutdown.signal);
        await followDossiers(x, counterparty, shutdown.signal);
      }),
    ),
  ];
  x.lanes.open(shutdown.signal);
  return {
    wakeRelay: relay.wake,
    processHere: (pkg, checked) => void processDirect(x, pkg, checked),
    async stop(timeoutMs) {
      const graceful = (async () => {
        await Promise.allSettled(subscriptions.map((subscription) => subscription.cancel()));
        await Promise.all([relay.stop(), x.lanes.close()]);
      })();
      await Promise.race([graceful, new Promise((resolve) => setTimeout(resolve, timeoutMs).unref())]);
      shutdown.abort(new Error('shutting down'));
      await Promise.allSettled([...loops, x.lanes.close()]);
      await freeLeases(x, x.owner);
    },
  };
}

async function freeLeases(x: Exchange, owner: string | null): Promise<void> {
  const now = x.now();
  await x.store.write(async (tx) => {
    await releaseLeases(tx, owner, now);
    await releaseOutbox(tx, owner);
    await releaseOcrJobs(tx, owner, now);
    await releaseSigningJobs(tx, owner, now);
    await dropLeases(tx, owner);
  });
}

async function handleProcess(x: Exchange, message: Received, shutdown: AbortSignal): Promise<void> {
  if (isHandedIn(message)) return takeHandedIn(x, message);
  // Deliveries into queues that others read: announced here, since those are theirs.
  if (message.headers['delivery-id'] !== undefined) return handleDelivery(x, message, shutdown);
  const packageId = message.headers['package-id'];
  if (typeof packageId !== 'string' || message.headers['kind'] !== 'process')
    return message.park('NO_PACKAGE_ID');
  await processPackage(x, packageId, message.attempt);
}

async function handleDelivery(x: Exchange, message: Received, shutdown: AbortSignal): Promise<void> {
  const deliveryId = message.headers['delivery-id'];
  if (typeof deliveryId !== 'string') return message.park('NO_DELIVERY_ID');
  await deliverOne(x, deliveryId, shutdown);
}

/** How soon a pause or a resume by an operator takes effect here. */
const GATES_MS = 1_000;

/** In every process: what operators and other processes decided is known here, and what was held goes on. */
async function watchGates(x: Exchange, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await x.gates.refresh(x.now());
      await releaseHeld(x);
    } catch (cause) {
      if (signal.aborted) return;
      x.log.warn({ err: cause, loop: 'gates' }, 'loop failed; trying again');
    }
    await pause(GATES_MS, signal).catch(() => undefined);
  }
}
