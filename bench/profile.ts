/** CPU profiles of a gateway under the documents load, for a person to read: `tsx bench/profile.ts FOLDER`. */
import { measureDocuments } from './documents.ts';

const folder = process.argv[2] ?? 'profiles';
const databaseUrl = process.env['DATABASE_URL'] ?? '';
const amqpUrl = process.env['AMQP_URL'] ?? '';
const options = folder === 'none' ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
const figures = await measureDocuments(
  databaseUrl === '' ? 'SQLite' : 'PostgreSQL',
  { databaseUrl, amqpUrl },
  options,
);
process.stdout.write(`${JSON.stringify(figures)}\n`);
