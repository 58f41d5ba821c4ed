/** Writes PKCS#12 files for the test keys: AES-256 (PBES2) and an HMAC-SHA-256 MAC, as current OpenSSL does. */
import { createCipheriv, createHmac, type KeyObject, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import {
  context,
  contextPrimitive,
  integer,
  nullValue,
  octetString,
  oid,
  sequence,
  setOf,
  tlv,
} from '../cms/der-write.ts';
import { OID } from '../cms/oids.ts';
import { pkcs12Derive } from '../keys/pkcs12-crypto.ts';

const derive = promisify(pbkdf2);
const KEY_ITERATIONS = 20_000;
const MAC_ITERATIONS = 2_048;

async function encrypt(
  plain: Uint8Array,
  passphrase: string,
): Promise<{ algorithm: Uint8Array; data: Uint8Array }> {
  const [salt, iv] = [randomBytes(16), randomBytes(16)];
  const key = await derive(passphrase, salt, KEY_ITERATIONS, 32, 'sha256');
  const cipher = createCipheriv('aes-256-cbc', key, iv);
  const data = new Uint8Array(Buffer.concat([cipher.update(plain), cipher.final()]));
  const prf = sequence(oid('1.2.840.113549.2.9'), nullValue());
  const kdf = sequence(
    oid('1.2.840.113549.1.5.12'),
    sequence(octetString(salt), integer(KEY_ITERATIONS), prf),
  );
  const scheme = sequence(oid('2.16.840.1.101.3.4.1.42'), octetString(iv));
  return { algorithm: sequence(oid('1.2.840.113549.1.5.13'), sequence(kdf, scheme)), data };
}

function dataInfo(content: Uint8Array): Uint8Array {
  return sequence(oid(OID.data), context(0, octetString(content)));
}

/**
 * A PKCS#12 file, DER, holding one key and its certificates (its own first).
 * @param passphrase protects key, certificates and MAC alike.
 */
export async function writePkcs12(
  key: KeyObject,
  certificates: readonly Uint8Array[],
  passphrase: string,
): Promise<Uint8Array> {
  const link = setOf(sequence(oid(OID.localKeyId), setOf(octetString(Uint8Array.of(1)))));
  const sealed = await encrypt(new Uint8Array(key.export({ format: 'der', type: 'pkcs8' })), passphrase);
  const keyBag = sequence(
    oid('1.2.840.113549.1.12.10.1.2'),
    context(0, sequence(sealed.algorithm, octetString(sealed.data))),
    link,
  );
  const certificateBags = certificates.map((der, index) => {
    const value = sequence(oid(OID.x509Certificate), context(0, octetString(der)));
    return sequence(oid('1.2.840.113549.1.12.10.1.3'), context(0, value), ...(index === 0 ? [link] : []));
  });
  const wrapped = await encrypt(sequence(...certificateBags), passphrase);
  const encryptedInfo = sequence(oid(OID.data), wrapped.algorithm, contextPrimitive(0, wrapped.data));
  const encrypted = sequence(oid(OID.encryptedData), context(0, sequence(integer(0), encryptedInfo)));
  const content = sequence(encrypted, dataInfo(sequence(keyBag)));
  const macSalt = randomBytes(16);
  const macKey = await pkcs12Derive('sha256', passphrase, macSalt, MAC_ITERATIONS, 3, 32);
  const mac = new Uint8Array(createHmac('sha256', macKey).update(content).digest());
  const digestInfo = sequence(sequence(oid(OID.sha256), nullValue()), octetString(mac));
  return sequence(
    integer(3),
    dataInfo(content),
    sequence(
      digestInfo,
      octetString(macSalt),
      tlv(0x02, Uint8Array.of(MAC_ITERATIONS >> 8, MAC_ITERATIONS & 0xff)),
    ),
  );
}
