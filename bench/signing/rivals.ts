/**
 * Libraries to compare with. They are no dependencies of the project: install them for a run with
 * `npm install --no-save @signpdf/signpdf @signpdf/signer-p12 @signpdf/placeholder-plain @libpdf/core`.
 */

/** A key as file and passphrase, and the same key in PEM. */
export interface BenchKey {
  readonly p12: Uint8Array;
  readonly passphrase: string;
  readonly pem: string;
}

/** Signs a PDF at level B. */
export type SignOnce = (pdf: Uint8Array) => Promise<unknown>;

interface SignPdfParts {
  readonly SignPdf: new () => { sign(pdf: Buffer, signer: object): Promise<Buffer> };
  readonly P12Signer: new (p12: Buffer, options: { passphrase: string }) => object;
  readonly plainAddPlaceholder: (wishes: Readonly<Record<string, unknown>>) => Buffer;
}

interface LibPdfParts {
  readonly P12Signer: { create(p12: Uint8Array, passphrase: string): Promise<object> };
  readonly PDF: {
    load(pdf: Uint8Array): Promise<{ sign(wishes: { signer: object; reason: string }): Promise<unknown> }>;
  };
}

async function load<T>(...names: readonly string[]): Promise<T | null> {
  try {
    const parts = await Promise.all(names.map((name) => import(name) as Promise<object>));
    return Object.assign({}, ...parts) as T;
  } catch {
    return null;
  }
}

/** @signpdf/signpdf with node-forge; null when it is not installed. */
export async function signpdf(key: BenchKey): Promise<SignOnce | null> {
  const parts = await load<SignPdfParts>(
    '@signpdf/signpdf',
    '@signpdf/signer-p12',
    '@signpdf/placeholder-plain',
  );
  if (parts === null) return null;
  const wishes = { reason: 'bench', contactInfo: 'a@b.vn', name: 'bench', location: 'Hà Nội' };
  return (pdf) => {
    const prepared = parts.plainAddPlaceholder({ pdfBuffer: Buffer.from(pdf), ...wishes });
    const signer = new parts.P12Signer(Buffer.from(key.p12), { passphrase: key.passphrase });
    return new parts.SignPdf().sign(prepared, signer);
  };
}

/** @libpdf/core; null when it is not installed. */
export async function libpdf(key: BenchKey): Promise<SignOnce | null> {
  const parts = await load<LibPdfParts>('@libpdf/core');
  if (parts === null) return null;
  const signer = await parts.P12Signer.create(key.p12, key.passphrase);
  return async (pdf) => (await parts.PDF.load(pdf)).sign({ signer, reason: 'bench' });
}
