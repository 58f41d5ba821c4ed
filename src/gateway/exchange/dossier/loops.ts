/** Loops of the dossiers' own: webhooks told, catalogues mirrored. Started beside the engine, stopped with it. */
import { every } from '../loops/every.ts';
import { followPortal } from '../portal/moves.ts';
import { takeQuestions } from '../portal/questions.ts';
import type { Counterparty, Exchange } from '../ports.ts';
import { deliverWebhooks, type WebhookSender } from './webhooks.ts';

/** What is due is looked for at least this often. */
const LONGEST_TICK_MS = 30_000;

export interface DossierLoops {
  /** Ends what runs; what was not told is told after the next start. */
  stop(): Promise<void>;
}

/** Starts them. */
export function startDossierLoops(
  x: Exchange,
  parts: {
    webhooks: WebhookSender;
    /** Looked at, every open dossier again after `portalLookMs`. */
    portal?: Counterparty;
    catalogues?: { everyMs: number; mirrorAll(): Promise<void> };
  },
): DossierLoops {
  const shutdown = new AbortController();
  const loops = [
    every(x.settings.pollMs, shutdown.signal, x, 'webhooks', () =>
      deliverWebhooks(x, parts.webhooks, shutdown.signal),
    ),
    ...(parts.portal === undefined ? [] : portalLoops(x, parts.portal, shutdown.signal)),
    ...(parts.catalogues === undefined
      ? []
      : [every(parts.catalogues.everyMs, shutdown.signal, x, 'catalogues', parts.catalogues.mirrorAll)]),
  ];
  return {
    async stop() {
      shutdown.abort(new Error('shutting down'));
      await Promise.allSettled(loops);
    },
  };
}

function portalLoops(x: Exchange, portal: Counterparty, signal: AbortSignal): Promise<void>[] {
  const { pollMs, portalLookMs } = x.settings;
  const tickMs = Math.max(pollMs, Math.min(portalLookMs / 4, LONGEST_TICK_MS));
  return [
    every(tickMs, signal, x, 'portal-moves', () => followPortal(x, portal, signal)),
    every(portalLookMs, signal, x, 'portal-questions', async () => void (await takeQuestions(x, portal))),
  ];
}
