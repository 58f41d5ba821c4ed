/** Judges every call of one client against the rules, and says what the partner agency does next. */

import { type AxisCall, matchesHashFile } from '../../connectors/index.ts';
import {
  type EdxmlDocument,
  type EdxmlMessage,
  type EdxmlStatus,
  type Finding,
  isStatusMoveAllowed,
  normalizeDocumentId,
} from '../../packages/index.ts';
import type { RuleId, Score, Words } from './checks.ts';
import { diagnose } from './diagnose.ts';
import type { Letter, Party } from './letters.ts';

/** What the partner sent to the client, under the number the client sees. */
export interface Sent {
  readonly letter: Letter;
  readonly docId: string;
  fetched: boolean;
  done: boolean;
  /** Business statuses the client gave, in order. */
  readonly answers: string[];
}

/** A package of the client's, read: null when it can't be. */
export interface ReadPackage {
  readonly message: EdxmlMessage | null;
  readonly errors: readonly Finding[];
}

/** What the partner agency does when the client has done its part. */
export interface Partner {
  /** Asks a document back; the request is then one more document the client gets. */
  askBack(document: EdxmlDocument): void;
  /** Answers a document of the client's with 01 and 03. */
  answer(document: EdxmlDocument): void;
}

/** Whom and what the calls are judged by. */
export interface JudgeOptions {
  readonly systemId: string;
  readonly secret: string;
  readonly partner: Party;
  readonly now: () => Date;
}

/** One timestamp longer in use than this will be stale: the protocol's window is five minutes. */
const STALE_MS = 60_000;
/** Documents every client gets before one of them is asked back. */
const FIRST_LETTERS = 2;

/** The judge of one session. */
export class Judge {
  readonly sent: Sent[] = [];
  readonly statuses: Sent[] = [];
  calls = 0;
  readonly #score: Score;
  readonly #options: JudgeOptions;
  readonly #partner: Partner;
  /** Packages of the client's by digest. */
  readonly #read = new Map<string, ReadPackage>();
  readonly #times = new Map<string, number>();
  #recalled = false;

  constructor(score: Score, options: JudgeOptions, partner: Partner) {
    this.#score = score;
    this.#options = options;
    this.#partner = partner;
  }

  /** A package came in; told before the call that brought it. */
  read(sha256: string, found: ReadPackage): void {
    this.#read.set(sha256, found);
  }

  /** One call, answered. */
  called(call: AxisCall): void {
    this.calls += 1;
    if (call.refusal !== null) {
      const { systemId, secret, now } = this.#options;
      const { rule, fault } = diagnose(call.refusal, call.headers, { systemId, secret, now: now() });
      this.#score.fail(rule, fault);
      return;
    }
    for (const rule of ['auth.headers', 'auth.signature', 'auth.time'] as const) this.#score.pass(rule);
    const args = call.args ?? {};
    this.#time(args['timestamp'] ?? '');
    if (call.operation === 'getReceivedEdocList') this.#list(args);
    else if (call.operation === 'getEdoc' || call.operation === 'downloadEdoc')
      this.#get(args['docId'] ?? '');
    else if (call.operation === 'updateStatus') this.#acknowledge(args['docId'] ?? '', args['status'] ?? '');
    else if (call.operation === 'sendEdoc') this.#send(call, args);
    else if (call.operation === 'getSentEdocList') this.#score.pass('sent.list');
    else if (/^get(Agencies|Synchronize)/.test(call.operation)) this.#score.pass('agencies');
  }

