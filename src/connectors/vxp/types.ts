import type { Readable } from 'node:stream';
import type { HttpOptions } from '../http.ts';

/** What travels: a document package, or a QĐ 28/2018 status message about one. */
export type VxpMessageType = 'edoc' | 'status';

/** Transport acknowledgement of a received document; not the business status of QĐ 28/2018. */
export type VxpReceiveStatus = 'processing' | 'done' | 'fail';

/** Settings of one connection to the national document axis or to anything that speaks its protocol. */
export interface VxpClientOptions extends HttpOptions {
  /** Without trailing slash, e.g. `http://axis.example/XrdAdapter/adapter`. */
  baseUrl: string;
  /** Centre code the axis gave us, e.g. `00.53.W00`. */
  systemId: string;
  /** Shared key; its characters are the HMAC key as they stand. */
  secret: string;
  now?: () => Date;
  /** How `hash-file` is written: as the public SDK does (bytes without leading zeros, default) or as plain hex. */
  hashFileStyle?: 'sdk' | 'padded';
  /** Zone of the timestamps, minutes east of UTC. Default 420 (UTC+7): the axis writes local time without a zone. */
  zoneOffsetMinutes?: number;
  /** Largest package accepted by {@link VxpClient.getEdoc}, decoded. Default 1 GiB. */
  maxEdocBytes?: number;
}

/** A package to send. `open` may be called again for another attempt. */
export interface VxpSendInput {
  body: () => AsyncIterable<Uint8Array> | Readable;
  /** The same octets, when they are in memory: sent in one piece. */
  bytes?: Uint8Array;
  /** Exact size of what `body` yields. */
  sizeBytes: number;
  /** Hex SHA-256 of what `body` yields. */
  sha256: string;
  /** OrganId of the sender. Recipients are read by the axis from the package itself. */
  from: string;
  messageType: VxpMessageType;
}

/** One line of the list of what arrived for us. */
export interface VxpReceivedItem {
  docId: string;
  from: string;
  to: string;
  messageType: VxpMessageType;
  /** `initial` until pulled, then the last {@link VxpReceiveStatus} reported. */
  status: string;
  /** As the axis wrote them. */
  createdTime: string;
  updatedTime: string;
}

/** One recipient of one document we sent: the axis' own view, used to settle whether an unanswered send arrived. */
export interface VxpSentItem {
  senderDocId: string;
  receiverDocId: string;
  fromCode: string;
  toCode: string;
  title: string;
  notation: string;
  sentTime: string;
  receivedTime: string;
  sendStatus: string;
  receiveStatus: string;
  messageType: string;
  /** Answered by our own endpoint and simulator only: DocumentId of the package. */
  documentId: string;
  /** Answered by our own endpoint and simulator only: hex SHA-256 of the package. */
  sha256: string;
}

/** An agency of the axis' directory. */
export interface VxpAgency {
  id: string;
  parentId: string;
  /** Code of today's generation (QĐ 20/2020), or whatever the axis lists first. */
  code: string;
  /** The other generation's code (QCVN 102 form), empty when there is none. */
  otherCode: string;
  name: string;
  mail: string;
}

/** A change of the directory since the last synchronisation. */
export interface VxpUnit extends VxpAgency {
  version: string;
  centerCode: string;
  deleted: boolean;
  modifyDate: string;
  isAgency: boolean;
}

/** What registering an agency needs. */
export interface VxpAgencyRegistration {
  code: string;
  parentCode: string;
  name: string;
  mail?: string;
  mobile?: string;
  fax?: string;
}

/** Client of the axis. Every function throws ConnectorError; none retries by itself. */
export interface VxpClient {
  sendEdoc(input: VxpSendInput): Promise<{ docId: string }>;
  /** Dates are whole days in the axis' zone. */
  listReceived(query: {
    messageType: VxpMessageType;
    fromDate?: Date;
    toDate?: Date;
  }): Promise<VxpReceivedItem[]>;
  /** The package as a stream; an answer that turns out bad half-way errors the stream. */
  getEdoc(docId: string): Promise<Readable>;
  updateStatus(docId: string, status: VxpReceiveStatus): Promise<void>;
  listSent(query: { messageType: VxpMessageType; docId?: string }): Promise<VxpSentItem[]>;
  agencies(): Promise<VxpAgency[]>;
  /** The same in pages, read while the answer arrives. Ends with an error when the answer turns out a refusal or broken. */
  agencyPages(): AsyncIterable<VxpAgency[]>;
  agenciesQd20(level: number): Promise<VxpAgency[]>;
  synchronizeUnits(): Promise<VxpUnit[]>;
  /** The same in pages. */
  unitPages(): AsyncIterable<VxpUnit[]>;
  /** How many packages wait for us. */
  countReceived(messageType: VxpMessageType): Promise<number>;
  /** The package as raw bytes; the SDK's other way beside {@link getEdoc}. */
  downloadEdoc(docId: string): Promise<Readable>;
  registerAgency(agency: VxpAgencyRegistration): Promise<void>;
  deleteAgency(code: string): Promise<void>;
}
