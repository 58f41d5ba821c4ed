import type { HttpOptions } from '../http.ts';

/** Settings of one connection to the Ministry of Justice's judicial-records service (phiếu lý lịch tư pháp). */
export interface JudicialRecordsClientOptions extends HttpOptions {
  /** Without trailing slash. */
  baseUrl: string;
  /** Key the ministry gave the province, sent as `authKey` in every body: use https. */
  authKey: string;
  /** Province code of the statistics office, `maTinh`. */
  provinceCode: string;
  provinceName: string;
  /** Where requests go. Default `/v2/lyLichTuPhap/nhanHoSoLLTP`. */
  submitPath?: string;
  /** Where states are asked. Default `/v2/lyLichTuPhap/layTrangThaiHoSoLLTP`. */
  statusPath?: string;
  /** Largest result PDF, decoded. Default 20 MiB. */
  maxPdfBytes?: number;
  now?: () => Date;
}

/** An address by the codes and names of administrative units; districts only for dates before July 2025. */
export interface JudicialAddress {
  provinceCode?: string;
  provinceName?: string;
  districtCode?: string;
  districtName?: string;
  wardCode?: string;
  wardName?: string;
  detail?: string;
  countryName?: string;
}

/** Where the applicant lived and worked, from the age of 14. */
export interface JudicialResidence {
  /** `MM/yyyy` */
  from: string;
  to: string;
  address?: JudicialAddress;
  occupation?: string;
  workplace?: string;
}

/** An application for a judicial record, portal-neutral. */
export interface JudicialRequest {
  dossierCode: string;
  receivedAt: Date;
  /** 1 VNeID, 2 the portal, 3 the counter; as agreed with the ministry. */
  source: number;
  sourceName: string;
  /** 1 for agencies and the person, 2 for the person alone, with spent convictions. */
  form: 1 | 2;
  /** The bans on office shall be shown. */
  wantsOfficeBans?: boolean;
  purposeCode?: number;
  purpose: string;
  copies: number;
  applicant: {
    fullName: string;
    otherName?: string;
    /** 1 male, 2 female, 3 other. */
    gender: 1 | 2 | 3;
    /** yyyy-MM-dd */
    birthDate: string;
    birthPlace?: JudicialAddress;
    identity: { kind: number; kindName: string; number: string; issuedOn?: string; issuedBy?: string };
    nationality?: string;
    ethnicity?: string;
    permanentAddress?: JudicialAddress;
    temporaryAddress?: JudicialAddress;
    phone?: string;
    email?: string;
    fatherName?: string;
    fatherBirthYear?: number;
    motherName?: string;
    motherBirthYear?: number;
    spouseName?: string;
    spouseBirthYear?: number;
  };
  residences?: JudicialResidence[];
  files: { kind: string; name: string; content: Uint8Array }[];
}

/** 1 new … 10 returned, the portal's own states (see PortalState). */
export interface JudicialStatus {
  dossierCode: string;
  state: number;
  /** Why it was refused, or what is missing. */
  reason?: string;
  result?: JudicialResult;
}

/** The record itself. */
export interface JudicialResult {
  number: string;
  /** ISO date or instant, as the ministry wrote it. */
  date: string;
  signerName?: string;
  signerPosition?: string;
  /** The signed PDF; verify it before showing it to anyone. */
  pdf: Uint8Array;
}

/** Client of the service. Every function throws ConnectorError; none retries by itself. */
export interface JudicialRecordsClient {
  /** `existed`: the ministry had this dossier already (its answer `01`), so nothing was added. */
  submit(request: JudicialRequest): Promise<{ existed: boolean }>;
  /** Undefined when the ministry does not know the dossier: the question to ask before sending again. */
  pullStatus(dossierCode: string): Promise<JudicialStatus | undefined>;
}
