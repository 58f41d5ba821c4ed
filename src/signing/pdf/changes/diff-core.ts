/** The strict half of the comparison: equality of values over two revisions, following every reference once. */
import { getObject, type PdfDocument, referencesOf, samePlace } from '../syntax/document.ts';
import { NumberSet } from '../syntax/number-set.ts';
import { isArray, isDict, isRef, isStream, type PdfDict, type PdfValue } from '../syntax/values.ts';
import type { ChangeKind } from './kinds.ts';

/**
 * What must be permitted for a change to be allowed: `validation` (DSS, document time-stamps, metadata) always is;
 * `signing` and `form` need DocMDP 2, `annotation` needs 3, `other` never is.
 */
export type DiffLevel = 'validation' | 'signing' | 'form' | 'annotation' | 'other';

/** One change between two revisions. */
export interface RevisionChange {
  readonly kind: ChangeKind;
  readonly level: DiffLevel;
  /** In words, e.g. `12 0 R /Contents`. */
  readonly object: string;
  /** The form field concerned, for FieldMDP. */
  readonly field?: string;
}

/** The state of one comparison. */
export interface Diff {
  readonly prev: PdfDocument;
  readonly next: PdfDocument;
  readonly changes: readonly RevisionChange[];
  /** Numbers of changed objects looked at by some rule, among others. */
  readonly seen: { has(num: number): boolean };
  /** Numbers of all objects that may be elsewhere in the later revision; null when that cannot be told without looking at all. */
  readonly changed: ReadonlySet<number> | null;
  report(kind: ChangeKind, level: DiffLevel, object: string, field?: string): void;
  /** Both values must be equal, and so must everything they refer to. */
  strict(before: PdfValue | undefined, after: PdfValue | undefined, where: string): void;
  /** `strict` for all entries of two dictionaries but some. */
  strictEntries(before: PdfDict, after: PdfDict, except: readonly string[], where: string): void;
  /** Equal values, references compared by what they refer to. */
  sameDeep(before: PdfValue | undefined, after: PdfValue | undefined): boolean;
  sameReference(before: PdfValue | undefined, after: PdfValue | undefined): boolean;
  /**
   * What a page draws with must not be an object that a rule of its own lets change: a field, page or catalog that also
   * serves as a dictionary of resources would be drawn by whoever fills it. Checked by `drain`.
   */
  draws(value: PdfValue | undefined, where: string): void;
  /** Marks everything below a value as looked at, not going into pages, fields or the catalog. */
  claim(value: PdfValue | undefined, document: PdfDocument, depth?: number): void;
  claimRef(value: PdfValue | undefined): void;
  /** An object with a rule of its own: strict walks stop there. */
  structural(value: PdfValue | undefined): void;
  /** A changed appearance: the objects it had must belong to nothing else. */
  replaceAppearance(value: PdfValue | undefined, where: string): void;
  isField(num: number): boolean;
  /** Finishes the strict walks; call once, last. */
  drain(): void;
}

const MAX_CHANGES = 1_000;
const MAX_DEPTH = 4_000;

function scalarsEqual(a: PdfValue, b: PdfValue): boolean | null {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'name' && b.kind === 'name') return a.value === b.value;
  if (a.kind === 'string' && b.kind === 'string') return Buffer.compare(a.bytes, b.bytes) === 0;
  return null;
}

function directReferences(value: PdfValue, into: number[]): void {
  if (isRef(value)) into.push(value.num);
  else if (isArray(value)) for (const item of value.items) directReferences(item, into);
  else if (isDict(value)) for (const item of value.entries.values()) directReferences(item, into);
  else if (isStream(value)) directReferences(value.dict, into);
}