  #time(text: string): void {
    const at = this.#options.now().getTime();
    const first = this.#times.get(text) ?? at;
    this.#times.set(text, first);
    const seconds = Math.round((at - first) / 1000);
    if (at - first > STALE_MS)
      this.#score.fail('auth.fresh', {
        vi: `timestamp ${text} đã dùng ${seconds} giây; sau 5 phút mọi lượt gọi sẽ bị từ chối`,
        en: `timestamp ${text} has been in use for ${seconds} s; after 5 minutes every call is refused`,
      });
    else if (this.#times.size > 1) this.#score.pass('auth.fresh');
  }

  #list({ messagetype = '', servicetype = '' }: Readonly<Record<string, string>>): void {
    const rule: RuleId = messagetype === 'status' ? 'status.list' : 'receive.list';
    if (servicetype !== 'eDoc')
      this.#score.fail(rule, { vi: 'servicetype phải là eDoc', en: 'servicetype must be eDoc' });
    else if (messagetype === 'edoc' || messagetype === 'status') this.#score.pass(rule);
    else
      this.#score.fail(rule, {
        vi: `messagetype là "${messagetype}", phải là edoc hoặc status`,
        en: `messagetype is "${messagetype}" and should be edoc or status`,
      });
  }

  #find(docId: string): Sent | undefined {
    return [...this.sent, ...this.statuses].find((one) => one.docId === docId);
  }

  #get(docId: string): void {
    const one = this.#find(docId);
    if (one === undefined) {
      this.#score.fail('receive.get', unknownDocId(docId));
      return;
    }
    one.fetched = true;
    if (this.sent.every(({ fetched }) => fetched)) this.#score.pass('receive.get');
  }

  #acknowledge(docId: string, status: string): void {
    const one = this.#find(docId);
    const rule: RuleId = one !== undefined && this.statuses.includes(one) ? 'status.done' : 'receive.done';
    const fault = one === undefined ? unknownDocId(docId) : acknowledgementFault(one, status);
    if (fault !== undefined) this.#score.fail(rule, fault);
    if (one === undefined || fault !== undefined || status !== 'done') return;
    one.done = true;
    if (rule === 'status.done') {
      if (this.statuses.every(({ done }) => done)) this.#score.pass(rule);
    } else if (this.sent.every(({ done }) => done)) {
      this.#score.pass(rule);
      this.#askBack();
    }
  }

  /** Once the client has all documents, the last of them is asked back. */
  #askBack(): void {
    const last = this.sent[FIRST_LETTERS - 1]?.letter.message;
    if (this.#recalled || last?.kind !== 'document') return;
    this.#recalled = true;
    this.#partner.askBack(last);
  }

  #send(call: AxisCall, args: Readonly<Record<string, string>>): void {
    const { body, errorCode } = call;
    const given = args['hash-file'] ?? '';
    if (body !== null) {
      const fits = matchesHashFile(given, body.sha256) || matchesHashFile(given, body.rawSha256);
      if (fits) this.#score.pass('send.hash');
      else this.#score.fail('send.hash', hashFault(given, body.sha256));
    }
    const found = this.#read.get(body?.sha256 ?? '') ?? this.#read.get(body?.rawSha256 ?? '');
    const isStatus = args['messagetype'] === 'status';
    if (found !== undefined && found.errors.length > 0)
      this.#score.fail(isStatus ? 'answer.right' : 'send.valid', faultsInWords(found.errors));
    else if (found?.message?.kind === 'document') this.#score.pass('send.valid');
    if (errorCode !== '0')
      this.#score.fail(isStatus ? 'answer.right' : 'send.accepted', {
        vi: `Trục từ chối gói tin, mã ${errorCode ?? call.httpStatus}`,
        en: `The axis refused the package, code ${errorCode ?? call.httpStatus}`,
      });
    else if (found?.message?.kind === 'document') this.#document(found.message);
    else if (found?.message?.kind === 'status' && found.errors.length === 0) this.#answer(found.message);
  }

  #document(message: EdxmlDocument): void {
    this.#score.pass('send.accepted');
    if (message.attachments.length > 0) this.#score.pass('send.files');
    else this.#score.fail('send.files', { vi: 'Văn bản không có tệp nào', en: 'The document has no file' });
    this.#partner.answer(message);
  }

  #answer(status: EdxmlStatus): void {
    const wanted = normalizeDocumentId(status.responseFor.documentId ?? '');
    const about = this.sent.find(
      ({ letter: { message } }) =>
        message.kind === 'document' && normalizeDocumentId(message.documentId) === wanted,
    );
    const isToRecall = status.statusCode === '15' || status.statusCode === '16';
    const fault = answerFault(status, about, this.#options.partner, isToRecall);
    if (fault !== undefined) {
      this.#score.fail('answer.right', fault);
      return;
    }
    this.#score.pass('answer.right');
    if (isToRecall && this.#recalled) this.#score.pass('answer.recall');
    if (about === undefined || isToRecall) return;
    if (!about.answers.includes(status.statusCode)) about.answers.push(status.statusCode);
    if (this.sent.slice(0, FIRST_LETTERS).every(({ answers }) => answers.length > 0))
      this.#score.pass('answer.arrived');
  }
}

