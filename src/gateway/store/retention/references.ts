/** Which rows name blobs. */
import { sql } from 'kysely';
import type { Queries } from '../database.ts';
import { inPieces, isPostgres } from '../sql/values.ts';

/** Rows that name blobs of a table too large to be read whole. */
const PARTLY: Readonly<Record<string, { columns: readonly string[]; where: string }>> = {
  // Files of a dossier are blobs of their own, named in its package; attachments of a document are inside its package.
  packages: { columns: ['metadata'], where: "kind NOT IN ('document', 'status', 'unreadable')" },
  verifications: { columns: ['evidence'], where: 'evidence IS NOT NULL' },
};

/**
 * Tables that name no blob, large ones above all. Every other table, also one that a later version adds, is read whole: what is
 * not known to be needless is kept.
 */
export const NAMELESS_TABLES: readonly string[] = [
  'agencies',
  'api_tokens',
  'catalogue',
  'catalogue_changes',
  'deliveries',
  'dossier_news',
  'events',
  'idempotency',
  'inbox_keys',
  'leases',
  'migrations',
  'outbox',
  'package_search',
  'package_words',
  'package_words_config',
  'package_words_data',
  'package_words_docsize',
  'package_words_idx',
  'sequences',
  'sessions',
];

const DIGESTS = /[0-9a-f]{64}/g;
const PAGE = 1_000;
/** Hex digits of a digest that are remembered: 48 bits. Two that share them are both kept. */
const REMEMBERED = 12;

/** Digests that rows name; may say yes to one nobody names (once in 2^48), never no to one that is named. */
export interface NamedBlobs {
  has(sha256: string): boolean;
  readonly size: number;
}

/** Reads all names but payloads of packages, in pages of 1,000 rows. `pause` is awaited between two pages. */
export async function readNamedBlobs(tx: Queries, pause: () => Promise<void>): Promise<NamedBlobs> {
  const named = new Set<number>();
  for (const naming of await namingTables(tx)) {
    for await (const text of cells(tx, naming, pause))
      for (const [digest] of text.matchAll(DIGESTS)) named.add(shortened(digest));
  }
  return { has: (sha256) => named.has(shortened(sha256)), size: named.size };
}

interface Naming {
  readonly table: string;
  /** The primary key, to walk by: it never changes, so no row is missed. */
  readonly key: readonly string[];
  readonly columns: readonly string[];
  readonly where?: string | undefined;
}

interface Column {
  readonly tbl: string;
  readonly col: string;
  /** Place in the primary key from 1; 0: not in it. */
  readonly pk: number;
  readonly is_text: number;
}

/** All columns of our tables, in the words of either engine. */
async function columnsOf(tx: Queries): Promise<Column[]> {
  const query = isPostgres(tx)
    ? sql<Column>`
        SELECT c.relname AS tbl, a.attname AS col, COALESCE(array_position(i.indkey::int2[], a.attnum) + 1, 0)::int AS pk,
          (t.typname IN ('text', 'varchar', 'json', 'jsonb'))::int AS is_text
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
        WHERE c.relkind IN ('r', 'p') ORDER BY 1, a.attnum`
    : sql<Column>`
        SELECT m.name AS tbl, p.name AS col, p.pk AS pk, (p.type = 'TEXT') AS is_text
        FROM sqlite_master m JOIN pragma_table_info(m.name) p
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, p.cid`;
  return (await query.execute(tx)).rows;
}

async function namingTables(tx: Queries): Promise<Naming[]> {
  const tables = new Map<string, Column[]>();
  for (const column of await columnsOf(tx))
    tables.set(column.tbl, [...(tables.get(column.tbl) ?? []), column]);
  return [...tables].flatMap(([table, columns]) => {
    const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
    if (NAMELESS_TABLES.includes(table)) return [];
    if (key.length === 0) throw new TypeError(`table ${table} has no primary key to walk by`);
    const { where, columns: only } = PARTLY[table] ?? {};
    return [
      {
        table,
        key: key.map(({ col }) => col),
        columns: only ?? columns.filter(({ is_text }) => Number(is_text) === 1).map(({ col }) => col),
        where,
      },
    ];
  });
}

function shortened(sha256: string): number {
  return Number.parseInt(sha256.slice(0, REMEMBERED), 16);
}

async function* cells(tx: Queries, naming: Naming, pause: () => Promise<void>): AsyncGenerator<string> {
  const names = (columns: readonly string[]) => sql.join(columns.map((column) => sql.ref(column)));
  const only = naming.where === undefined ? sql`` : sql` AND ${sql.raw(naming.where)}`;
  let after: unknown[] | null = null;
  for (;;) {
    const from: ReturnType<typeof sql> =
      after === null ? sql`1 = 1` : sql`(${names(naming.key)}) > (${sql.join(after)})`;
    const { rows }: { rows: Record<string, unknown>[] } = await sql<Record<string, unknown>>`
      SELECT ${names([...new Set([...naming.key, ...naming.columns])])} FROM ${sql.table(naming.table)}
      WHERE ${from}${only} ORDER BY ${names(naming.key)} LIMIT ${PAGE}`.execute(tx);
    for (const row of rows)
      for (const column of naming.columns) {
        const cell = row[column];
        if (typeof cell === 'string') yield cell;
      }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) return;
    after = naming.key.map((column) => last[column]);
    await pause();
  }
}

/** Digests among `digests` that are the payload of a package which keeps its payload. */
export async function findPayloads(tx: Queries, digests: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const piece of inPieces(digests)) {
    const rows = await tx
      .selectFrom('packages')
      .select('payload_sha256')
      .distinct()
      .where('payload_sha256', 'in', [...piece])
      .where('payload_removed_at', 'is', null)
      .execute();
    for (const row of rows) found.add(row.payload_sha256);
  }
  return found;
}
