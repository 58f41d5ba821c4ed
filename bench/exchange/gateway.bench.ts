/**
 * `make bench`: measures and prints ratios to a floor taken in the same run; asserts nothing. `--write` puts the report into
 * docs/performance.md. Needs AMQP_URL and DATABASE_URL for the second configuration.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { machine } from '../measure.ts';
import { measureOcr } from '../ocr/event-loop.ts';
import { type DocumentFigures, LANES, type Latencies, measureDocuments } from './documents.ts';
import { measureFirstRun } from './first-run.ts';
import { measureLarge } from './large.ts';

const REPORT = new URL('../../docs/performance.md', import.meta.url);
const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function row(figures: DocumentFigures): string {
  const { name, floorPerSecond, barePerSecond, documents, acceptedPerSecond, deliveredPerSecond } = figures;
  const ratios = [floorPerSecond, barePerSecond].map((floor) => (acceptedPerSecond / floor).toFixed(2));
  return `| ${name} | ${floorPerSecond.toFixed(0)} | ${barePerSecond.toFixed(0)} | ${documents} | ${acceptedPerSecond.toFixed(0)} | ${ratios.join(' | ')} | ${times(figures)} | ${deliveredPerSecond.toFixed(0)} |`;
}

function times({ acceptP50Ms, acceptP95Ms, receiptP50Ms, receiptP95Ms }: Latencies): string {
  return `${acceptP50Ms.toFixed(0)} / ${acceptP95Ms.toFixed(0)} | ${receiptP50Ms.toFixed(0)} / ${receiptP95Ms.toFixed(0)}`;
}

function steadyRows({ name, steady }: DocumentFigures): string[] {
  return steady.map(
    (figures) =>
      `| ${name} | ${figures.perSecond} | ${times(figures)} | ${figures.meterPauseMs.toFixed(0)} |`,
  );
}

function cpuRow({ name, cpu }: DocumentFigures): string {
  const parts = Object.entries(cpu).map(([part, ms]) => `${part} ${ms.toFixed(1)}`);
  return `| ${name} | ${parts.join(', ')} | ${Object.values(cpu)
    .reduce((sum, ms) => sum + ms, 0)
    .toFixed(1)} |`;
}

const lines: string[] = [`Machine: ${machine()}. Measured ${new Date().toISOString().slice(0, 10)}.`, ''];
const databaseUrl = process.env['DATABASE_URL'] ?? '';
const amqpUrl = process.env['AMQP_URL'] ?? '';
say('documents, SQLite + embedded bus …');
const figures = [await measureDocuments('SQLite + embedded bus', { databaseUrl: '', amqpUrl: '' })];
if (databaseUrl !== '' && amqpUrl !== '') {
  say('documents, PostgreSQL + RabbitMQ …');
  figures.push(await measureDocuments('PostgreSQL + RabbitMQ', { databaseUrl, amqpUrl }));
}
lines.push(
  `### Documents of 10 KB, signed (PAdES, RSA-2048) and packed by the gateway, ${LANES} clients at the same time`,
  '',
  'Each client sends its next document when the one before is accepted, so that the time to accept is the number of clients',
  'divided by the rate. Clients, simulators, broker and database share the machine. The bare relay is the least a gateway could',
  'be: it takes a document by HTTP, signs it once, keeps it, hands it on by HTTP and keeps the receipt, and nothing else.',
  '',
  '| engines | floor, documents/s | bare relay, documents/s | documents | accepted/s | accepted ÷ floor | accepted ÷ bare relay | accept p50 / p95, ms | accept → receipt p50 / p95, ms | delivered/s |',
  '|---|---|---|---|---|---|---|---|---|---|',
  ...figures.map(row),
  '',
  'At a steady rate, whether or not the documents before have been accepted. Clients and simulators share one thread; a pause of theirs is',
  'counted as if the gateway had made them wait.',
  '',
  '| engines | documents/s | accept p50 / p95, ms | accept → receipt p50 / p95, ms | longest pause of the clients, ms |',
  '|---|---|---|---|---|',
  ...figures.flatMap(steadyRows),
  '',
  'CPU per document of the first table:',
  '',
  '| engines | ms, by part | ms in all |',
  '|---|---|---|',
  ...figures.map(cpuRow),
  '',
);
say('a 200 MB attachment …');
const large = await measureLarge();
lines.push(
  '### One attachment of 200 MB',
  '',
  'Memory at rest is that after an attachment of 1 MB has passed.',
  '',
  '| at rest, MiB | peak, MiB | above rest, MiB | accepted in, s | MB/s | at the axis after, s |',
  '|---|---|---|---|---|---|',
  `| ${large.idleMiB.toFixed(0)} | ${large.peakMiB.toFixed(0)} | ${(large.peakMiB - large.idleMiB).toFixed(0)} | ${large.acceptSeconds.toFixed(1)} | ${large.megabytesPerSecond.toFixed(0)} | ${large.sentSeconds.toFixed(1)} |`,
  '',
);
say('the event loop while scans are read …');
const ocr = await measureOcr();
lines.push(
  '### The event loop while scans are read',
  '',
  '| pages | s per page | delay p50, ms | delay p99, ms | longest, ms |',
  '|---|---|---|---|---|',
  `| ${ocr.pages} | ${ocr.secondsPerPage.toFixed(1)} | ${ocr.delayP50Ms.toFixed(0)} | ${ocr.delayP99Ms.toFixed(0)} | ${ocr.delayMaxMs.toFixed(0)} |`,
  '',
  'The delay includes the 10 ms step at which it is sampled.',
  '',
);
say('make run in a fresh clone …');
const first = await measureFirstRun();
lines.push(
  '### First run',
  '',
  `\`make run\` in a fresh clone with a warm npm cache: first document delivered and answered after **${first.totalSeconds.toFixed(0)} s**, of which ${first.demoSeconds.toFixed(1)} s from the start of the program.`,
  '',
);

const report = lines.join('\n');
process.stdout.write(`${report}\n`);
if (process.argv.includes('--write')) {
  const page = readFileSync(REPORT, 'utf8');
  const [head = ''] = page.split(BEGIN);
  const tail = page.split(END)[1] ?? '';
  writeFileSync(REPORT, `${head}${BEGIN}\n\n${report}\n${END}${tail}`);
}
