/** What the tests of appearances share. */
import { type PdfSignOptions, signPdf } from '../../../src/signing/pdf/index.ts';
import { signerOf, TEST_NOW } from '../test-pki/shared.ts';

/** Signs with a key of the test PKI, at the clock of the tests. */
export async function sign(
  pdf: Uint8Array,
  id: string,
  options: Omit<PdfSignOptions, 'signingTime'>,
): Promise<Uint8Array> {
  return signPdf(pdf, await signerOf(id), { signingTime: TEST_NOW, ...options });
}
