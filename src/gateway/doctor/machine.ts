/** The machine: Node, clock, disk, rights on the data folder. */
import { access, constants, mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const GIB = 1024 ** 3;
const LOW_BYTES = 5 * GIB;
const EMPTY_BYTES = GIB;
/** The clock may be off by so much before VXP calls (five minutes) and time-stamps suffer. */
const CLOCK_WARN_MS = 30_000;
const CLOCK_FAIL_MS = 240_000;

/** Node is of a version this software runs on. */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isFit = major > 20 || (major === 20 && minor >= 19);
  return isFit
    ? ok('node', `Node.js ${version}`, `Node.js ${version}`)
    : fail(
        'node',
        `Node.js ${version} quá cũ; cần 20.19 trở lên.`,
        `Node.js ${version} is too old; 20.19 is needed.`,
      );
}

/** There is room, and files can be written and synced. */
export async function checkDisk(dataDir: string): Promise<readonly Finding[]> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await access(dataDir, constants.W_OK);
    const probe = join(dataDir, `.doctor-${process.pid}`);
    const handle = await open(probe, 'w', 0o600);
    await handle.write('x');
    await handle.sync();
    await handle.close();
    await rm(probe);
  } catch (cause) {
    const { code = '' } = cause as { code?: string };
    return [
      fail(
        'disk',
        `Không ghi được vào thư mục dữ liệu ${dataDir} (${code}); kiểm tra quyền và dung lượng.`,
        `The data folder ${dataDir} cannot be written (${code}); look at its rights and room.`,
      ),
    ];
  }
  return [...(await room(dataDir)), ...(await rights(dataDir))];
}

async function room(dataDir: string): Promise<readonly Finding[]> {
  const { bavail, bsize } = await statfs(dataDir);
  const free = bavail * bsize;
  const text = `${(free / GIB).toFixed(1)} GiB`;
  if (free < EMPTY_BYTES)
    return [
      fail(
        'disk',
        `Ổ đĩa chỉ còn ${text}; văn bản mới sẽ bị từ chối.`,
        `Only ${text} left; new documents will be refused.`,
      ),
    ];
  if (free < LOW_BYTES) return [warn('disk', `Ổ đĩa còn ${text}.`, `${text} left on the disk.`)];
  return [ok('disk', `Ổ đĩa còn ${text}, ghi được.`, `${text} left, can be written.`)];
}

async function rights(dataDir: string): Promise<readonly Finding[]> {
  const { mode } = await stat(dataDir);
  if ((mode & 0o077) === 0) return [];
  return [
    warn(
      'disk.rights',
      `Thư mục dữ liệu cho người khác đọc (quyền ${(mode & 0o777).toString(8)}); hãy chmod 700 ${dataDir}.`,
      `The data folder is open to others (mode ${(mode & 0o777).toString(8)}); chmod 700 it.`,
    ),
  ];
}

/** Finding of a clock that is off by `offMs` (positive: ahead) against `who`. */
export function clockFinding(offMs: number, who: string): Finding {
  const seconds = Math.round(Math.abs(offMs) / 1000);
  if (Math.abs(offMs) >= CLOCK_FAIL_MS)
    return fail(
      'clock',
      `Đồng hồ lệch ${seconds} giây so với ${who}; bật NTP (chrony, systemd-timesyncd).`,
      `The clock is off by ${seconds} s against ${who}; run NTP (chrony, systemd-timesyncd).`,
    );
  if (Math.abs(offMs) >= CLOCK_WARN_MS)
    return warn(
      'clock',
      `Đồng hồ lệch ${seconds} giây so với ${who}.`,
      `The clock is off by ${seconds} s against ${who}.`,
    );
  return ok(
    'clock',
    `Đồng hồ khớp với ${who} (lệch ${seconds} giây).`,
    `The clock agrees with ${who} (${seconds} s off).`,
  );
}

/** How far our clock is from that of a server, by its Date header; null when it sends none. */
export async function clockAgainst(url: string, timeoutMs: number): Promise<number | null> {
  const before = Date.now();
  const answer = await fetch(url, {
    method: 'HEAD',
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  });
  const after = Date.now();
  await answer.body?.cancel();
  const date = answer.headers.get('date');
  return date === null ? null : (before + after) / 2 - (Date.parse(date) + 500);
}

/** The limits an open file costs: many connections need more than the usual 256 of some systems. */
export function checkConfig(config: Config): readonly Finding[] {
  const findings: Finding[] = [];
  if (config.insecureCookies)
    findings.push(
      warn(
        'settings.cookies',
        'LIENTHONG_INSECURE_COOKIES đang bật; chỉ dùng khi thử trên máy này.',
        'LIENTHONG_INSECURE_COOKIES is on; only for trying out on this machine.',
      ),
    );
  if (config.crashAt !== '')
    findings.push(
      fail(
        'settings.crash',
        'LIENTHONG_CRASH_AT đang đặt; chỉ dùng trong kiểm thử.',
        'LIENTHONG_CRASH_AT is set; it is for tests only.',
      ),
    );
  const isLocal = ['127.0.0.1', '::1', 'localhost'].includes(config.host);
  if (!isLocal && config.publicUrl === '')
    findings.push(
      warn(
        'settings.publicUrl',
        'LIENTHONG_PUBLIC_URL trống: các hệ thống khác sẽ nhận địa chỉ nội bộ của máy này.',
        'LIENTHONG_PUBLIC_URL is empty: other systems are given the inner address of this machine.',
      ),
    );
  if (config.publicUrl.startsWith('https:') && config.trustProxy === '')
    findings.push(
      warn(
        'settings.trustProxy',
        'Có proxy TLS phía trước nhưng LIENTHONG_TRUST_PROXY trống: mọi người dùng mang chung một địa chỉ khi giới hạn tần suất.',
        'There is a TLS proxy in front but LIENTHONG_TRUST_PROXY is empty: rate limits see everybody as one address.',
      ),
    );
  return findings;
}
