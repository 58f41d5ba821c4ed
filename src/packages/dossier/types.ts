import type { DossierState } from './states.ts';

/** A file that travels beside the message, named by its digest; never inside it. */
export interface FileRef {
  name: string;
  contentType: string;
  sizeBytes: number;
  /** Lowercase hex. */
  sha256: string;
}

export interface Party {
  agencyCode: string;
  name?: string;
}

/** What every dossier message starts with. Times are ISO 8601 with `+07:00`. */
export interface DossierHeader {
  /** Unique per sending; a repeat carries the same one. */
  messageId: string;
  /** The message this one answers. */
  correlationId?: string;
  from: Party;
  to: Party[];
  createdAt: string;
  dossierCode: string;
}

export interface Identity {
  /** 1 citizen card (12 digits), 2 old identity card (9 digits). */
  type: number;
  number: string;
}

export interface Applicant {
  /** 1 person, 2 enterprise, 3 state agency, 4 other organisation. */
  type: number;
  name: string;
  /** Identifier of the account on the national portal (TechID). */
  portalId?: string;
  /** Paper the applicant identifies with. */
  documentNumber?: string;
  identities?: Identity[];
  address?: string;
  email?: string;
  phone?: string;
  fax?: string;
}

/** One paper handed in. */
export interface DossierComponent {
  /** The file's identifier at the portal (TepDinhKemId), when it has one. */
  id?: string;
  name: string;
  /** Code of the paper in the procedure's list. */
  componentCode?: string;
  file?: FileRef;
  deleted?: boolean;
  digitised?: boolean;
  /** 0 no, 1 reused, 2 reused after digitising. */
  reused?: number;
  fromNationalStore?: boolean;
  /** Result code that stands in for the paper. */
  substituteResultCode?: string;
}

export interface Fee {
  code: string;
  name: string;
  /** 1 on reception, 2 on supplement, 4 on handing over. */
  collectedAt: number;
  /** Whole đồng. */
  amountVnd: number;
  /** 1 ordinary, 2 appraisal, 3 extension. */
  feeType: number;
}

export interface OtherPaper {
  name: string;
  quantity: number;
  paperType?: number;
}

/** One paper given out. */
export interface ResultPaper {
  /** The paper's identifier at the portal (GiayToId), when it has one. */
  id?: string;
  name: string;
  resultCode?: string;
  componentCode?: string;
  /** Number and notation of the paper. */
  paperNumber?: string;
  file?: FileRef;
}

/** A dossier in full, as `DongBoHoSoMC` of the national portal knows it. */
export interface DossierBody {
  procedureCode: string;
  procedureName: string;
  fieldCode: string;
  fieldName: string;
  applicant: Applicant;
  summary?: string;
  /** 1 in person, 2 online, 3 by post. */
  channel?: number;
  /** 0 in person, 1 by post. */
  submissionForm: number;
  /** 1 national portal, 2 portal of the ministry or province. */
  submittedVia?: number;
  submittedAt?: string;
  receivedAt: string;
  dueAt?: string;
  finishedAt?: string;
  returnedAt?: string;
  returnInfo?: string;
  rejectedAt?: string;
  state: DossierState;
  handlingUnit: string;
  note?: string;
  otherInfo?: string;
  hasDigitisedComponents?: boolean;
  verifiedByVneid?: boolean;
  /** 0 not possible, 1 paid online, 3 possible but not used. */
  onlinePayment?: number;
  connectedDatabases?: string[];
  components?: DossierComponent[];
  fees?: Fee[];
  otherPapers?: OtherPaper[];
  supplements?: SupplementBody[];
  results?: ResultPaper[];
}

export interface ProgressStep {
  handler: string;
  handlerTitle?: string;
  department?: string;
  content: string;
  state: DossierState;
  handledAt: string;
  startedAt?: string;
  dueAt?: string;
}

export interface SupplementBody {
  requestId: string;
  requestedBy: string;
  content: string;
  requestedAt: string;
  completed: boolean;
  receivedBy?: string;
  receivedInfo?: string;
  receivedAt?: string;
  previousDueAt?: string;
  newDueAt?: string;
  papers?: DossierComponent[];
  fees?: Fee[];
}

export interface FeeBody {
  fees: Fee[];
  reason?: string;
  payBefore?: string;
  beneficiaryAccount?: string;
  beneficiaryName?: string;
  beneficiaryBankCode?: string;
}

export interface PaymentBody {
  /** Unique reference of the transaction (MaThamChieu). */
  reference: string;
  amountVnd: number;
  paidAt: string;
  /** 1 paid, 2 failed, 3 refunded. */
  outcome: number;
  channelCode?: string;
  bankCode?: string;
  payerName?: string;
  payerIdNumber?: string;
  fees?: Fee[];
  receipt?: FileRef;
}

export interface ResultBody {
  state: DossierState;
  decidedAt: string;
  returnedAt?: string;
  returnInfo?: string;
  note?: string;
  results?: ResultPaper[];
}

/** How satisfied the applicant was. */
export interface RatingBody {
  /** 1 worst to 5 best. */
  score: number;
  ratedAt: string;
  comment?: string;
}

export interface PostalParty {
  name: string;
  phone: string;
  address: string;
  /** Administrative codes of the General Statistics Office, digits. */
  provinceCode: string;
  districtCode?: string;
  wardCode?: string;
  email?: string;
}

/** Papers fetched from, or a result brought to, the applicant by the public post (QĐ 45/2016/QĐ-TTg). */
export interface PostalOrderBody {
  /** Unique at the sender. */
  orderNumber: string;
  /** 1 papers are fetched, 2 the result is brought. */
  direction: number;
  orderedAt: string;
  sender: PostalParty;
  receiver: PostalParty;
  content?: string;
  codAmountVnd?: number;
  /** The post's own code, once it has taken the order. */
  trackingCode?: string;
  /** 1 ordered, 2 picked up, 3 on its way, 4 delivered, 5 not delivered. */
  state?: number;
  stateAt?: string;
}

/** A citizen's question about a dossier and its answer. */
export interface QuestionBody {
  questionId: string;
  title?: string;
  content: string;
  askedBy?: string;
  askedAt: string;
  answer?: string;
  answeredBy?: string;
  answeredAt?: string;
}

/** The body of each kind. */
export interface DossierBodies {
  dossier: DossierBody;
  progress: { steps: ProgressStep[] };
  supplement: SupplementBody;
  fee: FeeBody;
  payment: PaymentBody;
  result: ResultBody;
  rating: RatingBody;
  'postal-order': PostalOrderBody;
  question: QuestionBody;
}

export type DossierKind = keyof DossierBodies;

/** Any dossier message: `kind` says which body it has. */
export type DossierMessage = {
  [K in DossierKind]: DossierHeader & { kind: K; body: DossierBodies[K] };
}[DossierKind];
