import { isOrganId, parseAgencyCode } from '../../agency-code.ts';
import { formatVietnamTime, parseWireDate, parseWireTimestamp } from '../../dates.ts';
import { type Finding, type FindingLetter, finding } from '../../finding.ts';
import { isStatusCode, type Label } from '../code-tables.ts';
import { normalizeDocumentId } from '../document-key.ts';
import type { EdxmlDocument, EdxmlMessage, EdxmlStatus } from '../types.ts';
import { DOCUMENT_RULES, type Rule, STATUS_RULES } from './rules.ts';

export interface CheckEdxmlOptions {
  /** Against which dates may not lie in the future. */
  now: Date;
  /** The directory. It decides whether a code is an agency; where it says undefined, the form of the code is judged. */
  isKnownAgency?(code: string): boolean | undefined;
}

const EMAIL = /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/;

/** NĐ 30/2020 App. VI: characters of the whole distribution list. */
const MOST_IN_PLACES = 1_000;

/**
 * Judges a message by the rules of QCVN 102 as the axis enforces them; tells every fault at once. Codes as the axis
 * spells them: `N.` missing, `R.` too long or out of range, `M.` badly formed or contradictory, `T.` wrong type.
 * A file is valid when `parseEdxml` reported no `errors` and this reports none.
 */
export function checkEdxml(
  message: EdxmlMessage,
  options: CheckEdxmlOptions,
): { errors: Finding[]; warnings: Finding[] } {
  const checker = new Checker(message, options);
  if (message.kind === 'document') checker.document(message);
  else checker.status(message);
  return { errors: checker.errors, warnings: checker.warnings };
}

class Checker {
  readonly errors: Finding[] = [];
  readonly warnings: Finding[] = [];
  readonly #message: EdxmlMessage;
  readonly #options: CheckEdxmlOptions;
  readonly #today: string;

  constructor(message: EdxmlMessage, options: CheckEdxmlOptions) {
    this.#message = message;
    this.#options = options;
    this.#today = formatVietnamTime(options.now).slice(0, 10);
  }

  document(message: EdxmlDocument): void {
    for (const rule of DOCUMENT_RULES) this.#rule(rule);
    this.#recipients(message);
    this.#trace(message);
    this.#places(message);
    this.#business(message);
    this.#attachments(message);
  }

