/** Trust: anchors, their end, the log of changes, revocation, and the certificates of our own keys. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Config } from '../config.ts';
import { daysLeft, expiryLevel, listEntries, readChanges, readTrustSet, setNames } from '../trust/index.ts';
import { trustRoot } from '../trust/root.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** Warns of an end that is near; nothing when it is far. */
export function expiryFinding(check: string, name: string, notAfter: number, now: number): Finding | null {
  const level = expiryLevel(notAfter, now);
  const end = new Date(notAfter).toISOString().slice(0, 10);
  if (level === 'ok') return null;
  if (level === 'expired')
    return fail(check, `${name} đã hết hạn ngày ${end}.`, `${name} expired on ${end}.`);
  const days = daysLeft(notAfter, now);
  return warn(
    check,
    `${name} hết hạn ngày ${end}, còn ${days} ngày.`,
    `${name} expires on ${end}, in ${days} days.`,
  );
}

/** Anchors there are, whether in use, and until when. */
export async function checkTrust(config: Config, now: number): Promise<readonly Finding[]> {
  const root = trustRoot(config);
  const names = setNames(config.trustSets);
  const { trust } = await readTrustSet(root, names);
  const findings: Finding[] = [];
  if (trust.length === 0)
    findings.push(
      fail(
        'trust.anchors',
        'Chưa có neo tin cậy nào đang dùng: mọi chữ ký sẽ là INDETERMINATE. Nhập bằng "lienthong trust import"; xem "lienthong trust sets".',
        'No trust anchor is in use: every signature will be INDETERMINATE. Import with "lienthong trust import"; see "lienthong trust sets".',
      ),
    );
  else
    findings.push(
      ok('trust.anchors', `${trust.length} neo tin cậy đang dùng.`, `${trust.length} trust anchors in use.`),
    );
  if (names.includes('test'))
    findings.push(
      warn(
        'trust.test',
        'Bộ tin cậy "test" đang được dùng; không để như vậy khi vận hành thật.',
        'The trust set "test" is in use; not in production.',
      ),
    );
  for (const entry of await listEntries(root)) {
    if (!names.includes(entry.set)) continue;
    const found = expiryFinding(
      'trust.expiry',
      `${entry.set}: ${entry.subject}`,
      Date.parse(entry.notAfter),
      now,
    );
    if (found !== null) findings.push(found);
  }
  const { brokenAt } = await readChanges(root);
  if (brokenAt !== null)
    findings.push(
      fail(
        'trust.log',
        `Sổ thay đổi neo tin cậy bị sửa từ dòng ${brokenAt} (${join(root, 'changes.jsonl')}).`,
        `The log of trust changes was altered from line ${brokenAt} on (${join(root, 'changes.jsonl')}).`,
      ),
    );
  if (config.pkiHosts.trim() === '')
    findings.push(
      warn(
        'trust.revocation',
        'LIENTHONG_PKI_HOSTS trống: không hỏi được tình trạng thu hồi, trừ các CRL đặt sẵn.',
        'LIENTHONG_PKI_HOSTS is empty: revocation is known only from lists put in place by hand.',
      ),
    );
  return findings;
}

interface KeyLine {
  readonly id?: string;
  readonly p12?: string;
  readonly passFile?: string;
  readonly profiles?: readonly string[];
  readonly imagePng?: string;
  readonly imageWidthMm?: number;
}

/** Keys that open with their passphrase, and certificates that still hold. */
export async function checkKeys(config: Config, now: number): Promise<readonly Finding[]> {
  const file = config.keysFile === '' ? join(config.dataDir, 'keys', 'keys.json') : config.keysFile;
  let lines: readonly KeyLine[];
  try {
    lines = JSON.parse(await readFile(file, 'utf8')) as KeyLine[];
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ENOENT')
      return [
        warn('keys', `Chưa có danh sách khoá ký ${file}.`, `There is no list of signing keys ${file}.`),
      ];
    return [
      fail(
        'keys',
        `Danh sách khoá ký ${file} không đọc được.`,
        `The list of signing keys ${file} cannot be read.`,
      ),
    ];
  }
  const findings: Finding[] = [];
  for (const line of Array.isArray(lines) ? lines : []) {
    findings.push(...(await sealFindings(line, file)));
    // Keys in tokens and signing services are asked for when they are used.
    if (typeof line.p12 !== 'string' || typeof line.passFile !== 'string') continue;
    findings.push(
      await keyFinding(
        line.id ?? line.p12,
        resolve(dirname(file), line.p12),
        resolve(dirname(file), line.passFile),
        now,
      ),
    );
  }
  return findings;
}

/** A seal stands on the page at its real size: its image has to say it, or the list. */
async function sealFindings(line: KeyLine, file: string): Promise<Finding[]> {
  if (line.imagePng === undefined || line.profiles?.includes('agency') !== true) return [];
  const { assumedSealMm, SigningError } = await import('../../signing/index.ts');
  const name = `keys.${line.id ?? line.imagePng}.image`;
  try {
    const imagePng = await readFile(resolve(dirname(file), line.imagePng));
    const { imageWidthMm } = line;
    const size = imageWidthMm === undefined ? {} : { imageWidthMm };
    if (assumedSealMm({ profile: 'agency', imagePng, ...size }) === null) return [];
    return [
      warn(
        name,
        `Ảnh con dấu ${line.imagePng} không ghi kích thước thật (pHYs): sẽ vẽ rộng 36 mm. Hãy thêm imageWidthMm vào ${file}.`,
        `The seal image ${line.imagePng} does not say its real size (pHYs): it will be 36 mm wide. Add imageWidthMm in ${file}.`,
      ),
    ];
  } catch (cause) {
    const why = cause instanceof SigningError ? cause.vi : `không đọc được ${line.imagePng} / cannot be read`;
    return [fail(name, `Ảnh của khoá: ${why}`, `Image of the key: ${why}`)];
  }
}

async function keyFinding(id: string, p12: string, passFile: string, now: number): Promise<Finding> {
  const { describeCertificate, openPkcs12, SigningError } = await import('../../signing/index.ts');
  try {
    const passphrase = (await readFile(passFile, 'utf8')).replace(/\r?\n$/, '');
    const signer = await openPkcs12(await readFile(p12), passphrase);
    const { notAfter, subject } = describeCertificate(signer.certificate);
    signer.close();
    return (
      expiryFinding(`keys.${id}`, `Khoá / key ${id}: ${subject}`, notAfter.getTime(), now) ??
      ok(
        `keys.${id}`,
        `Khoá ${id} mở được, còn hạn đến ${notAfter.toISOString().slice(0, 10)}.`,
        `Key ${id} opens, valid until ${notAfter.toISOString().slice(0, 10)}.`,
      )
    );
  } catch (cause) {
    const [vi, en] =
      cause instanceof SigningError
        ? [cause.vi, cause.en]
        : ['không đọc được tệp', 'the files cannot be read'];
    return fail(`keys.${id}`, `Khoá ${id}: ${vi}`, `Key ${id}: ${en}`);
  }
}
