import { expect } from 'chai';
import {
  crl,
  crlEntry,
  type Entity,
  extension,
  issue,
  ocsp,
  purposes,
  reasonCode,
  root,
  serialOf,
} from '../../signing/x509/authority.ts';
import { crlPem, crlPoint, informationAccess, opensslResponder, serve } from './authority-server.ts';
import { HOUR, networkPki } from './network-pki.ts';

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';

describe('revocation over the network', function revocation() {
  const pki = networkPki();
  const { anchor, clientOf, listSpan, span, started, stateOf, withCrl, withOcsp } = pki;

  describe('by OCSP', () => {
    it('believes what OpenSSL’s responder says of a good and of a revoked certificate', async () => {
      const [good, bad] = [withOcsp(), withOcsp()];
      const responder = await opensslResponder(anchor, [{ entity: good }, { entity: bad, revoked: true }]);
      pki.server().on('/ocsp', responder.answer);

      expect(await stateOf(good, clientOf())).to.include({ state: 'good' });
      expect(await stateOf(bad, clientOf())).to.include({ state: 'REVOKED' });
      expect(pki.server().asked).to.deep.equal(['POST /ocsp', 'POST /ocsp']);
      await responder.close();
    });

    it('believes a delegated responder, and no other certificate of the same authority', async () => {
      const leaf = withOcsp();
      const delegate = issue('OCSP', anchor, { ...span, extensions: [purposes([OCSP_SIGNING])] });
      const other = issue('Not OCSP', anchor, span);
      const right = await opensslResponder(anchor, [{ entity: leaf }], { signer: delegate });
      const wrong = await opensslResponder(anchor, [{ entity: leaf }], { signer: other });
      pki.server().on('/ocsp', right.answer);
      const believed = await stateOf(leaf, clientOf());
      pki.server().on('/ocsp', wrong.answer);
      const refused = await stateOf(leaf, clientOf());

      expect(believed).to.include({ state: 'good' });
      expect(refused).to.include({ state: 'REVOCATION_UNKNOWN' });
      await Promise.all([right.close(), wrong.close()]);
    });

    it('asks again with GET where POST is not taken', async () => {
      const leaf = withOcsp();
      const responder = await opensslResponder(anchor, [{ entity: leaf }]);
      pki
        .server()
        .on('/ocsp', (res, body, req) =>
          req.method === 'POST' ? void res.writeHead(405).end() : responder.answer(res, body, req),
        );

      expect(await stateOf(leaf, clientOf())).to.include({ state: 'good' });
      await responder.close();
    });

    it('refuses an answer with the nonce of another request, and one about another certificate', async () => {
      const [leaf, other] = [withOcsp(), withOcsp()];
      const responder = await opensslResponder(anchor, [{ entity: leaf }, { entity: other }]);
      let first: Buffer | null = null;
      pki.server().on('/ocsp', async (res, body, req) => {
        // Every request is answered as if it were the first one.
        first ??= body;
        await responder.answer(res, first, Object.assign(req, { method: 'POST' }));
      });
      const source = clientOf();
      await stateOf(leaf, source);
      const replayed = await stateOf(leaf, clientOf());
      const foreign = await stateOf(other, source);

      expect(replayed.state).to.equal('REVOCATION_UNKNOWN');
      expect(replayed.detail).to.include('nonce of another request');
      expect(foreign.state).to.equal('REVOCATION_UNKNOWN');
      expect(foreign.detail).to.include('about another certificate');
      await responder.close();
    });

    it('takes no lie: a foreign signature, a stale answer, an error, junk; the state stays unknown', async () => {
      const leaf = withOcsp();
      const foreigner = root('Foreigner');
      const lies: Readonly<Record<string, Uint8Array>> = {
        foreign: ocsp(
          leaf,
          { ...foreigner, name: anchor.name },
          { idOf: anchor, nextUpdate: listSpan.nextUpdate },
        ),
        tampered: ocsp(leaf, anchor, {
          tamper: true,
          thisUpdate: listSpan.thisUpdate,
          nextUpdate: listSpan.nextUpdate,
        }),
        stale: ocsp(leaf, anchor, {
          thisUpdate: new Date(started - 9 * 24 * HOUR),
          nextUpdate: new Date(started - 8 * 24 * HOUR),
        }),
        tryLater: Uint8Array.of(0x30, 0x03, 0x0a, 0x01, 0x03),
        junk: Buffer.from('<html>Please log in to the hotel</html>'),
        empty: new Uint8Array(),
      };
      const states: Record<string, string> = {};
      for (const [name, bytes] of Object.entries(lies)) {
        pki.server().on('/ocsp', serve(bytes));
        ({ state: states[name] } = await stateOf(leaf, clientOf()));
      }

      expect(new Set(Object.values(states))).to.deep.equal(new Set(['REVOCATION_UNKNOWN']));
    });

    it('goes on to the CRL when the responder lies', async () => {
      const leaf = issue('Signer', anchor, {
        ...span,
        extensions: [informationAccess(`${pki.server().url}/ocsp`), crlPoint(`${pki.server().url}/list`)],
      });
      pki.server().on('/ocsp', serve(ocsp(leaf, anchor, { tamper: true })));
      pki.server().on(
        '/list',
        serve(
          crl(anchor, {
            ...listSpan,
            entries: [crlEntry(serialOf(leaf), new Date(started - HOUR), [reasonCode(1)])],
          }),
        ),
      );

      expect(await stateOf(leaf, clientOf())).to.include({ state: 'REVOKED' });
    });

    it('finds a revocation newer than the list that came with the file', async () => {
      const leaf = withOcsp();
      const responder = await opensslResponder(anchor, [{ entity: leaf, revoked: true }]);
      pki.server().on('/ocsp', responder.answer);
      const embedded = [crl(anchor, listSpan)];

      expect(await stateOf(leaf, clientOf(), embedded)).to.include({ state: 'REVOKED' });
      await responder.close();
    });

    it('keeps the older evidence when nobody answers', async () => {
      expect(await stateOf(withOcsp('/nowhere'), clientOf(), [crl(anchor, listSpan)])).to.include({
        state: 'good',
      });
    });

    it('asks at the new address of a responder that moved', async () => {
      const leaf = issue('Signer', anchor, {
        ...span,
        extensions: [informationAccess('http://ocsp.ca.ptc/ocsp')],
      });
      const responder = await opensslResponder(anchor, [{ entity: leaf }]);
      pki.server().on('/ocsp', responder.answer);
      const rewrites = { 'ocsp.ca.ptc': pki.server().host };

      expect(await stateOf(leaf, clientOf({ rewrites }))).to.include({ state: 'good' });
      await responder.close();
    });
  });

  describe('by CRL', () => {
    it('reads a list served as DER, and one served as PEM', async () => {
      const [first, second] = [withCrl('/der'), withCrl('/pem')];
      pki
        .server()
        .on(
          '/der',
          serve(crl(anchor, { ...listSpan, entries: [crlEntry(serialOf(first), new Date(started - HOUR))] })),
        );
      pki
        .server()
        .on(
          '/pem',
          serve(
            crlPem(
              crl(anchor, { ...listSpan, entries: [crlEntry(serialOf(second), new Date(started - HOUR))] }),
            ),
          ),
        );

      expect(await stateOf(first, clientOf())).to.include({ state: 'REVOKED' });
      expect(await stateOf(second, clientOf())).to.include({ state: 'REVOKED' });
    });

    it('reads a list of 100,000 entries', async () => {
      const leaf = withCrl('/huge');
      const entries = Array.from({ length: 100_000 }, (_value, index) =>
        crlEntry(
          Uint8Array.of(0x40, index >> 16, (index >> 8) & 0xff, index & 0xff),
          new Date(started - HOUR),
        ),
      );
      pki.server().on(
        '/huge',
        serve(
          crl(anchor, {
            ...listSpan,
            entries: [...entries, crlEntry(serialOf(leaf), new Date(started - HOUR))],
          }),
        ),
      );

      expect(await stateOf(leaf, clientOf())).to.include({ state: 'REVOKED' });
    });

    it('takes the next address of a list when the first is down, redirects in a circle, or lies', async () => {
      pki.server().on('/down', (res) => void res.writeHead(503).end());
      pki.server().on('/circle', (res) => void res.writeHead(302, { location: '/circle' }).end());
      pki.server().on('/page', serve('<html>404 but friendly</html>', 'text/html'));
      pki.server().on('/good', serve(crl(anchor, listSpan)));
      const leaf = withCrl('/down', '/circle', '/page', '/good');

      expect(await stateOf(leaf, clientOf())).to.include({ state: 'good' });
      expect(pki.server().asked).to.deep.equal([
        ...['GET /down', 'GET /down'],
        ...Array.from({ length: 4 }, () => 'GET /circle'),
        ...['GET /page', 'GET /good'],
      ]);
    });

    it('says unknown, with the reason, when a list is too large, too slow, or nobody listens', async () => {
      pki
        .server()
        .on('/large', serve(crl(anchor, { ...listSpan, extensions: [extension('1.2.3.4', tlvOf(4096))] })));
      pki.server().on('/slow', (res) => void res.writeHead(200).write('x'));
      const cases: Readonly<Record<string, [Entity, Parameters<typeof clientOf>[0], string]>> = {
        large: [withCrl('/large'), { maxCrlBytes: 1024 }, 'larger than 1024'],
        slow: [withCrl('/slow'), { timeoutMs: 200 }, 'no answer within 0.2 s'],
        closed: [withCrl('http://127.0.0.1:1/list'), {}, 'not among LIENTHONG_PKI_HOSTS'],
      };
      for (const [name, [leaf, limits, words]] of Object.entries(cases)) {
        const { state, detail } = await stateOf(leaf, clientOf(limits));
        expect(state, name).to.equal('REVOCATION_UNKNOWN');
        expect(detail, name).to.include(words);
      }
    });

    it('leaves an address that failed alone for a while, then asks again', async () => {
      const leaf = withCrl('/list');
      const source = clientOf({ tries: 1, restMs: 60_000 });
      await stateOf(leaf, source);
      pki.server().on('/list', serve(crl(anchor, listSpan)));
      const resting = await stateOf(leaf, source);
      pki.advance(61_000);
      const later = await stateOf(leaf, source);

      expect(resting).to.include({ state: 'REVOCATION_UNKNOWN' });
      expect(resting.detail).to.include('not asked again yet');
      expect(later).to.include({ state: 'good' });
    });
  });
});

function tlvOf(size: number): Uint8Array {
  return new Uint8Array(size)
    .fill(0x04, 0, 1)
    .fill(0x82, 1, 2)
    .fill((size - 4) >> 8, 2, 3)
    .fill((size - 4) & 0xff, 3, 4);
}
