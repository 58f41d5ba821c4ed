/** What was read from the papers of one dossier, and which of it a person has to look at before anything is sent. */
import type { OcrField, OcrResult } from '../../ocr/index.ts';
import { correctFields } from '../ocr-jobs/index.ts';
import type { OcrCorrectionRow } from '../store/index.ts';
import type { PrefilledField } from './request.ts';

/** Why a field waits for a person. */
export type Flag =
  /** Read with doubt. */
  | 'doubtful'
  /** On none of the papers, or not readable. */
  | 'missing'
  /** Not what such a field looks like. */
  | 'malformed'
  /** Two papers say different things. */
  | 'conflict'
  /** The request wants a person to see every field. */
  | 'unseen';

/** One field with where it was read. */
export interface PaperField {
  readonly name: PrefilledField;
  /** Null: not on the papers. */
  readonly value: string | null;
  /** 0–1; 1 when a person gave or confirmed it. */
  readonly confidence: number;
  readonly flag: Flag | null;
  /** Token of the person who gave or confirmed it. */
  readonly seenBy: string | null;
  /** Paper it was read from, 0-based, with the place on it; null without one. */
  readonly place: {
    readonly component: number;
    readonly page: number;
    readonly box: readonly number[];
    /** Size of that page, in the pixels of the box. */
    readonly width: number;
    readonly height: number;
  } | null;
}

/** The reading of one paper. */
export interface PaperReading {
  readonly result: OcrResult;
  readonly corrections: readonly OcrCorrectionRow[];
}

/** Rules of a look at the fields. */
export interface FieldRules {
  readonly wanted: readonly PrefilledField[];
  readonly review: 'doubtful' | 'always';
  readonly reviewBelow: number;
}

const SHAPES: Readonly<Partial<Record<PrefilledField, RegExp>>> = {
  applicantName: /^[\p{L}\p{M}][\p{L}\p{M} .'’-]{1,499}$/u,
  // Nine digits on the card of before 2016, twelve since.
  identityNumber: /^\d{9}(\d{3})?$/,
  dateOfBirth: /^\d{4}-\d{2}-\d{2}$/,
  phoneNumber: /^\+?[\d .]{8,20}$/,
  permanentAddress: /^.{2,500}$/su,
};
/** Nothing goes out without a name, whatever a person says. */
const REQUIRED: ReadonlySet<PrefilledField> = new Set(['applicantName']);

function tidy(name: PrefilledField, value: string): string {
  const text = value.normalize('NFC').replace(/\s+/g, ' ').trim();
  return name === 'identityNumber' ? text.replace(/[ .]/g, '') : text;
}

/** Two readings say the same when they do so without case, spaces and points. */
function plain(value: string): string {
  return value.toLocaleLowerCase('vi').replace(/[\s.,-]/g, '');
}

/** All wanted fields, in the order they were asked for. */
export function readFields(readings: readonly PaperReading[], rules: FieldRules): PaperField[] {
  return rules.wanted.map((name) => readField(name, readings, rules));
}

function readField(name: PrefilledField, readings: readonly PaperReading[], rules: FieldRules): PaperField {
  const found = readings.flatMap(({ result, corrections }, component) => {
    const field = correctFields(result.fields, corrections)[name] as OcrField | null;
    const value = field === null ? '' : tidy(name, field.value);
    return field === null || value === '' ? [] : [{ ...field, value, component }];
  });
  // The last word of a person on any of the papers wins over every reading.
  const seen = readings
    .flatMap(({ corrections }) => corrections.filter((change) => change.field === name))
    .sort((a, b) => a.at - b.at || a.seq - b.seq)
    .at(-1);
  const given = seen === undefined ? null : tidy(name, seen.value);
  const best =
    (given === null ? undefined : found.find((one) => one.value === given)) ??
    (given === '' ? null : (found[0] ?? null));
  const value = given ?? best?.value ?? null;
  return {
    name,
    value: value === '' ? null : value,
    confidence: given === null ? (best?.confidence ?? 0) : 1,
    flag: flagOf(name, value, given !== null, found, rules),
    seenBy: seen?.actor ?? null,
    place: placeOf(best, readings),
  };
}

function placeOf(
  found: (OcrField & { component: number }) | null | undefined,
  readings: readonly PaperReading[],
): PaperField['place'] {
  if (found === null || found === undefined) return null;
  const { component, page, box } = found;
  const size = readings[component]?.result.pages.find(({ number }) => number === page);
  return { component, page, box, width: size?.width ?? 0, height: size?.height ?? 0 };
}

function flagOf(
  name: PrefilledField,
  value: string | null,
  isSeen: boolean,
  found: readonly (OcrField & { component: number })[],
  rules: FieldRules,
): Flag | null {
  if (value === null || value === '') return isSeen && !REQUIRED.has(name) ? null : 'missing';
  if (SHAPES[name]?.test(value) === false) return 'malformed';
  if (isSeen) return null;
  if (new Set(found.map((one) => plain(one.value))).size > 1) return 'conflict';
  if ((found[0]?.confidence ?? 0) < rules.reviewBelow) return 'doubtful';
  return rules.review === 'always' ? 'unseen' : null;
}
