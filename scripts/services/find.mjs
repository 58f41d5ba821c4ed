// Where the outside programs are, and as whom they may run.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Full path of an executable, looked for in `folders` first and then in PATH; null when there is none. */
export function findExecutable(name, folders = []) {
  const path = (process.env.PATH ?? '').split(delimiter);
  const usual = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin', '/opt/homebrew/sbin'];
  for (const folder of [...folders, ...path, ...usual]) {
    const full = join(folder, name);
    if (isExecutable(full)) return full;
  }
  return null;
}

/** RabbitMQ's own scripts: Debian's wrappers in /usr/sbin insist on /var/lib/rabbitmq, so they come second. */
export function findRabbit() {
  const folders = ['/usr/lib/rabbitmq/bin'];
  const server = findExecutable('rabbitmq-server', folders);
  const ctl = findExecutable('rabbitmqctl', folders);
  const epmd = findExecutable('epmd', versioned('/usr/lib/erlang', /^erts-/));
  return server === null || ctl === null || epmd === null ? null : { server, ctl, epmd };
}

/** The newest PostgreSQL here with initdb beside it. */
export function findPostgres() {
  const folders = versioned('/usr/lib/postgresql', /^\d+$/);
  const postgres = findExecutable('postgres', folders);
  const initdb = findExecutable('initdb', folders);
  return postgres === null || initdb === null ? null : { postgres, initdb };
}

/** A Chromium for the tests of printed and web pages. */
export function findChromium() {
  if (process.env.CHROMIUM_PATH && isExecutable(process.env.CHROMIUM_PATH)) return process.env.CHROMIUM_PATH;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']) {
    const found = findExecutable(name);
    if (found !== null) return found;
  }
  return null;
}

/** Both servers refuse or dislike root: the ids of the first of `names` that exists, or nothing when not root. */
export function unprivileged(names) {
  if (process.getuid?.() !== 0) return {};
  for (const name of names) {
    try {
      const id = (flag) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such user here: the next name.
    }
  }
  throw new Error(`none of the users ${names.join(', ')} exists; the servers can't run as root`);
}

/** The fields of /etc/os-release, empty elsewhere. */
export function osRelease(file = '/etc/os-release') {
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, 'utf8').split('\n');
  return Object.fromEntries(
    lines
      .filter((line) => line.includes('='))
      .map((line) => {
        const at = line.indexOf('=');
        return [line.slice(0, at), line.slice(at + 1).replaceAll('"', '')];
      }),
  );
}

function versioned(parent, pattern) {
  if (!existsSync(parent)) return [];
  const names = readdirSync(parent).filter((name) => pattern.test(name));
  names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return names.map((name) => join(parent, name, 'bin'));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
