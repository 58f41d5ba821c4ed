/** Brings a catalogue of ours to what the portal holds: what is new, changed, gone or back is written down with its time. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  type CatalogueChangeRow,
  type CatalogueRow,
  listCatalogue,
  removeCatalogue,
  type Store,
  writeCatalogue,
} from '../store/index.ts';

export type CatalogueKind = 'procedure' | 'agency' | 'field';

/** Where catalogues come from: the portal client's share services. */
export interface CatalogueSource {
  catalogue(
    service: 'LayDanhSachTTHC' | 'LayDanhMucCoQuan' | 'LayDanhMucLinhVuc',
  ): Promise<Record<string, unknown>[]>;
}

/** What one look changed. */
export interface MirrorReport {
  readonly kind: CatalogueKind;
  readonly entries: number;
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  /** Rows without code or name. */
  readonly unreadable: number;
}

const SERVICES = {
  procedure: 'LayDanhSachTTHC',
  agency: 'LayDanhMucCoQuan',
  field: 'LayDanhMucLinhVuc',
} as const;

/** A catalogue that lost more than this share at once is taken for a broken answer, not for news. */
const MAX_LOSS = 0.5;
/** Small catalogues may well be halved. */
const LOSS_COUNTS_FROM = 20;

const LEVELS: Readonly<Record<string, string>> = { '1': 'central', '2': 'province', '3': 'commune' };

const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => String(value ?? '').trim());

/** A row of any of the three; the keys are evened out before. */
const wire = z.object({
  code: text.refine((value) => value !== ''),
  name: text.refine((value) => value !== ''),
  level: text,
  parent: text,
  parentName: text,
});

const KEYS: Readonly<Record<CatalogueKind, Readonly<Record<keyof z.infer<typeof wire>, readonly string[]>>>> =
  {
    procedure: {
      code: ['matthc', 'mathutuc'],
      name: ['tentthc', 'tenthutuc'],
      level: ['capthuchien', 'macap'],
      parent: ['malinhvuc'],
      parentName: ['tenlinhvuc'],
    },
    agency: {
      code: ['madonvi', 'macoquan'],
      name: ['tendonvi', 'tencoquan'],
      level: [],
      parent: ['madonvicha'],
      parentName: [],
    },
    field: {
      code: ['malinhvuc'],
      name: ['tenlinhvuc'],
      level: [],
      parent: ['manganh'],
      parentName: ['tennganh'],
    },
  };

function readRow(kind: CatalogueKind, row: Record<string, unknown>) {
  const small = new Map(Object.entries(row).map(([key, value]) => [key.toLowerCase(), value]));
  const value = Object.fromEntries(
    Object.entries(KEYS[kind]).map(([key, names]) => [
      key,
      names.map((name) => small.get(name)).find((found) => found !== undefined),
    ]),
  );
  return wire.safeParse(value);
}

/** One look at one catalogue. Repeating it with the same answer changes nothing. */
export async function mirrorCatalogue(
  store: Store,
  source: CatalogueSource,
  kind: CatalogueKind,
  now: number,
): Promise<MirrorReport> {
  const rows = await source.catalogue(SERVICES[kind]);
  const seen = new Map<string, CatalogueRow>();
  let unreadable = 0;
  for (const row of rows) {
    const parsed = readRow(kind, row);
    if (!parsed.success) {
      unreadable += 1;
      continue;
    }
    const { code, name, parent, parentName } = parsed.data;
    const level = kind === 'procedure' ? (LEVELS[parsed.data.level] ?? parsed.data.level) : '';
    const data = JSON.stringify(row);
    const sha256 = createHash('sha256').update(data).digest('hex');
    seen.set(`${code}|${level}`, {
      kind,
      code,
      level,
      name,
      parent,
      parent_name: parentName,
      data,
      sha256,
      version: 1,
      changed_at: now,
      removed_at: null,
    });
  }
  return applyMirror(store, kind, seen, unreadable, now);
}

async function applyMirror(
  store: Store,
  kind: CatalogueKind,
  seen: ReadonlyMap<string, CatalogueRow>,
  unreadable: number,
  now: number,
): Promise<MirrorReport> {
  const before = new Map(
    (await listCatalogue(store.read, kind)).map((row) => [`${row.code}|${row.level}`, row]),
  );
  const present = [...before.values()].filter((row) => row.removed_at === null);
  const gone = present.filter((row) => !seen.has(`${row.code}|${row.level}`));
  if (present.length >= LOSS_COUNTS_FROM && gone.length > present.length * MAX_LOSS)
    throw new CatalogueShrunkError(kind, present.length, gone.length);
  const rows: CatalogueRow[] = [];
  const changes: CatalogueChangeRow[] = [];
  for (const [key, row] of seen) {
    const known = before.get(key);
    if (known !== undefined && known.removed_at === null && known.sha256 === row.sha256) continue;
    const version = (known?.version ?? 0) + 1;
    const change = known === undefined ? 'added' : known.removed_at === null ? 'changed' : 'restored';
    rows.push({ ...row, version });
    changes.push({
      kind,
      code: row.code,
      level: row.level,
      version,
      change,
      name: row.name,
      data: row.data,
      at: now,
    });
  }
  const removed = gone.map(({ code, level, version }) => ({ code, level, version: version + 1 }));
  for (const row of gone)
    changes.push({
      kind,
      code: row.code,
      level: row.level,
      version: row.version + 1,
      change: 'removed',
      name: row.name,
      data: '{}',
      at: now,
    });
  if (changes.length > 0)
    await store.write(async (tx) => {
      await writeCatalogue(tx, rows, changes);
      await removeCatalogue(tx, kind, removed, now);
    });
  const added = changes.filter(({ change }) => change === 'added').length;
  return { kind, entries: seen.size, added, changed: rows.length - added, removed: gone.length, unreadable };
}

/** The portal's answer has lost so much that it is not believed; the catalogue stays as it was. */
export class CatalogueShrunkError extends Error {
  constructor(kind: CatalogueKind, before: number, gone: number) {
    super(`catalogue ${kind}: ${gone} of ${before} entries are missing from the answer; kept as it was`);
    this.name = 'CatalogueShrunkError';
  }
}
