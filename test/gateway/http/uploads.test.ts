import { createHash, randomBytes } from 'node:crypto';
import { type Dirent, existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Api, acceptedId } from '../support/api.ts';
import { type BareGateway, startBareGateway } from '../support/bare.ts';
import { eventually } from '../support/eventually.ts';
import { AGENCY, letter, sha256, wire } from '../support/messages.ts';

describe('http: uploads', () => {
  let bare: BareGateway;
  let district: Api;
  before(async () => {
    bare = await startBareGateway({ requestTimeoutSeconds: 30 });
    district = await bare.as(AGENCY.district);
  });
  after(() => bare.close());

  /** A folder below may go while it is being read: then the reading starts anew. */
  async function entriesBelow(folder: string): Promise<Dirent[]> {
    try {
      return await readdir(folder, { recursive: true, withFileTypes: true });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || !existsSync(folder)) throw cause;
      return entriesBelow(folder);
    }
  }

  /** Files of requests under way: in the blob store and among the temporary ones. */
  async function incoming(): Promise<string[]> {
    const folders = [join(bare.dataDir, 'blobs', 'incoming'), join(bare.dataDir, 'tmp')];
    const lists = await Promise.all(folders.map(entriesBelow));
    return lists.flat().flatMap((entry) => (entry.isFile() ? [entry.name] : []));
  }

  async function packageCount(): Promise<number> {
    return (await bare.gateway.deps.x.store.read.selectFrom('packages').select('id').execute()).length;
  }

  /** Sends the head and part of a body, then waits for the server to have begun. */
  async function begin(path: string, headers: string[], part: Uint8Array): Promise<Socket> {
    const { hostname, port } = new URL(bare.gateway.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: ${hostname}`,
      `Authorization: Bearer ${district.token}`,
      ...headers,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    socket.write(part);
    await eventually(incoming, (files) => files.length > 0);
    return socket;
  }

  it('that break off leave no package and no temporary file', async () => {
    const before = await packageCount();
    const bytes = await wire(letter([AGENCY.commune.code]), [{ name: 'a.bin', bytes: randomBytes(500_000) }]);
    const headers = ['Content-Type: application/xml', `Content-Length: ${bytes.length}`];
    // More than what is kept in memory before a file is begun.
    const socket = await begin('/api/v1/packages', headers, bytes.subarray(0, 400_000));

    socket.destroy();

    await eventually(incoming, (files) => files.length === 0);
    expect(await packageCount()).to.equal(before);
  });

  it('of forms that break off inside a file leave nothing either', async () => {
    const before = await packageCount();
    const head =
      '--bien\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{}\r\n--bien\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n';
    const part = Buffer.concat([Buffer.from(head), randomBytes(3_000_000)]);
    const headers = [
      'Content-Type: multipart/form-data; boundary=bien',
      `Content-Length: ${part.length * 2}`,
    ];
    for (const path of ['/api/v1/documents', '/api/v1/packages', '/api/v1/ocr-jobs']) {
      const socket = await begin(path, headers, part);

      socket.destroy();

      await eventually(incoming, (files) => files.length === 0);
    }
    expect(await packageCount()).to.equal(before);
  });

  it('that end before their closing boundary are refused and leave nothing', async () => {
    const body =
      '--bien\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\nabc';

    const answer = await district.call('POST', '/api/v1/documents', {
      body,
      headers: { 'content-type': 'multipart/form-data; boundary=bien' },
    });

    expect(answer.status).to.equal(400);
    await eventually(incoming, (files) => files.length === 0);
  });

  it('may dribble in and are taken whole', async () => {
    const bytes = await wire(letter([AGENCY.commune.code]), [{ name: 'a.bin', bytes: randomBytes(9_000) }]);
    async function* dribble(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 700) {
        yield bytes.subarray(at, at + 700);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }

    const response = await fetch(`${bare.gateway.url}/api/v1/packages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${district.token}`, 'content-type': 'application/xml' },
      body: dribble() as never,
      duplex: 'half',
    } as RequestInit);

    expect(response.status).to.equal(202);
    const { packageId } = (await response.json()) as { packageId: string };
    expect((await district.package(packageId)).sha256).to.equal(sha256(bytes));
  });

  it('of a package in a form are the same package', async () => {
    const bytes = await wire(letter([AGENCY.commune.code]), [{ name: 'a.txt', bytes: Buffer.from('a') }]);
    const form = new FormData();
    form.set('package', new Blob([Uint8Array.from(bytes)]), 'goi-tin.edxml');

    const first = await district.call('POST', '/api/v1/packages', { body: form });
    const second = await district.postXml(bytes);

    expect(acceptedId(second)).to.equal(acceptedId(first));
  });

  it('are answered 503 with a time to come back when too many are under way', async () => {
    const busy = await startBareGateway({ uploadConcurrency: 1 });
    try {
      const api = await busy.as(AGENCY.district);
      const large = await wire(letter([AGENCY.commune.code]), [
        { name: 'a.bin', bytes: randomBytes(500_000) },
      ]);
      const { hostname, port } = new URL(busy.gateway.url);
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(
        `POST /api/v1/packages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.token}\r\nContent-Type: application/xml\r\nContent-Length: ${large.length}\r\n\r\n`,
      );
      socket.write(large.subarray(0, 400_000));
      const bytes = await wire(letter([AGENCY.commune.code]));
      await eventually(
        () => readdir(join(busy.dataDir, 'blobs', 'incoming')),
        (files) => files.length > 0,
      );

      const answer = await api.postXml(bytes);
      const sdk = await fetch(`${busy.gateway.url}/XrdAdapter/adapter/getReceivedEdocList`, {
        method: 'POST',
      });
      const toSdk = (await sdk.json()) as object;
      socket.destroy();
      const later = await eventually(
        () => api.postXml(bytes),
        (seen) => seen.status !== 503,
      );

      expect(answer.status).to.equal(503);
      expect(answer.json.code).to.equal('BUSY');
      // A document system with the VXP SDK reads `status` and `ErrorCode` from whatever comes.
      expect([sdk.status, sdk.headers.get('retry-after')]).to.deep.equal([503, '5']);
      expect(toSdk).to.include({ status: 'FAIL', ErrorCode: '20', DocId: '' });
      expect(Number(answer.headers.get('retry-after'))).to.be.greaterThan(0);
      expect(later.status).to.equal(202);
    } finally {
      await busy.close();
    }
  });

  it('give attachments back unzipped, never as a type a browser would run', async () => {
    const page = Buffer.from('<script>alert(1)</script>');
    const message = letter([AGENCY.commune.code]);
    const id = acceptedId(
      await district.postXml(await wire(message, [{ name: 'trang "xấu".html', bytes: page }])),
    );

    const answer = await district.get(`/api/v1/packages/${id}/attachments/${sha256(page)}`);

    expect(answer.text).to.equal(page.toString());
    expect(answer.headers.get('content-type')).to.equal('application/octet-stream');
    expect(answer.headers.get('content-disposition')).to.match(
      /^attachment; filename\*=UTF-8''trang%20%22x%E1%BA%A5u%22\.html$/,
    );
  });

  it('give back the very attachment asked for, wherever the package puts its identifier', async () => {
    const files = ['một', 'hai'].map((text) => ({ name: `${text}.txt`, bytes: Buffer.from(text) }));
    const xml = (await wire(letter([AGENCY.commune.code]), files)).toString('utf8');
    const contentFirst = xml.replace(
      /<Attachment>([\s\S]*?)(<edXML:ContentTransferEncoded[\s\S]*?<\/edXML:ContentTransferEncoded>)/g,
      '<Attachment>$2$1',
    );
    const id = acceptedId(await district.postXml(Buffer.from(contentFirst)));

    for (const { bytes } of files) {
      const answer = await district.get(`/api/v1/packages/${id}/attachments/${sha256(bytes)}`);
      expect(answer.text).to.equal(bytes.toString());
    }
  });

  it('of scans make one OCR job per Idempotency-Key, and another file under it is refused', async () => {
    const scan = (text: string): Record<string, Uint8Array> => ({ 'quet.png': Buffer.from(text) });
    const key = { 'idempotency-key': 'quet-1' };

    const first = await district.postForm('/api/v1/ocr-jobs', undefined, scan('một'), key);
    const second = await district.postForm('/api/v1/ocr-jobs', undefined, scan('một'), key);
    const other = await district.postForm('/api/v1/ocr-jobs', undefined, scan('hai'), key);

    expect(first.status, first.text).to.equal(202);
    expect(second.json.id).to.equal(first.json.id);
    expect(second.headers.get('idempotent-replay')).to.equal('true');
    expect(other.status).to.equal(409);
    expect(other.json.code).to.equal('IDEMPOTENCY_CONFLICT');
  });

  it('of scans that are none end as failed with the reason, seen by their agency only', async () => {
    const { json } = await district.postForm('/api/v1/ocr-jobs', undefined, {
      'a.png': Buffer.from('không phải ảnh'),
    });
    const commune = await bare.as(AGENCY.commune);

    const job = await eventually(
      async () => (await district.get(`/api/v1/ocr-jobs/${json.id}`)).json,
      (seen) => !['waiting', 'running'].includes(seen.state),
    );
    const events = await district.get(`/api/v1/ocr-jobs/${json.id}/events`);

    expect(job.state).to.equal('failed');
    expect(job.reason.code).to.match(/^OCR_(UNSUPPORTED_FORMAT|DAMAGED_FILE)$/);
    expect(events.headers.get('content-type')).to.match(/^text\/event-stream/);
    expect(events.text).to.include('"state":"failed"');
    for (const part of ['', '/pdf', '/events']) {
      expect((await commune.get(`/api/v1/ocr-jobs/${json.id}${part}`)).status).to.equal(404);
    }
    expect((await commune.call('DELETE', `/api/v1/ocr-jobs/${json.id}`)).status).to.equal(404);
  });

  it('for verification are judged without a token and kept nowhere', async () => {
    // Not the beginning of any format: octets that happen to start with `<` are refused as damaged XML.
    const text = Buffer.concat([Buffer.from('lạ'), randomBytes(1_000)]);
    const form = new FormData();
    form.set('file', new Blob([text]), 'la.bin');

    const response = await fetch(`${bare.gateway.url}/api/v1/verifications`, { method: 'POST', body: form });

    expect(response.status).to.equal(200);
    expect((await response.json()) as object).to.include({ verdict: 'NO-SIGNATURE' });
    const digest = createHash('sha256').update(text).digest('hex');
    const kept = await bare.gateway.deps.x.blobs.size(digest).catch(() => null);
    expect(kept).to.equal(null);
  });
});
