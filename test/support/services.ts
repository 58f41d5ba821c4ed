import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Context } from 'mocha';
import pg from 'pg';

const HOW = 'run it through `make test`, or `node scripts/services.mjs run -- npx mocha …`';

/** The environment names through which `scripts/services.mjs run` lends its servers. */
type ServiceVariable = 'AMQP_URL' | 'DATABASE_URL' | 'LIENTHONG_TEST_CONTROL' | 'CHROMIUM_PATH';

/**
 * Call first in a suite's `before`: without the named services the suite is skipped with a word,
 * or fails when LIENTHONG_REQUIRE_SERVICES=1 says that it must not be (make test).
 */
export function requireServices(suite: Context, ...names: ServiceVariable[]): void {
  const missing = names.filter((name) => (process.env[name] ?? '') === '');
  if (missing.length === 0) return;
  if (process.env['LIENTHONG_REQUIRE_SERVICES'] === '1')
    throw new Error(`${missing.join(', ')} not set: ${HOW}`);
  process.stderr.write(`      skipped, ${missing.join(', ')} not set: ${HOW}\n`);
  suite.skip();
}

/**
 * The URL of an empty virtual host on the test broker. On a broker that is not ours to control it is AMQP_URL as it is.
 * Vhosts go away with the private broker.
 */
export async function testAmqpUrl(): Promise<string> {
  const url = new URL(variable('AMQP_URL'));
  if (!hasControl()) return url.href;
  const vhost = `t-${randomBytes(6).toString('hex')}`;
  const user = decodeURIComponent(url.username);
  // One Erlang start instead of two rabbitmqctl runs: about 1.5 s saved per test file.
  await rabbitmqctl([
    'eval',
    `rabbit_vhost:add(<<"${vhost}">>, <<"test">>), rabbit_auth_backend_internal:set_permissions(<<"${user}">>, <<"${vhost}">>, <<".*">>, <<".*">>, <<".*">>, <<"test">>).`,
  ]);
  url.pathname = `/${vhost}`;
  return url.href;
}

/** A database of its own; call `drop` in the suite's `after`. */
export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** Creates an empty UTF-8 database for one test file. */
export async function testDatabase(): Promise<TestDatabase> {
  const url = new URL(variable('DATABASE_URL'));
  const name = `lienthong_test_${randomBytes(6).toString('hex')}`;
  await administer(`CREATE DATABASE ${name} ENCODING 'UTF8' TEMPLATE template0`);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

/** As {@link testDatabase}, dropped after the suite by itself. Call at the top of a `describe`, ask for the URL inside tests. */
export function testDatabaseUrl(): () => string {
  let database: TestDatabase | undefined;
  before(async function createDatabase(this: Context) {
    requireServices(this, 'DATABASE_URL');
    database = await testDatabase();
  });
  after(async () => {
    await database?.drop();
  });
  return () => {
    if (database === undefined) throw new Error('the database exists only while the suite runs');
    return database.url;
  };
}

/** An orderly stop and start of the private broker. Resolves once it listens again. */
export async function restartBroker(): Promise<void> {
  await control('rabbitmq/stop');
  await control('rabbitmq/start');
}

/** SIGKILL for the private broker; `startBroker` brings it back with what it had on disk. */
export async function killBroker(): Promise<void> {
  await control('rabbitmq/kill');
}

/** Starts the private broker when it is down; resolves once it listens. */
export async function startBroker(): Promise<void> {
  await control('rabbitmq/start');
}

/** `rabbitmqctl` on the private broker; gives what it printed. */
export async function rabbitmqctl(args: string[]): Promise<string> {
  return control('rabbitmq/ctl', [args]);
}

/** A cluster of three private brokers, formed at the first call. @returns addresses of its nodes, on a virtual host of their own. */
export async function testCluster(): Promise<string[]> {
  const urls = JSON.parse(await control('cluster/start')) as string[];
  const vhost = `t-${randomBytes(6).toString('hex')}`;
  const user = decodeURIComponent(new URL(urls[0] ?? '').username);
  await control('cluster/ctl', [0, ['add_vhost', vhost]]);
  await control('cluster/ctl', [0, ['set_permissions', '-p', vhost, user, '.*', '.*', '.*']]);
  return urls.map((text) => {
    const url = new URL(text);
    url.pathname = `/${vhost}`;
    return url.href;
  });
}

/** SIGKILL for one node of the cluster (from 0). */
export async function killClusterNode(n: number): Promise<void> {
  await control('cluster/kill', [n]);
}

/** Starts a node of the cluster again, with what it had on disk. */
export async function startClusterNode(n: number): Promise<void> {
  await control('cluster/startNode', [n]);
}

/** `rabbitmqctl` on a node of the cluster. */
export async function clusterCtl(n: number, args: string[]): Promise<string> {
  return control('cluster/ctl', [n, args]);
}

/** Ends the cluster. */
export async function endCluster(): Promise<void> {
  await control('cluster/end');
}

/** Immediate shutdown (no checkpoint) and start of the private database server: connections break, commits stay. */
export async function restartPostgres(): Promise<void> {
  await control('postgres/stop');
  await control('postgres/start');
}

/** SIGKILL for the private database server; `startPostgres` brings it back. */
export async function killPostgres(): Promise<void> {
  await control('postgres/kill');
}

/** Starts the private database server when it is down; resolves once it listens. */
export async function startPostgres(): Promise<void> {
  await control('postgres/start');
}

/** True when the servers are private ones that tests may break. */
export function hasControl(): boolean {
  return (process.env['LIENTHONG_TEST_CONTROL'] ?? '') !== '';
}

function variable(name: ServiceVariable): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} not set: ${HOW}`);
  return value;
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: variable('DATABASE_URL') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function control(action: string, args: unknown[] = []): Promise<string> {
  const socketPath = variable('LIENTHONG_TEST_CONTROL');
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, path: `/${action}`, method: 'POST' }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`${action}: ${text}`));
      });
    });
    call.on('error', reject);
    call.end(JSON.stringify(args));
  });
}
