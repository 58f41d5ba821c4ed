/** A document that takes another back says so wherever it is listed: number, subject and recipients are the same. */
import { expect } from 'chai';
import { openSession } from '../../../src/gateway/access/index.ts';
import { appendEvents } from '../../../src/gateway/evidence/index.ts';
import { processPackage } from '../../../src/gateway/exchange/process.ts';
import { listDeliveries, updateDelivery } from '../../../src/gateway/store/index.ts';
import { AGENCIES, startTestGateway, type TestGateway } from './support.ts';

describe('console: requests about documents', () => {
  let gateway: TestGateway;
  const cookies: Record<string, string> = {};
  let token = '';

  before(async () => {
    gateway = await startTestGateway();
    for (const [name, { code }] of [
      ['sender', AGENCIES.sender],
      ['recipient', AGENCIES.recipient],
      ['stranger', AGENCIES.stranger],
    ] as const) {
      const made = await gateway.token(code, 'clerk');
      if (name === 'sender') token = made;
      const holder = {
        tokenId: /^lt_(tok_[0-9a-z]+)_/.exec(made)?.[1] ?? '',
        agency: code,
        role: 'clerk' as const,
      };
      cookies[name] = `lienthong_session=${await openSession(gateway.store, holder, gateway.now)}`;
    }
  });
  after(() => gateway.close());

  async function page(path: string, who: string): Promise<string> {
    const headers = { Cookie: cookies[who] ?? '' };
    return (await fetch(`${gateway.url}${path}`, { headers })).text();
  }

  it('marks the recall in list, inbox and on its page, and the document that is asked back', async () => {
    const { id } = await gateway.send({ subject: 'Công văn gửi nhầm' });
    const before = await page(`/goi-tin/${id}`, 'sender');
    const answer = await fetch(`${gateway.url}/api/v1/packages/${id}/recall`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ reason: 'Gửi nhầm' }),
    });
    const { packageId } = (await answer.json()) as { packageId: string };
    await processPackage(gateway.x, packageId);

    const count = (text: string, words: string) => text.split(words).length - 1;
    expect(answer.status).to.equal(202);
    expect(count(await page('/', 'sender'), 'Yêu cầu thu hồi')).to.equal(1);
    const [open, all] = [await page('/hop-den', 'recipient'), await page('/hop-den?xem=tat-ca', 'recipient')];
    // Its work is at the document that is asked back, which alone stands among what is open and offers 15 and 16.
    expect([count(open, 'Yêu cầu thu hồi'), count(all, 'Yêu cầu thu hồi')]).to.deep.equal([0, 1]);
    expect([count(open, 'value="15"'), count(all, 'value="15"'), count(all, 'value="03"')]).to.deep.equal([
      1, 1, 0,
    ]);
    expect(all).to.include(`<a href="/goi-tin/${id}">Trả lời (15 hoặc 16)`);
    expect(await page('/', 'recipient')).to.match(/<b>1<\/b> [^<]*chưa trả lời/);
    expect(await page(`/goi-tin/${packageId}`, 'sender')).to.match(/<h1>[^\n]*Yêu cầu thu hồi/);
    const document = await page(`/goi-tin/${id}`, 'sender');
    expect(document).to.match(/data-live="state">[^\n]*Bên gửi yêu cầu lấy lại/);
    expect(document).to.not.match(/<h1>[^\n]*Yêu cầu thu hồi/);
    // Who has it is led to where it is answered; who sent it is not.
    const led = /href="\/hop-den\?xem=tat-ca#(dlv_[0-9a-z]+)"/;
    const [, line = ''] = led.exec(await page(`/goi-tin/${id}`, 'recipient')) ?? [];
    expect(all).to.include(`id="${line}" data-key="${line}"`);
    expect(document).to.not.match(led);
    expect(await page(`/goi-tin/${packageId}`, 'recipient'), 'the recall itself').to.not.match(led);
    expect(count(before, `/packages/${id}/recall`), 'offered').to.equal(1);
    expect(count(document, `/packages/${id}/recall`), 'offered once more').to.equal(0);
  });

  it('offers the recall while an update is awaited or agreed to, and not again behind it', async () => {
    const { id } = await gateway.send({ subject: 'Công văn đang chờ cập nhật' });
    const offers = async () => (await page(`/goi-tin/${id}`, 'sender')).includes(`/packages/${id}/recall`);
    const tell = (type: 'recall-requested' | 'recall-agreed', purpose: string, recall: string) =>
      gateway.store.write(async (tx) => {
        for (const { id: deliveryId } of await listDeliveries(tx, id)) {
          await updateDelivery(tx, deliveryId, { recall });
          const data = { purpose, requestPackageId: `pkg_${purpose}` };
          await appendEvents(tx, id, [{ type, actor: AGENCIES.sender.code, deliveryId, data }], gateway.now);
        }
      });

    await tell('recall-requested', 'update', 'requested');
    const whileAwaited = await offers();
    await tell('recall-requested', 'recall', 'requested');
    const behind = await offers();
    await tell('recall-agreed', 'update', 'requested');
    const still = await offers();

    expect([whileAwaited, behind, still]).to.deep.equal([true, false, false]);
  });

  it('leads from what went to further recipients to the first sending and back, its sender alone', async () => {
    const first = await gateway.send({ subject: 'Gửi hai lần' });
    const further = await gateway.send({ subject: 'Gửi hai lần', to: [AGENCIES.stranger.code] });
    await gateway.store.write((tx) =>
      tx.updateTable('packages').set({ further_of: first.id }).where('id', '=', further.id).execute(),
    );

    const [before, after] = [`/goi-tin/${first.id}`, `/goi-tin/${further.id}`];

    expect(await page(after, 'sender')).to.match(new RegExp(`sau lần gửi</dt><dd><a href="${before}">`));
    expect(await page(before, 'sender')).to.match(new RegExp(`nơi nhận khác</dt><dd><a href="${after}">`));
    for (const [path, who, other] of [
      [after, 'stranger', before],
      [before, 'recipient', after],
    ] as const)
      expect(await page(path, who))
        .to.include('Gửi hai lần')
        .and.not.include(other);
  });
});
