/** Search over the mirrored procedures, in memory: 46,068 lines (15,356 procedures on three levels) are about 15 MB. */
import { foldVietnamese } from '../../packages/index.ts';
import { catalogueMark, listCatalogue, type Store } from '../store/index.ts';

/** One procedure on one level. */
export interface Found {
  readonly code: string;
  readonly level: string;
  readonly name: string;
  readonly fieldCode: string;
  readonly fieldName: string;
  readonly version: number;
  readonly changedAt: number;
}

export interface ProcedureSearch {
  /**
   * Procedures in which every word of `text` begins some word of name, field or code, best first: the words side by side in the
   * name, then in the name at all, then shorter names. An empty text lists by code.
   */
  find(
    text: string,
    filter: { level?: string | undefined; field?: string | undefined; limit: number },
  ): Promise<Found[]>;
}

interface Line {
  readonly found: Found;
  /** ` word word …`, so that ` wo` finds the beginnings of words. */
  readonly name: string;
  readonly all: string;
}

/** How often the mark of the catalogue is looked at, at most. */
const MARK_MS = 2_000;

/** Opens the search; lines are read at the first question and again when the catalogue has changed. */
export function createProcedureSearch(store: Store, now: () => number): ProcedureSearch {
  let lines: Line[] = [];
  let mark = '';
  let lookedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;

  async function read(): Promise<void> {
    const present = await catalogueMark(store.read, 'procedure');
    if (present !== mark) {
      const rows = await listCatalogue(store.read, 'procedure');
      lines = rows
        .filter((row) => row.removed_at === null)
        .sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : a.level < b.level ? -1 : 1))
        .map((row) => {
          const name = ` ${foldVietnamese(row.name)}`;
          return {
            found: {
              code: row.code,
              level: row.level,
              name: row.name,
              fieldCode: row.parent,
              fieldName: row.parent_name,
              version: row.version,
              changedAt: Number(row.changed_at),
            },
            name,
            all: `${name} ${foldVietnamese(row.parent_name)} ${foldVietnamese(row.code)}`,
          };
        });
      mark = present;
    }
    lookedAt = now();
  }

  return {
    async find(text, { level, field, limit }) {
      if (now() - lookedAt > MARK_MS) {
        reading ??= read().finally(() => {
          reading = null;
        });
        await reading;
      }
      const folded = foldVietnamese(text);
      const words = folded === '' ? [] : folded.split(' ').map((word) => ` ${word}`);
      const phrase = ` ${folded}`;
      const hits: { line: Line; rank: number }[] = [];
      for (const line of lines) {
        if (level !== undefined && line.found.level !== level) continue;
        if (field !== undefined && line.found.fieldCode !== field) continue;
        if (!words.every((word) => line.all.includes(word))) continue;
        hits.push({ line, rank: rankOf(line, words, phrase) });
      }
      if (words.length > 0) hits.sort((a, b) => a.rank - b.rank);
      return hits.slice(0, limit).map(({ line }) => line.found);
    },
  };
}

/** Lower is better; ties keep the order of codes. */
function rankOf(line: Line, words: readonly string[], phrase: string): number {
  const length = Math.min(line.name.length, 999);
  if (line.name.startsWith(phrase)) return length;
  if (line.name.includes(phrase)) return 1_000 + length;
  if (words.every((word) => line.name.includes(word))) return 2_000 + length;
  return 3_000 + length;
}
