/** The interactive form: its fields, and the signatures in them (ISO 32000-2 §12.7). */
import {
  catalogOf,
  get,
  getDict,
  getItems,
  getObject,
  isCompressed,
  type PdfDocument,
  resolve,
} from './syntax/document.ts';
import { decodeText, isDict, isName, isRef, isString, type PdfDict, type PdfValue } from './syntax/values.ts';

/** One field, terminal or not. */
export interface FormField {
  /** Object number of the field; null when written directly. */
  readonly num: number | null;
  readonly dict: PdfDict;
  /** Fully qualified name. */
  readonly name: string;
  /** Field type with inheritance: Sig, Tx, Btn, Ch, or empty. */
  readonly type: string;
  readonly terminal: boolean;
}

/** A signature dictionary found as the value of a field or under /Perms. */
export interface SignatureValue {
  readonly fieldName: string;
  readonly field: FormField | null;
  /** Object number of the signature dictionary; null when it stands directly in the field. */
  readonly num: number | null;
  readonly dict: PdfDict;
  /** False when it lies in an object stream, where its byte positions mean nothing. */
  readonly plain: boolean;
}

const MAX_FIELDS = 50_000;

/** What is computed once for a revision, which never changes. */
function once<T>(compute: (document: PdfDocument) => T): (document: PdfDocument) => T {
  const known = new WeakMap<PdfDocument, T>();
  return (document: PdfDocument): T => {
    const before = known.get(document);
    if (before !== undefined) return before;
    const value = compute(document);
    known.set(document, value);
    return value;
  };
}

/** All fields, parents before kids. Widgets that are only annotations of their parent field are not fields of their own. */
export const listFields = once(readFields);

function readFields(document: PdfDocument): readonly FormField[] {
  const fields: FormField[] = [];
  const seen = new Set<number>();
  const visit = (value: PdfValue, parentName: string, parentType: string, depth: number): void => {
    if (isRef(value)) {
      if (seen.has(value.num)) return;
      seen.add(value.num);
    }
    const dict = resolve(document, value);
    if (!isDict(dict) || depth > 64 || fields.length >= MAX_FIELDS) return;
    const partial = get(document, dict, 'T');
    const own = isString(partial) ? decodeText(partial) : '';
    const name = parentName !== '' && own !== '' ? `${parentName}.${own}` : `${parentName}${own}`;
    const ft = get(document, dict, 'FT');
    const type = isName(ft) ? ft.value : parentType;
    const kids = getItems(document, dict, 'Kids');
    fields.push({ num: isRef(value) ? value.num : null, dict, name, type, terminal: kids.length === 0 });
    for (const kid of kids) visit(kid, name, type, depth + 1);
  };
  const form = getDict(document, catalogOf(document), 'AcroForm');
  for (const field of getItems(document, form, 'Fields')) visit(field, '', '', 0);
  return fields;
}

function signatureValue(
  document: PdfDocument,
  field: FormField | null,
  value: PdfValue | undefined,
  fieldName: string,
): SignatureValue | null {
  const dict = resolve(document, value);
  if (!isDict(dict)) return null;
  const num = isRef(value) ? value.num : null;
  const holder = num ?? field?.num ?? null;
  return { fieldName, field, num, dict, plain: holder === null || !isCompressed(document, holder) };
}

/** Signature dictionaries of this revision: field values first, then a DocMDP signature that no field holds. */
export const listSignatures = once(readSignatures);

function readSignatures(document: PdfDocument): readonly SignatureValue[] {
  const found: SignatureValue[] = [];
  const seen = new Set<number>();
  const add = (value: SignatureValue | null): void => {
    if (value === null || (value.num !== null && seen.has(value.num))) return;
    if (value.num !== null) seen.add(value.num);
    found.push(value);
  };
  for (const field of listFields(document)) {
    if (field.type === 'Sig') add(signatureValue(document, field, field.dict.entries.get('V'), field.name));
  }
  const permissions = getDict(document, catalogOf(document), 'Perms');
  add(signatureValue(document, null, permissions?.entries.get('DocMDP'), 'DocMDP'));
  return found;
}

/** A usage-rights signature speaks about what a viewer may do, not about the document (ISO 32000-1 §12.8.2.3). */
function isUsageRights(document: PdfDocument, dict: PdfDict): boolean {
  return getItems(document, dict, 'Reference').some((item) => {
    const reference = resolve(document, item);
    const method = isDict(reference) ? get(document, reference, 'TransformMethod') : null;
    return isName(method, 'UR3') || isName(method, 'UR');
  });
}

/** Signature dictionaries that stand in the file without a field to hold them: not shown to readers, but not to be overlooked. */
export function looseSignatures(document: PdfDocument): SignatureValue[] {
  const found: SignatureValue[] = [];
  for (const [num, entry] of document.entries) {
    const dict = entry.type === 'offset' ? getObject(document, num) : null;
    if (!isDict(dict) || !dict.entries.has('ByteRange') || !dict.entries.has('Contents')) continue;
    if (isUsageRights(document, dict)) continue;
    found.push({ fieldName: `object ${num}`, field: null, num, dict, plain: true });
  }
  return found;
}

/** Access that a signature leaves to later changes (ISO 32000-2 §12.8.2.2, §12.8.2.4). */
export interface SignaturePermissions {
  /** 1 nothing, 2 form filling and signing, 3 annotations too; null when the signature does not say. */
  readonly level: 1 | 2 | 3 | null;
  /** Fields that may no longer change. */
  readonly locks: readonly {
    readonly action: 'All' | 'Include' | 'Exclude';
    readonly fields: readonly string[];
  }[];
}

function level(value: PdfValue): 1 | 2 | 3 | null {
  return value === 1 || value === 2 || value === 3 ? value : null;
}

function lockOf(document: PdfDocument, dict: PdfDict | null): SignaturePermissions['locks'] {
  const action = get(document, dict, 'Action');
  if (!isName(action)) return [];
  const fields = getItems(document, dict, 'Fields').map((item) => resolve(document, item));
  const names = fields.filter(isString).map(decodeText);
  return action.value === 'Include' || action.value === 'Exclude'
    ? [{ action: action.value, fields: names }]
    : [{ action: 'All', fields: [] }];
}

/** Reads DocMDP and FieldMDP transforms of a signature, and the /Lock of its field. */
export function permissionsOf(document: PdfDocument, signature: SignatureValue): SignaturePermissions {
  let docLevel: SignaturePermissions['level'] = null;
  const locks = [...lockOf(document, getDict(document, signature.field?.dict, 'Lock'))];
  const lockLevel = level(get(document, getDict(document, signature.field?.dict, 'Lock'), 'P'));
  for (const item of getItems(document, signature.dict, 'Reference')) {
    const reference = resolve(document, item);
    if (!isDict(reference)) continue;
    const method = get(document, reference, 'TransformMethod');
    const parameters = getDict(document, reference, 'TransformParams');
    if (isName(method, 'DocMDP')) docLevel = level(get(document, parameters, 'P')) ?? 2;
    if (isName(method, 'FieldMDP')) locks.push(...lockOf(document, parameters));
  }
  return { level: docLevel ?? lockLevel, locks };
}

/** Whether a field is locked by these permissions. */
export function isLocked(permissions: SignaturePermissions, fieldName: string): boolean {
  const within = (names: readonly string[]): boolean =>
    names.some((name) => fieldName === name || fieldName.startsWith(`${name}.`));
  return permissions.locks.some(
    (lock) => lock.action === 'All' || within(lock.fields) === (lock.action === 'Include'),
  );
}
