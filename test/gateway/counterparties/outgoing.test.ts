import { expect } from 'chai';
import { outgoingFor } from '../../../src/gateway/counterparties/outgoing.ts';
import { type BlobStore, openBlobStore } from '../../../src/gateway/store/index.ts';
import { type EdxmlDocument, type EdxmlMessage, parseEdxml } from '../../../src/packages/index.ts';
import { temporaryFolder } from '../support/folders.ts';
import { AGENCY, letter, once, sha256, statusOn, wire } from '../support/messages.ts';
import { packageRow } from '../support/rows.ts';

const NOW = Date.parse('2026-11-21T10:00:00+07:00');

describe('the file one axis gets', () => {
  let blobs: BlobStore;
  before(async () => {
    blobs = await openBlobStore(temporaryFolder());
  });

  async function outgoing(
    message: EdxmlMessage,
    bytes: Buffer,
    order: 'vxp' | 'qcvn',
    recipient = AGENCY.ministry.code,
  ) {
    const blob = await blobs.put(once(bytes), 10_000_000);
    const pkg = packageRow({
      kind: message.kind,
      metadata: JSON.stringify((await parseEdxml(once(bytes))).message),
      payload_sha256: blob.sha256,
      size: blob.size,
    });
    const file = await outgoingFor({ package: pkg }, recipient, {
      blobs,
      tmpDir: temporaryFolder(),
      centreCode: AGENCY.centre,
      now: NOW,
      order,
    });
    const chunks: Buffer[] = [];
    for await (const chunk of file.open()) chunks.push(chunk as Buffer);
    await file.dispose();
    const sent = Buffer.concat(chunks);
    expect(file.sizeBytes).to.equal(sent.length);
    expect(file.sha256).to.equal(sha256(sent));
    return { sent, parsed: (await parseEdxml(once(sent))).message };
  }

  const order = (xml: Buffer): string[] =>
    [...xml.toString('utf8').matchAll(/<edXML:(Subject|DocumentId|ToPlaces|SteeringType)>/g)].map(
      ([, name]) => name ?? '',
    );

  const whole: Partial<EdxmlDocument> = { toPlaces: ['Như trên'], steeringType: 1 };

  it('names its recipient alone and our centre as the last hop, files unchanged', async () => {
    const message = letter([AGENCY.ministry.code, AGENCY.department.code], whole);
    const bytes = await wire(message, [{ name: 'a.bin', bytes: Buffer.alloc(5_000, 3) }]);

    const { parsed } = await outgoing(message, bytes, 'vxp');

    const document = parsed as EdxmlDocument;
    expect(document.to.map((organ) => organ.organId)).to.deep.equal([AGENCY.ministry.code]);
    expect(document.traceHeaders.at(-1)).to.deep.equal({
      organId: AGENCY.centre,
      timestamp: '2026-11-21T10:00:00+07:00',
    });
    expect(document.traceHeaders).to.have.length(message.traceHeaders.length + 1);
    expect(document.attachments[0]?.sha256).to.equal(sha256(Buffer.alloc(5_000, 3)));
  });

  it('passes the bytes on when they say all that already', async () => {
    const hop = { organId: AGENCY.centre, timestamp: '2026-11-20T09:00:00+07:00' };
    const message = letter([AGENCY.ministry.code], { traceHeaders: [hop] });
    const bytes = await wire(message);
    const status = await wire(statusOn(message, AGENCY.ministry, '03'));

    expect((await outgoing(message, bytes, 'vxp')).sent).to.deep.equal(bytes);
    expect((await outgoing(statusOn(message, AGENCY.ministry, '03'), status, 'vxp')).sent).to.deep.equal(
      status,
    );
  });

  it('goes on although the package names a file it does not bring, and brings one without identifier', async () => {
    const message = letter([AGENCY.ministry.code]);
    const xml = (
      await wire(message, [
        { name: 'thieu.pdf', bytes: Buffer.from('thiếu') },
        { name: 'du.pdf', bytes: Buffer.from('đủ') },
      ])
    ).toString('utf8');
    let seen = 0;
    const lacking = xml
      .replace(/<edXML:ContentTransferEncoded[\s\S]*?<\/edXML:ContentTransferEncoded>/, '')
      .replace(/<ContentId>[^<]*<\/ContentId>/g, (whole) => (seen++ === 1 ? '' : whole));

    const { parsed } = await outgoing(message, Buffer.from(lacking), 'qcvn');

    const files = (parsed as EdxmlDocument).attachments;
    expect(files.map(({ name, sizeBytes, contentId }) => [name, sizeBytes, contentId !== ''])).to.deep.equal([
      ['thieu.pdf', 0, true],
      ['du.pdf', Buffer.from('đủ').length, true],
    ]);
    expect(files[1]?.sha256).to.equal(sha256(Buffer.from('đủ')));
  });

  it('is written in the order its axis wants, documents and statuses', async () => {
    const message = letter([AGENCY.ministry.code], whole);
    const bytes = await wire(message);
    const answer = statusOn(message, AGENCY.ministry, '03', {
      staffInfo: { department: 'Văn thư', mobile: '0912', email: 'a@b.vn' },
    });

    const asLibrary = await outgoing(message, bytes, 'vxp');
    const asClauses = await outgoing(message, bytes, 'qcvn');
    const status = await outgoing(answer, await wire(answer), 'qcvn');

    expect(order(asLibrary.sent)).to.deep.equal(['DocumentId', 'Subject', 'SteeringType', 'ToPlaces']);
    expect(order(asClauses.sent)).to.deep.equal(['Subject', 'ToPlaces', 'SteeringType', 'DocumentId']);
    expect(asClauses.parsed).to.deep.equal(asLibrary.parsed);
    expect(status.sent.toString('utf8')).to.match(/<edXML:Mobile>0912<\/edXML:Mobile>\s*<edXML:Email>/);
    expect(status.parsed).to.deep.equal(answer);
  });
});
