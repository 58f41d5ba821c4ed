/** The log of changes to trust: one JSON line each, chained by hash, so that a line taken out or altered shows. */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What was done. */
export interface TrustChange {
  /** ISO 8601. */
  readonly at: string;
  /** Who: an account of the machine or a name given by the administrator. */
  readonly by: string;
  readonly action: 'imported' | 'removed';
  readonly set: string;
  readonly sha256: string;
  readonly subject: string;
  readonly how: 'pinned' | 'confirmed';
  readonly note: string;
}

/** A change as it stands in the log. */
export interface LoggedChange extends TrustChange {
  readonly previous: string;
  readonly hash: string;
}

const FILE = 'changes.jsonl';
const FIRST = '0'.repeat(64);

function hashOf(change: TrustChange, previous: string): string {
  const { at, by, action, set, sha256, subject, how, note } = change;
  const text = JSON.stringify([previous, at, by, action, set, sha256, subject, how, note]);
  return createHash('sha256').update(text).digest('hex');
}

/** The changes in order, and the number of the first line that does not follow from the one before (null: all do). */
export async function readChanges(
  root: string,
): Promise<{ changes: readonly LoggedChange[]; brokenAt: number | null }> {
  let text: string;
  try {
    text = await readFile(join(root, FILE), 'utf8');
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ENOENT') return { changes: [], brokenAt: null };
    throw cause;
  }
  const changes: LoggedChange[] = [];
  let previous = FIRST;
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const change = parseLine(line);
    if (change === null || change.previous !== previous || change.hash !== hashOf(change, previous))
      return { changes, brokenAt: index + 1 };
    changes.push(change);
    previous = change.hash;
  }
  return { changes, brokenAt: null };
}

function parseLine(line: string): LoggedChange | null {
  try {
    const value = JSON.parse(line) as LoggedChange;
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

/** Adds a change. */
export async function appendChange(root: string, change: TrustChange): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const { changes } = await readChanges(root);
  const previous = changes.at(-1)?.hash ?? FIRST;
  const line = JSON.stringify({ ...change, previous, hash: hashOf(change, previous) });
  await appendFile(join(root, FILE), `${line}\n`, { mode: 0o600 });
}
