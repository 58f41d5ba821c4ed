/** A 5 MB XML document signed enveloped with RSA-2048: ours beside xml-crypto, in one run; medians. */
import { SignedXml } from 'xml-crypto';
import { openPkcs12, type Signer, signXml } from '../../src/signing/index.ts';
import { percentile } from '../measure.ts';
import type { BenchKey } from './rivals.ts';

/** Milliseconds for one signature. */
export interface XmlFigures {
  readonly oursMs: number;
  readonly xmlCryptoMs: number;
  readonly sizeBytes: number;
}

/** A document of many small elements, as packages and dossiers are. */
function document(sizeBytes: number): string {
  const row =
    '<ns:dong so="1"><ns:ten>Nguyễn Văn An</ns:ten><ns:trichYeu>Về việc thử nghiệm &amp; kiểm tra</ns:trichYeu></ns:dong>\n';
  const rows = Math.floor(sizeBytes / Buffer.byteLength(row));
  return `<ns:bang xmlns:ns="urn:lienthong:bench">${row.repeat(rows)}</ns:bang>`;
}

function withXmlCrypto(xml: string, pem: string): string {
  const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
  const signer = new SignedXml({
    privateKey: pem,
    canonicalizationAlgorithm: exclusive,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  });
  signer.addReference({
    xpath: '/*',
    isEmptyUri: true,
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', exclusive],
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
  });
  signer.computeSignature(xml);
  return signer.getSignedXml();
}

async function times(count: number, work: () => unknown): Promise<number> {
  const all: number[] = [];
  for (let round = 0; round < count; round += 1) {
    const startedAt = performance.now();
    await work();
    all.push(performance.now() - startedAt);
  }
  return percentile(all, 0.5);
}

/** Measures both. */
export async function measureXml(key: BenchKey): Promise<XmlFigures> {
  const text = document(5_000_000);
  const bytes = Buffer.from(text);
  const signer: Signer & { close(): void } = await openPkcs12(key.p12, key.passphrase);
  const ours = () => signXml(bytes, signer, { signingTime: new Date() });
  await ours();
  const oursMs = await times(5, ours);
  const xmlCryptoMs = await times(2, () => withXmlCrypto(text, key.pem));
  signer.close();
  return { oursMs, xmlCryptoMs, sizeBytes: bytes.length };
}