  status(message: EdxmlStatus): void {
    for (const rule of STATUS_RULES) this.#rule(rule);
    const { statusCode, responseFor } = message;
    if (typeof statusCode === 'string' && statusCode !== '' && !isStatusCode(statusCode)) {
      this.#error('R', 'MessageHeader.StatusCode', {
        vi: 'Mã trạng thái không có trong danh mục',
        en: 'No such status code',
      });
    }
    if (!responseFor?.documentId && !responseFor?.code) {
      this.#error(
        'N',
        'MessageHeader.ResponseFor.DocumentId',
        missing({ vi: 'văn bản được báo trạng thái', en: 'document reported on' }),
      );
    }
  }

  #recipients(message: EdxmlDocument): void {
    const to = Array.isArray(message.to) ? message.to : [];
    if (to.length === 0) this.#error('N', 'MessageHeader.To', missing({ vi: 'bên nhận', en: 'recipient' }));
    const seen = new Set<string>();
    for (const [index, organ] of to.entries()) {
      const code = typeof organ?.organId === 'string' ? organ.organId.trim().toUpperCase() : '';
      const path = `MessageHeader.To[${index + 1}].OrganId`;
      if (code !== '' && seen.has(code)) {
        this.#error('M', path, { vi: 'Bên nhận bị trùng', en: 'The recipient is named twice' });
      }
      seen.add(code);
      if (parseAgencyCode(code)?.form === 'centre') {
        const texts = {
          vi: 'Mã trung tâm tích hợp không phải là bên nhận',
          en: 'An integration centre is no recipient',
        };
        this.warnings.push(finding('M', path, texts));
      }
    }
  }

  /** The sender's own hop names it; the hop the axis adds behind it bears a time only. */
  #trace(message: EdxmlDocument): void {
    const at = 'TraceHeaderList.TraceHeader';
    const hops = Array.isArray(message.traceHeaders) ? message.traceHeaders : [];
    if (hops.length === 0) this.#error('N', at, missing({ vi: 'vết đường đi', en: 'trace of the way' }));
    const texts = missing({ vi: 'mã cơ quan trên đường đi', en: 'agency on the way' });
    for (const [index, hop] of hops.entries()) {
      if (hop?.organId) continue;
      const path = `${at}[${index + 1}].OrganId`;
      if (index === 0) this.#error('N', path, texts);
      else this.warnings.push(finding('N', path, texts));
    }
  }

  #places(message: EdxmlDocument): void {
    const places = Array.isArray(message.toPlaces) ? message.toPlaces : [];
    const total = places.reduce((sum, place) => sum + (typeof place === 'string' ? lengthOf(place) : 0), 0);
    if (total > MOST_IN_PLACES)
      this.#error(
        'R',
        'MessageHeader.ToPlaces',
        tooLong(
          { vi: 'danh sách nơi nhận (cộng lại)', en: 'distribution list (taken together)' },
          MOST_IN_PLACES,
        ),
      );
  }

  #business(message: EdxmlDocument): void {
    const business = message.business;
    if (typeof business !== 'object' || business === null) return;
    const at = 'TraceHeaderList.Bussiness';
    const type = business.businessDocType;
    if (!business.businessDocReason && (type === 1 || type === 2 || type === 3)) {
      this.#error('N', `${at}.BussinessDocReason`, missing({ vi: 'lý do', en: 'reason' }));
    }
    if (type === 3 && !business.replacementInfoList?.length) {
      this.#error(
        'N',
        `${at}.ReplacementInfoList`,
        missing({ vi: 'văn bản bị thay thế', en: 'document replaced' }),
      );
    }
    if (type === 2 && !business.documentId && !business.businessDocumentInfo) {
      const texts = missing({ vi: 'nội dung cập nhật', en: 'what is updated' });
      this.warnings.push(finding('N', `${at}.BussinessDocumentInfo`, texts));
    }
  }

  #attachments(message: EdxmlDocument): void {
    const files = Array.isArray(message.attachments) ? message.attachments : [];
    if (files.length === 0 && message.business?.businessDocType === 0) {
      const texts = missing({ vi: 'tệp văn bản', en: 'file of the document' });
      this.warnings.push(finding('N', 'AttachmentEncoded.Attachment', texts));
    }
    const seen = new Set<string>();
    for (const [index, file] of files.entries()) {
      const path = `AttachmentEncoded.Attachment[${index + 1}].ContentId`;
      if (file?.contentId !== '' && seen.has(file?.contentId))
        this.#error('M', path, { vi: 'Mã tệp bị trùng', en: 'The identifier is used twice' });
      seen.add(file?.contentId);
    }
    this.#identifier(message);
  }

  /** The triple form of DocumentId repeats the number: a mismatch is told, but does not stop a document. */
  #identifier(message: EdxmlDocument): void {
    const { documentId, code } = message;
    if (typeof documentId !== 'string' || documentId.split(',').length < 3) return;
    if (typeof code?.codeNumber !== 'string' || typeof code.codeNotation !== 'string') return;
    const stated = normalizeDocumentId(documentId).split(',').slice(2).join(',');
    const expected = `${code.codeNumber}/${code.codeNotation}`.normalize('NFC').toUpperCase();
    if (stated === expected) return;
    const texts = {
      vi: 'Mã văn bản không khớp số, ký hiệu',
      en: 'The identifier does not match number and notation',
    };
    this.warnings.push(finding('M', 'MessageHeader.DocumentId', texts));
  }

  #rule(rule: Rule): void {
    this.#walk(rule, stepsOf(rule), 0, this.#message, '');
  }

  /** Looks at every value a rule speaks of, from the piece `at` of its path on, which starts at `start`. */
  #walk(rule: Rule, steps: Steps, at: number, start: unknown, before: string): void {
    let value = start;
    let inGroup = true;
    for (const key of steps.json[at] ?? []) {
      const holder = asRecord(value);
      inGroup = holder !== undefined;
      value = holder?.[key];
    }
    const path = before + (steps.wire[at] ?? '');
    if (at === steps.json.length - 1) this.#found(rule, value, path, inGroup);
    else if (Array.isArray(value))
      for (const [index, item] of value.entries())
        this.#walk(rule, steps, at + 1, item, `${path}[${index + 1}]`);
  }

  #found(rule: Rule, value: unknown, path: string, inGroup: boolean): void {
    const empty = value === undefined || value === null || value === '' || value === -1;
    if (empty || (typeof value === 'string' && value.trim() === '')) {
      const wanted = rule.required === 'always' || (rule.required === 'with-group' && inGroup);
      if (wanted) this.#error('N', path, missing(rule.label));
    } else this.#value(rule, value, path);
  }

  #value(rule: Rule, value: unknown, path: string): void {
    if (rule.kind === 'integer') {
      this.#integer(rule, value, path);
      return;
    }
    if (rule.kind === 'boolean') {
      if (typeof value !== 'boolean') this.#error('T', path, wrongType(rule.label, 'true/false'));
      return;
    }
    if (typeof value !== 'string') {
      this.#error('T', path, wrongType(rule.label, 'text'));
      return;
    }
    // Composing makes a text at most three times as long (UAX #15), so that a short one needs no counting.
    if (rule.max !== undefined && value.length * 3 > rule.max && lengthOf(value) > rule.max)
      this.#error('R', path, tooLong(rule.label, rule.max));
    this.#form(rule, value, path);
  }

  #integer(rule: Rule, value: unknown, path: string): void {
    if (typeof value !== 'number' || !Number.isSafeInteger(value))
      this.#error('T', path, wrongType(rule.label, '0, 1, 2…'));
    else if (value < 0 || (rule.max !== undefined && value > rule.max))
      this.#error('R', path, outOfRange(rule.label));
  }

  #form(rule: Rule, value: string, path: string): void {
    if (rule.kind === 'email' && !EMAIL.test(value.trim())) this.#error('M', path, malformed(rule));
    if (rule.kind === 'timestamp' && parseWireTimestamp(value) === undefined)
      this.#error('M', path, malformed(rule));
    if (rule.kind === 'agency') this.#agency(rule, value, path);
    if (rule.kind !== 'date' && rule.kind !== 'past-date') return;
    const date = parseWireDate(value);
    if (date === undefined) this.#error('M', path, malformed(rule));
    else if (rule.kind === 'past-date' && date > this.#today) {
      const { vi, en } = rule.label;
      this.#error('R', path, { vi: `${upper(vi)} ở tương lai`, en: `The ${en} lies in the future` });
    }
  }

  #agency(rule: Rule, value: string, path: string): void {
    const known = this.#options.isKnownAgency?.(value.trim());
    if (known === false) {
      const { vi, en } = rule.label;
      this.#error('M', path, {
        vi: `${upper(vi)} không có trong danh bạ`,
        en: `The ${en} is not in the directory`,
      });
    } else if (known === undefined && !isOrganId(value)) this.#error('M', path, malformed(rule));
  }

  #error(letter: FindingLetter, path: string, texts: Label): void {
    this.errors.push(finding(letter, path, texts));
  }
}

