import { parseAgencyCode } from '../agency-code.ts';
import { formatVietnamTime, parseWireTimestamp } from '../dates.ts';
import { parseDossierCode, parseProcedureCode } from '../dossier-code.ts';
import { type Finding, type FindingLetter, finding } from '../finding.ts';
import { BODIES, type Field, HEADER_SHAPE, type Shape } from './spec.ts';
import type { DossierMessage, ProgressStep, QuestionBody } from './types.ts';

export interface CheckDossierOptions {
  /** Against which nothing may have happened in the future. */
  now: Date;
  /** The directory; without it only the form of agency codes is judged. */
  isKnownAgency?(code: string): boolean;
}

/** A clock of another system may run this far ahead. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * Judges a dossier message by `schemas/dossier.xsd` and by the rules between its fields; tells every fault at once,
 * with the same letters as `checkEdxml` and wire paths.
 */
export function checkDossier(
  message: DossierMessage,
  options: CheckDossierOptions,
): { errors: Finding[]; warnings: Finding[] } {
  const check: Check = { errors: [], warnings: [], options };
  const body = BODIES[message.kind];
  checkShape(check, HEADER_SHAPE, message, '');
  checkShape(check, body.shape, message.body, body.wire);
  if (check.errors.length === 0) checkStory(check, message);
  return { errors: check.errors, warnings: check.warnings };
}

interface Check {
  errors: Finding[];
  warnings: Finding[];
  options: CheckDossierOptions;
}

function checkShape(check: Check, shape: Shape, value: unknown, path: string): void {
  const record = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  for (const [key, field] of Object.entries(shape.fields)) {
    const at = path === '' ? field.wire : `${path}.${field.wire}`;
    const part = record[key];
    if (field.count === 'some' || field.count === 'many') checkList(check, field, part, at);
    else if (part === undefined || part === null || (part === '' && field.count === 'one')) {
      if (field.count === 'one') add(check, 'N', at, field, 'thiếu', 'missing');
    } else checkField(check, field, part, at);
  }
}

function checkList(check: Check, field: Field, value: unknown, path: string): void {
  if (value !== undefined && !Array.isArray(value)) {
    add(check, 'T', path, field, 'phải là danh sách', 'a list expected');
    return;
  }
  const items = value ?? [];
  if (items.length === 0 && field.count === 'some') add(check, 'N', path, field, 'thiếu', 'missing');
  for (const [index, item] of items.entries()) checkField(check, field, item, `${path}[${index + 1}]`);
}

function checkField(check: Check, field: Field, value: unknown, path: string): void {
  if (typeof field.type !== 'string') {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      checkShape(check, field.type, value, path);
    else add(check, 'T', path, field, 'sai kiểu', 'wrong type');
    return;
  }
  if (field.type === 'integer') {
    checkInteger(check, field, value, path);
    return;
  }
  if (field.type === 'boolean') {
    if (typeof value !== 'boolean')
      add(check, 'T', path, field, 'phải là true hoặc false', 'true or false expected');
    return;
  }
  if (typeof value !== 'string') {
    add(check, 'T', path, field, 'phải là văn bản', 'text expected');
    return;
  }
  if (field.max !== undefined && [...value.normalize('NFC')].length > field.max) {
    add(check, 'R', path, field, `dài quá ${field.max} ký tự`, `longer than ${field.max} characters`);
  }
  if (!hasForm(check, field, value))
    add(check, 'M', path, field, 'sai định dạng hoặc không tồn tại', 'badly formed or unknown');
}

function checkInteger(check: Check, field: Field, value: unknown, path: string): void {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
    add(check, 'T', path, field, 'phải là số nguyên', 'a whole number expected');
  } else if (value < 0 || (field.values !== undefined && !field.values.includes(value))) {
    add(check, 'R', path, field, 'nằm ngoài danh mục', 'not among the allowed values');
  }
}

function hasForm(check: Check, field: Field, value: string): boolean {
  switch (field.type) {
    case 'agency':
      return check.options.isKnownAgency?.(value) ?? parseAgencyCode(value)?.code === value;
    case 'dossier-code':
      return parseDossierCode(value)?.code === value;
    case 'procedure-code':
      return parseProcedureCode(value)?.code === value;
    case 'sha256':
      return /^[0-9a-f]{64}$/.test(value);
    case 'date-time':
      return parseWireTimestamp(value) === value;
    default:
      return true;
  }
}

