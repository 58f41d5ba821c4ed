/**
 * PDF/A judged by other people: preflight of Apache PDFBox (Debian: `libpdfbox2-java`, `libjaxb-api-java` and a Java
 * runtime). It knows PDF/A-1b (ISO 19005-1) alone, so that what part 2 allows beyond it is named here.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const JARS = [
  'preflight',
  'pdfbox2',
  'fontbox2',
  'xmpbox',
  'commons-logging',
  'javax.activation',
  'jaxb-api',
].map((jar) => `/usr/share/java/${jar}.jar`);

/** What part 1 forbids and part 2 allows: code of preflight and how its message goes, with the clause of ISO 19005-2. */
const ALLOWED_BY_PART_2: readonly [message: RegExp, clause: string][] = [
  [/^7\.11\.2 : .*part must be 1/, '6.6.4: the part is 2'],
  [/^2\.2\.1 : .*Group has a transparency S entry/, '6.2.10: transparency'],
  [/^2\.2\.2 : .*Soft Mask must be null or None/, '6.2.10: transparency'],
  [
    /^3\.1\.3 : .*invalid \/Subtype \/OpenType in \/FontFile3/,
    '6.2.11.2: font programs of ISO 32000-1, OpenType',
  ],
  [/^3\.1\.4 : .*The Charset entry is missing/, '6.2.11.4.2: CharSet may be left out'],
  [/^3\.1\.11 : .*The CIDSet entry is missing/, '6.2.11.4.2: CIDSet may be left out'],
];

/** Why preflight cannot run here, or null. */
export function preflightMissing(): string | null {
  const jar = JARS.find((path) => !existsSync(path));
  if (jar !== undefined) return `no ${jar}: libpdfbox2-java or libjaxb-api-java is not installed`;
  return spawnSync('java', ['-version']).status === 0 ? null : 'no Java runtime';
}

/** Every message of preflight on each file, `CODE : DETAILS`; none: it is PDF/A-1b. */
export function preflight(files: ReadonlyMap<string, Uint8Array>): Map<string, string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'preflight-'));
  try {
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    const args = ['-Djava.awt.headless=true', '-cp', JARS.join(':')];
    const { stdout, stderr } = spawnSync(
      'java',
      [...args, 'org.apache.pdfbox.preflight.Validator_A1b', 'group', folder],
      { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    );
    const found = new Map<string, string[]>();
    for (const part of stdout.split(/^The file (?=.* is (?:not )?a valid PDF)/m).slice(1)) {
      const [head = '', ...messages] = part.split('\n').filter((text) => text !== '');
      found.set(head.replace(/ is (?:not )?a valid PDF.*/, ''), messages);
    }
    const unheard = [...files.keys()].filter((name) => !found.has(name));
    if (unheard.length > 0) throw new Error(`preflight said nothing of ${unheard.join(', ')}: ${stderr}`);
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What preflight has against each file, without what PDF/A-2 allows: `NAME: CODE : DETAILS`. */
export function faultsOfPart2(files: ReadonlyMap<string, Uint8Array>): string[] {
  return [...preflight(files)].flatMap(([name, messages]) =>
    messages
      .filter((message) => !ALLOWED_BY_PART_2.some(([allowed]) => allowed.test(message)))
      .map((message) => `${name}: ${message}`),
  );
}
