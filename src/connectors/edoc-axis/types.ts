import type { Readable } from 'node:stream';
import type { HttpOptions } from '../http.ts';

/** Settings of one connection to an eDoc axis (the kind Tây Ninh and Lâm Đồng run). */
export interface EdocAxisClientOptions extends HttpOptions {
  /** Without trailing slash, e.g. `https://edoc.example/EdocService`. */
  baseUrl: string;
  /** OrganId the axis knows us by. */
  organId: string;
  /** Sent as it is in `Authorization`: use https. */
  token: string;
  /** Largest package accepted, decoded. Default 1 GiB. */
  maxEdocBytes?: number;
  now?: () => Date;
}

/** What travels, in the axis' words. */
export type EdocMessageType = 'EDOC' | 'STATUS';

/** A package to send. `body` may be called again for another attempt. */
export interface EdocSendInput {
  body: () => AsyncIterable<Uint8Array> | Readable;
  sizeBytes: number;
  /** Hex, of what `body` yields. */
  sha256: string;
  messageType: EdocMessageType;
}

/** One package that waits for one agency. */
export interface EdocPending {
  docId: string;
  /** The agency it is for. */
  organId: string;
}

/** An agency of the axis' directory. */
export interface EdocOrganization {
  code: string;
  name: string;
  mail: string;
}

/** Client of an eDoc axis. Every function throws ConnectorError; none retries by itself. */
export interface EdocAxisClient {
  /** CONNECTOR_ALREADY_EXISTS when the axis has this document. */
  sendDocument(input: EdocSendInput): Promise<{ docId: string }>;
  pendingDocIds(messageType: EdocMessageType): Promise<EdocPending[]>;
  getDocument(docId: string, messageType: EdocMessageType): Promise<Readable>;
  /** Takes a package off the list of one agency; not a business status. */
  confirmReceived(pending: EdocPending, messageType: EdocMessageType): Promise<void>;
  organizations(): Promise<EdocOrganization[]>;
}
