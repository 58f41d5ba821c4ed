// Writes a scanned application (an image-only PDF with slant and noise): node --import=tsx scripts/make-scan.ts OUT.pdf [SEED] [NAME]
import { writeFileSync } from 'node:fs';
import { makeScannedApplication } from '../src/ocr/index.ts';

const [target, seed = '1', applicantName] = process.argv.slice(2);
if (!target) {
  console.error('usage: make-scan OUT.pdf [SEED] [APPLICANT NAME]');
  process.exitCode = 2;
} else {
  writeFileSync(target, await makeScannedApplication(Number(seed), applicantName ? { applicantName } : {}));
}
