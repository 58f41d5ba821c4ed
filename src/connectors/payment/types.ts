import type { JsonClientOptions } from '../json-client.ts';

/** Settings of one connection to the payment platform of the National Public Service Portal (message version 1.0.6). */
export interface PaymentClientOptions extends JsonClientOptions {
  /** `MaDoiTac`. */
  partnerCode: string;
  /** Shared with the platform; goes into the checksum only, never onto the wire. */
  secret: string;
  /** Default `/init`. */
  initPath?: string;
  /** Default `/receipt`. */
  receiptPath?: string;
}

/** One item of what is paid. */
export interface PaymentItem {
  name: string;
  amountVnd: number;
  /** `Phi` or `LePhi`. */
  kind: 'Phi' | 'LePhi';
}

/** A payment to be started. */
export interface PaymentOrder {
  /** `MaThamChieu`, unique at the partner. */
  reference: string;
  amountVnd: number;
  description: string;
  /** Address of the payer's device. */
  ip: string;
  dossierCode: string;
  procedureCode: string;
  procedureName: string;
  agencyCode: string;
  agencyName: string;
  beneficiary: { account: string; bankCode: string; name: string };
  payer: { name: string; idNumber: string; address: string };
  items: PaymentItem[];
}

/** Client of the platform. Throws ConnectorError. */
export interface PaymentClient {
  /** Starts a payment. @returns where the payer goes on. */
  init(order: PaymentOrder): Promise<{ url: string; startedAt: Date }>;
  /** The receipt of a payment, a PDF; undefined while there is none. */
  receipt(reference: string): Promise<Uint8Array | undefined>;
}
