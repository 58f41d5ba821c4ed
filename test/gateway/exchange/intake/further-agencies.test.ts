/** Documents sent once more to others than before: they get it, nobody gets it twice, and what is said of it reaches every package. */
import { expect } from 'chai';
import { acceptEdxml } from '../../../../src/gateway/exchange/index.ts';
import type { EdxmlDocument, EdxmlMessage } from '../../../../src/packages/index.ts';
import { testDatabaseUrl } from '../../../support/services.ts';
import { type Answer, type Api, acceptedId, type DeliverySeen } from '../../support/api.ts';
import { eventually } from '../../support/eventually.ts';
import { AGENCY, ATTACHED, letter, nextNumber, once, statusOn, wire } from '../../support/messages.ts';
import { startWorld, type World } from '../../support/world.ts';

type Agency = { readonly code: string; readonly name: string };
type Seen = DeliverySeen & { recall: string | null };

const { commune, department, district, ministry } = AGENCY;

function suite(databaseUrl: () => string): void {
  let world: World;
  let asDistrict: Api;
  let asCommune: Api;
  let asOperator: Api;
  before(async () => {
    world = await startWorld({ recipientsAnswer: false, settings: { databaseUrl: databaseUrl() } });
    asDistrict = await world.as(district);
    asCommune = await world.as(commune);
    asOperator = await world.as(district, 'operator');
  });
  after(() => world.close());

  const uuid = (): string => `6F6F0C3E-9F55-4B2A-8C7F-${nextNumber().padStart(12, '0')}`;
  const organs = (...to: readonly Agency[]) =>
    to.map(({ code, name }) => ({ organId: code, organName: name }));
  const to = (message: EdxmlDocument, ...agencies: readonly Agency[]): EdxmlDocument => ({
    ...message,
    to: organs(...agencies),
  });
  const spelledAnew = (message: EdxmlDocument): EdxmlDocument => ({
    ...message,
    documentId: message.documentId.toLowerCase(),
  });

  /** As an axis brings it. */
  async function arrive(
    message: EdxmlMessage,
    origin = 'vxp',
  ): Promise<{ packageId: string; repeated: boolean }> {
    const files = message.kind === 'document' && message.business.businessDocType !== 1 ? ATTACHED : [];
    const submitter = { origin, actor: `system:${origin}`, maySendFor: () => true };
    return acceptEdxml(world.gateway.deps.x, once(await wire(message, files)), submitter);
  }

  async function delivery(id: string, done: (one: Seen) => boolean): Promise<Seen> {
    return eventually(
      async () => (await asOperator.package(id)).deliveries[0] as Seen,
      (one) => one !== undefined && done(one),
    );
  }

  async function copiesOf(api: Api, documentId: string): Promise<Record<string, string>[]> {
    const { items } = await api.inbox('?kind=document&limit=500');
    return items.filter((one) => one['documentId']?.toUpperCase() === documentId.toUpperCase());
  }

  async function copyOf(api: Api, documentId: string, recall?: string): Promise<Record<string, string>> {
    const [copy] = await eventually(
      async () =>
        (await copiesOf(api, documentId)).filter((one) => recall === undefined || one['recall'] === recall),
      (list) => list.length > 0,
    );
    return copy ?? {};
  }

  describe('by one of our own', () => {
    const send = async (message: EdxmlDocument, headers: Record<string, string> = {}): Promise<Answer> =>
      asDistrict.postXml(await wire(message, ATTACHED), headers);

    it('reach those who have not got them, each once, under one Idempotency-Key too', async () => {
      const message = letter([commune.code], { documentId: uuid() });
      const first = acceptedId(await send(message));
      const further = acceptedId(await send(to(message, commune, ministry)));
      const key = { 'idempotency-key': `them-${message.documentId}` };

      const all = await send(to(message, ministry, commune), key);
      const sameKey = await send(to(message, ministry, commune), key);
      const otherWords = await send({ ...to(message, ministry), subject: 'Khác' }, key);
      await delivery(further, (one) => one.state === 'sent');

      expect(further).to.not.equal(first);
      expect((await asDistrict.package(further)).deliveries.map((one) => one.recipient)).to.deep.equal([
        ministry.code,
      ]);
      for (const answer of [all, sameKey]) {
        expect(acceptedId(answer)).to.be.oneOf([first, further]);
        expect(answer.headers.get('idempotent-replay')).to.equal('true');
      }
      expect(otherWords.json.code).to.equal('IDEMPOTENCY_CONFLICT');
      expect(await copiesOf(asCommune, message.documentId)).to.have.length(1);
      const sent = world.nationalAxis.ledger
        .entries()
        .filter((entry) => entry.facts?.['documentId'] === message.documentId);
      expect(sent).to.have.length(1);
    });

    it('as metadata and files, too', async () => {
      const number = nextNumber();
      const metadata = (...agencies: readonly Agency[]) => ({
        from: district.code,
        to: agencies.map(({ code }) => code),
        code: { codeNumber: number, codeNotation: 'UBND-VP' },
        place: 'Mẫu',
        promulgationDate: '2026-11-20',
        typeName: 'Công văn',
        subject: 'V/v gửi thêm',
      });
      const post = (...agencies: readonly Agency[]) =>
        asDistrict.postForm('/api/v1/documents', metadata(...agencies), { 'a.txt': Buffer.from('nội dung') });

      const first = acceptedId(await post(commune));
      const further = acceptedId(await post(ministry));

      expect(further).to.not.equal(first);
      expect(acceptedId(await post(commune))).to.equal(first);
      expect(acceptedId(await post(ministry))).to.equal(further);
    });

    it('take a status that spells their name otherwise', async () => {
      const message = letter([commune.code], { documentId: uuid() });
      acceptedId(await send(message));
      const further = acceptedId(await send(to(message, ministry)));
      await delivery(further, (one) => one.state === 'sent');

      await arrive(statusOn(spelledAnew(message), ministry, '03'));

      expect(await delivery(further, (one) => one.status !== null)).to.include({
        state: 'delivered',
        status: '03',
      });
    });

    it('are refused once all who have them were asked for them back, and not when one has refused', async () => {
      const message = letter([commune.code], { documentId: uuid() });
      const first = acceptedId(await send(message));
      acceptedId(await asDistrict.postJson(`/api/v1/packages/${first}/recall`, { reason: 'Gửi nhầm' }));

      const early = await send(to(message, ministry));
      await delivery(first, (one) => one.recall === 'requested');
      const late = await send(to(message, ministry));
      acceptedId(await asCommune.postXml(await wire(statusOn(message, commune, '16'))));
      await delivery(first, (one) => one.recall === 'refused');

      for (const answer of [early, late]) {
        expect(answer.status, answer.text).to.equal(409);
        expect(answer.json.detail).to.include('thu hồi');
      }
      acceptedId(await send(to(message, ministry)));
    });

    it('are refused to those alone who gave them back, and known where others have them still', async () => {
      const message = letter([commune.code, ministry.code], { documentId: uuid() });
      const first = acceptedId(await send(message));
      const thirteen = statusOn(message, district, '13');
      const { responseFor } = thirteen;
      acceptedId(
        await asDistrict.postXml(
          await wire({ ...thirteen, responseFor: { ...responseFor, organId: commune.code } }),
        ),
      );
      const ofCommune = async (): Promise<Seen | undefined> =>
        (await asOperator.package(first)).deliveries.find((one) => one.recipient === commune.code) as Seen;
      await eventually(ofCommune, (one) => one?.recall === 'requested');
      acceptedId(await asCommune.postXml(await wire(statusOn(message, commune, '15'))));
      await eventually(ofCommune, (one) => one?.state === 'withdrawn');

      const toIt = await send(to(message, commune));
      const toBoth = await send(message);

      expect(toIt.status, toIt.text).to.equal(409);
      expect(toIt.json.detail).to.include('thu hồi');
      expect(acceptedId(toBoth)).to.equal(first);
    });

    it('stay a conflict with other content', async () => {
      const message = letter([commune.code]);
      acceptedId(await send(message));

      const answer = await send({ ...to(message, ministry), subject: 'Nội dung khác' });

      expect(answer.json.code).to.equal('DOCUMENT_CONFLICT');
    });
  });

  describe('over an axis', () => {
    const traceHeaders = [{ organId: ministry.code, timestamp: '2026-11-20T08:00:00+07:00' }];
    const fromMinistry = (...agencies: readonly Agency[]): EdxmlDocument =>
      to(
        letter([], {
          from: { organId: ministry.code, organName: ministry.name },
          documentId: uuid(),
          traceHeaders,
        }),
        ...agencies,
      );
    const recallOf = (message: EdxmlDocument, ...agencies: readonly Agency[]): EdxmlDocument => ({
      ...to(message, ...agencies),
      business: { businessDocType: 1, businessDocReason: 'Gửi nhầm' },
    });
    const saidBy = (agency: Agency) =>
      world.nationalAxis.ledger
        .entries()
        .filter((entry) => entry.kind === 'status' && entry.from === agency.code);

    it('reach those who have not got them, each once, and take their answers', async () => {
      const first = fromMinistry(commune);
      const second = to(first, district);
      const hops = [...traceHeaders, { organId: '00.01.W00', timestamp: '2026-11-21T10:11:12+07:00' }];

      const taken = await arrive(first);
      const further = await arrive(second);
      const onceMore = await arrive({ ...second, traceHeaders: hops });
      const known = await arrive(first);
      const all = await arrive(to(first, commune, district));
      const copy = await copyOf(asDistrict, first.documentId);
      acceptedId(
        await asDistrict.postJson(`/api/v1/inbox/${copy['deliveryId']}/statuses`, { statusCode: '03' }),
      );

      expect(further.packageId).to.not.equal(taken.packageId);
      expect(onceMore).to.include({ packageId: further.packageId, repeated: true });
      expect(known).to.include({ packageId: taken.packageId, repeated: true });
      expect(all).to.include({ repeated: true });
      for (const api of [asCommune, asDistrict])
        expect(await copiesOf(api, first.documentId)).to.have.length(1);
      const said = await eventually(
        async () => saidBy(district),
        (list) => list.length > 0,
      );
      expect(said[0]?.facts).to.include({ statusCode: '03', documentId: first.documentId });
    });

    it('that come for overlapping sets of agencies at the same time reach each once', async () => {
      const first = fromMinistry(commune);
      await arrive(first);

      await Promise.all([
        arrive(to(first, district)),
        arrive(to(first, district, department)),
        arrive(to(first, department, district)),
      ]);

      expect(await copiesOf(asDistrict, first.documentId)).to.have.length(1);
      const { items } = (await asOperator.get('/api/v1/packages?limit=100')).json;
      const packages = (items as { packageId: string; documentId: string }[]).filter(
        ({ documentId }) => documentId === first.documentId,
      );
      const reached: string[] = [];
      for (const { packageId } of packages)
        reached.push(...(await asOperator.package(packageId)).deliveries.map(({ recipient }) => recipient));
      expect(reached.sort()).to.deep.equal([commune.code, district.code, department.code].sort());
    });

    it('stay a conflict with other content, whoever they are to', async () => {
      const first = fromMinistry(commune);
      await arrive(first);

      const cause = await arrive({ ...to(first, district), subject: 'Nội dung khác' }).catch(
        (error: { code: string }) => error.code,
      );

      expect(cause).to.equal('DOCUMENT_CONFLICT');
      expect(await copiesOf(asDistrict, first.documentId)).to.deep.equal([]);
    });

    it('take the answer of one of our agencies, and of one behind another axis, that spell their name otherwise', async () => {
      const first = fromMinistry(commune);
      await arrive(first);
      const toDistrict = await arrive(spelledAnew(to(first, district)));
      const toDepartment = await arrive(to(first, department));
      await copyOf(asDistrict, first.documentId);

      acceptedId(await asDistrict.postXml(await wire(statusOn(first, district, '03'))));
      await arrive(statusOn(spelledAnew(first), department, '03'), 'provincial');

      for (const { packageId } of [toDistrict, toDepartment])
        expect(await delivery(packageId, (one) => one.status !== null)).to.include({
          status: '03',
        });
    });

    it('are asked back with the document, by a recall that spells its name otherwise', async () => {
      const first = fromMinistry(commune);
      await arrive(first);
      await arrive(to(first, district));
      await copyOf(asDistrict, first.documentId);

      await arrive(recallOf(spelledAnew(first), commune, district));

      for (const api of [asCommune, asDistrict]) await copyOf(api, first.documentId, 'requested');
    });

    it('are asked back by a recall that came before them and names their recipients, which have it', async () => {
      const first = fromMinistry(commune);
      await arrive(first);
      const recall = await arrive(recallOf(first, commune, district));
      await copyOf(asCommune, first.documentId, 'requested');

      const further = await arrive(spelledAnew(to(first, district)));
      const copy = await copyOf(asDistrict, first.documentId, 'requested');
      const told = (await copiesOf(asDistrict, first.documentId)).map((one) => one['packageId']);
      acceptedId(
        await asDistrict.postJson(`/api/v1/inbox/${copy['deliveryId']}/statuses`, { statusCode: '15' }),
      );

      expect(copy['packageId']).to.equal(further.packageId);
      expect(told).to.include(recall.packageId);
      await eventually(
        () => copiesOf(asDistrict, first.documentId),
        (list) => list.find((one) => one['packageId'] === further.packageId)?.['state'] === 'withdrawn',
      );
    });

    it('are not asked back by a recall for others', async () => {
      const first = fromMinistry(commune);
      await arrive(first);
      await arrive(recallOf(first, commune));
      await copyOf(asCommune, first.documentId, 'requested');

      await arrive(to(first, district));

      expect(await copyOf(asDistrict, first.documentId)).to.include({ recall: null, state: 'available' });
    });

    it('are each asked back by the status 13 for it, though both came before any of them', async () => {
      const first = fromMinistry(commune);
      for (const agency of [commune, district]) {
        const thirteen = statusOn(first, ministry, '13');
        const asked = await arrive({
          ...thirteen,
          responseFor: { ...thirteen.responseFor, organId: agency.code },
        });
        await eventually(
          () => asOperator.package(asked.packageId),
          (pkg) => pkg.state !== 'accepted',
        );
      }

      await arrive(first);
      await arrive(to(first, district));

      for (const api of [asCommune, asDistrict]) {
        await copyOf(api, first.documentId, 'requested');
        const { items } = await api.inbox('?kind=status&limit=500');
        const said = items.filter((one) => one['documentId'] === first.documentId);
        expect(said.map((one) => one['state'])).to.deep.equal(['available']);
      }
    });
  });
}

describe('exchange: documents sent to further agencies', () => suite(() => ''));

describe('exchange: documents sent to further agencies, on PostgreSQL', () => {
  const databaseUrl = testDatabaseUrl();
  // Inside, so that the gateway is gone before its database is.
  describe('of their own', () => suite(databaseUrl));
});
