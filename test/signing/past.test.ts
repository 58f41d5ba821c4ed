import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { context, generalizedTime, sequence } from '../../src/signing/cms/der-write.ts';
import { buildCms } from '../../src/signing/cms/index.ts';
import { POLICIES, readPolicy, signPdf, type VerifyOptions, verifyFile } from '../../src/signing/index.ts';
import { type LongTerm, longTerm, rsaKeys } from './local-authorities.ts';
import { makePdf } from './pdf/make-pdf.ts';
import { signerOf } from './signers.ts';
import { crl, crlEntry, type Entity, extension, generalName, issue, serialOf } from './x509/authority.ts';

const DAY = 86_400_000;

describe('signatures whose certificates have run out or been revoked since', () => {
  let world: LongTerm;
  let short: Entity;
  let long: Entity;
  const inDays = (days: number) => new Date(world.now.getTime() + days * DAY);

  before(() => {
    world = longTerm();
    const dates = { notBefore: inDays(-30), notAfter: inDays(3650) };
    short = issue('Short', world.ca, { ...dates, notAfter: inDays(1) });
    long = issue('Long', world.ca, dates);
  });

  after(() => world.close());

  const lists = (entries: readonly Uint8Array[] = [], from = -0.04, to = 400) =>
    [world.anchor, world.ca].map((issuer) =>
      crl(issuer, {
        thisUpdate: inDays(from),
        nextUpdate: inDays(to),
        entries: issuer === world.ca ? entries : [],
      }),
    );

  async function signed(entity: Entity, stamped: boolean): Promise<Uint8Array> {
    const more = stamped ? { timestampAuthority: world.authority.client() } : {};
    return signPdf(makePdf(), signerOf(entity, [world.ca.der]), { signingTime: new Date(), ...more });
  }

  async function outcome(pdf: Uint8Array, days: number, more: Partial<VerifyOptions>): Promise<string> {
    const { signatures } = await verifyFile(
      { name: 'a.pdf', bytes: pdf },
      { trust: [world.anchor.der], now: inDays(days), offline: true, ...more },
    );
    const [only] = signatures;
    return `${only?.indication} ${only?.subIndication ?? ''}`.trim();
  }

  it('pass with a time-stamp from before, and say what is missing without one', async () => {
    const [plain, stamped] = [await signed(short, false), await signed(short, true)];

    expect(await outcome(plain, 0, { crls: lists() })).to.equal('TOTAL-PASSED');
    expect(await outcome(plain, 30, { crls: lists() })).to.equal('INDETERMINATE OUT_OF_BOUNDS_NO_POE');
    expect(await outcome(stamped, 30, { crls: lists() })).to.equal('TOTAL-PASSED');
  });

  it('are known not to have been revoked only by a list from afterwards that still names what expired', async () => {
    const plain = await signed(short, false);
    const ends = inDays(1).getTime();
    const list = (days: number, since: number | null, entries: readonly Uint8Array[] = []) => [
      crl(world.anchor, { thisUpdate: inDays(-0.04), nextUpdate: inDays(400) }),
      crl(world.ca, {
        thisUpdate: inDays(days),
        nextUpdate: inDays(400),
        entries,
        ...(since === null ? {} : { extensions: [extension('2.5.29.60', generalizedTime(new Date(since)))] }),
      }),
    ];
    const entry = crlEntry(serialOf(short), inDays(0.5));

    expect(await outcome(plain, 30, { crls: list(20, ends - DAY) })).to.equal(
      'INDETERMINATE OUT_OF_BOUNDS_NOT_REVOKED',
    );
    for (const crls of [
      list(20, null),
      list(20, ends + DAY),
      list(-0.04, ends - DAY),
      list(20, ends - DAY, [entry]),
    ])
      expect(await outcome(plain, 30, { crls })).to.equal('INDETERMINATE OUT_OF_BOUNDS_NO_POE');
  });

  it('are not hurt by a revocation after the time-stamp, and are by one before it', async () => {
    const [plain, stamped] = [await signed(long, false), await signed(long, true)];
    const later = lists([crlEntry(serialOf(long), inDays(2))], 3);
    const earlier = lists([crlEntry(serialOf(long), inDays(-2))], 3);

    expect(await outcome(plain, 5, { crls: later })).to.equal('INDETERMINATE REVOKED_NO_POE');
    expect(await outcome(stamped, 5, { crls: later })).to.equal('TOTAL-PASSED');
    expect(await outcome(stamped, 5, { crls: earlier })).to.equal('INDETERMINATE REVOKED_NO_POE');
  });

  it('are not cleared by a list made after their certificate expired, which need not name it any more', async () => {
    const stamped = await signed(short, true);
    const late = lists([], 20);

    expect(await outcome(stamped, 30, { crls: late })).to.equal('INDETERMINATE TRY_LATER');
  });

  it('are judged weak, neither fine nor forged, where the policy lets an old algorithm through', async () => {
    const keys = rsaKeys(1024);
    const weak = issue('Weak', world.ca, { keys, notBefore: inDays(-30), notAfter: inDays(30) });
    const cms = await buildCms(signerOf(weak, [world.ca.der]), {
      content: [Buffer.from('x')],
      signingTime: new Date(),
    });
    const judge = async (policy: string) => {
      const { signatures } = await verifyFile(
        { name: 'x', bytes: cms, contents: [{ name: 'c', bytes: Buffer.from('x') }] },
        {
          trust: [world.anchor.der],
          crls: lists(),
          now: inDays(0),
          offline: true,
          policy: readPolicy(policy),
        },
      );
      const [only] = signatures;
      const codes = only?.messages.filter((item) => item.level !== 'info').map((item) => item.code);
      return [only?.indication, only?.subIndication, codes];
    };

    expect(await judge('legacy')).to.deep.equal(['TOTAL-PASSED', null, ['WEAK_ALGORITHM_TOLERATED']]);
    expect(await judge('default')).to.deep.equal([
      'INDETERMINATE',
      'CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
      ['WEAK_ALGORITHM'],
    ]);
    expect((await judge('strict'))[0]).to.equal('INDETERMINATE');
  });

  it('are held to the rules of a strict policy', async () => {
    const crls = lists();
    const [plain, stamped] = [await signed(long, false), await signed(long, true)];
    const policy = readPolicy('strict');

    expect(await outcome(plain, 0, { crls, policy })).to.equal('INDETERMINATE SIG_CONSTRAINTS_FAILURE');
    expect(await outcome(stamped, 1, { crls, policy })).to.equal('TOTAL-PASSED');
  });

  it('wait for no list where the CA names none and the policy excuses that, and for no other', async () => {
    const point = extension(
      '2.5.29.31',
      sequence(sequence(context(0, context(0, generalName.uri('http://crl.test/ca.crl'))))),
    );
    const naming = issue('Naming', world.ca, {
      notBefore: inDays(-30),
      notAfter: inDays(30),
      extensions: [point],
    });
    const policy = readPolicy('legacy');

    expect(await outcome(await signed(long, false), 0, { policy })).to.equal('TOTAL-PASSED');
    expect(await outcome(await signed(naming, false), 0, { policy })).to.equal('INDETERMINATE TRY_LATER');
    expect(await outcome(await signed(long, false), 0, {})).to.equal('INDETERMINATE TRY_LATER');
  });
});

describe('the example policies', () => {
  for (const name of ['strict', 'legal-archive', 'legacy']) {
    it(`write out what ${name} means`, () => {
      const text = readFileSync(new URL(`../../docs/policies/${name}.json`, import.meta.url), 'utf8');

      expect(readPolicy(text)).to.deep.equal(POLICIES[name]);
    });
  }
});
