import { existsSync, readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** One effect a simulated system accepted. */
export interface LedgerEntry {
  /** 1, 2, 3 … over the life of the ledger file. */
  seq: number;
  /** What happened: `edoc`, `status`, `dossier`, `progress`, `request`, `received`, … */
  kind: string;
  /** Identifier the simulated system gave. */
  id: string;
  /** What makes two effects the same one in the eyes of the outside world. */
  key: string;
  /** Hex SHA-256 of the accepted bytes. */
  sha256: string;
  from: string;
  to: string[];
  /** ISO time by the simulator's clock. */
  time: string;
  /** `id` of the first effect with this key: the sender did the same thing twice. */
  duplicateOf?: string;
  /** More facts about the effect, by kind. */
  facts?: Record<string, string | number | boolean>;
}

/** What a simulated system accepted, in order; appended and fsynced before the answer leaves. */
export interface Ledger {
  /** Resolves when the entry is on disk (when there is a file). */
  append(entry: Omit<LedgerEntry, 'seq' | 'time' | 'duplicateOf'>): Promise<LedgerEntry>;
  entries(): readonly LedgerEntry[];
  /** Effects that were done more than once. */
  duplicates(): readonly LedgerEntry[];
  close(): Promise<void>;
}

/** Opens a ledger; an existing file is read back first, a torn last line (kill -9) is left out and cut off by a newline. */
export async function openLedger(options: { file?: string; now?: () => Date } = {}): Promise<Ledger> {
  const entries = options.file ? readBack(options.file) : [];
  const firstByKey = new Map<string, string>();
  for (const entry of entries) remember(firstByKey, entry);
  const file = options.file ? await open(options.file, 'a') : undefined;
  if (file && options.file && isTorn(options.file)) await file.appendFile('\n');
  const write = file ? createGroupWriter(file) : async () => {};
  const now = options.now ?? (() => new Date());
  return {
    async append(input) {
      const duplicateOf = firstByKey.get(`${input.kind} ${input.key}`);
      const entry: LedgerEntry = {
        seq: entries.length + 1,
        ...input,
        time: now().toISOString(),
        ...(duplicateOf !== undefined && { duplicateOf }),
      };
      entries.push(entry);
      remember(firstByKey, entry);
      await write(`${JSON.stringify(entry)}\n`);
      return entry;
    },
    entries: () => entries,
    duplicates: () => entries.filter((entry) => entry.duplicateOf !== undefined),
    async close() {
      await write('');
      await file?.close();
    },
  };
}

function remember(firstByKey: Map<string, string>, entry: LedgerEntry): void {
  const key = `${entry.kind} ${entry.key}`;
  if (!firstByKey.has(key)) firstByKey.set(key, entry.id);
}

function readBack(file: string): LedgerEntry[] {
  if (!existsSync(file)) return [];
  const entries: LedgerEntry[] = [];
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line === '') continue;
    try {
      entries.push(JSON.parse(line) as LedgerEntry);
    } catch {
      // A torn line: its effect was never acknowledged, so the sender does it again.
    }
  }
  return entries;
}

function isTorn(file: string): boolean {
  const text = readFileSync(file, 'utf8');
  return text !== '' && !text.endsWith('\n');
}

/** Appends in order; lines that wait together share one fsync. */
function createGroupWriter(file: FileHandle): (line: string) => Promise<void> {
  let waiting = '';
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  async function flush(): Promise<void> {
    await running.catch(() => {});
    const lines = waiting;
    waiting = '';
    next = undefined;
    if (lines === '') return;
    await file.appendFile(lines);
    await file.datasync();
  }
  return (line) => {
    waiting += line;
    next ??= flush();
    running = next;
    return next;
  };
}
