import { expect } from 'chai';
import { type Api, acceptedId, type PackageSeen } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, ATTACHED, letter, sha256, wire } from '../../support/messages.ts';
import { startWorld, type World } from '../../support/world.ts';

describe('exchange: a document on its way', () => {
  let world: World;
  let district: Api;
  let commune: Api;
  before(async () => {
    world = await startWorld();
    district = await world.as(AGENCY.district);
    commune = await world.as(AGENCY.commune);
  });
  after(() => world.close());

  async function settled(id: string, api = district): Promise<PackageSeen> {
    return eventually(
      () => api.package(id),
      (seen) =>
        seen.deliveries.length > 0 &&
        seen.deliveries.every((delivery) => delivery.status === '03' || delivery.state === 'available'),
    );
  }

  async function inboxItem(api: Api, packageId: string): Promise<Record<string, string>> {
    const items = await eventually(
      async () => (await api.inbox('?limit=500')).items.filter((item) => item['packageId'] === packageId),
      (found) => found.length > 0,
    );
    expect(items).to.have.length(1);
    return items[0] ?? {};
  }

  it('goes to both axes, is delivered by the recipients own word, and shows 01 before 03', async () => {
    const bytes = await wire(letter([AGENCY.department.code, AGENCY.ministry.code]), ATTACHED);

    const accepted = await district.postXml(bytes);
    const id = acceptedId(accepted);
    const seen = await settled(id);

    expect(accepted.headers.get('location')).to.equal(`/api/v1/packages/${id}`);
    expect(seen.sha256).to.equal(sha256(bytes));
    expect(seen.state).to.equal('delivered');
    for (const recipient of [AGENCY.department.code, AGENCY.ministry.code]) {
      const own = (await district.events(id)).filter((event) => event.recipient === recipient);
      const types = own.map((event) =>
        event.type.startsWith('status') ? `${event.type} ${event.data['code']}` : event.type,
      );
      const facts = types.filter((type) => type !== 'sent' && type !== 'delivered');
      expect(facts, recipient).to.deep.equal(['routed', 'status-received 01', 'status-received 03']);
      expect(types, recipient).to.include.members(['sent', 'delivered']);
    }
    const statuses = await district.inbox('?kind=status&limit=500');
    expect(statuses.items.filter((item) => item['correlates'] === id)).to.have.length(4);
  });

  it('sends each axis a package that names its recipient only, with our hop in the trace', async () => {
    const message = letter([AGENCY.department.code, AGENCY.ministry.code]);
    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
    await settled(id);

    for (const [axis, recipient] of [
      [world.provincialAxis, AGENCY.department.code],
      [world.nationalAxis, AGENCY.ministry.code],
    ] as const) {
      const effects = axis.ledger
        .entries()
        .filter((entry) => entry.kind === 'edoc' && entry.facts?.['documentId'] === message.documentId);
      expect(effects.map((entry) => entry.to)).to.deep.equal([[recipient]]);
    }
  });

  it('answers a repeated Idempotency-Key with the first answer and makes no second package', async () => {
    const bytes = await wire(letter([AGENCY.commune.code]), ATTACHED);
    const key = { 'idempotency-key': 'lan-gui-1' };

    const first = await district.postXml(bytes, key);
    const second = await district.postXml(bytes, key);

    expect(second.json).to.deep.equal(first.json);
    expect(second.status).to.equal(202);
    expect(second.headers.get('location')).to.equal(first.headers.get('location'));
    expect(second.headers.get('idempotent-replay')).to.equal('true');
    expect(first.headers.get('idempotent-replay')).to.equal(null);
  });

  it('refuses an Idempotency-Key that was used for another request', async () => {
    const key = { 'idempotency-key': 'lan-gui-2' };
    const first = await wire(letter([AGENCY.commune.code]), ATTACHED);
    const other = letter([AGENCY.commune.code]);
    acceptedId(await district.postXml(first, key));

    const answer = await district.postXml(await wire(other, ATTACHED), key);

    expect(answer.status).to.equal(409);
    expect(answer.json.code).to.equal('IDEMPOTENCY_CONFLICT');
    const kept = await packagesOf(other.documentId);
    expect(kept).to.have.length(0);
  });

  it('lets two agencies use the same Idempotency-Key', async () => {
    const key = { 'idempotency-key': 'khoa-chung' };
    const ours = await wire(letter([AGENCY.commune.code]), ATTACHED);
    const theirs = await wire(
      letter([AGENCY.district.code], {
        from: { organId: AGENCY.commune.code, organName: AGENCY.commune.name },
      }),
      ATTACHED,
    );

    const answers = [await district.postXml(ours, key), await commune.postXml(theirs, key)];

    expect(acceptedId(answers[0] as never)).to.not.equal(acceptedId(answers[1] as never));
  });

  it('answers the same document posted again without a key as the first time', async () => {
    const bytes = await wire(letter([AGENCY.commune.code]), ATTACHED);

    const first = await district.postXml(bytes);
    const second = await district.postXml(bytes);

    expect(second.json).to.deep.equal(first.json);
    expect(second.headers.get('idempotent-replay')).to.equal('true');
  });

  it('refuses the same document with other bytes with 409 and overwrites nothing', async () => {
    const message = letter([AGENCY.commune.code]);
    const bytes = await wire(message, ATTACHED);
    const id = acceptedId(await district.postXml(bytes));

    const answer = await district.postXml(await wire({ ...message, subject: 'Nội dung khác' }, ATTACHED));

    expect(answer.status).to.equal(409);
    expect(answer.json.code).to.equal('DOCUMENT_CONFLICT');
    const kept = await district.call('GET', `/api/v1/packages/${id}/content`);
    expect(sha256(Buffer.from(kept.text))).to.equal(sha256(bytes));
    expect(await packagesOf(message.documentId)).to.have.length(1);
  });

  it('makes one package of 64 identical posts at the same instant', async () => {
    const message = letter([AGENCY.department.code]);
    const bytes = await wire(message, ATTACHED);

    const answers = await Promise.all(Array.from({ length: 64 }, () => district.postXml(bytes)));

    const busy = answers.filter((answer) => answer.status === 503);
    const ids = answers.filter((answer) => answer.status !== 503).map(acceptedId);
    expect(new Set(ids).size).to.equal(1);
    expect(busy).to.have.length(0);
    await settled(ids[0] ?? '');
    const sent = world.provincialAxis.ledger
      .entries()
      .filter((entry) => entry.kind === 'edoc' && entry.facts?.['documentId'] === message.documentId);
    expect(sent).to.have.length(1);
  });

  it('refuses a document with unknown recipients and names every one with its path', async () => {
    const message = letter([AGENCY.commune.code, '000.00.77.H99', AGENCY.centre, '000.00.78.H99']);

    const answer = await district.postXml(await wire(message, ATTACHED));

    expect(answer.status).to.equal(422);
    expect(answer.json.code).to.equal('RECIPIENT_UNKNOWN');
    expect(answer.json.errors.map((fault: { path: string }) => fault.path)).to.deep.equal([
      'to[1].organId',
      'to[2].organId',
      'to[3].organId',
    ]);
    expect(answer.json.errors[0].message).to.include('000.00.77.H99');
    expect(await packagesOf(message.documentId)).to.have.length(0);
  });

  it('keeps no file of what it refuses', async () => {
    const message = letter(['000.00.77.H99']);
    const bytes = await wire(message, ATTACHED);

    const answer = await district.postXml(bytes);

    expect(answer.status).to.equal(422);
    const { blobs } = world.gateway.deps.x;
    const kept = await blobs.size(sha256(bytes)).then(
      () => true,
      () => false,
    );
    expect(kept).to.equal(false);
  });

  it('names every fault of an invalid package at once', async () => {
    const message = letter([AGENCY.commune.code]);
    const bytes = await wire(message, ATTACHED);
    const broken = bytes
      .toString('utf8')
      .replace(/<([A-Za-z]*:?)Subject>[^<]*</, '<$1Subject><')
      .replace(/<([A-Za-z]*:?)CodeNumber>[^<]*</, '<$1CodeNumber><');

    const answer = await district.postXml(Buffer.from(broken));

    expect(answer.status, answer.text).to.equal(422);
    expect(answer.json.code).to.equal('PACKAGE_INVALID');
    const paths = answer.json.errors.map((fault: { code: string }) => fault.code).join(' ');
    expect(paths)
      .to.match(/Subject/)
      .and.to.match(/CodeNumber/);
  });

  it('refuses a sender that is not the holder of the token', async () => {
    const bytes = await wire(letter([AGENCY.ministry.code]), ATTACHED);

    const answer = await commune.postXml(bytes);

    expect(answer.status).to.equal(403);
    expect(answer.json.code).to.equal('SENDER_NOT_ALLOWED');
  });

  it('lets an auditor look at everything and send nothing', async () => {
    const message = letter([AGENCY.commune.code]);
    const bytes = await wire(message, ATTACHED);
    const auditor = await world.as(AGENCY.district, 'auditor');
    const id = acceptedId(await district.postXml(bytes));

    const looked = await auditor.get(`/api/v1/packages/${id}`);
    const sent = await auditor.postXml(await wire(letter([AGENCY.commune.code]), ATTACHED));

    expect(looked.status).to.equal(200);
    expect(sent.status).to.equal(403);
  });

  it('shows a stranger nothing of a package, whichever way it asks', async () => {
    const id = acceptedId(await district.postXml(await wire(letter([AGENCY.department.code]), ATTACHED)));

    const answers = await Promise.all(
      ['', '/content', '/timeline', '/evidence', `/attachments/${'0'.repeat(64)}`].map((part) =>
        commune.get(`/api/v1/packages/${id}${part}`),
      ),
    );

    expect(answers.map((answer) => answer.status)).to.deep.equal([404, 404, 404, 404, 404]);
    const list = await commune.get('/api/v1/packages?limit=200');
    expect(list.json.items.map((item: { packageId: string }) => item.packageId)).to.not.include(id);
    expect((await commune.get(`/api/v1/inbox?agency=${AGENCY.district.code}`)).status).to.equal(403);
  });

  it('shows a recipient its own delivery only, and keeps the whole proof for the sender', async () => {
    const id = acceptedId(
      await district.postXml(await wire(letter([AGENCY.commune.code, AGENCY.department.code]), ATTACHED)),
    );
    await settled(id);

    const seen = await commune.package(id);
    const events = await commune.events(id);

    expect(seen.deliveries.map((delivery) => delivery.recipient)).to.deep.equal([AGENCY.commune.code]);
    expect(events.map((event) => event.recipient)).to.not.include(AGENCY.department.code);
    expect((await commune.get(`/api/v1/packages/${id}/evidence`)).status).to.equal(403);
    const proof = (await district.get(`/api/v1/packages/${id}/evidence`)).json;
    expect(proof.chainHead.hash).to.equal(proof.events.at(-1).hash);
    expect(proof.chainHead.seq).to.equal(proof.events.length);
  });

  it('puts a document between two of its own agencies into the inbox, and notes who fetched it once', async () => {
    const bytes = await wire(letter([AGENCY.commune.code]), ATTACHED);
    const id = acceptedId(await district.postXml(bytes));
    const item = await inboxItem(commune, id);

    const contents = await Promise.all(
      [1, 2, 3].map(() => commune.get(`/api/v1/packages/${item['packageId']}/content`)),
    );

    for (const content of contents) expect(sha256(Buffer.from(content.text))).to.equal(sha256(bytes));
    const fetched = (await district.events(id)).filter((event) => event.type === 'fetched');
    expect(fetched).to.have.length(1);
  });

  it('reaches an agency under either generation of its code', async () => {
    const message = letter([AGENCY.commune.other]);
    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));
    const item = await inboxItem(commune, id);

    const answer = await commune.postJson(`/api/v1/inbox/${item['deliveryId']}/statuses`, {
      statusCode: '03',
    });

    acceptedId(answer);
    const seen = await eventually(
      () => district.package(id),
      (pkg) => pkg.deliveries[0]?.status === '03',
    );
    expect(seen.deliveries).to.have.length(1);
  });

  it('lets an agency send under either generation of its code', async () => {
    const from = { organId: AGENCY.commune.other, organName: AGENCY.commune.name };
    const message = letter([AGENCY.district.code], {
      from,
      documentId: `${from.organId},2026/11/20,hai-the-he/UBND`,
      traceHeaders: [{ organId: from.organId, timestamp: '2026-11-20T08:00:00+07:00' }],
    });

    const id = acceptedId(await commune.postXml(await wire(message, ATTACHED)));

    expect((await commune.package(id)).packageId).to.equal(id);
  });

  it('delivers to each of an agency named twice once', async () => {
    const message = letter([AGENCY.commune.code, AGENCY.commune.other]);

    const id = acceptedId(await district.postXml(await wire(message, ATTACHED)));

    expect((await district.package(id)).deliveries).to.have.length(1);
  });

  it('does not mix up 64 documents sent at the same time', async () => {
    const prepared = await Promise.all(
      Array.from({ length: 64 }, async (_, at) => {
        const bytes = await wire(letter([AGENCY.commune.code]), [
          {
            name: `tep-${at}.txt`,
            bytes: Buffer.from(`nội dung riêng của tệp ${at} ${'x'.repeat(at * 37)}`),
          },
        ]);
        return { bytes, digest: sha256(bytes) };
      }),
    );

    const answers = await Promise.all(prepared.map(({ bytes }) => district.postXml(bytes)));

    const expected = new Map(answers.map((answer, at) => [acceptedId(answer), prepared[at]?.digest]));
    await eventually(
      async () =>
        (await commune.inbox('?limit=500')).items.filter((item) => expected.has(item['packageId'] ?? '')),
      (items) => items.length === 64,
    );
    for (const [id, digest] of expected) {
      const content = await commune.get(`/api/v1/packages/${id}/content`);
      expect(sha256(Buffer.from(content.text)), id).to.equal(digest);
      expect(content.headers.get('repr-digest')).to.equal(
        `sha-256=:${Buffer.from(digest ?? '', 'hex').toString('base64')}:`,
      );
    }
  });

  async function packagesOf(documentId: string): Promise<unknown[]> {
    const { store } = world.gateway.deps.x;
    return store.read.selectFrom('packages').select('id').where('document_id', '=', documentId).execute();
  }
});
