import { parseWireTimestamp } from '../dates.ts';
import { PackageError } from '../errors.ts';
import { type Finding, type FindingLetter, finding } from '../finding.ts';
import { readXml, type XmlLimits } from '../xml/reader.ts';
import { childrenOf, textOf, type XmlElement } from '../xml/tree.ts';
import { BODIES, DOSSIER_NAMESPACE, DOSSIER_ROOT, type Field, HEADER_SHAPE, type Shape } from './spec.ts';
import type { DossierKind, DossierMessage } from './types.ts';

/** A message and what its file had wrong. Valid: no `errors` here and none from `checkDossier`. */
export interface ParsedDossier {
  message: DossierMessage;
  errors: Finding[];
  warnings: Finding[];
}

/** A dossier message holds no file contents: 4 MiB is far above the largest honest one. */
export const DEFAULT_DOSSIER_LIMITS: XmlLimits = {
  maxPackageBytes: 4 * 1024 * 1024,
  maxDepth: 16,
  maxElements: 50_000,
  maxAttributes: 16,
  maxFieldChars: 64 * 1024,
  maxTextChars: 4 * 1024 * 1024,
};

/**
 * Reads a dossier message. Any order of elements is taken; unknown ones are reported and left out. What is missing or
 * unreadable stays out of the value and is told by `errors` here or by `checkDossier`. Throws {@link PackageError}
 * (`DOSSIER_*`).
 */
export async function parseDossier(
  source: Uint8Array | AsyncIterable<Uint8Array>,
  options: { limits?: Partial<XmlLimits> } = {},
): Promise<ParsedDossier> {
  const limits = { ...DEFAULT_DOSSIER_LIMITS, ...options.limits };
  const root = await readXml(source instanceof Uint8Array ? once(source) : source, {
    family: 'DOSSIER',
    limits,
  });
  if (root.local !== DOSSIER_ROOT || root.uri !== DOSSIER_NAMESPACE) {
    throw new PackageError('DOSSIER_NOT_DOSSIER', { line: root.line, column: root.column });
  }
  const log: Log = { errors: [], warnings: [] };
  const bodies = childrenOf(root).filter((child) => kindOf(child) !== undefined);
  const [body, second] = bodies;
  const kind = body === undefined ? undefined : kindOf(body);
  if (body === undefined || kind === undefined || second !== undefined) {
    throw new PackageError('DOSSIER_NOT_DOSSIER', {
      line: root.line,
      column: root.column,
      reason: 'one body expected',
    });
  }
  // A signature is not part of the value: whoever needs it verifies the bytes.
  const signatures = childrenOf(root).filter((child) => child.uri === DSIG && child.local === 'Signature');
  const header = readShape(HEADER_SHAPE, root, '', log, new Set([body, ...signatures]));
  const message = { kind, ...header, body: readShape(BODIES[kind].shape, body, body.local, log) };
  return { message: message as unknown as DossierMessage, ...log };
}

const DSIG = 'http://www.w3.org/2000/09/xmldsig#';

interface Log {
  errors: Finding[];
  warnings: Finding[];
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function kindOf(element: XmlElement): DossierKind | undefined {
  const kinds = Object.keys(BODIES) as DossierKind[];
  return element.uri === DOSSIER_NAMESPACE
    ? kinds.find((kind) => BODIES[kind].wire === element.local)
    : undefined;
}

function readShape(
  shape: Shape,
  element: XmlElement,
  path: string,
  log: Log,
  skip: ReadonlySet<XmlElement> = new Set(),
): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  const known = new Set<XmlElement>(skip);
  const children = childrenOf(element).filter((child) => child.uri === DOSSIER_NAMESPACE && !skip.has(child));
  for (const [key, field] of Object.entries(shape.fields)) {
    const found = children.filter((child) => child.local === field.wire);
    for (const child of found) known.add(child);
    const parts = found.map((child, index) =>
      readField(field, child, join(path, field.wire, found.length, index), log),
    );
    if (field.count === 'some' || field.count === 'many') {
      if (parts.length > 0 || field.count === 'some') value[key] = parts;
      continue;
    }
    const [first, second] = found;
    if (second !== undefined) report(log.errors, 'M', join(path, field.wire), second, MANY);
    if (first !== undefined && parts[0] !== undefined) value[key] = parts[0];
  }
  for (const child of childrenOf(element)) {
    if (!known.has(child)) report(log.warnings, 'U', join(path, child.local), child, UNKNOWN);
  }
  return value;
}

function readField(field: Field, element: XmlElement, path: string, log: Log): unknown {
  if (typeof field.type !== 'string') return readShape(field.type, element, path, log);
  if (childrenOf(element).length > 0) report(log.errors, 'T', path, element, NOT_TEXT);
  const text = textOf(element);
  if (field.type === 'text') return text;
  const token = text.trim();
  if (field.type === 'integer') {
    if (/^\d{1,15}$/.test(token)) return Number(token);
    return report(log.errors, 'T', path, element, {
      vi: `${field.vi}: phải là số nguyên`,
      en: `${field.en}: a whole number expected`,
    });
  }
  if (field.type === 'boolean') {
    if (token === 'true' || token === '1') return true;
    if (token === 'false' || token === '0') return false;
    return report(log.errors, 'T', path, element, {
      vi: `${field.vi}: phải là true hoặc false`,
      en: `${field.en}: true or false expected`,
    });
  }
  if (field.type === 'date-time') return parseWireTimestamp(token) ?? token;
  return field.type === 'sha256' ? token.toLowerCase() : token;
}

function join(path: string, wire: string, count = 1, index = 0): string {
  return `${path === '' ? '' : `${path}.`}${wire}${count > 1 ? `[${index + 1}]` : ''}`;
}

const MANY = { vi: 'Phần tử xuất hiện nhiều lần', en: 'The element appears more than once' };
const UNKNOWN = { vi: 'Phần tử không có trong lược đồ, bị bỏ qua', en: 'Unknown element, left out' };
const NOT_TEXT = { vi: 'Trường văn bản chứa phần tử con', en: 'A text field holds child elements' };

function report(
  list: Finding[],
  letter: FindingLetter,
  path: string,
  at: XmlElement,
  texts: { vi: string; en: string },
): undefined {
  list.push(finding(letter, path, texts, at));
  return undefined;
}
