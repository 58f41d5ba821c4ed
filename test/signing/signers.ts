/** A signer with its authority, evidence and trust, for tests of signatures. */
import { sign } from 'node:crypto';
import type { Signer, SigningDigest, VerifyOptions } from '../../src/signing/index.ts';
import { crl, type Entity, issue, type Keys, NOW, root } from './x509/authority.ts';

export interface Signing {
  readonly anchor: Entity;
  readonly ca: Entity;
  readonly entity: Entity;
  readonly signer: Signer;
  /** Verifies with everything at hand. */
  readonly options: VerifyOptions;
}

export function signerOf(entity: Entity, chain: readonly Uint8Array[]): Signer {
  const algorithm = entity.privateKey.asymmetricKeyType === 'ec' ? 'ecdsa' : 'rsa';
  return {
    certificate: entity.der,
    chain,
    algorithm,
    sign: async (data: Uint8Array, digest: SigningDigest) =>
      new Uint8Array(sign(digest, data, entity.privateKey)),
  };
}

/** A root, an issuing authority with fresh CRLs, and a signer below it. */
export function makeSigning(keys?: Keys): Signing {
  const anchor = root();
  const ca = issue('Issuing CA', anchor, { ca: true });
  const entity = issue('Người ký', ca, keys === undefined ? {} : { keys });
  return {
    anchor,
    ca,
    entity,
    signer: signerOf(entity, [ca.der]),
    options: { trust: [anchor.der], crls: [crl(anchor), crl(ca)], now: NOW, offline: true },
  };
}