/** Equality without following references: the same numbers are the same references. */
export function sameShallow(a: PdfValue | undefined, b: PdfValue | undefined): boolean {
  // Objects in the same place are parsed once for all revisions.
  if (a === b) return true;
  const [x, y] = [a ?? null, b ?? null];
  const scalar = scalarsEqual(x, y);
  if (scalar !== null) return scalar;
  if (isRef(x) && isRef(y)) return x.num === y.num && x.gen === y.gen;
  if (isArray(x) && isArray(y))
    return (
      x.items.length === y.items.length && x.items.every((item, index) => sameShallow(item, y.items[index]))
    );
  if (isStream(x) && isStream(y)) return Buffer.compare(x.raw, y.raw) === 0 && sameShallow(x.dict, y.dict);
  // Which value of a key that stands twice counts, readers disagree on: only octets in the same place are surely the same.
  if (!isDict(x) || !isDict(y) || x.repeated || y.repeated) return false;
  for (const [key, value] of x.entries) if (!sameShallow(value, y.entries.get(key))) return false;
  for (const [key, value] of y.entries) if (value !== null && !x.entries.has(key)) return false;
  return true;
}

/** Equality over references. @param stop whether an object that stands under the same number need not be looked into */
function deepComparer(
  prev: PdfDocument,
  next: PdfDocument,
  stop: (num: number) => boolean,
): Diff['sameDeep'] {
  /** Numbers that stand for equal things in both revisions: found so by an earlier call, or taken to be so in this one. */
  const proven = new Set<number>();
  const assumed = new Set<number | string>();
  const sameObject = (num: number, depth: number): boolean => {
    if (proven.has(num) || assumed.has(num) || stop(num)) return true;
    assumed.add(num);
    return same(getObject(prev, num), getObject(next, num), depth + 1);
  };
  const sameTargets = (a: PdfValue, b: PdfValue, depth: number): boolean => {
    if (isRef(a) && isRef(b)) {
      if (a.num === b.num) return sameObject(a.num, depth);
      const key = `${a.num}:${b.num}`;
      if (assumed.has(key)) return true;
      assumed.add(key);
    }
    return same(isRef(a) ? getObject(prev, a.num) : a, isRef(b) ? getObject(next, b.num) : b, depth + 1);
  };
  const same = (a: PdfValue, b: PdfValue, depth: number): boolean => {
    if (depth > MAX_DEPTH) return false;
    if (a === b && (a === null || typeof a !== 'object')) return true;
    if (a === b && !isRef(a)) {
      // Octets in the same place: only what they refer to can be another thing.
      const references: number[] = [];
      directReferences(a, references);
      return references.every((num) => sameObject(num, depth));
    }
    if (isRef(a) || isRef(b)) return sameTargets(a, b, depth);
    const scalar = scalarsEqual(a, b);
    if (scalar !== null) return scalar;
    if (isArray(a) && isArray(b))
      return (
        a.items.length === b.items.length &&
        a.items.every((item, index) => same(item, b.items[index] ?? null, depth + 1))
      );
    if (isStream(a) && isStream(b))
      return Buffer.compare(a.raw, b.raw) === 0 && same(a.dict, b.dict, depth + 1);
    if (!isDict(a) || !isDict(b) || a.repeated || b.repeated) return false;
    for (const [key, value] of a.entries)
      if (!same(value, b.entries.get(key) ?? null, depth + 1)) return false;
    for (const [key, value] of b.entries)
      if (!a.entries.has(key) && !same(null, value, depth + 1)) return false;
    return true;
  };
  return (before, after) => {
    assumed.clear();
    const equal = same(before ?? null, after ?? null, 0);
    // What was assumed on the way holds together when nothing contradicted it.
    if (equal) for (const num of assumed) if (typeof num === 'number') proven.add(num);
    return equal;
  };
}