function unknownDocId(docId: string): Words {
  return {
    vi: `docId "${docId}" không có trong danh sách đã trả`,
    en: `docId "${docId}" is not in the list that was given`,
  };
}

function acknowledgementFault(one: Sent, status: string): Words | undefined {
  if (/^\d\d$/.test(status))
    return {
      vi: `updateStatus nhận processing, done, fail; trạng thái nghiệp vụ ${status} gửi bằng sendEdoc, messagetype=status`,
      en: `updateStatus takes processing, done, fail; the business status ${status} goes by sendEdoc, messagetype=status`,
    };
  if (status === 'done' && !one.fetched)
    return {
      vi: 'Báo done khi chưa lấy gói tin: lấy không được là mất văn bản',
      en: 'done before the package was fetched: when fetching fails the document is lost',
    };
  if (status === 'done' || status === 'processing') return undefined;
  return { vi: `Báo "${status}" cho gói tin đọc được`, en: `"${status}" for a package that can be read` };
}

function answerFault(
  { statusCode, responseFor }: EdxmlStatus,
  about: Sent | undefined,
  partner: Party,
  isToRecall: boolean,
): Words | undefined {
  const { documentId = '', organId = '' } = responseFor;
  if (about === undefined)
    return {
      vi: `ResponseFor.DocumentId "${documentId}" không phải văn bản nào đã gửi tới`,
      en: `ResponseFor.DocumentId "${documentId}" is none of the documents sent`,
    };
  if (organId !== partner.code)
    return {
      vi: `ResponseFor.OrganId là "${organId}", phải là cơ quan gửi văn bản "${partner.code}"`,
      en: `ResponseFor.OrganId is "${organId}" and should be the sender, "${partner.code}"`,
    };
  // A repetition changes nothing; a request to take back bears the same identifier and may be answered too.
  if (isToRecall || about.answers.includes(statusCode)) return undefined;
  const answered = about.answers.at(-1);
  if (isStatusMoveAllowed(answered, statusCode)) return undefined;
  return {
    vi: `Trạng thái ${statusCode} không được đến ${answered === undefined ? 'đầu tiên' : `sau ${answered}`}`,
    en: `Status ${statusCode} may not ${answered === undefined ? 'come first' : `follow ${answered}`}`,
  };
}

function hashFault(given: string, sha256: string): Words {
  if (given === '') return { vi: 'Thiếu hash-file', en: 'hash-file is missing' };
  if (given === Buffer.from(sha256, 'hex').toString('base64'))
    return {
      vi: 'hash-file phải viết hệ 16, không phải base64',
      en: 'hash-file is base64 and should be hex',
    };
  return {
    vi: `hash-file ${given.slice(0, 16)}… khác SHA-256 của nội dung nhận được ${sha256.slice(0, 16)}…`,
    en: `hash-file ${given.slice(0, 16)}… is not the SHA-256 of what came, ${sha256.slice(0, 16)}…`,
  };
}

const FAULTS_TOLD = 10;

function faultsInWords(errors: readonly Finding[]): Words {
  const told = errors.slice(0, FAULTS_TOLD);
  const place = ({ line, column }: Finding): string => (line === undefined ? '' : ` (${line}:${column})`);
  return {
    vi: told.map((one) => `${one.code}${place(one)}: ${one.vi}`).join('; '),
    en: told.map((one) => `${one.code}${place(one)}: ${one.en}`).join('; '),
  };
}
