import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { documentedCodes, ERRORS_PAGE, renderErrorsPage } from '../../../scripts/errors-doc.ts';
import { CONNECTOR_ERRORS } from '../../../src/connectors/index.ts';
import { PROBLEMS } from '../../../src/gateway/http/problem.ts';
import { STORE_ERROR_CODES } from '../../../src/gateway/store/index.ts';
import { OCR_ERRORS } from '../../../src/ocr/index.ts';
import { PACKAGE_ERROR_CODES } from '../../../src/packages/index.ts';
import { SIGNING_ERROR_CODES } from '../../../src/signing/index.ts';

describe('docs/errors.md', () => {
  const page = readFileSync(ERRORS_PAGE, 'utf8');

  it('is what the script makes (npx tsx scripts/errors-doc.ts --write)', () => {
    expect(page === renderErrorsPage(), 'the page is old; write it again').to.equal(true);
  });

  it('has every code of every table and union, once', () => {
    const codes = [
      ...Object.keys(PROBLEMS).filter((code) => code !== 'STORE' && code !== 'BLOBS'),
      ...STORE_ERROR_CODES,
      ...Object.keys(CONNECTOR_ERRORS),
      ...PACKAGE_ERROR_CODES,
      ...SIGNING_ERROR_CODES,
      ...Object.keys(OCR_ERRORS),
    ];
    const documented = documentedCodes();

    expect(documented).to.include.members(codes);
    expect(new Set(documented).size).to.equal(documented.length);
  });

  it('has no row without words in both languages and something to do', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).to.have.length(documentedCodes().length);
    for (const row of rows) {
      const cells = row.split(' | ');
      expect(cells.length, row).to.be.at.least(3);
      expect(row, row).to.match(/[^ |]<br>[^ |]/);
      expect(cells.at(-1), row).to.match(/\w{4}/);
    }
  });

  it('gives every refusal of the API a status of the right class and words in both languages', () => {
    for (const [code, row] of Object.entries(PROBLEMS)) {
      expect(row.status, code).to.be.within(400, 599);
      expect(row.vi, code).to.not.equal(row.en);
      if (row.status === 503) expect(row.retryAfterSeconds, code).to.be.greaterThan(0);
    }
  });
});
