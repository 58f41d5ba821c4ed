/** Agencies looked up a moment ago: every document asks for the same few, several times. */
import type { AgencyRow, Store } from '../store/index.ts';
import { findAgencies } from './find.ts';

/** How long a found agency is taken as it was. A change made by this process shows at once, one made elsewhere after this. */
const FRESH_MS = 1_000;
/** Codes remembered per store; more, and all are forgotten. */
const MOST = 20_000;

interface Found {
  readonly row: AgencyRow;
  readonly until: number;
}

const recent = new WeakMap<Store, Map<string, Found>>();

/** As `findAgencies`, but what was found less than a second ago is not asked again. What was not found is. */
export async function recentAgencies(
  store: Store,
  codes: readonly string[],
): Promise<Map<string, AgencyRow>> {
  const known = recent.get(store) ?? new Map<string, Found>();
  recent.set(store, known);
  const now = performance.now();
  const answer = new Map<string, AgencyRow>();
  const missing: string[] = [];
  for (const code of new Set(codes)) {
    const found = known.get(code);
    if (found !== undefined && found.until > now) answer.set(code, found.row);
    else missing.push(code);
  }
  if (missing.length === 0) return answer;
  const fresh = await findAgencies(store.read, missing);
  // Forgotten meanwhile: what was read may be older than the change.
  const isCurrent = recent.get(store) === known;
  if (known.size + fresh.size > MOST) known.clear();
  for (const [code, row] of fresh) {
    answer.set(code, row);
    if (isCurrent) known.set(code, { row, until: now + FRESH_MS });
  }
  return answer;
}

/** To be called after every change of the directory. */
export function forgetAgencies(store: Store): void {
  recent.delete(store);
}
