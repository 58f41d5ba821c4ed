// A private RabbitMQ: own node name, ports, epmd, cookie, data and log folders; nothing of the machine's own broker is read.
import { execFile } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderFor, freePorts, killGroup, randomWord, startGroup, waitForPort } from './process.mjs';

/** Erlang alone takes a minute on a machine that is busy with tests. */
const START_TIMEOUT_MS = 270_000;

/**
 * Starts a broker and returns its URL and the handles by which tests make it fail. Nodes of one cluster share `password`, `cookie`
 * and the epmd of the first (`epmdPort`); each has a `name` of its own.
 */
export async function startRabbit(den, programs, owner, shared = {}) {
  const [port, distPort, ownEpmdPort] = await freePorts(3);
  const { name = 'rabbitmq', password = randomWord(), cookie, epmdPort = ownEpmdPort } = shared;
  const home = folderFor(den, name, owner);
  const env = environment({ home, port, distPort, epmdPort });
  writeOwned(join(home, 'rabbitmq.conf'), configuration(port, password), owner);
  writeOwned(join(home, 'enabled_plugins'), '[].\n', owner);
  if (cookie !== undefined) writeOwned(join(home, '.erlang.cookie'), cookie, owner, 0o400);
  if (shared.epmdPort === undefined) {
    // Erlang would start an epmd of its own and leave it running for ever: ours is there first and ends with us.
    const args = ['-port', String(epmdPort), '-address', '127.0.0.1'];
    const epmd = startGroup(den, 'epmd', programs.epmd, args, { env, owner, cwd: home });
    await waitForPort(epmdPort, epmd, START_TIMEOUT_MS);
  }
  let node = null;

  async function start() {
    if (node?.alive) return;
    node = startGroup(den, name, programs.server, [], { env, owner, cwd: home });
    await waitForPort(port, node, START_TIMEOUT_MS);
  }
  /** As a power cut: no chance to flush anything. */
  async function kill() {
    if (node !== null) await killGroup(den, node);
  }
  /** An orderly stop, as an administrator's restart does it. */
  async function stop() {
    if (!node?.alive) return;
    await ctl(['stop']);
    await killGroup(den, node);
  }
  function ctl(args) {
    return run(programs.ctl, ['-q', ...args], { env, cwd: home, ...owner });
  }

  await start();
  return {
    url: `amqp://lienthong:${password}@127.0.0.1:${port}`,
    node: env.RABBITMQ_NODENAME,
    epmdPort,
    log: join(den.dir, `${name}.log`),
    start,
    kill,
    stop,
    ctl,
    pid: () => node?.pid ?? null,
  };
}

function environment({ home, port, distPort, epmdPort }) {
  return {
    PATH: `${process.env.PATH}:/usr/sbin:/usr/local/sbin`,
    LANG: 'C.UTF-8',
    HOME: home,
    RABBITMQ_NODENAME: `lienthong-${process.pid}-${port}@localhost`,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_CONF_ENV_FILE: join(home, 'no-such-env.conf'),
    RABBITMQ_CONFIG_FILE: join(home, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(home, 'no-such-advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(home, 'enabled_plugins'),
    RABBITMQ_MNESIA_BASE: join(home, 'mnesia'),
    RABBITMQ_LOG_BASE: join(home, 'log'),
    RABBITMQ_PID_FILE: join(home, 'rabbitmq.pid'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(home, 'generated'),
    RABBITMQ_FEATURE_FLAGS_FILE: join(home, 'feature_flags'),
  };
}

function configuration(port, password) {
  return [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'default_user = lienthong',
    `default_pass = ${password}`,
    'disk_free_limit.absolute = 50MB',
    'log.console = true',
    'log.console.level = info',
    'log.file = false',
    '',
  ].join('\n');
}

function writeOwned(path, text, owner, mode = 0o600) {
  writeFileSync(path, text, { mode });
  if (owner.uid !== undefined) chownSync(path, owner.uid, owner.gid);
}

function run(file, args, options) {
  return new Promise((resolve, reject) => {
    execFile(file, args, { ...options, timeout: START_TIMEOUT_MS }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args[0]}: ${stderr || stdout || error.message}`));
    });
  });
}
