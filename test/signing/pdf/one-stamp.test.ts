import { expect } from 'chai';
import type { SignatureFacts } from '../../../src/signing/facts.ts';
import { DEFAULT_POLICY, signPdf, type VerifyOptions, verifyFile } from '../../../src/signing/index.ts';
import { extendPdf } from '../../../src/signing/pdf/index.ts';
import { type JudgeContext, newStampMemory } from '../../../src/signing/report/context.ts';
import { judgeSignature } from '../../../src/signing/report.ts';
import { type LongTerm, longTerm } from '../local-authorities.ts';
import { crl, crlEntry, serialOf } from '../x509/authority.ts';
import { makePdf } from './make-pdf.ts';

const DAY = 86_400_000;

describe('document time-stamps over several signatures', () => {
  let world: LongTerm;
  let pdf: Uint8Array;

  before(async () => {
    world = longTerm();
    pdf = makePdf();
    for (const name of ['An', 'Bình', 'Chi']) {
      pdf = await signPdf(pdf, world.signer(name), { signingTime: new Date() });
      pdf = await extendPdf(pdf, {
        level: 'LTA',
        timestampAuthority: world.authority.client(),
        evidence: { trust: [world.anchor.der], revocation: world.revocation, now: new Date() },
      });
    }
  });

  after(() => world.close());

  async function factsOf(bytes: Uint8Array): Promise<readonly SignatureFacts[]> {
    const read: SignatureFacts[] = [];
    const options: VerifyOptions = { trust: [world.anchor.der], now: new Date(), offline: true };
    await verifyFile(
      { name: 'a.pdf', bytes },
      { ...options, onFacts: (_format, facts) => read.push(...facts) },
    );
    return read;
  }

  function contextAt(days: number, crls: readonly Uint8Array[] = []): JudgeContext {
    const at = new Date(Date.now() + 60_000 + days * DAY);
    const pool = { intermediates: [], crls, ocsps: [] };
    return { trust: [world.anchor.der], ...pool, at, now: at, policy: DEFAULT_POLICY };
  }

  it('are one value for all of them, and get the verdict each would get by itself', async () => {
    const facts = await factsOf(pdf);
    const revoked = crl(world.anchor, {
      thisUpdate: new Date(Date.now() - DAY),
      nextUpdate: new Date(Date.now() + 400 * DAY),
      entries: [crlEntry(serialOf(world.tsa), new Date(Date.now() - 2 * DAY))],
    });
    const stamps = facts.map((one) => one.timestamps.filter(({ type }) => type === 'document'));

    expect(stamps.map((list) => list.length)).to.deep.equal([6, 4, 2]);
    expect(stamps[0]?.slice(2)).to.satisfy((list: unknown[]) =>
      list.every((item, at) => item === stamps[1]?.[at]),
    );
    for (const context of [contextAt(0), contextAt(4000), contextAt(0, [revoked])]) {
      const memory = newStampMemory(facts);
      for (const one of facts) {
        const alone = await judgeSignature(one, context);
        const together = await judgeSignature(one, { ...context, stamps: memory });
        expect(together).to.deep.equal(alone);
      }
      for (const byTime of memory.verdicts.values()) expect(byTime.size).to.equal(1);
    }
  });

  it('fail every signature they were made for when their octets change', async () => {
    const [first] = await factsOf(pdf);
    const token = first?.timestamps.at(-1)?.token ?? new Uint8Array();
    const at = Buffer.from(pdf).lastIndexOf(Buffer.from(token.subarray(0, 200)).toString('hex'));
    const changed = new Uint8Array(pdf);
    // The last digit of the signature value, before the zeros that fill the room.
    const last = at + 2 * token.length - 1;
    changed[last] = changed[last] === 0x30 ? 0x31 : 0x30;

    const { signatures } = await verifyFile(
      { name: 'a.pdf', bytes: changed },
      { trust: [world.anchor.der], now: new Date(Date.now() + 60_000), offline: true },
    );

    expect(at).to.be.above(0);
    expect(signatures.map(({ timestamps }) => timestamps.at(-1)?.indication)).to.deep.equal(
      Array(3).fill('FAILED'),
    );
    expect(
      signatures.map(({ messages }) => messages.some(({ code }) => code === 'TIMESTAMP_BAD')),
    ).to.deep.equal(Array(3).fill(true));
  });
});
