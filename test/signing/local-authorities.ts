/** Small true authorities for tests of levels T to LTA: a TSA made of `openssl ts`, and OCSP answers and CRLs that are really signed. */
import { execFile } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nullValue } from '../../src/signing/cms/der-write.ts';
import { createTsaClient, type RevocationSource, type TimestampAuthority } from '../../src/signing/index.ts';
import { signerFromKey } from '../../src/signing/keys/signer.ts';
import type { Signer } from '../../src/signing/ports.ts';
import {
  crl,
  crlEntry,
  type Entity,
  extension,
  issue,
  type Keys,
  ocsp,
  purposes,
  serialOf,
} from './x509/authority.ts';

const run = promisify(execFile);
const STAMPING = '1.3.6.1.5.5.7.3.8';
const RESPONDING = '1.3.6.1.5.5.7.3.9';
const DAY = 86_400_000;

export function pem(label: string, der: Uint8Array): string {
  const body = Buffer.from(der)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}

/** A time-stamping authority made of `openssl ts`, one command a request. */
export class OpensslAuthority {
  readonly dir = mkdtempSync(join(tmpdir(), 'lt-tsa-'));
  readonly name: string;
  answers = 0;

  constructor(
    name: string,
    tsa: Pick<Entity, 'der' | 'privateKey'>,
    anchor: Pick<Entity, 'der'>,
    policy = '1.2.704.5',
  ) {
    this.name = name;
    writeFileSync(join(this.dir, 'tsa.pem'), pem('CERTIFICATE', tsa.der));
    writeFileSync(join(this.dir, 'ca.pem'), pem('CERTIFICATE', anchor.der));
    writeFileSync(join(this.dir, 'tsa.key'), tsa.privateKey.export({ format: 'pem', type: 'pkcs8' }));
    writeFileSync(join(this.dir, 'serial'), '01\n');
    writeFileSync(
      join(this.dir, 'ts.cnf'),
      `[tsa]\ndefault_tsa = t\n[t]\nserial = ${this.dir}/serial\ncrypto_device = builtin\nsigner_cert = ${this.dir}/tsa.pem\ncerts = ${this.dir}/ca.pem\n` +
        `signer_key = ${this.dir}/tsa.key\nsigner_digest = sha256\ndefault_policy = ${policy}\ndigests = sha256, sha384, sha512\ness_cert_id_chain = no\ness_cert_id_alg = sha256\n`,
    );
  }

  async answer(query: Uint8Array): Promise<Uint8Array> {
    this.answers += 1;
    writeFileSync(join(this.dir, 'q.tsq'), query);
    const files = ['-queryfile', join(this.dir, 'q.tsq'), '-out', join(this.dir, 'r.tsr')];
    await run('openssl', ['ts', '-reply', '-config', join(this.dir, 'ts.cnf'), ...files]).catch(
      () => undefined,
    );
    return readFile(join(this.dir, 'r.tsr'));
  }

  /** The client that asks it, without a socket in between. */
  client(): TimestampAuthority {
    return createTsaClient({
      urls: ['http://tsa.test/'],
      fetch: async (_url, init) => new Response(Buffer.from(await this.answer(init.body))),
      tries: 1,
    });
  }

  close(): void {
    rmSync(this.dir, { recursive: true });
  }
}

/** Everything that signing at LTA needs, valid around the clock of the machine, which `openssl ts` stamps with. */
export interface LongTerm {
  readonly now: Date;
  readonly anchor: Entity;
  readonly ca: Entity;
  readonly tsa: Entity;
  readonly responder: Entity;
  readonly authority: OpensslAuthority;
  /** Answers by OCSP for what the issuing authority made, with CRLs for the rest; counts what it was asked. */
  readonly revocation: RevocationSource;
  readonly asked: string[];
  /** A signer below the issuing authority. */
  signer(name: string, keys?: Keys): Signer;
  /** The same without asking whether the key is strong enough. */
  signerOf(name: string, keys: Keys): Signer;
  close(): void;
}

export function rsaKeys(modulusLength = 2048): Keys {
  return generateKeyPairSync('rsa', { modulusLength });
}

export function longTerm(): LongTerm {
  const now = new Date();
  const dates = {
    notBefore: new Date(now.getTime() - 30 * DAY),
    notAfter: new Date(now.getTime() + 3650 * DAY),
  };
  const anchor = issue('Root', null, { ca: true, ...dates });
  const ca = issue('Issuing CA', anchor, { ca: true, ...dates });
  const tsa = issue('TSA', anchor, { extensions: [purposes([STAMPING], true)], ...dates });
  const noCheck = extension('1.3.6.1.5.5.7.48.1.5', nullValue());
  const responder = issue('OCSP', ca, { extensions: [purposes([RESPONDING]), noCheck], ...dates });
  const authority = new OpensslAuthority('tsa', tsa, anchor);
  const fresh = {
    thisUpdate: new Date(now.getTime() - 3_600_000),
    nextUpdate: new Date(now.getTime() + 7 * DAY),
  };
  const issued = [ca, tsa, responder];
  const asked: string[] = [];
  const find = (der: Uint8Array): Entity | undefined =>
    issued.find((entity) => Buffer.compare(entity.der, der) === 0);
  return {
    now,
    anchor,
    ca,
    tsa,
    responder,
    authority,
    asked,
    revocation: {
      ocsps: async (issuer, certificate) => {
        const entity = find(certificate);
        asked.push(`ocsp ${entity?.name}`);
        const under = Buffer.compare(issuer, ca.der) === 0;
        return entity === undefined || !under ? [] : [ocsp(entity, ca, { ...fresh, responder })];
      },
      crls: async (issuer) => {
        asked.push('crl');
        return [crl(Buffer.compare(issuer, ca.der) === 0 ? ca : anchor, fresh)];
      },
    },
    signer: (name, keys) => {
      const entity = issue(name, ca, { ...dates, ...(keys === undefined ? {} : { keys }) });
      issued.push(entity);
      return signerFromKey(entity.privateKey, entity.der, [ca.der, anchor.der]);
    },
    signerOf: (name, keys) => {
      const entity = issue(name, ca, { ...dates, keys });
      issued.push(entity);
      const algorithm = keys.privateKey.asymmetricKeyType === 'ec' ? 'ecdsa' : 'rsa';
      const raw = async (data: Uint8Array, digest: string) =>
        new Uint8Array(sign(digest, data, keys.privateKey));
      return { certificate: entity.der, chain: [ca.der, anchor.der], algorithm, sign: raw };
    },
    close: () => authority.close(),
  };
}

/** Revocation lists that a verifier has years later. @param isRevoked whether the first time-stamping authority was revoked two days on. */
export function listsYearsLater({ anchor, ca, tsa, now }: LongTerm, isRevoked: boolean): Uint8Array[] {
  const inDays = (days: number): Date => new Date(now.getTime() + days * DAY);
  return [anchor, ca].map((issuer) =>
    crl(issuer, {
      thisUpdate: inDays(issuer === ca ? -0.04 : 800),
      nextUpdate: inDays(1200),
      entries: issuer === anchor && isRevoked ? [crlEntry(serialOf(tsa), inDays(2))] : [],
    }),
  );
}
