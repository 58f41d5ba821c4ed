/** What is around the gateway: database, broker, counterparties, authorities. Nothing is changed there. */
import { connect } from 'node:net';
import { createAmqpBus } from '../bus/index.ts';
import type { Config } from '../config.ts';
import { addressList } from '../settings/setting.ts';
import { findDurabilityGaps, openStore } from '../store/index.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { clockAgainst, clockFinding } from './machine.ts';

const TIMEOUT_MS = 5_000;

function reasonOf(cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string };
  return code ?? message ?? 'error';
}

/** The store opens, its schema is brought up to date, and what it commits stays. */
export async function checkDatabase(config: Config): Promise<Finding> {
  const name = config.databaseUrl === '' ? 'SQLite' : 'PostgreSQL';
  try {
    const store = await openStore({ dataDir: config.dataDir, databaseUrl: config.databaseUrl, poolSize: 1 });
    try {
      await store.read.selectFrom('agencies').select('code').limit(1).execute();
      const gaps = (await findDurabilityGaps(store)).join(', ');
      if (gaps !== '')
        return fail(
          'database',
          `${name} chạy với ${gaps}: mất điện là mất văn bản đã nhận. Bỏ thiết lập này trong postgresql.conf rồi nạp lại cấu hình (SELECT pg_reload_conf()).`,
          `${name} runs with ${gaps}: a power cut loses documents already accepted. Take it out of postgresql.conf and reload (SELECT pg_reload_conf()).`,
        );
    } finally {
      await store.close();
    }
    return ok('database', `${name} mở và đọc được.`, `${name} opens and can be read.`);
  } catch (cause) {
    return fail(
      'database',
      `Không dùng được ${name} (${reasonOf(cause)}); xem DATABASE_URL, quyền, và máy chủ.`,
      `${name} cannot be used (${reasonOf(cause)}); look at DATABASE_URL, rights and the server.`,
    );
  }
}

/** Address of a service as `host:port`, without its password. */
function endpoint(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  const usual = { 'amqp:': 5672, 'amqps:': 5671, 'http:': 80, 'https:': 443 }[protocol] ?? 443;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) };
}

function reaches(url: string): Promise<string | null> {
  const { host, port } = endpoint(url);
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const end = (reason: string | null) => {
      socket.destroy();
      resolve(reason);
    };
    socket.once('connect', () => end(null));
    socket.once('timeout', () => end('ETIMEDOUT'));
    socket.once('error', (cause) => end(reasonOf(cause)));
  });
}

/** The broker lets us in, when there is one. */
export async function checkBroker(config: Config): Promise<Finding[]> {
  if (config.amqpUrl === '')
    return [
      ok(
        'broker',
        'Dùng hàng đợi nhúng trong tiến trình (không đặt AMQP_URL).',
        'The embedded bus is used (AMQP_URL is not set).',
      ),
    ];
  const urls = addressList(config.amqpUrl);
  const found = await Promise.all(urls.map(checkNode));
  // A cluster without one of its nodes goes on, for the time being.
  const goesOn = found.some(({ level }) => level === 'ok');
  const nodes = found.map((node) =>
    goesOn && node.level === 'fail' ? { ...node, level: 'warn' as const } : node,
  );
  if (urls.length < 3 || config.queueType === 'quorum') return nodes;
  const cluster = warn(
    'broker',
    'AMQP_URL có từ ba nút nhưng hàng đợi là loại classic, chỉ nằm trên một nút; đặt LIENTHONG_QUEUE_TYPE=quorum trước khi khai báo hàng đợi.',
    'AMQP_URL names three nodes or more, but classic queues live on one; set LIENTHONG_QUEUE_TYPE=quorum before queues are declared.',
  );
  return [...nodes, cluster];
}

async function checkNode(url: string): Promise<Finding> {
  const reason = await reaches(url);
  const { host, port } = endpoint(url);
  if (reason !== null)
    return fail(
      'broker',
      `Không kết nối được RabbitMQ ${host}:${port} (${reason}).`,
      `RabbitMQ at ${host}:${port} cannot be reached (${reason}).`,
    );
  try {
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const bus = await createAmqpBus({
      url,
      clientName: 'lienthong doctor',
      retryRungsSeconds: [],
      logger: log,
    });
    const { connected } = bus.state();
    await bus.close({ timeoutMs: TIMEOUT_MS });
    if (connected)
      return ok(
        'broker',
        `RabbitMQ ${host}:${port} đăng nhập được.`,
        `RabbitMQ at ${host}:${port} lets us in.`,
      );
    return fail(
      'broker',
      `RabbitMQ ${host}:${port} không cho đăng nhập; xem tài khoản và vhost trong AMQP_URL.`,
      `RabbitMQ at ${host}:${port} does not let us in; look at account and vhost in AMQP_URL.`,
    );
  } catch (cause) {
    return fail(
      'broker',
      `RabbitMQ ${host}:${port} không dùng được (${reasonOf(cause)}).`,
      `RabbitMQ at ${host}:${port} cannot be used (${reasonOf(cause)}).`,
    );
  }
}

/** Counterparties by setting: a name and an address; empty ones are not set up. */
function counterparties(config: Config): readonly (readonly [name: string, url: string])[] {
  const all = [
    ['vxp', config.vxpUrl],
    ['provincial-axis', config.provincialUrl],
    ['national-portal', config.portalUrl],
    ['judicial-records', config.judicialUrl],
  ] as const;
  return all.filter(([, url]) => url !== '');
}

/** Each counterparty can be reached, talks encrypted, and has the same time as we. */
export async function checkCounterparties(config: Config): Promise<readonly Finding[]> {
  const list = counterparties(config);
  if (list.length === 0)
    return [
      warn(
        'counterparty',
        'Chưa cấu hình trục hay hệ thống đối tác nào.',
        'No axis or counterparty is set up.',
      ),
    ];
  const found = await Promise.all(list.map(([name, url]) => checkCounterparty(name, url)));
  return found.flat();
}

async function checkCounterparty(name: string, url: string): Promise<readonly Finding[]> {
  const check = `counterparty.${name}`;
  const { host, port } = endpoint(url);
  const reason = await reaches(url);
  if (reason !== null)
    return [
      fail(
        check,
        `Không kết nối được ${name} tại ${host}:${port} (${reason}); xem DNS, tường lửa, mạng TSLCD.`,
        `${name} at ${host}:${port} cannot be reached (${reason}); look at DNS, firewall and network.`,
      ),
    ];
  const findings: Finding[] = [
    ok(check, `${name} tại ${host}:${port} kết nối được.`, `${name} at ${host}:${port} can be reached.`),
  ];
  const isLocal = host === 'localhost' || host.startsWith('127.');
  if (url.startsWith('http:') && !isLocal)
    findings.push(
      warn(check, `${name} dùng http không mã hoá.`, `${name} is spoken to over http, unencrypted.`),
    );
  try {
    const off = await clockAgainst(url, TIMEOUT_MS);
    if (off !== null) findings.push(clockFinding(off, name));
  } catch (cause) {
    findings.push(
      warn(
        check,
        `${name} không trả lời HTTP (${reasonOf(cause)}).`,
        `${name} does not answer HTTP (${reasonOf(cause)}).`,
      ),
    );
  }
  return findings;
}
