// A private PostgreSQL: own data folder and socket, 127.0.0.1 on a free port, a password, fsync on as in production.
import { execFileSync } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderFor, freePorts, killGroup, pause, randomWord, startGroup, waitForPort } from './process.mjs';

const START_TIMEOUT_MS = 270_000;

/** Starts a database server and returns its URL and the handles by which tests make it fail. */
export async function startPostgres(den, programs, owner) {
  const home = folderFor(den, 'postgres', owner);
  const data = join(home, 'data');
  const password = randomWord();
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (owner.uid !== undefined) chownSync(passwordFile, owner.uid, owner.gid);
  const env = { PATH: process.env.PATH, LANG: 'C.UTF-8', HOME: home, PGDATA: data };
  const auth = ['--auth-local=scram-sha-256', '--auth-host=scram-sha-256', `--pwfile=${passwordFile}`];
  const init = ['-D', data, '-U', 'lienthong', '-E', 'UTF8', '--locale=C', '--no-sync', ...auth];
  execFileSync(programs.initdb, init, { env, cwd: home, stdio: ['ignore', 'ignore', 'pipe'], ...owner });
  // Asked for last: between here and its use nothing takes long.
  const [port] = await freePorts(1);
  const args = ['-D', data, '-k', home, '-h', '127.0.0.1', '-p', String(port)];
  const settings = ['-c', 'fsync=on', '-c', 'max_connections=200', '-c', 'shared_buffers=64MB'];
  let server = null;

  async function start() {
    for (let tries = 1; !server?.alive; tries += 1) {
      server = startGroup(den, 'postgres', programs.postgres, [...args, ...settings], {
        env,
        owner,
        cwd: home,
        endSignal: 'SIGQUIT',
      });
      try {
        await waitForPort(port, server, START_TIMEOUT_MS);
      } catch (error) {
        // After a SIGKILL the old backends hold the shared memory until they notice, within a second or two.
        if (server.alive || tries >= 20) throw error;
        await pause(250);
      }
    }
  }
  /** SIGQUIT is PostgreSQL's immediate shutdown: no checkpoint, recovery from the log at the next start. */
  async function stop() {
    if (server !== null) await killGroup(den, server, 'SIGQUIT');
  }
  /** SIGKILL for the postmaster and every backend. */
  async function kill() {
    if (server !== null) await killGroup(den, server);
  }

  await start();
  return {
    url: `postgres://lienthong:${password}@127.0.0.1:${port}/postgres`,
    log: join(den.dir, 'postgres.log'),
    start,
    stop,
    kill,
    pid: () => server?.pid ?? null,
  };
}
