/** Makes, or opens again, a whole test PKI in a folder. */
import { createPublicKey, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openPkcs12 } from '../keys/index.ts';
import { signerFromKey } from '../keys/signer.ts';
import type { Signer } from '../ports.ts';
import { issueCertificate, issueCrl, type RevokedCertificate, type TestAuthority } from './certificate.ts';
import { TEST_AUTHORITIES, TEST_SUBJECTS, type TestSubject } from './people.ts';
import { writePkcs12 } from './pkcs12-write.ts';

/** One issued certificate on disk. */
export interface TestIdentity {
  readonly subject: TestSubject;
  /** DER file. */
  readonly certificatePath: string;
  readonly pkcs12Path: string;
  /** Text file with the passphrase, mode 0600. */
  readonly passphrasePath: string;
}

/** Where everything is, and the authorities to issue more with. */
export interface TestPki {
  readonly directory: string;
  /** Folder with the root certificate (`*.crt`, DER). */
  readonly trustDirectory: string;
  readonly intermediatesDirectory: string;
  /** Folder with `root.crl` and `sub.crl`, DER. */
  readonly crlDirectory: string;
  readonly identities: Readonly<Record<string, TestIdentity>>;
  readonly authorities: Readonly<Record<'root' | 'sub', TestAuthority>>;
}

/** Options of `createTestPki`. */
export interface TestPkiOptions {
  /** Default: the system clock. */
  readonly now?: Date;
}

const generate = promisify(generateKeyPair);
const DAY_MS = 86_400_000;

async function newKey(kind: TestSubject['key']): Promise<KeyObject> {
  if (kind === 'rsa-2048') return (await generate('rsa', { modulusLength: 2048 })).privateKey;
  return (await generate('ec', { namedCurve: kind === 'ec-p256' ? 'P-256' : 'P-384' })).privateKey;
}

function daysFrom(now: Date, days: number): Date {
  return new Date(Math.floor(now.getTime() / 1000) * 1000 + days * DAY_MS);
}

async function saveKey(
  directory: string,
  id: string,
  key: KeyObject,
  certificates: readonly Uint8Array[],
): Promise<void> {
  const passphrase = randomBytes(24).toString('base64url');
  const file = await writePkcs12(key, certificates, passphrase);
  await writeFile(join(directory, `${id}.p12`), file, { mode: 0o600 });
  await writeFile(join(directory, `${id}.pass`), passphrase, { mode: 0o600 });
}

async function makeAuthorities(directory: string, now: Date): Promise<TestPki['authorities']> {
  const [rootKey, subKey] = await Promise.all([newKey('rsa-2048'), newKey('rsa-2048')]);
  const rootSigner = (certificate: Uint8Array): Signer => signerFromKey(rootKey, certificate, []);
  const rootCertificate = await issueCertificate(
    {
      subject: TEST_AUTHORITIES.root,
      publicKey: createPublicKey(rootKey),
      notBefore: daysFrom(now, -1825),
      notAfter: daysFrom(now, 5475),
      profile: 'root',
    },
    { self: rootSigner(new Uint8Array()) },
  );
  const root: TestAuthority = { certificate: rootCertificate, signer: rootSigner(rootCertificate) };
  const subCertificate = await issueCertificate(
    {
      subject: TEST_AUTHORITIES.sub,
      publicKey: createPublicKey(subKey),
      notBefore: daysFrom(now, -1460),
      notAfter: daysFrom(now, 3650),
      profile: 'sub',
    },
    root,
  );
  await saveKey(join(directory, 'ca'), 'root', rootKey, [rootCertificate]);
  await saveKey(join(directory, 'ca'), 'sub', subKey, [subCertificate, rootCertificate]);
  await writeFile(join(directory, 'trust', 'root.crt'), rootCertificate);
  await writeFile(join(directory, 'intermediates', 'sub.crt'), subCertificate);
  return {
    root,
    sub: { certificate: subCertificate, signer: signerFromKey(subKey, subCertificate, [rootCertificate]) },
  };
}

async function makeIdentity(
  directory: string,
  authorities: TestPki['authorities'],
  subject: TestSubject,
  now: Date,
): Promise<Uint8Array> {
  const key = await newKey(subject.key);
  const [from, to] = subject.state === 'expired' ? [-1095, -365] : [-365, 730];
  const certificate = await issueCertificate(
    {
      subject,
      publicKey: createPublicKey(key),
      notBefore: daysFrom(now, from),
      notAfter: daysFrom(now, to),
      profile: subject.kind,
    },
    authorities.sub,
  );
  await writeFile(join(directory, 'certs', `${subject.id}.crt`), certificate);
  await saveKey(join(directory, 'keys'), subject.id, key, [
    certificate,
    authorities.sub.certificate,
    authorities.root.certificate,
  ]);
  return certificate;
}

