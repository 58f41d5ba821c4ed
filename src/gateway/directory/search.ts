/** Finding recipients by what people type. */
import type { AgencyRow, Queries } from '../store/index.ts';
import { fold, isIntegrationCentre } from './agencies.ts';

/** Words of a search; more are ignored. */
const MAX_WORDS = 8;

/**
 * Agencies in force whose code or name holds every word of `text`, marks and case aside (`so tu phap` finds Sở Tư pháp), by
 * code. Integration centres are never among them: nobody sends to one.
 */
export async function searchAgencies(
  tx: Queries,
  text: string,
  options: { after?: string; limit: number },
): Promise<AgencyRow[]> {
  const words = fold(text)
    .split(' ')
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS);
  let query = tx
    .selectFrom('agencies')
    .selectAll()
    .where('active', '=', 1)
    .where('code', 'not like', '%W00%')
    .orderBy('code')
    .limit(options.limit);
  if (options.after !== undefined) query = query.where('code', '>', options.after);
  for (const word of words) {
    // No code or name holds what LIKE takes for wildcards.
    const pattern = `%${word.replace(/[\\%_]/g, '')}%`;
    query = query.where((eb) =>
      eb.or([
        eb('folded', 'like', pattern),
        // Rows from before the column was there.
        eb.and([eb('folded', 'is', null), eb.or([eb('name', 'like', pattern), eb('code', 'like', pattern)])]),
      ]),
    );
  }
  return (await query.execute()).filter((row) => !isIntegrationCentre(row.code));
}
