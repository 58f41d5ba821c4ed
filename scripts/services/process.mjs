// Children in process groups of their own, free ports, and a janitor that cleans up even after kill -9.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const JANITOR = 'cat >/dev/null; cd "$1/groups" && for g in *; do kill -9 "-$g"; done; rm -rf "$1"';

/** A temporary folder that lives as long as this process: when it dies, however it dies, groups are killed and the folder goes. */
export function createDen() {
  const dir = mkdtempSync(join(tmpdir(), 'lienthong-services-'));
  chmodSync(dir, 0o711);
  const groups = join(dir, 'groups');
  mkdirSync(groups);
  // Reads the pipe we hold open and never write to: its end is our end.
  const janitor = spawn('sh', ['-c', JANITOR, 'sh', dir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  janitor.unref();
  return { dir, groups, janitor, alive: new Set() };
}

/** A folder inside the den, owned by the user the server runs as. */
export function folderFor(den, name, owner) {
  const dir = join(den.dir, name);
  mkdirSync(dir, { mode: 0o700 });
  if (owner.uid !== undefined) chownSync(dir, owner.uid, owner.gid);
  return dir;
}

/** Starts a program in its own process group, its output in `<name>.log`; the group is on the janitor's list while it lives. */
export function startGroup(den, name, file, args, { env, owner = {}, cwd = den.dir, endSignal } = {}) {
  const log = openSync(join(den.dir, `${name}.log`), 'a', 0o600);
  const child = spawn(file, args, { env, cwd, detached: true, stdio: ['ignore', log, log], ...owner });
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `status ${code}`));
  });
  if (child.pid !== undefined) writeFileSync(join(den.groups, String(child.pid)), name);
  const group = { name, pid: child.pid, ended, alive: true, endSignal };
  den.alive.add(group);
  ended.then(() => {
    group.alive = false;
  });
  return group;
}

/** SIGKILL for a whole group, then waits until its leader is gone. Only for groups this process started. */
export async function killGroup(den, group, signal = 'SIGKILL') {
  if (group?.pid === undefined) return;
  try {
    process.kill(-group.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
  await group.ended;
  den.alive.delete(group);
  rmSync(join(den.groups, String(group.pid)), { force: true });
}

/** Ends every group still there and removes the folder. */
export async function clearDen(den) {
  await Promise.all([...den.alive].map((group) => endGroup(den, group)));
  rmSync(den.dir, { recursive: true, force: true, maxRetries: 5 });
  den.janitor.stdin.end();
}

/** SIGKILL, after five seconds for the group's own way to end when it has one (PostgreSQL leaves shared memory behind otherwise). */
async function endGroup(den, group) {
  if (group.endSignal !== undefined) {
    await Promise.race([killGroup(den, group, group.endSignal), pause(5_000)]);
  }
  await killGroup(den, group);
}

/** Ports given already: whoever got one may not listen there yet. */
const given = new Set();

/** Several free TCP ports on 127.0.0.1, all different: each is held until all are found, and none is given twice. */
export async function freePorts(count) {
  const servers = [];
  const ports = [];
  while (ports.length < count) {
    const server = await listen();
    servers.push(server);
    const { port } = server.address();
    if (given.has(port)) continue;
    given.add(port);
    ports.push(port);
  }
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Resolves once 127.0.0.1:port accepts; rejects when the group ends first or `timeoutMs` pass. */
export async function waitForPort(port, group, timeoutMs) {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (!group.alive) throw new Error(`${group.name} ended while starting: ${await group.ended}`);
    if (await accepts(port)) return;
    await pause(100);
  }
  throw new Error(`${group.name} does not listen on port ${port} after ${timeoutMs} ms`);
}

/** A password or name part nobody guesses: 12 random bytes in hex. */
export function randomWord() {
  return randomBytes(12).toString('hex');
}

export function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function listen() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