/** Starts a comparison. @param fields object numbers of form fields in either revision. */
export function strictComparer(prev: PdfDocument, next: PdfDocument, fields: ReadonlySet<number>): Diff {
  const changes: RevisionChange[] = [];
  const seen = new NumberSet();
  const owned = new Set<number>(fields);
  const walked = new NumberSet();
  const changed = next.entries.changedSince(prev.entries);
  const isChanged = (num: number): boolean =>
    changed === null ? !samePlace(prev, next, num) : changed.has(num) && !samePlace(prev, next, num);
  const replaced = new Map<number, string>();
  const queue: number[] = [];
  const queuedFrom: string[] = [];
  const drawn: { value: PdfValue; where: string }[] = [];
  const report: Diff['report'] = (kind, level, object, field) => {
    if (changes.length < MAX_CHANGES)
      changes.push({ kind, level, object, ...(field === undefined ? {} : { field }) });
  };
  const followNumber = (num: number, where: string): void => {
    if (walked.has(num)) return;
    queue.push(num);
    queuedFrom.push(where);
  };
  const follow = (value: PdfValue, where: string): void => {
    if (isRef(value)) followNumber(value.num, where);
    else if (value !== null && typeof value === 'object') {
      const references: number[] = [];
      directReferences(value, references);
      followAll(references, where);
    }
  };
  const followAll = (references: readonly number[], where: string): void => {
    for (const num of references) followNumber(num, where);
  };
  const strict: Diff['strict'] = (before, after, where) => {
    if (!sameShallow(before, after)) report('content-changed', 'other', where);
    follow(before ?? null, where);
  };
  const visit = (num: number, where: string): void => {
    if (walked.has(num) || owned.has(num)) return;
    walked.add(num);
    const scanned = isChanged(num) ? null : referencesOf(prev, num);
    if (scanned !== null) {
      followAll(scanned, where);
      return;
    }
    const before = getObject(prev, num);
    if (isChanged(num)) {
      seen.add(num);
      if (!sameShallow(before, getObject(next, num)))
        report('content-changed', 'other', `${num} 0 R (${where})`);
    }
    follow(before, where);
  };
  const claim: Diff['claim'] = (value, document, depth = MAX_DEPTH) => {
    const pending: { value: PdfValue; left: number }[] = [{ value: value ?? null, left: depth }];
    const mine = new Set<number>();
    for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
      const references: number[] = [];
      directReferences(item.value, references);
      for (const num of references) {
        if (mine.has(num) || owned.has(num) || item.left <= 0) continue;
        mine.add(num);
        seen.add(num);
        pending.push({ value: getObject(document, num), left: item.left - 1 });
      }
    }
  };
  const checkDrawn = (): void => {
    const reached = new Set<number>();
    for (let item = drawn.pop(); item !== undefined; item = drawn.pop()) {
      const references: number[] = [];
      directReferences(item.value, references);
      for (const num of references) {
        if (reached.has(num)) continue;
        reached.add(num);
        if (!owned.has(num)) drawn.push({ value: getObject(prev, num), where: item.where });
        else if (isChanged(num) && !sameShallow(getObject(prev, num), getObject(next, num)))
          report('content-changed', 'other', `${num} 0 R (${item.where})`);
      }
    }
  };
  const structural: Diff['structural'] = (value) => {
    if (!isRef(value)) return;
    owned.add(value.num);
    seen.add(value.num);
  };
  return {
    prev,
    next,
    changes,
    seen,
    changed,
    report,
    strict,
    strictEntries: (before, after, except, where) => {
      if (before === after) {
        for (const [key, value] of before.entries)
          if (value !== null && typeof value === 'object' && !except.includes(key)) follow(value, where);
        return;
      }
      for (const [key, value] of before.entries)
        if (!except.includes(key)) strict(value, after.entries.get(key), `${where} /${key}`);
      for (const [key, value] of after.entries)
        if (!before.entries.has(key) && !except.includes(key)) strict(undefined, value, `${where} /${key}`);
      if (before.repeated || after.repeated) report('structure-ambiguous', 'other', where);
    },
    sameDeep: deepComparer(prev, next, (num) => owned.has(num) || (walked.has(num) && !isChanged(num))),
    sameReference: (before, after) =>
      isRef(before) && isRef(after) && before.num === after.num && before.gen === after.gen,
    claim,
    claimRef: (value) => {
      if (isRef(value)) seen.add(value.num);
    },
    structural,
    replaceAppearance: (value, where) => {
      const own: number[] = [];
      directReferences(value ?? null, own);
      for (const num of [...own]) {
        const inner = getObject(prev, num);
        if (isDict(inner)) directReferences(inner, own);
      }
      for (const num of own) replaced.set(num, where);
    },
    isField: (num) => fields.has(num),
    draws: (value, where) => {
      if (value !== undefined && value !== null) drawn.push({ value, where });
    },
    drain: () => {
      for (let num = queue.pop(); num !== undefined; num = queue.pop()) visit(num, queuedFrom.pop() ?? '');
      checkDrawn();
      for (const [num, where] of replaced)
        if (walked.has(num)) report('shared-appearance-replaced', 'other', `${num} 0 R (${where})`);
    },
  };
}
