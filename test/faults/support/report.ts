/** The table of docs/reliability.md, written by the run itself when LIENTHONG_FAULTS_WRITE=1. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Findings } from './oracle.ts';

const PAGE = new URL('../../../docs/reliability.md', import.meta.url);
const BEGIN = '<!-- faults:begin -->';
const END = '<!-- faults:end -->';
const HEAD = [
  '| fault | engines | runs | documents | losses | doubles | recovery, s (longest) |',
  '|---|---|---|---|---|---|---|',
];

interface Line extends Findings {
  readonly runs: number;
}

const lines = new Map<string, Line>();

/** Notes one run of a fault; several runs of one make one line. */
export function note(fault: string, engines: string, findings: Findings): void {
  const key = `| ${fault} | ${engines} |`;
  const before = lines.get(key);
  lines.set(key, {
    runs: (before?.runs ?? 0) + 1,
    documents: (before?.documents ?? 0) + findings.documents,
    losses: (before?.losses ?? 0) + findings.losses,
    doubles: (before?.doubles ?? 0) + findings.doubles,
    recoverySeconds: Math.max(before?.recoverySeconds ?? 0, findings.recoverySeconds),
  });
}

/** Writes the lines of this run into the page: those of the same fault are replaced where they stand, others stay. */
export function writeReport(): void {
  if (process.env['LIENTHONG_FAULTS_WRITE'] !== '1' || lines.size === 0) return;
  const page = readFileSync(PAGE, 'utf8');
  const [head = '', rest = ''] = page.split(BEGIN);
  const [old = '', tail = ''] = rest.split(END);
  const mine = new Map(
    [...lines].map(([key, { runs, documents, losses, doubles, recoverySeconds }]) => [
      key,
      `${key} ${runs} | ${documents} | ${losses} | ${doubles} | ${recoverySeconds.toFixed(1)} |`,
    ]),
  );
  const kept = old
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| fault '))
    .map((line) => {
      const key = [...mine.keys()].find((start) => line.startsWith(start)) ?? '';
      const renewed = mine.get(key) ?? line;
      mine.delete(key);
      return renewed;
    });
  const day = new Date().toISOString().slice(0, 10);
  const table = [...HEAD, ...kept, ...mine.values()].join('\n');
  writeFileSync(
    PAGE,
    `${head}${BEGIN}\n\nLast run ${day}, Node ${process.version}.\n\n${table}\n\n${END}${tail}`,
  );
}
