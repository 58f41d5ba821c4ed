/** Looking agencies up by either generation of code. */
import type { AgencyRow, Queries } from '../store/index.ts';

const BATCH = 500;
/** Bearers of one code told of. */
const MOST_NAMESAKES = 10;

/** Agencies that bear one of `codes` in either generation, in force or no longer so, at most {@link BATCH} codes at a time. */
async function* bearersOf(
  tx: Queries,
  codes: readonly string[],
  active: 0 | 1,
): AsyncGenerator<{ part: readonly string[]; rows: readonly AgencyRow[] }> {
  for (let i = 0; i < codes.length; i += BATCH) {
    const part = codes.slice(i, i + BATCH);
    const rows = await tx
      .selectFrom('agencies')
      .selectAll()
      .where('active', '=', active)
      .where((eb) => eb.or([eb('code', 'in', part), eb('other_code', 'in', part)]))
      .orderBy('code')
      .execute();
    yield { part, rows };
  }
}

/** Finds agencies by either generation of code. @returns a map from the asked code to the row. */
export async function findAgencies(tx: Queries, codes: readonly string[]): Promise<Map<string, AgencyRow>> {
  const found = new Map<string, AgencyRow>();
  for await (const { part, rows } of bearersOf(tx, codes, 1)) {
    for (const row of rows) {
      // A code of its own comes before the other code of a neighbour, which may be the one it was merged from.
      if (row.other_code !== null && part.includes(row.other_code) && !found.has(row.other_code))
        found.set(row.other_code, row);
    }
    for (const row of rows) found.set(row.code, row);
  }
  return found;
}

/** Agencies that bore one of `codes` and are no longer in force, by that code. */
export async function formerAgencies(tx: Queries, codes: readonly string[]): Promise<Map<string, AgencyRow>> {
  const found = new Map<string, AgencyRow>();
  for await (const { part, rows } of bearersOf(tx, codes, 0)) {
    for (const row of rows) {
      for (const code of [row.other_code, row.code])
        if (code !== null && part.includes(code)) found.set(code, row);
    }
  }
  return found;
}

/** Agencies in force that share `code` with another one: by their own code, or by that of the other generation. */
export async function namesakes(tx: Queries, code: string): Promise<AgencyRow[]> {
  const bearers: AgencyRow[] = [];
  for await (const { rows } of bearersOf(tx, [code], 1)) bearers.push(...rows);
  return bearers.slice(0, MOST_NAMESAKES);
}

/** All codes by which the agency of `code` is known (itself when unknown). */
export async function codesOf(tx: Queries, code: string): Promise<string[]> {
  return (await codesOfEach(tx, [code]))(code);
}

/** {@link codesOf} for each of `codes`, asked for all of them at once. */
export async function codesOfEach(
  tx: Queries,
  codes: readonly string[],
): Promise<(code: string) => string[]> {
  const agencies = await findAgencies(tx, [...new Set(codes)]);
  return (code) => {
    const row = agencies.get(code);
    return row === undefined
      ? [code]
      : [...new Set([code, row.code, ...(row.other_code === null ? [] : [row.other_code])])];
  };
}
