import type { HttpOptions } from '../http.ts';

/** Settings of one connection to the National Public Service Portal, generation A (session API through an adapter). */
export interface NationalPortalClientOptions extends HttpOptions {
  /** Address of the provincial adapter, without trailing slash. */
  baseUrl: string;
  username: string;
  password: string;
  /** Code of the unit we speak for, `madonvi`. */
  unitCode: string;
  /** Member code of the portal on the axis, header `dstcode`. */
  dstCode?: string;
  /** Default `/auth`. */
  authPath?: string;
  /** Services that push. Default `/integration`. */
  integrationPath?: string;
  /** Catalogues and look-ups. Default `/share`. */
  sharePath?: string;
  /** A session older than this is renewed before use. Default 20 minutes. */
  sessionMaxAgeMs?: number;
  now?: () => Date;
}

/** 1 new, 2 received, 3 refused, 4 processing, 5 supplement asked, 6 payment asked, 7 withdrawn, 8 stopped, 9 done, 10 returned. */
export type PortalState = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

/** A file of the dossier (`TaiLieuNop`); the portal fetches it from `url`. */
export interface PortalFile {
  /** At most 4,000 characters. */
  name: string;
  id?: string;
  /** Code of the component of the procedure it belongs to. */
  componentCode?: string;
  /** Where the portal can fetch it. */
  url?: string;
  digitized?: boolean;
  /** 0 not reused, 1 reused, 2 reused from a store. */
  reused?: 0 | 1 | 2;
  fromNationalStore?: boolean;
  replacesResultCode?: string;
  deleted?: boolean;
  contentType?: string;
  /** Its bytes; generation B takes the file itself. */
  content?: () => Promise<Uint8Array>;
}

/** A fee of the dossier (`DanhSachLePhi`). */
export interface PortalFee {
  name: string;
  code: string;
  /** 1 when received, 2 when supplemented, 4 when the result is returned. */
  collectedAt: 1 | 2 | 4;
  /** Đồng. */
  amountVnd: number;
  /** 1 ordinary, 2 appraisal, 3 extension. */
  kind: 1 | 2 | 3;
}

/** A request for more papers and its answer (`DanhSachHoSoBoSung`). */
export interface PortalSupplement {
  id: number;
  requestedBy: string;
  content: string;
  requestedAt: Date;
  receivedBy?: string;
  receivedInfo?: string;
  receivedAt?: Date;
  complete: boolean;
  previousDueAt?: Date;
  newDueAt?: Date;
  /** Names of the papers asked for or brought. */
  papers?: string[];
}

/** A paper that results (`DanhSachGiayToKetQua`). */
export interface PortalResult {
  name: string;
  id?: string;
  componentCode?: string;
  url?: string;
  resultCode?: string;
  contentType?: string;
  /** Its bytes; generation B takes the file itself. */
  content?: () => Promise<Uint8Array>;
}

/** A one-stop dossier as the portal wants to know it; instants are written in UTC+7. */
export interface PortalDossier {
  code: string;
  procedureCode: string;
  procedureName: string;
  fieldCode: string;
  fieldName: string;
  /** 1 counter, 2 online, 3 post. */
  channel: 1 | 2 | 3;
  owner: {
    name: string;
    /** 1 person, 2 enterprise, 3 state body, 4 other organisation. */
    kind: 1 | 2 | 3 | 4;
    /** TechID of the portal account, when submitted online. */
    portalId?: string;
    /** 1 citizen identity (12 digits), 2 old identity card (9 digits). */
    identities?: { kind: 1 | 2; number: string }[];
    email?: string;
    fax?: string;
    phone?: string;
    verifiedByVneid?: boolean;
  };
  otherInfo?: string;
  /** At most 1,000 characters. */
  summary?: string;
  submittedAt?: Date;
  receivedAt: Date;
  dueAt?: Date;
  refusedAt?: Date;
  finishedAt?: Date;
  returnedAt?: Date;
  returnInfo?: string;
  state: PortalState;
  /** 0 at the counter, 1 by post. */
  deliveryForm: 0 | 1;
  processingUnit: string;
  note?: string;
  files?: PortalFile[];
  fees?: PortalFee[];
  otherPapers?: { name: string; copies: number; kind: number }[];
  supplements?: PortalSupplement[];
  results?: PortalResult[];
  /** 1 the national portal, 2 the ministry's or province's own. */
  submittedVia?: 1 | 2;
  hasDigitizedComponents?: boolean;
  /** 0 not offered, 1 paid online, 3 other. */
  onlinePayment?: 0 | 1 | 3;
  /** Codes of national databases it was checked against. */
  connectedDatabases?: string[];
}

