import type { HttpOptions } from '../http.ts';

/** Settings of the sender of webhooks. */
export interface WebhookClientOptions extends HttpOptions {
  /**
   * Where webhooks may go: `host`, `host:port`, `*.domain`, each https; or with a scheme, `http://127.0.0.1:9000`. An address
   * outside the list is refused before any connection. Empty: nowhere.
   */
  allowedHosts: readonly string[];
}

/** One message to a one-stop system. */
export interface WebhookCall {
  url: string;
  /** Shared with the receiver; signs time and body. */
  secret: string;
  /** Repeated unchanged when the message is sent again. */
  deliveryId: string;
  /** JSON text, sent byte for byte as signed. */
  body: string;
  /** Goes into the signature: the receiver refuses what is older than five minutes. */
  sentAt: Date;
}

/** Sends webhooks. Throws ConnectorError; one attempt per call. */
export interface WebhookClient {
  /** True when the operator lets webhooks go there. */
  isAllowed(url: string): boolean;
  /** Resolves when the receiver answered 2xx. */
  send(call: WebhookCall): Promise<{ status: number }>;
}