/** The paths of a rule, cut where a list is opened. */
interface Steps {
  readonly json: readonly (readonly string[])[];
  readonly wire: readonly string[];
}

const steps = new WeakMap<Rule, Steps>();

/** Paths of a rule in steps, split once: there are many rules, and every message is held against all of them. */
function stepsOf(rule: Rule): Steps {
  let known = steps.get(rule);
  if (known === undefined) {
    const json = rule.json.split('[]').map((piece) => piece.split('.').filter((key) => key !== ''));
    known = { json, wire: rule.wire.split('[]') };
    steps.set(rule, known);
  }
  return known;
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Characters as people count them: an accented letter is one, however it is encoded. */
function lengthOf(text: string): number {
  return [...text.normalize('NFC')].length;
}

function missing({ vi, en }: Label): Label {
  return { vi: `Thiếu ${vi}`, en: `The ${en} is missing` };
}

/** What a field that is badly formed should look like. */
const FORMS: Readonly<Partial<Record<Rule['kind'], string>>> = {
  agency: 'H53.15, 000.00.15.H53',
  date: 'yyyy/MM/dd',
  'past-date': 'yyyy/MM/dd',
  email: 'vanthu@donvi.gov.vn',
  timestamp: 'yyyy/MM/dd HH:mm:ss',
};

function malformed({ kind, label: { vi, en } }: Rule): Label {
  const form = FORMS[kind] ?? '';
  return {
    vi: `${upper(vi)} sai định dạng (cần dạng ${form})`,
    en: `The ${en} is badly formed (${form} is wanted)`,
  };
}

function outOfRange({ vi, en }: Label): Label {
  return { vi: `${upper(vi)} nằm ngoài khoảng cho phép`, en: `The ${en} is out of range` };
}

function tooLong({ vi, en }: Label, max: number): Label {
  return { vi: `${upper(vi)} dài quá ${max} ký tự`, en: `The ${en} is longer than ${max} characters` };
}

function wrongType({ vi, en }: Label, wanted: string): Label {
  return {
    vi: `${upper(vi)} sai kiểu (cần ${wanted})`,
    en: `The ${en} has the wrong type (${wanted} expected)`,
  };
}
