/** Libraries to compare with; development dependencies alone. */
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

async function load<T>(...names: readonly string[]): Promise<T> {
  const parts = await Promise.all(names.map((name) => import(name) as Promise<object>));
  return Object.assign({}, ...parts) as T;
}

/** @signpdf/signpdf with node-forge. */
export async function signpdf(key: BenchKey): Promise<SignOnce> {
  const parts = await load<SignPdfParts>(
    '@signpdf/signpdf',
    '@signpdf/signer-p12',
    '@signpdf/placeholder-plain',
  );
  const wishes = { reason: 'bench', contactInfo: 'a@b.vn', name: 'bench', location: 'Hà Nội' };
  return (pdf) => {
    const prepared = parts.plainAddPlaceholder({ pdfBuffer: Buffer.from(pdf), ...wishes });
    const signer = new parts.P12Signer(Buffer.from(key.p12), { passphrase: key.passphrase });
    return new parts.SignPdf().sign(prepared, signer);
  };
}

/** @libpdf/core. */
export async function libpdf(key: BenchKey): Promise<SignOnce> {
  const parts = await load<LibPdfParts>('@libpdf/core');
  const signer = await parts.P12Signer.create(key.p12, key.passphrase);
  return async (pdf) => (await parts.PDF.load(pdf)).sign({ signer, reason: 'bench' });
}