/** One step of the work on a dossier. */
export interface PortalProgress {
  dossierCode: string;
  /** At most 50 characters. */
  handler: string;
  handlerPosition?: string;
  handledAt: Date;
  department?: string;
  content: string;
  state: PortalState;
  startedAt?: Date;
  dueAt?: Date;
}

/** What the portal holds about a dossier. */
export interface PortalLookup {
  code: string;
  state: number;
  procedureCode: string;
  /** Fields as the portal answered them. */
  raw: Record<string, unknown>;
  /** What happened to it, ours included. */
  moves: PortalMoves;
}

/** What a portal says happened to a dossier, steps oldest first. */
export interface PortalMoves {
  steps: { handler: string; at: Date; content: string; state: number }[];
  /** Requests for papers that were answered at the portal. */
  supplements: {
    id: string;
    content: string;
    receivedBy: string;
    receivedInfo: string;
    receivedAt: Date;
    papers: string[];
  }[];
  /** `outcome` 1 paid, 2 failed, 3 refunded. */
  payments: { reference: string; amountVnd: number; paidAt: Date; outcome: 1 | 2 | 3 }[];
  /** Rows that could not be read. */
  unreadable: number;
}

/** A question a citizen asked on the portal. */
export interface PortalQuestion {
  id: string;
  title: string;
  content: string;
  askedBy: string;
  /** As the portal writes it. */
  askedAt: string;
}

/** Client of the portal. Every function throws ConnectorError; a lost session is renewed once, nothing else is retried. */
export interface NationalPortalClient {
  /** Renews the session; the other functions do it when needed. */
  login(): Promise<void>;
  /** Creates the dossier; when the portal has it already, updates it. `known`: go straight to the update. */
  syncDossier(dossier: PortalDossier, options?: { known?: boolean }): Promise<{ updated: boolean }>;
  updateProgress(steps: PortalProgress[]): Promise<void>;
  /** State of dossiers that were submitted on the portal itself (`DongBoTrangThaiHoSo`). */
  syncStates(steps: PortalProgress[]): Promise<void>;
  /** Undefined when the portal does not hold it: the question to ask before sending again. */
  lookup(dossierCode: string): Promise<PortalLookup | undefined>;
  /** A catalogue as the portal answers it. */
  catalogue(
    service: 'LayDanhSachTTHC' | 'LayDanhMucCoQuan' | 'LayDanhMucLinhVuc',
  ): Promise<Record<string, unknown>[]>;
  /** Questions sent to us from the portal, or those sent to a ministry or agency. */
  questions(from: 'portal' | 'agency'): Promise<PortalQuestion[]>;
  /** The answer given to a question; undefined while there is none. */
  answer(questionId: string): Promise<string | undefined>;
  /** One procedure in full, undefined when unknown. */
  procedure(procedureCode: string): Promise<Record<string, unknown> | undefined>;
}

/** Settings of generation B (2025–26). Its paths are not public: the defaults are the names of the calls. */
export interface NationalPortalBOptions extends HttpOptions {
  baseUrl: string;
  clientId: string;
  clientSecret: string;
  /** `MaDonViTiepNhan`. */
  unitCode: string;
  paths?: Partial<
    Record<'token' | 'nextValue' | 'upload' | 'create' | 'progress' | 'state' | 'lookup', string>
  >;
  now?: () => Date;
}

/** Generation B behind the same contract; it numbers dossiers itself. Catalogues and questions stay with generation A. */
export interface NationalPortalClientB extends NationalPortalClient {
  /** The next dossier code of a procedure. */
  nextCode(procedureCode: string): Promise<string>;
}
