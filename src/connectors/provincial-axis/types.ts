import type { Readable } from 'node:stream';
import type { HttpOptions } from '../http.ts';

/** Settings of one connection to a provincial document axis (LGSP document API, Lạng Sơn 2026). */
export interface ProvincialAxisClientOptions extends HttpOptions {
  /** Without trailing slash; `/v1/…` is added. */
  baseUrl: string;
  systemId: string;
  /** Sent as it is in `X-SecretKey`: use https. */
  secret: string;
  now?: () => Date;
  /** Zone of whole-day queries, minutes east of UTC. Default 420. */
  zoneOffsetMinutes?: number;
  /** Largest package accepted, decoded. Default 1 GiB. */
  maxEdocBytes?: number;
}

/** A package to send. `open` may be called again for another attempt. */
export interface ProvincialSendInput {
  body: () => AsyncIterable<Uint8Array> | Readable;
  sizeBytes: number;
  messageType: 'edoc' | 'status';
  /** Default `package.edxml`. Letters, digits, dot, dash and underscore; must end in `.edxml`. */
  fileName?: string;
}

/** One line of the list of what arrived for us. */
export interface ProvincialReceivedItem {
  docId: string;
  from: string;
  to: string;
  status: string;
  messageType: 'edoc' | 'status';
  createdTime: string;
  updatedTime: string;
}

/** One recipient of one document we sent; not every axis offers the list. */
export interface ProvincialSentItem {
  docId: string;
  documentId: string;
  from: string;
  to: string;
  status: string;
  sha256: string;
  createdTime: string;
}

/** Business status of QĐ 28/2018, or the word `done` for "taken over". */
export type ProvincialStatus = '01' | '02' | '03' | '04' | '05' | '06' | 'done';

/** Client of a provincial axis. Every function throws ConnectorError; none retries by itself. */
export interface ProvincialAxisClient {
  sendEdoc(input: ProvincialSendInput): Promise<{ docId: string }>;
  listReceived(query: {
    messageType: 'edoc' | 'status';
    fromDate: Date;
    toDate: Date;
  }): Promise<ProvincialReceivedItem[]>;
  getEdoc(docId: string): Promise<Readable>;
  updateStatus(docId: string, status: ProvincialStatus): Promise<void>;
  /**
   * Lines about one of our documents, for settling an unanswered send. Axes without the list answer 404, which throws
   * CONNECTOR_NOT_FOUND: the caller then sends again and records a possible duplicate.
   */
  listSent(query: { documentId?: string; messageType: 'edoc' | 'status' }): Promise<ProvincialSentItem[]>;
}
