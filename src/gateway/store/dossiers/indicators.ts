/** What indicators count (QĐ 766/QĐ-TTg): each is a share of dossiers, and gives the dossiers behind it. */
import { type RawBuilder, sql } from 'kysely';
import type { Queries } from '../database.ts';
import type { DossierRow } from '../schema.ts';

/** Numerator and denominator of each indicator as conditions on a dossier. */
const MEASURES = {
  onTime: {
    among: sql<boolean>`state IN (9, 10) AND due_at IS NOT NULL`,
    of: sql<boolean>`finished_at <= due_at`,
  },
  digitisedDossiers: { among: sql<boolean>`components > 0`, of: sql<boolean>`digitised > 0` },
  reusedPapers: { among: sql<boolean>`components > 0`, of: sql<boolean>`reused > 0` },
  digitisedResults: { among: sql<boolean>`state IN (9, 10)`, of: sql<boolean>`e_results > 0` },
  onlineSubmission: { among: sql<boolean>`state > 0`, of: sql<boolean>`channel = 2` },
  onlinePayment: { among: sql<boolean>`fee_vnd > 0`, of: sql<boolean>`paid_online = 1` },
  satisfaction: { among: sql<boolean>`rating IS NOT NULL`, of: sql<boolean>`rating >= 4` },
} as const;

export type Measure = keyof typeof MEASURES;

/** All indicators, in the order they are shown. */
export const MEASURE_NAMES = Object.keys(MEASURES) as Measure[];

/** Dossiers received in a span, of some agencies (null: all). Times are milliseconds, `to` exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
  readonly agencies: readonly string[] | null;
}

/** Counts of one agency. */
export interface IndicatorRow {
  readonly agency: string;
  readonly received: number;
  readonly measures: Readonly<Record<Measure, { readonly of: number; readonly among: number }>>;
}

function count(condition: RawBuilder<boolean>): RawBuilder<number> {
  return sql<number>`SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;
}

function both(measure: Measure): RawBuilder<boolean> {
  return sql<boolean>`(${MEASURES[measure].among}) AND (${MEASURES[measure].of})`;
}

/** Every indicator per agency. */
export async function countIndicators(tx: Queries, span: Span): Promise<IndicatorRow[]> {
  let query = tx
    .selectFrom('dossiers')
    .select('agency')
    .select((eb) => eb.fn.countAll<number>().as('received'))
    .select(MEASURE_NAMES.map((name) => count(MEASURES[name].among).as(`${name}_among`)))
    .select(MEASURE_NAMES.map((name) => count(both(name)).as(`${name}_of`)))
    .where('received_at', '>=', span.from)
    .where('received_at', '<', span.to)
    .groupBy('agency')
    .orderBy('agency');
  if (span.agencies !== null) query = query.where('agency', 'in', [...span.agencies]);
  const rows = (await query.execute()) as unknown as Record<string, unknown>[];
  return rows.map((row) => ({
    agency: String(row['agency']),
    received: Number(row['received']),
    measures: Object.fromEntries(
      MEASURE_NAMES.map((name) => [
        name,
        { of: Number(row[`${name}_of`]), among: Number(row[`${name}_among`]) },
      ]),
    ) as IndicatorRow['measures'],
  }));
}

/** The dossiers behind one number: those that count (`of`), or those that were left out of it (`others`). */
export async function listIndicatorDossiers(
  tx: Queries,
  measure: Measure,
  part: 'of' | 'others',
  span: Span,
  page: { after: string; limit: number },
): Promise<DossierRow[]> {
  const { among, of } = MEASURES[measure];
  let query = tx
    .selectFrom('dossiers')
    .selectAll()
    .where('received_at', '>=', span.from)
    .where('received_at', '<', span.to)
    .where(among)
    .where(part === 'of' ? sql<boolean>`(${of})` : sql<boolean>`NOT COALESCE((${of}), FALSE)`)
    .where('code', '>', page.after)
    .orderBy('code')
    .limit(page.limit);
  if (span.agencies !== null) query = query.where('agency', 'in', [...span.agencies]);
  return query.execute();
}

/** One line of the wall screen: dossiers of one agency in one state. */
export interface WallRow {
  readonly agency: string;
  readonly state: number;
  readonly total: number;
  readonly late: number;
  readonly soon: number;
}

/** Today's dossiers and those still open, counted by agency and state. `soon`: due before that instant. */
export async function countWall(
  tx: Queries,
  agencies: readonly string[] | null,
  times: { dayStart: number; now: number; soonBefore: number },
): Promise<WallRow[]> {
  const { dayStart, now, soonBefore } = times;
  // Literals, in the words of the index dossiers_open: neither engine uses a partial index for bound values.
  const open = sql`state NOT IN (3, 8, 9, 10)`;
  // Three lists, each from an index of its own, that share no dossier: one list with OR reads every dossier there ever was.
  const { rows } = await sql<WallRow>`
    SELECT agency, state, COUNT(*) AS total,
      SUM(CASE WHEN (finished_at IS NULL AND ${open} AND due_at < ${now}) OR finished_at > due_at THEN 1 ELSE 0 END) AS late,
      SUM(CASE WHEN finished_at IS NULL AND ${open} AND due_at >= ${now} AND due_at < ${soonBefore} THEN 1 ELSE 0 END) AS soon
    FROM (
      SELECT agency, state, due_at, finished_at FROM dossiers WHERE ${open}
      UNION ALL SELECT agency, state, due_at, finished_at FROM dossiers
        WHERE finished_at >= ${dayStart} AND NOT (${open})
      UNION ALL SELECT agency, state, due_at, finished_at FROM dossiers
        WHERE received_at >= ${dayStart} AND (finished_at IS NULL OR finished_at < ${dayStart}) AND NOT (${open})
    ) AS shown GROUP BY agency, state ORDER BY agency, state`.execute(tx);
  // Chosen afterwards: with the agencies in the question an engine reads all they ever had.
  const shown = rows.filter(({ agency }) => agencies === null || agencies.includes(agency));
  return shown.map((row) => ({
    agency: row.agency,
    state: Number(row.state),
    total: Number(row.total),
    late: Number(row.late),
    soon: Number(row.soon),
  }));
}