/** Rules between fields; run only on a message whose fields are sound. */
function checkStory(check: Check, message: DossierMessage): void {
  const latest = formatVietnamTime(new Date(check.options.now.getTime() + CLOCK_SKEW_MS));
  if (message.createdAt > latest)
    story(check, 'R', 'CreatedAt', 'Thời điểm lập ở tương lai', 'The message comes from the future');
  if (message.kind === 'dossier') checkDossierStory(check, message.body, latest);
  if (message.kind === 'progress') checkSteps(check, message.body.steps, latest);
  if (message.kind === 'result' && ![3, 8, 9, 10].includes(message.body.state)) {
    story(check, 'M', 'ResultNotice.State', 'Trạng thái không phải là kết thúc', 'The state is not an end');
  }
  if (message.kind === 'question') checkAnswer(check, message.body);
  if (message.kind === 'supplement' && message.body.completed && message.body.receivedAt === undefined) {
    story(
      check,
      'N',
      'Supplement.ReceivedAt',
      'Thiếu ngày tiếp nhận bổ sung',
      'The date of reception is missing',
    );
  }
}

function checkDossierStory(
  check: Check,
  body: Extract<DossierMessage, { kind: 'dossier' }>['body'],
  latest: string,
): void {
  if (body.receivedAt > latest)
    story(check, 'R', 'Dossier.ReceivedAt', 'Ngày tiếp nhận ở tương lai', 'Received in the future');
  if (body.dueAt !== undefined && body.dueAt < body.receivedAt) {
    story(check, 'M', 'Dossier.DueAt', 'Ngày hẹn trả trước ngày tiếp nhận', 'Due before it was received');
  }
  const wanted: Partial<Record<number, keyof typeof body>> = {
    3: 'rejectedAt',
    9: 'finishedAt',
    10: 'returnedAt',
  };
  const key = wanted[body.state];
  if (key !== undefined && body[key] === undefined) {
    const wire = BODIES.dossier.shape.fields[key]?.wire ?? key;
    check.warnings.push(
      finding('N', `Dossier.${wire}`, {
        vi: 'Thiếu thời điểm của trạng thái',
        en: 'The time of this state is missing',
      }),
    );
  }
  for (const [index, { type, number }] of (body.applicant.identities ?? []).entries()) {
    if (new RegExp(`^\\d{${type === 1 ? 12 : 9}}$`).test(number)) continue;
    const path = `Dossier.Applicant.Identity[${index + 1}].Number`;
    story(check, 'M', path, 'Số định danh sai độ dài', 'The identity number has the wrong length');
  }
}

/** An answer names who gave it and when, and does not come before the question. */
function checkAnswer(check: Check, body: QuestionBody): void {
  if (body.answer === undefined) return;
  if (body.answeredBy === undefined)
    story(check, 'N', 'Question.AnsweredBy', 'Thiếu người trả lời', 'Who answers is missing');
  if (body.answeredAt === undefined)
    story(check, 'N', 'Question.AnsweredAt', 'Thiếu thời điểm trả lời', 'When it was answered is missing');
  else if (body.answeredAt < body.askedAt)
    story(check, 'M', 'Question.AnsweredAt', 'Trả lời trước khi hỏi', 'Answered before it was asked');
}

function checkSteps(check: Check, steps: readonly ProgressStep[], latest: string): void {
  for (const [index, step] of steps.entries()) {
    const path = `Progress.Step[${index + 1}]`;
    if (step.handledAt > latest)
      story(check, 'R', `${path}.HandledAt`, 'Thời điểm xử lý ở tương lai', 'Handled in the future');
    if (step.startedAt !== undefined && step.dueAt !== undefined && step.dueAt < step.startedAt) {
      story(check, 'M', `${path}.DueAt`, 'Hạn xử lý trước ngày bắt đầu', 'Due before it started');
    }
  }
}

function add(check: Check, letter: FindingLetter, path: string, field: Field, vi: string, en: string): void {
  check.errors.push(finding(letter, path, { vi: `${field.vi}: ${vi}`, en: `${field.en}: ${en}` }));
}

function story(check: Check, letter: FindingLetter, path: string, vi: string, en: string): void {
  check.errors.push(finding(letter, path, { vi, en }));
}
