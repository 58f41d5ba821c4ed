// Starts private servers, runs one command with their addresses in its environment, and ends everything again.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { rabbitCluster } from './cluster.mjs';
import { openControl } from './control.mjs';
import { findChromium, findPostgres, findRabbit, unprivileged } from './find.mjs';
import { startPostgres } from './postgres.mjs';
import { clearDen, createDen } from './process.mjs';
import { startRabbit } from './rabbitmq.mjs';

const GRACE_MS = 10_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs `command` between the servers' start and end; gives its exit status (128 + n for a signal, 69 when a server can't start). */
export async function runWithServices(command) {
  const den = createDen();
  const servers = {};
  let control = null;
  let interrupted = null;
  let forward = (signal) => {
    interrupted ??= signal;
  };
  for (const signal of SIGNALS) process.on(signal, () => forward(signal));
  try {
    await startServers(den, servers);
    if (interrupted !== null) return 130;
    control = await openControl(den, servers);
    const env = environmentFor(servers, control);
    return await runCommand(command, env, (handler) => {
      forward = handler;
    });
  } catch (error) {
    process.stderr.write(`services: ${error.message}\n`);
    for (const log of error.logs ?? []) process.stderr.write(tail(log));
    return interrupted === null ? 69 : 130;
  } finally {
    control?.close();
    await clearDen(den);
  }
}

async function startServers(den, servers) {
  const rabbit = findRabbit();
  const postgres = findPostgres();
  if (rabbit === null && !process.env.AMQP_URL) {
    throw new Error(
      'no RabbitMQ here: run `node scripts/services.mjs install`, or set AMQP_URL to one made for tests',
    );
  }
  if (postgres === null && !process.env.DATABASE_URL) {
    throw new Error(
      'no PostgreSQL here: run `node scripts/services.mjs install`, or set DATABASE_URL to one made for tests',
    );
  }
  const started = await Promise.allSettled([
    rabbit &&
      tries('rabbitmq', servers, () => startRabbit(den, rabbit, unprivileged(['rabbitmq', 'nobody']))),
    postgres &&
      tries('postgres', servers, () => startPostgres(den, postgres, unprivileged(['postgres', 'nobody']))),
  ]);
  if (rabbit !== null) servers.cluster = rabbitCluster(den, rabbit, unprivileged(['rabbitmq', 'nobody']));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed === undefined) return;
  failed.reason.logs = [`${den.dir}/rabbitmq.log`, `${den.dir}/postgres.log`];
  throw failed.reason;
}

async function tries(name, servers, start) {
  servers[name] = await start();
}

function environmentFor(servers, control) {
  const env = { ...process.env, LIENTHONG_TEST_CONTROL: control.path };
  if (servers.rabbitmq) {
    const { url, node, pid, log } = servers.rabbitmq;
    env.AMQP_URL = url;
    env.LIENTHONG_TEST_RABBITMQ_NODE = JSON.stringify({ node, pid: pid(), log, control: control.path });
  }
  if (servers.postgres) env.DATABASE_URL = servers.postgres.url;
  const chromium = findChromium();
  if (chromium !== null) env.CHROMIUM_PATH = chromium;
  return env;
}

/** The command gets a process group of its own, so that what it leaves running can be ended with it. */
function runCommand([file, ...args], env, onSignal) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: 'inherit', detached: true });
    const send = (signal) => {
      try {
        process.kill(-child.pid, signal);
      } catch {
        // The group is gone already.
      }
    };
    let late;
    onSignal((signal) => {
      send(signal);
      late ??= setTimeout(() => send('SIGKILL'), GRACE_MS);
    });
    child.once('error', (error) => reject(new Error(`can't run ${file}: ${error.message}`)));
    child.once('exit', (code, signal) => {
      clearTimeout(late);
      send('SIGKILL');
      resolve(code ?? 128 + signalNumber(signal));
    });
  });
}

function signalNumber(signal) {
  return { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 1;
}

function tail(path) {
  try {
    return `--- ${path}\n${readFileSync(path, 'utf8').split('\n').slice(-15).join('\n')}\n`;
  } catch {
    return '';
  }
}
