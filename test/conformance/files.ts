/** Kits of signed files (XAdES, CAdES, ASiC, PDF) through `verifyFile`. */
import { basename } from 'node:path';
import {
  LEGACY_POLICY,
  type NamedFile,
  readCertificates,
  readCrls,
  verifyFile,
} from '../../src/signing/index.ts';
import { attempt, type CaseOutcome, eachCase, type KitRun, readCases, readFiles } from './kit.ts';
import { type Attempt, describe, meets, timed } from './verdicts.ts';

interface FileCase {
  readonly file: string;
  readonly expected: string;
  readonly detachedContent?: string | readonly string[] | null;
  readonly trustAnchor?: string;
  readonly intermediates?: readonly string[];
  readonly crls?: readonly string[];
  readonly validationTime?: string;
}

/** When nothing is said: the day the kits were put together. */
const DEFAULT_TIME = '2026-11-21T00:00:00Z';

function contentsOf(dir: string, item: FileCase): NamedFile[] {
  const names = [item.detachedContent ?? []].flat();
  return names.map((name) => ({
    name: basename(name),
    bytes: readFiles(dir, [name])[0] ?? new Uint8Array(0),
  }));
}

/** Why a case goes another way with us: what a report says of it, and the rule. Never passed, all the same. */
const DIFFERENCES: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /NO_SIGNING_CERTIFICATE_FOUND/,
    'a signer’s certificate that is nowhere is INDETERMINATE (EN 319 102-1 §5.2.3.4), not TOTAL-FAILED',
  ],
  [/ASIC_FILE_NOT_LISTED/, 'a file beside the signed ones is named and warned of; policy strict refuses it'],
  [/TIMESTAMP_BAD/, 'the fault is the time-stamp’s, which is reported bad and proves nothing'],
];

function differenceOf(tried: Attempt): Pick<CaseOutcome, 'refused'> {
  const { verdict, signatures = [] } = tried.report ?? {};
  if (verdict !== 'INDETERMINATE') return {};
  const said = signatures
    .flatMap(({ subIndication, messages }) => [subIndication ?? '', ...messages.map(({ code }) => code)])
    .join(' ');
  const reason = DIFFERENCES.find(([pattern]) => pattern.test(said))?.[1];
  return reason === undefined ? {} : { refused: reason };
}

async function runCase(
  dir: string,
  item: FileCase,
): Promise<Pick<CaseOutcome, 'got' | 'met' | 'why' | 'refused'>> {
  const [bytes = new Uint8Array(0)] = readFiles(dir, [item.file]);
  const anchors = item.trustAnchor === undefined ? [] : [item.trustAnchor];
  const tried = await timed(() =>
    verifyFile(
      { name: item.file, bytes, contents: contentsOf(dir, item) },
      {
        trust: readFiles(dir, anchors).flatMap(readCertificates),
        intermediates: readFiles(dir, item.intermediates).flatMap(readCertificates),
        crls: readFiles(dir, item.crls).flatMap(readCrls),
        now: new Date(item.validationTime ?? DEFAULT_TIME),
        offline: true,
        // What the kits' notes ask: weak algorithms allowed, as `--policy legacy` does.
        policy: LEGACY_POLICY,
      },
    ),
  );
  const met = meets(item.expected, tried, anchors.length > 0);
  return { ...describe(tried, met), ...(met ? {} : differenceOf(tried)) };
}

/** Judges a kit of signed files. */
export async function runFiles(dir: string, run: KitRun): Promise<readonly CaseOutcome[]> {
  return eachCase(readCases<FileCase>(dir), run, (item) =>
    attempt(item.file, item.expected, () => runCase(dir, item)),
  );
}
