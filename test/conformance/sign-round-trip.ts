/**
 * Signs every PDF of a folder that opens, reads it back, and prints how many came out sound. Signatures that were there
 * must come out as they were. Usage: `tsx test/conformance/sign-round-trip.ts KITS/pdf`. Ends with 1 when one does not.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignatureFacts } from '../../src/signing/facts.ts';
import { SigningError, signPdf } from '../../src/signing/index.ts';
import { inspectPdf } from '../../src/signing/pdf/index.ts';
import { makeSigning } from '../signing/signers.ts';
import { NOW } from '../signing/x509/authority.ts';

/** Refusals that are right: a damaged file, a password nobody gave, an owner or a certification that forbids it. */
const MAY_REFUSE: ReadonlySet<string> = new Set([
  'PDF_INVALID',
  'PDF_ENCRYPTED',
  'PDF_OWNER_FORBIDS',
  'PDF_SIGNING_FORBIDDEN',
  'PDF_TOO_LARGE',
]);

function pdfsUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.pdf$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

function state(facts: SignatureFacts): string {
  const refused = facts.changesAfterSigning.some((change) => !change.allowed);
  return `${facts.id} ${facts.digestsMatch} ${facts.signatureValid} ${facts.formatFaults.map(({ code }) => code).join()} ${refused}`;
}

function isSound(facts: SignatureFacts): boolean {
  const changed = facts.changesAfterSigning.some((change) => !change.allowed);
  return (
    facts.digestsMatch === true &&
    facts.signatureValid === true &&
    facts.formatFaults.length === 0 &&
    !changed
  );
}

/** Why the outcome is wrong, or null. */
async function fault(pdf: Uint8Array, signed: Uint8Array): Promise<string | null> {
  if (Buffer.compare(signed.subarray(0, pdf.length), pdf) !== 0) return 'the old octets moved';
  const [before, after] = [await inspectPdf(pdf), await inspectPdf(signed)];
  const added = after.filter((facts) => !before.some((old) => old.id === facts.id));
  const [own] = added;
  if (added.length !== 1 || own === undefined) return `${added.length} signatures added`;
  if (own.digestsMatch !== true || own.signatureValid !== true || own.formatFaults.length > 0)
    return `the new one is ${state(own)}`;
  if (own.coverage !== 'whole-document') return `the new one covers ${own.coverage}`;
  // What was broken before cannot be hurt: only sound signatures must stay as they were.
  const sound = before.filter((old) => isSound(old));
  const hurt = sound.find((old) => !after.some((facts) => state(facts) === state(old)));
  return hurt === undefined
    ? null
    : `was ${state(hurt)}, is ${after
        .filter((facts) => facts.id === hurt.id)
        .map(state)
        .join()}`;
}

async function main(folder: string): Promise<number> {
  const { signer } = makeSigning();
  const counts = { sound: 0, refused: 0, wrong: 0 };
  for (const path of pdfsUnder(folder)) {
    const pdf = new Uint8Array(readFileSync(path));
    let why: string | null;
    try {
      why = await fault(pdf, await signPdf(pdf, signer, { signingTime: NOW }));
    } catch (error) {
      if (error instanceof SigningError && MAY_REFUSE.has(error.code)) {
        counts.refused += 1;
        continue;
      }
      why = error instanceof Error ? error.message : String(error);
    }
    if (why === null) counts.sound += 1;
    else {
      counts.wrong += 1;
      process.stdout.write(`  ${path}: ${why}\n`);
    }
  }
  process.stdout.write(
    `pdf sign–verify round trip: ${counts.sound}/${counts.sound + counts.wrong} sound, ${counts.refused} refused with a reason\n`,
  );
  return counts.wrong === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv[2] ?? '.');
