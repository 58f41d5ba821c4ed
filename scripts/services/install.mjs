// Gets what the tests need from the system's package manager, without starting or enabling any server.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { findChromium, findExecutable, findPostgres, findRabbit, osRelease } from './find.mjs';

/**
 * Debian and Ubuntu names; `units` are the services a package would start at boot. Without what is `optional` (a Java runtime
 * of 44 MB for one judge more) the tests that use it are skipped, and say so.
 */
const NEEDS = [
  {
    name: 'rabbitmq-server',
    units: ['rabbitmq-server'],
    present: () => findRabbit() !== null,
    instead: 'AMQP_URL',
  },
  {
    name: 'postgresql',
    units: ['postgresql'],
    present: () => findPostgres() !== null,
    instead: 'DATABASE_URL',
  },
  { name: 'chromium', present: () => findChromium() !== null },
  { name: 'xmlsec1', present: () => findExecutable('xmlsec1') !== null },
  {
    name: 'poppler-utils',
    present: () => findExecutable('pdftotext') !== null && findExecutable('pdfsig') !== null,
  },
  { name: 'qpdf', present: () => findExecutable('qpdf') !== null },
  { name: 'libtiff-tools', present: () => findExecutable('tiffcp') !== null },
  { name: 'tesseract-ocr', present: () => findExecutable('tesseract') !== null },
  { name: 'softhsm2', present: () => findExecutable('softhsm2-util') !== null },
  { name: 'opensc', present: () => findExecutable('pkcs11-tool') !== null },
  { name: 'unzip', present: () => findExecutable('unzip') !== null },
  { name: 'openssl', present: () => findExecutable('openssl') !== null },
  {
    name: 'fonts-noto-core',
    present: () => existsSync('/usr/share/fonts/truetype/noto') || process.platform !== 'linux',
  },
  { name: 'default-jre-headless', optional: true, present: () => findExecutable('java') !== null },
  { name: 'libpdfbox2-java', optional: true, present: () => existsSync('/usr/share/java/preflight.jar') },
  { name: 'libjaxb-api-java', optional: true, present: () => existsSync('/usr/share/java/jaxb-api.jar') },
];

const TIMEOUT_MS = 20 * 60_000;
const OPTIONAL_TIMEOUT_MS = 5 * 60_000;

const POLICY = '/usr/sbin/policy-rc.d';

/** What to do on a machine: nothing, install packages, or tell a person. Pure, so that every kind of machine can be tested. */
export function planInstall({ missing, os, root, env }) {
  const wanted = missing.filter((need) => !(need.instead && env[need.instead]));
  if (wanted.length === 0) return { kind: 'nothing' };
  const names = wanted.map((need) => need.name);
  const debian = ['debian', 'ubuntu'].some((id) =>
    `${os.ID ?? ''} ${os.ID_LIKE ?? ''}`.split(' ').includes(id),
  );
  const instead = wanted.flatMap((need) => (need.instead ? [need.instead] : []));
  const or = instead.length > 0 ? `, or set ${instead.join(' and ')} to servers made for tests` : '';
  if (!debian) return { kind: 'tell', names, text: `please install: ${names.join(', ')}${or}` };
  if (!root) {
    const command = `sudo apt-get install --no-install-recommends ${names.join(' ')}`;
    return { kind: 'tell', names, text: `not root, so please run: ${command}${or}` };
  }
  return { kind: 'apt', names, units: wanted.flatMap((need) => need.units ?? []) };
}

/** Installs what is missing; 0 when everything is there, 69 when a person has to do it, 1 when the installer failed. */
export async function installMissing() {
  const status = install(
    NEEDS.filter((need) => !need.optional),
    TIMEOUT_MS,
  );
  if (status !== 0) return status;
  const optional = NEEDS.filter((need) => need.optional);
  if (install(optional, OPTIONAL_TIMEOUT_MS) !== 0)
    process.stderr.write('services: going on without these; the tests that use them are skipped\n');
  return 0;
}

function install(needs, timeout) {
  const missing = needs.filter((need) => !need.present());
  const plan = planInstall({
    missing,
    os: osRelease(),
    root: process.getuid?.() === 0,
    env: process.env,
  });
  if (plan.kind === 'nothing') return 0;
  if (plan.kind === 'tell') {
    process.stderr.write(`services: ${plan.text}\n`);
    return 69;
  }
  process.stderr.write(`services: installing ${plan.names.join(', ')}\n`);
  const status = withoutStartingServers(() => apt(plan.names, timeout));
  keepFromBoot(plan.units);
  const still = needs.filter((need) => !need.present() && !(need.instead && process.env[need.instead]));
  if (still.length === 0) return 0;
  const names = still.map((need) => need.name).join(', ');
  process.stderr.write(`services: could not install ${names} (apt-get ended with ${status})\n`);
  return 1;
}

/** The index may be old or absent: install first, refresh it only when that fails. */
function apt(names, timeout) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const run = (...args) =>
    spawnSync('apt-get', ['-y', '-q', '-o', 'DPkg::Lock::Timeout=300', ...args], {
      env,
      stdio: ['ignore', 2, 2],
      timeout,
    }).status;
  const first = run('install', '--no-install-recommends', ...names);
  if (first === 0) return 0;
  run('update');
  return run('install', '--no-install-recommends', ...names);
}

/** invoke-rc.d and deb-systemd-invoke ask policy-rc.d first; 101 means "not allowed". An administrator's own file stays. */
function withoutStartingServers(work) {
  const ours = !existsSync(POLICY);
  if (ours) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const remove = () => {
    if (ours) rmSync(POLICY, { force: true });
  };
  process.once('exit', remove);
  try {
    return work();
  } finally {
    remove();
    process.removeListener('exit', remove);
  }
}

/** A package enables its unit for the next boot; we only wanted the programs. */
function keepFromBoot(units) {
  if (units.length === 0 || findExecutable('systemctl') === null) return;
  spawnSync('systemctl', ['disable', ...units], { stdio: 'ignore', timeout: 30_000 });
}
