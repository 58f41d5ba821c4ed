import { createHash, sign } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { expect } from 'chai';
import { buildCms } from '../../../src/signing/cms/index.ts';
import { SigningError, signXml, verifyFile } from '../../../src/signing/index.ts';
import { makeSigning } from '../signers.ts';
import { NOW } from '../x509/authority.ts';

const signing = makeSigning();
const options = { ...signing.options, intermediates: [signing.ca.der] };

interface Entry {
  readonly name: string;
  readonly data: string | Uint8Array;
  readonly deflate?: boolean;
  /** Size written into the headers instead of the true one. */
  readonly claim?: number;
}

/** A ZIP of the entries, in order. */
function zip(entries: readonly Entry[]): Uint8Array {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, data, deflate = false, claim } of entries) {
    const raw = Buffer.from(data as Uint8Array);
    const packed = deflate ? deflateRawSync(raw) : raw;
    const label = Buffer.from(name);
    const header = Buffer.alloc(26);
    header.writeUInt16LE(20, 0);
    header.writeUInt16LE(0x800, 2);
    header.writeUInt16LE(deflate ? 8 : 0, 4);
    header.writeUInt32LE(crc32(raw), 10);
    header.writeUInt32LE(packed.length, 14);
    header.writeUInt32LE(claim ?? raw.length, 18);
    header.writeUInt16LE(label.length, 22);
    const local = Buffer.concat([Buffer.from('504b0304', 'hex'), header, label, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.concat([Buffer.from('504b01021400', 'hex'), header, tail, label]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

const ASICE = { name: 'mimetype', data: 'application/vnd.etsi.asic-e+zip' };
const ASICS = { name: 'mimetype', data: 'application/vnd.etsi.asic-s+zip' };
const A = { name: 'văn bản.txt', data: 'nội dung một' };
const B = { name: 'b.txt', data: 'nội dung hai' };

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('base64');

/** A detached XML-DSig signature over files of the container, its SignedInfo written in canonical form. */
function xmlSignature(files: readonly Entry[]): Entry {
  const ds = 'http://www.w3.org/2000/09/xmldsig#';
  const references = files.map(
    ({ name, data }) =>
      `<ds:Reference URI="${encodeURIComponent(name)}"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod><ds:DigestValue>${sha256(data)}</ds:DigestValue></ds:Reference>`,
  );
  const body =
    '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod>' +
    `<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"></ds:SignatureMethod>${references.join('')}</ds:SignedInfo>`;
  const octets = Buffer.from(`<ds:SignedInfo xmlns:ds="${ds}">${body}`);
  const value = sign('sha256', octets, {
    key: signing.entity.privateKey,
    dsaEncoding: 'ieee-p1363',
  }).toString('base64');
  const certificate = Buffer.from(signing.entity.der).toString('base64');
  const data =
    `<asic:XAdESSignatures xmlns:asic="http://uri.etsi.org/02918/v1.2.1#"><ds:Signature xmlns:ds="${ds}"><ds:SignedInfo>${body}` +
    `<ds:SignatureValue>${value}</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate>` +
    '</ds:X509Data></ds:KeyInfo></ds:Signature></asic:XAdESSignatures>';
  return { name: 'META-INF/signatures0.xml', data };
}

function manifestOf(files: readonly Entry[]): string {
  const lines = files.map(
    ({ name, data }) =>
      `<asic:DataObjectReference URI="${encodeURIComponent(name)}"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>${sha256(data)}</ds:DigestValue></asic:DataObjectReference>`,
  );
  return `<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><asic:SigReference URI="META-INF/signature.p7s"/>${lines.join('')}</asic:ASiCManifest>`;
}

async function cades(content: string): Promise<Entry> {
  return {
    name: 'META-INF/signature.p7s',
    data: await buildCms(signing.signer, { content: [Buffer.from(content)], signingTime: NOW }),
  };
}

async function outcome(entries: readonly Entry[]): Promise<string> {
  const { format, signatures, verdict } = await verifyFile({ name: 'x.asice', bytes: zip(entries) }, options);
  return [format, verdict, ...signatures.map((item) => item.subIndication ?? item.coverage)].join(' ');
}

describe('ASiC containers', () => {
  it('pass with XAdES over all their files, and name a file left out', async () => {
    expect(await outcome([ASICE, A, B, xmlSignature([A, B])])).to.equal('ASIC-E TOTAL-PASSED whole-document');
    expect(await outcome([ASICE, A, B, xmlSignature([A])])).to.equal('ASIC-E TOTAL-PASSED partial');
    expect(
      await outcome([
        ASICS,
        { ...A, deflate: true },
        { ...xmlSignature([A]), name: 'META-INF/signatures.xml' },
      ]),
    ).to.equal('ASIC-S TOTAL-PASSED whole-document');
  });

  it('pass with CAdES over a manifest or over the only file', async () => {
    const manifest = manifestOf([A, B]);

    expect(
      await outcome([
        ASICE,
        A,
        B,
        { name: 'META-INF/ASiCManifest.xml', data: manifest },
        await cades(manifest),
      ]),
    ).to.equal('ASIC-E TOTAL-PASSED whole-document');
    expect(await outcome([ASICS, A, await cades(A.data)])).to.equal('ASIC-S TOTAL-PASSED whole-document');
  });

  it('name a file slipped in beside the listed ones, and an evidence record that proves nothing to us', async () => {
    const list = {
      name: 'META-INF/manifest.xml',
      data: `<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><m:file-entry m:full-path="${A.name}" m:media-type="text/plain"/></m:manifest>`,
    };
    const record = { name: 'META-INF/evidencerecord.ers', data: 'hồ sơ' };

    const report = await verifyFile(
      { name: 'a.asice', bytes: zip([ASICE, A, B, list, record, xmlSignature([A])]) },
      options,
    );

    const messages = report.signatures[0]?.messages.map(({ code, level }) => `${level} ${code}`);
    expect(messages).to.include('warning ASIC_FILE_NOT_LISTED').and.include('info ASIC_EVIDENCE_RECORD');
    expect(report.signatures[0]?.coverage).to.equal('partial');
    expect(report.signatures[0]?.timestamps).to.deep.equal([]);
  });

  it('see a changed, a missing and a renamed file', async () => {
    const changed = { ...B, data: 'nội dung khác' };
    const manifest = manifestOf([A, B]);
    const withManifest = async (files: readonly Entry[]) =>
      outcome([
        ASICE,
        ...files,
        { name: 'META-INF/ASiCManifest.xml', data: manifest },
        await cades(manifest),
      ]);

    expect(await outcome([ASICE, A, changed, xmlSignature([A, B])])).to.equal(
      'ASIC-E TOTAL-FAILED HASH_FAILURE',
    );
    expect(await outcome([ASICE, A, xmlSignature([A, B])])).to.equal(
      'ASIC-E INDETERMINATE SIGNED_DATA_NOT_FOUND',
    );
    expect(await outcome([ASICE, { ...A, name: 'c.txt' }, xmlSignature([A])])).to.equal(
      'ASIC-E INDETERMINATE SIGNED_DATA_NOT_FOUND',
    );
    expect(await withManifest([A, changed])).to.equal('ASIC-E TOTAL-FAILED HASH_FAILURE');
    expect(await withManifest([A])).to.equal('ASIC-E INDETERMINATE SIGNED_DATA_NOT_FOUND');
  });

  it('fail when their own list disagrees with what is there and signed', async () => {
    const list = (names: readonly string[]): Entry => ({
      name: 'META-INF/manifest.xml',
      data: `<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">${names.map((name) => `<m:file-entry m:full-path="${name}"/>`).join('')}</m:manifest>`,
    });

    expect(await outcome([ASICE, A, xmlSignature([A]), list(['/', A.name])])).to.equal(
      'ASIC-E TOTAL-PASSED whole-document',
    );
    expect(await outcome([ASICE, A, B, xmlSignature([A]), list(['/', A.name, B.name])])).to.equal(
      'ASIC-E TOTAL-FAILED FORMAT_FAILURE',
    );
    expect(await outcome([ASICE, A, xmlSignature([A]), list(['/', 'other.txt'])])).to.equal(
      'ASIC-E TOTAL-FAILED FORMAT_FAILURE',
    );
  });

  it('count a signature file that cannot be read as a failed signature', async () => {
    expect(await outcome([ASICE, A, { name: 'META-INF/signatures0.xml', data: '<a' }])).to.equal(
      'ASIC-E TOTAL-FAILED FORMAT_FAILURE',
    );
    expect(await outcome([ASICE, A, { name: 'META-INF/signature.p7s', data: 'junk' }])).to.equal(
      'ASIC-E TOTAL-FAILED FORMAT_FAILURE',
    );
    expect(await outcome([ASICE, A])).to.equal('ASIC-E NO-SIGNATURE');
  });

  it('get a verdict, a bad one, when they cannot be read and hold signatures', async () => {
    const signed = zip([ASICE, A, xmlSignature([A])]);
    const verdict = async (bytes: Uint8Array) => {
      const report = await verifyFile({ name: 'x', bytes }, options);
      return `${report.format} ${report.verdict} ${report.signatures[0]?.messages[0]?.code}`;
    };
    const refused = 'ASIC-E TOTAL-FAILED ASIC_CONTAINER_UNREADABLE';

    expect(await verdict(zip([ASICE, A, A, xmlSignature([A])]))).to.equal(refused);
    // Readers that start at the end would open this one all the same.
    expect(await verdict(Buffer.concat([Buffer.from('junk'), signed]))).to.equal(refused);
    const renamed = Buffer.from(signed);
    renamed.write('nx', renamed.indexOf('nội dung') - 4, 'latin1');
    expect(await verdict(renamed)).to.equal(refused);
  });

  it('are read when a comment follows the directory, and from the end record that ends the file', async () => {
    const withComment = (bytes: Uint8Array, comment: Uint8Array): Uint8Array => {
      const file = Buffer.concat([bytes, comment]);
      file.writeUInt16LE(comment.length, bytes.length - 2);
      return file;
    };
    const signed = zip([ASICE, A, xmlSignature([A])]);
    const other = zip([ASICE, { ...A, data: 'nội dung khác' }]);
    const read = async (bytes: Uint8Array) => (await verifyFile({ name: 'x', bytes }, options)).verdict;

    expect(await read(withComment(signed, Buffer.from('ghi chú')))).to.equal('TOTAL-PASSED');
    // A comment that is a container itself: two readers could see two things.
    expect(await read(withComment(signed, other))).to.not.equal('TOTAL-PASSED');
  });

  it('are refused with a code when damaged, ambiguous or bombs', async () => {
    const codeOf = async (bytes: Uint8Array) =>
      verifyFile({ name: 'x', bytes }, options).then(
        () => 'none',
        (error: unknown) => (error instanceof SigningError ? error.code : String(error)),
      );
    const zeros = Buffer.alloc(3 * 1024 * 1024);

    expect(await codeOf(zip([ASICE, A, A]))).to.equal('ASIC_INVALID');
    expect(await codeOf(zip([ASICE, { ...A, claim: 5 }]))).to.equal('ASIC_INVALID');
    expect(await codeOf(zip([ASICE, A]).subarray(0, 90))).to.equal('ASIC_INVALID');
    expect(await codeOf(zip([ASICE, { name: 'z', data: zeros, deflate: true }]))).to.equal('ASIC_TOO_LARGE');
    expect(await codeOf(zip([ASICE, { name: 'z', data: zeros, deflate: true, claim: 100 }]))).to.equal(
      'ASIC_INVALID',
    );
    expect(await codeOf(zip([ASICE, { name: 'z', data: '', claim: 0xfffffff0 }]))).to.equal('ASIC_TOO_LARGE');
  });

  it('are never two things at once: for readers of another system, or for those that start at the beginning', async () => {
    const signed = [ASICE, A, B, xmlSignature([A, B])];
    const verdictOf = async (bytes: Uint8Array) => {
      const { verdict, signatures } = await verifyFile({ name: 'x', bytes }, options);
      return `${verdict} ${signatures[0]?.messages[0]?.code}`;
    };
    const unreadable = 'TOTAL-FAILED ASIC_CONTAINER_UNREADABLE';
    const good = Buffer.from(zip(signed));
    const changed = (at: number, octet: number): Buffer => {
      const copy = Buffer.from(good);
      copy[at] = octet;
      return copy;
    };
    // Local header of the second entry: 30 octets and the name after those of the first.
    const second = 30 + ASICE.name.length + ASICE.data.length;
    const directory = good.readUInt32LE(good.length - 6);
    const hidden = Buffer.from(zip([{ name: 'b.txt', data: 'nội dung khác' }])).subarray(0, 30 + 5 + 18);
    const slipped = Buffer.concat([good.subarray(0, directory), hidden, good.subarray(directory)]);
    slipped.writeUInt32LE(directory + hidden.length, slipped.length - 6);
    const overlapping = Buffer.from(good);
    overlapping.writeUInt32LE(second, directory + 42);

    expect(await verdictOf(good)).to.equal('TOTAL-PASSED NO_PROOF_OF_TIME');
    for (const twin of ['B.TXT', 'b.tXt', A.name.normalize('NFD'), A.name.toUpperCase()])
      expect(await verdictOf(zip([...signed, { name: twin, data: 'x' }])), twin).to.equal(unreadable);
    for (const name of ['../x', 'a/../../x', '/x', 'C:x', 'a\\..\\x', 'x\0.txt'])
      expect(await verdictOf(zip([...signed, { name, data: 'x' }])), name).to.equal(unreadable);
    expect(await verdictOf(changed(second + 8, 8)), 'another method').to.equal(unreadable);
    expect(await verdictOf(changed(second + 14, (good[second + 14] ?? 0) ^ 1)), 'another checksum').to.equal(
      unreadable,
    );
    expect(await verdictOf(changed(second + 18, 1)), 'another size').to.equal(unreadable);
    expect(await verdictOf(slipped), 'an entry the directory leaves out').to.equal(unreadable);
    expect(await verdictOf(overlapping), 'two names for one place').to.equal(unreadable);
  });

  it('do not pass by a signature over something it carries itself', async () => {
    const forged = { ...B, data: 'nội dung giả' };
    const manifest = { name: 'META-INF/ASiCManifest.xml', data: manifestOf([forged]) };
    const inside = async (content: string): Promise<Entry> => ({
      name: 'META-INF/signature.p7s',
      data: await buildCms(signing.signer, {
        content: [Buffer.from(content)],
        signingTime: NOW,
        attached: true,
      }),
    });
    const letter = Buffer.from('<congVan xmlns="urn:x">Nội dung thật</congVan>');
    const documents = await Promise.all(
      [true, false].map((xades) => signXml(letter, signing.signer, { signingTime: NOW, xades })),
    );
    const asCounter = Buffer.from(documents[1] ?? '')
      .toString()
      .replace(/(<(?:\w+:)?Signature\b[^>]*?)\sId="[^"]*"/, '$1')
      .replace(/<((?:\w+:)?Signature)\b/, '<$1 Id="a/counter-1"');

    // A copy of what lies beside it is the same content.
    expect(await outcome([ASICS, forged, await inside(forged.data)])).to.equal(
      'ASIC-S TOTAL-PASSED whole-document',
    );
    expect(await outcome([ASICS, forged, await inside('thật')])).to.contain('TOTAL-FAILED');
    expect(await outcome([ASICE, forged, manifest, await inside('thật')])).to.contain('TOTAL-FAILED');
    expect(await outcome([ASICE, A, forged, manifest, await inside(manifestOf([A]))])).to.contain(
      'TOTAL-FAILED',
    );
    for (const kind of [ASICS, ASICE])
      for (const name of ['META-INF/signatures.xml', 'META-INF/signatures1.xml'])
        for (const data of [...documents, Buffer.from(asCounter)]) {
          const bytes = zip([kind, forged, { name, data }]);
          const { verdict, signatures } = await verifyFile({ name: 'x', bytes }, options);
          expect(verdict).to.be.oneOf(['INDETERMINATE', 'TOTAL-FAILED']);
          expect(signatures[0]?.messages.map(({ code }) => code)).to.include('ASIC_NOTHING_SIGNED');
        }
  });

  it('prove nothing by a manifest that lists nothing, is not the one signed, or speaks of another file', async () => {
    const manifest = (name: string, data: string): Entry => ({ name: `META-INF/${name}.xml`, data });
    const both = manifestOf([A, B]);
    const first = await cades(both);
    const forged = { ...B, data: 'nội dung khác' };
    const lines = (text: string) =>
      /<asic:DataObjectReference.*<\/asic:DataObjectReference>/.exec(text)?.[0] ?? '';
    const nothing = manifestOf([]);
    const renamed = both.replace(
      'SigReference URI="META-INF/signature.p7s"',
      'SigReference URI="META-INF/x.p7s"',
    );
    const nested = nothing.replace(
      '</asic:ASiCManifest>',
      `<asic:Other>${lines(both)}</asic:Other></asic:ASiCManifest>`,
    );
    const weak = both.replaceAll('xmlenc#sha256', 'xmldsig-more#md5');
    const cases: readonly (readonly [what: string, entries: readonly Entry[]])[] = [
      ['no line', [ASICE, A, manifest('ASiCManifest', nothing), await cades(nothing)]],
      ['lines where none are read', [ASICE, A, B, manifest('ASiCManifest', nested), await cades(nested)]],
      ['an unknown digest', [ASICE, A, B, manifest('ASiCManifest', weak), await cades(weak)]],
      ['another signature named', [ASICE, A, B, manifest('ASiCManifest', renamed), await cades(renamed)]],
      [
        'a second manifest before the signed one',
        [
          ASICE,
          A,
          forged,
          manifest('ASiCManifest', manifestOf([A, forged])),
          manifest('ASiCManifest2', both),
          first,
        ],
      ],
      [
        'a second manifest behind the signed one',
        [
          ASICE,
          A,
          forged,
          manifest('ASiCManifest', both),
          manifest('ASiCManifest2', manifestOf([A, forged])),
          first,
        ],
      ],
      ['a file changed', [ASICE, A, forged, manifest('ASiCManifest', both), first]],
      ['the manifest is gone', [ASICE, A, B, first]],
      ['the manifest lies elsewhere', [ASICE, A, B, { name: 'ASiCManifest.xml', data: both }, first]],
      ['called a simple container', [ASICS, A, forged, manifest('ASiCManifest', both), first]],
      [
        'the manifest as the only file of a simple container',
        [ASICS, { name: 'a.xml', data: nothing }, forged, await cades(nothing)],
      ],
    ];

    expect(await outcome([ASICE, A, B, manifest('ASiCManifest', both), first])).to.equal(
      'ASIC-E TOTAL-PASSED whole-document',
    );
    for (const [what, entries] of cases) expect(await outcome(entries), what).to.not.contain('TOTAL-PASSED');
  });
});
