import type { JsonClientOptions } from '../json-client.ts';

/** Settings of the land registers (VBDLIS, iLIS) and of the tax side of land dossiers. */
export interface LandTaxClientOptions extends JsonClientOptions {
  username: string;
  password: string;
  /** Default `/token` (OAuth 2.0 password grant, RFC 6749 §4.3). */
  tokenPath?: string;
  /** Default `/TiepNhanHoSo`. */
  intakePath?: string;
  /** Default `/ChungTuNopTien`. */
  voucherPath?: string;
}

/** One line of a tax notice. */
export interface TaxNoticeLine {
  taxCode: string;
  decisionNumber: string;
  /** yyyy-MM-dd */
  decidedOn: string;
  /** What is to be paid for (tên tiểu mục). */
  item: string;
  amountVnd: number;
}

/** A tax notice for one dossier. */
export interface TaxNotice {
  dossierCode: string;
  lines: TaxNoticeLine[];
}

/** A land dossier handed to the register. */
export interface LandIntake {
  dossierCode: string;
  receiptNumber: string;
  isProvincial: boolean;
  provinceId: string;
  districtId?: string;
  wardId: string;
  receivedAt: Date;
  dueAt: Date;
  applicant: { name: string; idNumber: string; address: string };
  procedureCode: string;
  procedureName: string;
  parcel: { number: string; mapSheet: string; areaSquareMetres: number };
  papers: { name: string; originals: number; copies: number; file?: { name: string; content: Uint8Array } }[];
}

/** Proof that a tax notice was paid. */
export interface TaxVoucher {
  dossierCode: string;
  taxCode: string;
  payer: { name: string; idNumber: string; address: string };
  voucherUrl?: string;
  description: string;
  paidAt: Date;
  noticeNumber: string;
  amountVnd: number;
}

/** Client of the register. Throws ConnectorError. */
export interface LandTaxClient {
  submit(intake: LandIntake): Promise<{ existed: boolean }>;
  tellPaid(voucher: TaxVoucher): Promise<void>;
}
