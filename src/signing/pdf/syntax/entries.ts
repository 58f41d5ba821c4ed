/**
 * Where the objects of a revision are, in layers: a revision holds what its own section says and looks everything else up in
 * the revision it stands on. A file of a million objects is not listed anew for each signature on it.
 */
import type { XrefEntry, XrefSection } from './xref.ts';

/** Layers, newest first, that grow at least twofold: few to look through, and a large old one is never copied for a small new one. */
function stacked(
  layer: ReadonlyMap<number, XrefEntry>,
  below: readonly ReadonlyMap<number, XrefEntry>[],
): readonly ReadonlyMap<number, XrefEntry>[] {
  let top = layer;
  let at = 0;
  for (; at < below.length && top.size * 2 >= (below[at]?.size ?? 0); at += 1)
    top = new Map([...(below[at] ?? []), ...top]);
  return [top, ...below.slice(at)];
}

/** The cross-reference table of one revision. */
export class EntryTable {
  /** What this revision says anew. */
  readonly #own: ReadonlyMap<number, XrefEntry>;
  readonly #older: EntryTable | null;
  readonly #layers: readonly ReadonlyMap<number, XrefEntry>[];
  #containers: ReadonlySet<number> | undefined;

  constructor(own: ReadonlyMap<number, XrefEntry>, older: EntryTable | null) {
    this.#own = own;
    this.#older = older;
    this.#layers = stacked(own, older === null ? [] : older.#layers);
  }

  get(num: number): XrefEntry | undefined {
    for (const layer of this.#layers) {
      const entry = layer.get(num);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  *[Symbol.iterator](): Generator<readonly [num: number, entry: XrefEntry]> {
    for (const [index, layer] of this.#layers.entries()) {
      const newer = this.#layers.slice(0, index);
      for (const item of layer) if (!newer.some((other) => other.has(item[0]))) yield item;
    }
  }

  *keys(): Generator<number> {
    for (const [num] of this) yield num;
  }

  /** Whether this table stands on `older` and on nothing else. */
  isOn(older: EntryTable | null): boolean {
    return this.#older === older;
  }

  /** Whether some object lies in the object stream `num`, as far as this table and those below it say. */
  #holdsObjects(num: number): boolean {
    for (let table: EntryTable | null = this; table !== null; table = table.#older) {
      table.#containers ??= containersOf(table.#own);
      if (table.#containers.has(num)) return true;
    }
    return false;
  }

  /** Numbers of all objects that may be elsewhere than in `older`; null where that cannot be told from the layers alone. */
  changedSince(older: EntryTable): ReadonlySet<number> | null {
    const changed = new Set<number>();
    for (let table: EntryTable | null = this; table !== older; table = table.#older) {
      if (table === null) return null;
      for (const num of table.#own.keys()) changed.add(num);
    }
    // An object stream that moves takes along what lies in it.
    for (const num of changed) if (this.#holdsObjects(num)) return null;
    return changed;
  }
}

function containersOf(entries: ReadonlyMap<number, XrefEntry>): ReadonlySet<number> {
  const found = new Set<number>();
  for (const entry of entries.values()) if (entry.type === 'compressed') found.add(entry.container);
  return found;
}

/** In a hybrid file the table's free entries are looked up in its /XRefStm section, which stands elsewhere in the chain (§7.5.8.4). */
function hybridEntries(
  sections: readonly XrefSection[],
  merged: Map<number, XrefEntry>,
): Map<number, XrefEntry> {
  for (const [index, section] of sections.entries()) {
    const stated = section.form === 'table' ? section.trailer.entries.get('XRefStm') : undefined;
    const hidden = sections.find((other) => other.form === 'stream' && other.offset === stated);
    for (const [num, entry] of hidden?.entries ?? []) {
      const newer = sections.slice(0, index).some((other) => other.entries.has(num));
      if (!newer && section.entries.get(num)?.type !== 'offset') merged.set(num, entry);
    }
  }
  return merged;
}

/** Tables made before, by their newest section. */
export type KnownTables = Map<XrefSection, EntryTable>;

/** The table of a chain of sections, newest first; chains with a common end share it. */
export function entryTable(sections: readonly XrefSection[], known: KnownTables): EntryTable {
  const hybrid = sections.some(({ form, trailer }) => form === 'table' && trailer.entries.has('XRefStm'));
  if (hybrid) {
    const merged = new Map<number, XrefEntry>();
    for (const section of sections.toReversed())
      for (const [num, entry] of section.entries) merged.set(num, entry);
    return new EntryTable(hybridEntries(sections, merged), null);
  }
  let table: EntryTable | null = null;
  for (const section of sections.toReversed()) {
    const before = known.get(section);
    const next: EntryTable = before?.isOn(table) === true ? before : new EntryTable(section.entries, table);
    known.set(section, next);
    table = next;
  }
  return table ?? new EntryTable(new Map(), null);
}
