/** Webhooks: each agency's news, in order, to the address it named; what fails is tried again, then waits for a person. */
import { ConnectorError } from '../../../connectors/index.ts';
import { findDueWebhooks, findWebhook, readNews, updateWebhook, type WebhookRow } from '../../store/index.ts';
import type { Exchange } from '../ports.ts';

/** Sends one signed message; `secret` is opened by the caller's port. */
export interface WebhookSender {
  send(hook: WebhookRow, deliveryId: string, body: string): Promise<{ status: number }>;
}

/** News sent to one address before others get their turn. */
const BATCH = 100;

/** Tells every address whose turn it is. One that fails holds up no other. */
export async function deliverWebhooks(
  x: Exchange,
  sender: WebhookSender,
  signal: AbortSignal,
): Promise<void> {
  const due = await findDueWebhooks(x.store.read, x.now());
  await Promise.all(due.map((hook) => deliverOne(x, sender, hook, signal)));
}

async function deliverOne(
  x: Exchange,
  sender: WebhookSender,
  hook: WebhookRow,
  signal: AbortSignal,
): Promise<void> {
  for (const news of await readNews(x.store.read, hook.agency, Number(hook.cursor), BATCH)) {
    if (signal.aborted) return;
    const body = JSON.stringify({
      seq: Number(news.seq),
      at: new Date(Number(news.at)).toISOString(),
      type: news.type,
      dossierCode: news.code,
      data: JSON.parse(news.data) as unknown,
    });
    try {
      const { status } = await sender.send(hook, `${hook.id}:${news.seq}`, body);
      if (!(await advance(x, hook, Number(news.seq), status))) return;
    } catch (cause) {
      await postpone(x, hook, cause);
      return;
    }
  }
}

/** Moves the cursor past what was sent, unless somebody set it anew (a replay) or took the address away meanwhile. */
async function advance(x: Exchange, hook: WebhookRow, seq: number, status: number): Promise<boolean> {
  return x.store.write(async (tx) => {
    const current = await findWebhook(tx, hook.id);
    if (current === undefined || Number(current.cursor) !== Number(hook.cursor)) return false;
    const now = x.now();
    const change = { cursor: seq, attempts: 0, next_attempt_at: now, last_status: `HTTP ${status}` };
    await updateWebhook(tx, hook.id, { ...change, updated_at: now });
    hook.cursor = seq;
    return true;
  });
}

async function postpone(x: Exchange, hook: WebhookRow, cause: unknown): Promise<void> {
  const now = x.now();
  const rungs = x.settings.retryRungsSeconds;
  const attempts = hook.attempts + 1;
  const paused = attempts >= x.settings.maxAttempts ? 1 : 0;
  const wait = rungs[Math.min(attempts, rungs.length) - 1] ?? 60;
  const reason = cause instanceof ConnectorError ? cause.code : 'GATEWAY_FAULT';
  const status = cause instanceof ConnectorError ? cause.details.status : undefined;
  await x.store.write((tx) =>
    updateWebhook(tx, hook.id, {
      attempts,
      paused,
      next_attempt_at: now + wait * 1000,
      last_status: status === undefined ? reason : `${reason} HTTP ${status}`,
      updated_at: now,
    }),
  );
  x.log.warn(
    { webhook: hook.id, code: reason, attempt: attempts, paused: paused === 1 },
    'webhook not delivered',
  );
}
