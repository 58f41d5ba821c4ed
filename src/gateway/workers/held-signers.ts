/** Keys in tokens and signing services, opened once and kept: a login costs more than a signature. */
import { type CscSigner, type OutsideSigner, parseCscUri, SigningError } from '../../signing/index.ts';
import { openKey, openRemote, readSecretFile } from '../keys/index.ts';
import type { KeyEntry } from './key-entries.ts';

/** An opened key. */
export interface HeldSigner {
  readonly signer: OutsideSigner;
  /** The same signer, where its holder has to consent; else null. */
  readonly remote: CscSigner | null;
}

/** The keys that are open. */
export interface HeldSigners {
  /** Opens it at the first use; a key that could not be opened is tried again at the next. */
  signer(key: KeyEntry): Promise<HeldSigner>;
  /** Whether the operator gave the PIN, so that nobody needs to type it. */
  knowsPin(key: KeyEntry): boolean;
  /** The operator's PIN, or null. */
  pinOf(key: KeyEntry): Promise<string | null>;
  close(): Promise<void>;
}

function pinFileOf(key: KeyEntry): string | null {
  return key.passFile ?? (key.kind === 'csc' ? parseCscUri(key.address).pinFile : null);
}

/** @param certificatesOf further certificates of a key, DER. */
export function openHeldSigners(certificatesOf: (key: KeyEntry) => Promise<Uint8Array[]>): HeldSigners {
  const held = new Map<string, Promise<HeldSigner>>();

  async function open(key: KeyEntry): Promise<HeldSigner> {
    const options = {
      unattended: true,
      certificates: await certificatesOf(key),
      ...(key.passFile === undefined ? {} : { passFile: key.passFile }),
      ...(key.parallel === undefined ? {} : { parallel: key.parallel }),
      ...(key.pss === undefined ? {} : { pss: key.pss }),
    };
    if (key.kind === 'csc') {
      const remote = await openRemote(key.address, options);
      return { signer: remote, remote };
    }
    if (key.kind !== 'pkcs11') throw new SigningError('KEY_UNSUPPORTED');
    return { signer: (await openKey(key.address, options)) as OutsideSigner, remote: null };
  }

  return {
    signer(key) {
      const name = `${key.agency}/${key.id}`;
      let opened = held.get(name);
      if (opened === undefined) {
        opened = open(key);
        held.set(name, opened);
        opened.catch(() => held.delete(name));
      }
      return opened;
    },
    knowsPin: (key) => pinFileOf(key) !== null,
    async pinOf(key) {
      const file = pinFileOf(key);
      return file === null ? null : readSecretFile(file);
    },
    async close() {
      const all = await Promise.allSettled(held.values());
      await Promise.allSettled(
        all.map((one) => (one.status === 'fulfilled' ? one.value.signer.close() : null)),
      );
    },
  };
}
