import { expect } from 'chai';
import { saveAgencies } from '../../../../src/gateway/directory/index.ts';
import {
  acceptDocument,
  assertMaySendFor,
  type DocumentSigner,
  documentMetadata,
  ExchangeError,
} from '../../../../src/gateway/exchange/index.ts';
import { openScratch } from '../../../../src/gateway/store/index.ts';
import { AGENCIES, plainPdf, startTestGateway, type TestGateway } from '../../console/support.ts';

const SENDER = { ...AGENCIES.sender, system: 'inbox' };

describe('a document that cannot go', () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await startTestGateway();
  });

  after(() => gateway.close());

  /** Hands in a document with two faults of its own choice. @returns what was said, and how often a key was used. */
  async function handIn(change: { date?: string; name?: string; to?: string; as?: string }) {
    const { x } = gateway;
    const scratch = openScratch(x.settings.tmpDir);
    const blob = await scratch.put(plainPdf());
    const metadata = documentMetadata.parse({
      from: AGENCIES.sender.code,
      to: [change.to ?? AGENCIES.recipient.code],
      code: { codeNumber: '902', codeNotation: 'UBND-VP' },
      place: 'Mẫu',
      promulgationDate: change.date ?? '2026-11-20',
      typeName: 'Công văn',
      subject: 'V/v thử',
      sign: [{ key: 'con-dau', profile: 'plain' }],
    });
    const may = change.as ?? metadata.from;
    const submitter = { origin: 'api', actor: may, maySendFor: (code: string) => code === may };
    const files = [{ name: change.name ?? 'a.pdf', contentType: 'application/pdf', ...blob }];
    let used = 0;
    const sign: DocumentSigner = () => {
      used += 1;
      return Promise.reject(new Error('the key was used'));
    };
    const cause = await acceptDocument(x, metadata, files, scratch, submitter, sign).catch((error) => error);
    await scratch.dispose();
    return { cause, used };
  }

  it('is refused before a key is used, whether its metadata, a file name or a recipient is wrong', async () => {
    const longName = `${'a'.repeat(220)}.pdf`;
    const [both, stranger, sound] = [
      await handIn({ date: '2999-01-01', name: longName }),
      await handIn({ to: '000.00.78.H99' }),
      await handIn({}),
    ];

    expect(both.cause).to.be.instanceOf(ExchangeError);
    expect(both.cause.code).to.equal('PACKAGE_INVALID');
    expect(both.cause.faults.map((fault: { code: string }) => fault.code)).to.deep.equal([
      'R.MessageHeader.PromulgationInfo.PromulgationDate',
      'R.AttachmentEncoded.Attachment.AttachmentName',
    ]);
    expect(stranger.cause.code).to.equal('RECIPIENT_UNKNOWN');
    expect([both.used, stranger.used]).to.deep.equal([0, 0]);
    expect([sound.cause.message, sound.used]).to.deep.equal(['the key was used', 1]);
  });

  it('is never signed with the key of an agency that its sender only once was', async () => {
    await saveAgencies(gateway.x.store, [{ ...SENDER, otherCode: '000.00.98.H99' }], Date.now());

    const { cause, used } = await handIn({ as: '000.00.98.H99' });

    expect([cause.code, used]).to.deep.equal(['SENDER_NOT_ALLOWED', 0]);
  });

  it('is not taken from an agency whose code another one had before', async () => {
    const other = AGENCIES.recipient.code;
    await saveAgencies(gateway.x.store, [{ ...SENDER, otherCode: other }], Date.now());
    const submitter = { origin: 'api', actor: other, maySendFor: (asked: string) => asked === other };

    const refusal = await assertMaySendFor(gateway.x, submitter, SENDER.code).catch((error) => error);

    expect(refusal.code).to.equal('SENDER_NOT_ALLOWED');
  });
});
