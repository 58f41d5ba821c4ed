/**
 * CPU profiles of a gateway under the documents load, for a person to read: `tsx bench/exchange/profile.ts FOLDER`; with `perf` for FOLDER
 * the gateway's compiled functions get names that perf-record(1) can read.
 */
import { measureDocuments } from './documents.ts';

const folder = process.argv[2] ?? 'profiles';
const databaseUrl = process.env['DATABASE_URL'] ?? '';
const amqpUrl = process.env['AMQP_URL'] ?? '';
const options: Record<string, string[]> = { none: [], perf: ['--perf-basic-prof'] };
const figures = await measureDocuments(
  databaseUrl === '' ? 'SQLite' : 'PostgreSQL',
  { databaseUrl, amqpUrl },
  options[folder] ?? ['--cpu-prof', `--cpu-prof-dir=${folder}`],
);
process.stdout.write(`${JSON.stringify(figures)}\n`);
