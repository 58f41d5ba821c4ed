import type { JsonClientOptions } from '../json-client.ts';

/** Settings of one connection to the civil-status system of the Ministry of Justice (hộ tịch). */
export interface CivilStatusClientOptions extends JsonClientOptions {
  /** `maTinh`. */
  provinceCode: string;
  /** Default `/nhanDKHT`. */
  submitPath?: string;
  /** Default `/layKetQua`. */
  resultPath?: string;
}

/** LTKS birth, LTKT death, LTKH marriage. */
export type CivilStatusModule = 'LTKS' | 'LTKT' | 'LTKH';

/** An application for a registration. */
export interface CivilStatusRequest {
  module: CivilStatusModule;
  /** Administrative unit that registers. */
  placeCode: string;
  dossierCode: string;
  /** Code in the linked service; default the dossier's. */
  linkedCode?: string;
  receivedAt: Date;
  /** The form: wire names with their prefixes (nks child, nkt deceased, me/cha parents, nyc applicant, vo/chong spouses). */
  form: Readonly<Record<string, unknown>>;
  files: { id: number; kind: number; title: string; name: string; content: Uint8Array }[];
}

/** What became of an application. */
export interface CivilStatusResult {
  dossierCode: string;
  /** 2 more papers asked for, 4 registered, 6 refused; others: still at work. */
  state: number;
  note?: string;
  /** Only when registered. */
  registered?: {
    /** Personal number given to a child. */
    personalNumber?: string;
    number: string;
    book: string;
    page: string;
    registeredOn: string;
    /** The certificate, when the system sends one. */
    certificate?: Uint8Array;
  };
}

/** Client of the system. Throws ConnectorError. */
export interface CivilStatusClient {
  /** `existed`: the system had it already. */
  submit(request: CivilStatusRequest): Promise<{ existed: boolean }>;
  /** Undefined for a dossier it does not know. */
  result(module: CivilStatusModule, dossierCode: string): Promise<CivilStatusResult | undefined>;
}
