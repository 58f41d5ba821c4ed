export {
  createWebhookClient,
  isWebhookSignature,
  signWebhook,
  WEBHOOK_SIGNATURE_HEADER,
  WEBHOOK_TOLERANCE_SECONDS,
} from './client.ts';
export { webhookUrl } from './schema.ts';
export type * from './types.ts';
