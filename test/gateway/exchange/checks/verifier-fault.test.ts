import { expect } from 'chai';
import { listEvents } from '../../../../src/gateway/evidence/index.ts';
import { acceptDocument, documentMetadata, type Exchange } from '../../../../src/gateway/exchange/index.ts';
import { processPackage } from '../../../../src/gateway/exchange/process.ts';
import { findPackage, openScratch } from '../../../../src/gateway/store/index.ts';
import { AGENCIES, plainPdf, startTestGateway, type TestGateway } from '../../console/support.ts';

describe('a verifier that fails for no reason of the file', () => {
  let gateway: TestGateway;

  before(async () => {
    gateway = await startTestGateway();
  });

  after(() => gateway.close());

  it('is tried again, and then the package goes on, said to be unverified', async () => {
    const { x } = gateway;
    const verify = (): Promise<never> => Promise.reject(new Error('a thread died'));
    const faulty: Exchange = { ...x, verifier: { verify, waiting: () => 0 } };
    const scratch = openScratch(x.settings.tmpDir);
    const blob = await scratch.put(plainPdf());
    const metadata = documentMetadata.parse({
      from: AGENCIES.sender.code,
      to: [AGENCIES.recipient.code],
      code: { codeNumber: '901', codeNotation: 'UBND-VP' },
      place: 'Mẫu',
      promulgationDate: '2026-11-20',
      typeName: 'Công văn',
      subject: 'V/v thử',
    });
    const submitter = { origin: 'api', actor: metadata.from, maySendFor: () => true };
    const files = [{ name: 'a.pdf', contentType: 'application/pdf', ...blob }];
    const { packageId } = await acceptDocument(x, metadata, files, scratch, submitter, () =>
      Promise.reject(new Error('no key')),
    );

    const first = await processPackage(faulty, packageId, 1).catch((cause: Error) => cause.message);
    const waiting = await findPackage(x.store.read, packageId);
    await processPackage(faulty, packageId, 3);

    expect(first).to.equal('a thread died');
    expect(waiting?.state).to.equal('accepted');
    expect((await findPackage(x.store.read, packageId))?.state).to.not.equal('accepted');
    const verified = (await listEvents(x.store.read, packageId)).find((event) => event.type === 'verified');
    expect(JSON.parse(verified?.data ?? '{}')).to.include({
      verdict: 'NOT-VERIFIED',
      reason: 'VERIFIER_FAULT',
    });
  });
});
