import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { until } from '../support/until.ts';

interface Need {
  name: string;
  instead?: string;
  units?: string[];
}
interface Plan {
  kind: 'nothing' | 'tell' | 'apt';
  names?: string[];
  text?: string;
  units?: string[];
}
interface InstallModule {
  planInstall(machine: { missing: Need[]; os: object; root: boolean; env: object }): Plan;
}
interface ProcessModule {
  freePorts(count: number): Promise<number[]>;
}
interface FindModule {
  findRabbit(): object | null;
  findPostgres(): object | null;
}

const SCRIPT = new URL('../../scripts/services.mjs', import.meta.url);
const BROKER: Need = { name: 'rabbitmq-server', instead: 'AMQP_URL', units: ['rabbitmq-server'] };
const QPDF: Need = { name: 'qpdf' };

function load<T>(path: string): Promise<T> {
  return import(new URL(path, SCRIPT).href) as Promise<T>;
}

describe('scripts/services install', () => {
  async function plan(missing: Need[], os: object, root: boolean, env: object = {}): Promise<Plan> {
    const { planInstall } = await load<InstallModule>('services/install.mjs');
    return planInstall({ missing, os, root, env });
  }

  it('does nothing when everything is there', async () => {
    expect(await plan([], { ID: 'debian' }, true)).to.deep.equal({ kind: 'nothing' });
  });

  it('installs with apt as root on Debian and what is like it, naming the units to keep from boot', async () => {
    const expected = { kind: 'apt', names: ['rabbitmq-server', 'qpdf'], units: ['rabbitmq-server'] };

    expect(await plan([BROKER, QPDF], { ID: 'debian' }, true)).to.deep.equal(expected);
    expect(await plan([BROKER, QPDF], { ID: 'linuxmint', ID_LIKE: 'ubuntu debian' }, true)).to.deep.equal(
      expected,
    );
  });

  it('gives the exact command to who is not root', async () => {
    const { kind, text } = await plan([BROKER, QPDF], { ID: 'ubuntu' }, false);

    expect(kind).to.equal('tell');
    expect(text).to.contain('sudo apt-get install --no-install-recommends rabbitmq-server qpdf');
    expect(text).to.contain('AMQP_URL');
  });

  it('says what to install on other systems', async () => {
    const { kind, text } = await plan([QPDF], { ID: 'fedora' }, true);

    expect(kind).to.equal('tell');
    expect(text).to.equal('please install: qpdf');
  });

  it('is content with an address where the server itself is missing', async () => {
    expect(await plan([BROKER], {}, false, { AMQP_URL: 'amqp://elsewhere' })).to.deep.equal({
      kind: 'nothing',
    });
  });
});

describe('scripts/services ports', () => {
  it('are given once: two servers that start at the same time get different ones', async () => {
    const { freePorts } = await load<ProcessModule>('services/process.mjs');
    const ports: number[] = [];
    // Of some thirty thousand: by chance some would come again.
    for (let round = 0; round < 20; round += 1) ports.push(...(await freePorts(100)));

    expect(new Set(ports).size).to.equal(ports.length);
  });
});

describe('scripts/services run', function run() {
  // Servers take minutes to start where much else runs; they have limits of their own.
  this.timeout(900_000);
  const running: ChildProcess[] = [];
  /** Goes on until it is ended, or whoever started it is gone: a killed runner ends nothing itself. */
  const GO_ON = 'const { ppid } = process; setInterval(() => process.ppid !== ppid && process.exit(), 100);';

  afterEach(async () => {
    for (const child of running.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  });

  before(async function needsServers() {
    const { findRabbit, findPostgres } = await load<FindModule>('services/find.mjs');
    if (findRabbit() !== null && findPostgres() !== null) return;
    if (process.env['LIENTHONG_REQUIRE_SERVICES'] === '1')
      throw new Error('RabbitMQ or PostgreSQL not installed');
    this.skip();
  });

  /** Prints the variables and the pid of every server to the test, then goes on with `then`. */
  function runner(then: string): ChildProcess {
    const script = `process.stdout.write(JSON.stringify(process.env) + '\\n'); ${then}`;
    const child = spawn(process.execPath, [SCRIPT.pathname, 'run', '--', process.execPath, '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    running.push(child);
    return child;
  }

  async function environmentOf(child: ChildProcess): Promise<Record<string, string>> {
    if (child.stdout === null) throw new Error('no stdout');
    let text = '';
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (text.includes('\n')) break;
    }
    return JSON.parse(text) as Record<string, string>;
  }

  function pidOf(env: Record<string, string>): number {
    return (JSON.parse(env['LIENTHONG_TEST_RABBITMQ_NODE'] ?? '{}') as { pid: number }).pid;
  }

  function isAlive(pid: number): boolean {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  it('lends the addresses, passes the status on, and leaves neither process nor folder', async () => {
    const child = runner('process.exitCode = 7;');
    const env = await environmentOf(child);
    const [status] = (await once(child, 'close')) as [number];

    expect(status).to.equal(7);
    expect(env['AMQP_URL']).to.match(/^amqp:\/\/lienthong:\w+@127\.0\.0\.1:\d+$/);
    expect(env['DATABASE_URL']).to.match(/^postgres:\/\/lienthong:\w+@127\.0\.0\.1:\d+\/postgres$/);
    expect(isAlive(pidOf(env))).to.equal(false);
    expect(existsSync(env['LIENTHONG_TEST_CONTROL'] ?? '')).to.equal(false);
  });

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
    it(`ends the servers when it gets ${signal}`, async () => {
      const child = runner(GO_ON);
      const env = await environmentOf(child);
      expect(isAlive(pidOf(env))).to.equal(true);

      child.kill(signal);
      await once(child, 'exit');

      await until(() => !isAlive(pidOf(env)) && !existsSync(env['LIENTHONG_TEST_CONTROL'] ?? ''));
    });
  }

  it('lets two runs live side by side', async () => {
    const children = [runner(GO_ON), runner(GO_ON)];
    const [first, second] = await Promise.all(children.map(environmentOf));

    expect(first?.['AMQP_URL']).to.not.equal(second?.['AMQP_URL']);
    expect(isAlive(pidOf(first ?? {})) && isAlive(pidOf(second ?? {}))).to.equal(true);
  });

  it('answers wrong usage with 64', async () => {
    const child = spawn(process.execPath, [SCRIPT.pathname, 'run', 'no-dashes'], { stdio: 'ignore' });
    const [status] = (await once(child, 'exit')) as [number];

    expect(status).to.equal(64);
  });

  it('says that it can’t run a command that does not exist', async () => {
    const child = spawn(process.execPath, [SCRIPT.pathname, 'run', '--', '/no/such/command'], {
      stdio: 'pipe',
    });
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += String(chunk);
    });
    const [status] = (await once(child, 'close')) as [number];

    expect(status).to.equal(69);
    expect(text).to.contain('/no/such/command');
  });
});
