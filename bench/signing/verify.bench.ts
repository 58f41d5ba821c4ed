/** Verification beside the tools of the field: each figure is a median, shown as a ratio to a floor of the same run. */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignedXml } from 'xml-crypto';
import { signPdf, signXml, validateCertificate, verifyFile } from '../../src/signing/index.ts';
import { extendPdf } from '../../src/signing/pdf/index.ts';
import { stream } from '../../src/signing/pdf/syntax/values.ts';
import { longTerm } from '../../test/signing/local-authorities.ts';
import { append } from '../../test/signing/pdf/attacks/revisions-support.ts';
import { makePdf } from '../../test/signing/pdf/make-pdf.ts';
import { makeSigning } from '../../test/signing/signers.ts';
import { crl, crlEntry, daysFromNow, NOW } from '../../test/signing/x509/authority.ts';

const dir = mkdtempSync(join(tmpdir(), 'lt-bench-'));
const signing = makeSigning(generateKeyPairSync('rsa', { modulusLength: 2048 }));

/** Of as many runs after as many for V8 to compile what they use: for either side the same. */
async function median(times: number, run: () => unknown): Promise<number> {
  for (let count = 0; count < times; count += 1) await run();
  const all: number[] = [];
  for (let count = 0; count < times; count += 1) {
    const start = performance.now();
    await run();
    all.push(performance.now() - start);
  }
  return all.sort((a, b) => a - b)[times >> 1] ?? Number.NaN;
}

/** One command, start of the process included; its exit code is no matter here. */
function command(name: string, ...args: readonly string[]): void {
  try {
    execFileSync(name, args, { stdio: 'pipe' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw error;
  }
}

function show(what: string, own: number, floor: number, floorName: string, wanted: number): void {
  const ratio = (own / floor).toFixed(2);
  process.stdout.write(
    `${what}: ${own.toFixed(1)} ms, ${ratio} of ${floorName} (${floor.toFixed(1)} ms; at most ${wanted})\n`,
  );
}

async function verified(name: string, bytes: Uint8Array, options = signing.options): Promise<void> {
  const { verdict } = await verifyFile({ name, bytes }, options);
  if (verdict !== 'TOTAL-PASSED') throw new Error(`${name}: ${verdict}`);
}

async function pdf(): Promise<void> {
  const big = append(makePdf(), (_document, next) => new Map([[next, stream({}, randomBytes(1024 * 1024))]]));
  const bytes = await signPdf(big, signing.signer, { signingTime: NOW });
  const path = join(dir, 'big.pdf');
  writeFileSync(path, bytes);
  const own = await median(31, () => verified(path, bytes));
  const floor = await median(15, () => command('pdfsig', path));
  show('PAdES-B of 1 MB', own, floor, 'a pdfsig process', 0.5);
}

/** Five signers one after the other, each signature archived with evidence and a document time-stamp before the next. */
async function archive(): Promise<void> {
  const world = longTerm();
  try {
    const options = { trust: [world.anchor.der], now: new Date(), offline: true };
    // With a key of the same kind as all others here: an RSA-2048 signature is checked in a third of the time.
    const same = makeSigning();
    const plain = await signPdf(makePdf(), same.signer, { signingTime: NOW });
    let bytes: Uint8Array = makePdf();
    for (const name of ['An', 'Bình', 'Chi', 'Dũng', 'Hà']) {
      bytes = await signPdf(bytes, world.signer(name), { signingTime: new Date() });
      bytes = await extendPdf(bytes, {
        level: 'LTA',
        timestampAuthority: world.authority.client(),
        evidence: { trust: [world.anchor.der], revocation: world.revocation, now: new Date() },
      });
    }
    const later = { ...options, now: new Date(Date.now() + 60_000) };
    // As often as the floor: of fewer runs V8 still compiles half, and the figure is that of the compiler.
    const own = await median(301, async () => {
      const { signatures } = await verifyFile({ name: 'lta.pdf', bytes }, later);
      if (signatures.length !== 5) throw new Error(`${signatures.length} signatures`);
      const bad = signatures.find(({ indication }) => indication !== 'TOTAL-PASSED');
      if (bad !== undefined) throw new Error(`${bad.indication} ${bad.subIndication}`);
    });
    const floor = await median(301, () => verified('plain.pdf', plain, same.options));
    show('PAdES-B-LTA with 5 signatures', own, floor, 'one plain signature by a key of the same kind', 30);
  } finally {
    world.close();
  }
}

async function xml(kib: number): Promise<void> {
  const row = '<Row a="1" b="hai"><Name>Nguyễn Văn A</Name><V>12345</V></Row>\n';
  const rows = row.repeat(Math.ceil((kib * 1024) / Buffer.byteLength(row)));
  const bytes = await signXml(Buffer.from(`<Doc xmlns="urn:x">${rows}</Doc>`), signing.signer, {
    signingTime: NOW,
    xades: false,
  });
  const path = join(dir, `${kib}.xml`);
  writeFileSync(path, bytes);
  const own = await median(kib < 100 ? 301 : 7, () => verified(path, bytes));
  const xmlsec = await median(9, () => command('xmlsec1', '--verify', '--insecure', path));
  show(`XML of ${kib} KiB`, own, xmlsec, 'an xmlsec1 process', 3);
  if (kib > 100) return;
  const text = Buffer.from(bytes).toString();
  const signature = /<(?:\w+:)?Signature[\s\S]*<\/(?:\w+:)?Signature>/.exec(text)?.[0] ?? '';
  const publicCert = signing.entity.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  const floor = await median(301, () => {
    const other = new SignedXml({ publicCert });
    other.loadSignature(signature);
    other.checkSignature(text);
  });
  show(`XML of ${kib} KiB`, own, floor, 'xml-crypto', 0.1);
}

async function list(): Promise<void> {
  const serial = (n: number) => Uint8Array.of(1 + (n >> 16), (n >> 8) & 255, n & 255, 7);
  const entries = Array.from({ length: 100_000 }, (_, n) => crlEntry(serial(n), daysFromNow(-10)));
  const big = crl(signing.ca, { entries });
  const path = join(dir, 'big.crl');
  writeFileSync(path, big);
  const own = await median(9, async () => {
    const { valid } = await validateCertificate({
      target: signing.entity.der,
      trust: [signing.anchor.der],
      intermediates: [signing.ca.der],
      // A copy each time: nothing decoded before may be used again.
      crls: [Uint8Array.from(big), crl(signing.anchor)],
      at: NOW,
    });
    if (!valid) throw new Error('the certificate is not listed');
  });
  const floor = await median(9, () =>
    command('openssl', 'crl', '-inform', 'der', '-in', path, '-noout', '-hash'),
  );
  show('CRL of 100,000 entries', own, floor, 'an openssl crl process', 4);
}

try {
  await pdf();
  await archive();
  await xml(10);
  await xml(5120);
  await list();
} finally {
  rmSync(dir, { recursive: true });
}
