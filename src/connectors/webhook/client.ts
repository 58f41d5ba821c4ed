import { createHmac, timingSafeEqual } from 'node:crypto';
import { codeOfStatus, createHttp, retryAfter } from '../http.ts';
import { webhookUrl } from './schema.ts';
import type { WebhookClient, WebhookClientOptions } from './types.ts';

/** Header of the signature: `t=<unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`. */
export const WEBHOOK_SIGNATURE_HEADER = 'Lienthong-Signature';
/** A receiver should refuse what is signed longer ago than this. */
export const WEBHOOK_TOLERANCE_SECONDS = 300;
/** What a receiver answers is only looked at for its status. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Sends signed webhooks to hosts the operator allowed. */
export function createWebhookClient(options: WebhookClientOptions): WebhookClient {
  const http = createHttp('webhook', { maxAnswerBytes: MAX_ANSWER_BYTES, ...options });
  const isAllowed = (url: string): boolean =>
    webhookUrl.safeParse(url).success && options.allowedHosts.some((entry) => matches(entry, new URL(url)));
  return {
    isAllowed,
    async send({ url, secret, deliveryId, body, sentAt }) {
      const operation = 'send';
      if (!isAllowed(url))
        throw http.fail('CONNECTOR_REFUSED', operation, {
          remoteMessage: 'host not allowed by the operator',
        });
      const headers = {
        'Content-Type': 'application/json; charset=utf-8',
        'Lienthong-Delivery': deliveryId,
        [WEBHOOK_SIGNATURE_HEADER]: signWebhook(secret, body, sentAt),
      };
      const answer = await http.text({ operation, method: 'POST', url, headers, body });
      if (answer.status >= 200 && answer.status < 300) return { status: answer.status };
      const code = codeOfStatus(answer.status);
      // A receiver that is being set up says 404 or 401 for a while: nothing is given up for that.
      throw http.fail(code, operation, {
        status: answer.status,
        retryable: true,
        ...retryAfter(answer.headers, sentAt),
      });
    },
  };
}

/** The value of {@link WEBHOOK_SIGNATURE_HEADER}. */
export function signWebhook(secret: string, body: string, sentAt: Date): string {
  const seconds = Math.floor(sentAt.getTime() / 1000);
  return `t=${seconds},v1=${hmac(secret, `${seconds}.${body}`)}`;
}

/** What a receiver does: true when the signature is of this body and not older than the tolerance. */
export function isWebhookSignature(secret: string, body: string, header: string, now: Date): boolean {
  const { t = '', v1 = '' } = /^t=(?<t>\d{1,12}),v1=(?<v1>[0-9a-f]{64})$/.exec(header)?.groups ?? {};
  if (t === '' || Math.abs(now.getTime() / 1000 - Number(t)) > WEBHOOK_TOLERANCE_SECONDS) return false;
  return timingSafeEqual(Buffer.from(hmac(secret, `${t}.${body}`)), Buffer.from(v1));
}

function hmac(secret: string, text: string): string {
  return createHmac('sha256', secret).update(text, 'utf8').digest('hex');
}

function matches(entry: string, url: URL): boolean {
  const [, scheme = 'https:', host = ''] = /^(?:(https?:)\/\/)?(.+)$/.exec(entry.trim().toLowerCase()) ?? [];
  if (url.protocol !== scheme) return false;
  if (host.startsWith('*.')) return url.port === '' && url.hostname.endsWith(host.slice(1));
  return url.host === host;
}
