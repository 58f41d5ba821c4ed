/** Sample messages of the axis: every well-formed one is read, valid, and means the same when built again from its parse. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildEdxml, type EdxmlMessage, judgeEdxml, PackageError } from '../../src/packages/index.ts';
import { collect, streamOf } from '../packages/support/bytes.ts';
import { parseAll } from '../packages/support/package.ts';
import { attempt, type CaseOutcome } from './kit.ts';

/** Judges every `*.edxml` of `dir`. One that starts with anything but XML must be refused with line and column. */
export async function runEdxml(dir: string): Promise<readonly CaseOutcome[]> {
  const outcomes: CaseOutcome[] = [];
  for (const file of readdirSync(dir)
    .filter((name) => name.endsWith('.edxml'))
    .sort()) {
    const bytes = readFileSync(join(dir, file));
    const isXml = /^(?:\ufeff|\s)*</.test(bytes.toString('utf8', 0, 200));
    const expected = isXml ? 'valid, the same again' : 'refused, line and column';
    outcomes.push(
      await attempt(file, expected, async () => {
        const got = isXml ? await readAgain(bytes) : await refusal(bytes);
        return { got, met: got === expected, why: got === expected ? '' : got };
      }),
    );
  }
  return outcomes;
}

async function readAgain(bytes: Buffer): Promise<string> {
  const first = await parseAll(bytes);
  const { errors } = judgeEdxml(first, { now: new Date() });
  if (errors.length > 0) return errors.map(({ code }) => code).join(' ');
  for (const order of ['vxp', 'qcvn'] as const) {
    const sources = [...first.files].map(([contentId, file]) => ({ contentId, open: () => streamOf(file) }));
    const again = await parseAll(await collect(buildEdxml(first.message, sources, { order })));
    if (digest(again.message) !== digest(first.message)) return `another message in the order ${order}`;
    for (const [contentId, file] of first.files)
      if (again.files.get(contentId)?.equals(file) !== true) return `another file in the order ${order}`;
  }
  return 'valid, the same again';
}

function digest(message: EdxmlMessage): string {
  const { rawDates: _, ...meant } = message;
  return createHash('sha256').update(JSON.stringify(meant)).digest('hex');
}

async function refusal(bytes: Buffer): Promise<string> {
  try {
    await parseAll(bytes);
    return 'read';
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    const { line, column } = error.details;
    return line !== undefined && column !== undefined ? 'refused, line and column' : `refused: ${error.code}`;
  }
}