async function writeCrls(
  directory: string,
  authorities: TestPki['authorities'],
  now: Date,
  revoked: readonly RevokedCertificate[],
): Promise<void> {
  const common = {
    thisUpdate: daysFrom(now, -1),
    nextUpdate: daysFrom(now, 90),
    number: Math.floor(now.getTime() / 1000),
  };
  await writeFile(join(directory, 'crl', 'root.crl'), await issueCrl(authorities.root, common));
  await writeFile(join(directory, 'crl', 'sub.crl'), await issueCrl(authorities.sub, { ...common, revoked }));
}

function describe(directory: string, authorities: TestPki['authorities']): TestPki {
  const identities = TEST_SUBJECTS.map((subject): [string, TestIdentity] => [
    subject.id,
    {
      subject,
      certificatePath: join(directory, 'certs', `${subject.id}.crt`),
      pkcs12Path: join(directory, 'keys', `${subject.id}.p12`),
      passphrasePath: join(directory, 'keys', `${subject.id}.pass`),
    },
  ]);
  return {
    directory,
    trustDirectory: join(directory, 'trust'),
    intermediatesDirectory: join(directory, 'intermediates'),
    crlDirectory: join(directory, 'crl'),
    identities: Object.fromEntries(identities),
    authorities,
  };
}

async function openAuthority(directory: string, id: 'root' | 'sub'): Promise<TestAuthority> {
  const file = new Uint8Array(await readFile(join(directory, 'ca', `${id}.p12`)));
  const signer = await openPkcs12(file, await readFile(join(directory, 'ca', `${id}.pass`), 'utf8'));
  return { certificate: signer.certificate, signer };
}

async function exists(path: string): Promise<boolean> {
  return readFile(path).then(
    () => true,
    () => false,
  );
}

async function revokedIn(directory: string, now: Date): Promise<RevokedCertificate[]> {
  const subjects = TEST_SUBJECTS.filter((subject) => subject.state === 'revoked');
  const read = async (subject: TestSubject): Promise<RevokedCertificate> => ({
    certificate: new Uint8Array(await readFile(join(directory, 'certs', `${subject.id}.crt`))),
    revokedAt: daysFrom(now, -30),
  });
  return Promise.all(subjects.map(read));
}

/** The file written last: its presence means the folder is complete. */
const MARK = 'CHI-DUNG-THU.txt';

/**
 * Makes the test PKI in `directory`: root, sub CA, the certificates of `people.ts`, their PKCS#12 files with a passphrase
 * file each (mode 0600), and fresh CRLs. A folder that is complete already is kept and only its CRLs are renewed, so a
 * restart keeps its keys.
 */
export async function createTestPki(directory: string, options: TestPkiOptions = {}): Promise<TestPki> {
  const now = options.now ?? new Date();
  for (const folder of ['', 'trust', 'intermediates', 'crl', 'certs'])
    await mkdir(join(directory, folder), { recursive: true });
  for (const folder of ['keys', 'ca']) await mkdir(join(directory, folder), { recursive: true, mode: 0o700 });
  if (await exists(join(directory, MARK))) {
    const authorities = {
      root: await openAuthority(directory, 'root'),
      sub: await openAuthority(directory, 'sub'),
    };
    await writeCrls(directory, authorities, now, await revokedIn(directory, now));
    return describe(directory, authorities);
  }
  const authorities = await makeAuthorities(directory, now);
  await Promise.all(TEST_SUBJECTS.map((subject) => makeIdentity(directory, authorities, subject, now)));
  await writeCrls(directory, authorities, now, await revokedIn(directory, now));
  await writeFile(
    join(directory, MARK),
    'CHỈ DÙNG THỬ: khóa và chứng thư trong thư mục này không có giá trị pháp lý.\nTEST ONLY: nothing here has legal value.\n',
  );
  return describe(directory, authorities);
}

/** Opens the key of one identity. @throws SigningError as `openPkcs12` */
export async function openTestKey(identity: TestIdentity): Promise<Signer & { close(): void }> {
  const file = new Uint8Array(await readFile(identity.pkcs12Path));
  return openPkcs12(file, await readFile(identity.passphrasePath, 'utf8'));
}
