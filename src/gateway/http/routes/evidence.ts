/** /api/v1/packages/{id}/evidence: what proves what happened to a package, and what the verdicts on its files stand on. */
import { z } from 'zod';
import { visibleAgencies } from '../../access/index.ts';
import { listEvents } from '../../evidence/index.ts';
import { listVerifications } from '../../store/index.ts';
import type { GatewayDeps } from '../deps.ts';
import { HttpError } from '../problem.ts';
import { type AnyRoute, defineRoute } from '../route.ts';
import { packageView, viewPackage, viewVerification } from '../views.ts';
import { idParams, viewWithClock, visiblePackage } from './packages.ts';

function getEvidence(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/v1/packages/:id/evidence',
    summary: {
      vi: 'Hồ sơ chứng cứ: gói tin, sự kiện có chuỗi băm, kết quả kiểm tra chữ ký',
      en: 'The proof bundle: package digest, hash-chained events, full verification reports',
    },
    access: 'token',
    params: idParams,
    responses: {
      200: z.object({
        package: packageView,
        deliveries: z.array(z.unknown()),
        events: z.array(z.unknown()),
        verifications: z.array(z.unknown()),
      }),
    },
    async handle({ params, principal, res }) {
      const { pkg, deliveries } = await visiblePackage(deps, principal(), params.id);
      const agencies = visibleAgencies(principal());
      // The chain only checks as a whole, so it is for those who may see all of it.
      if (agencies !== null && !agencies.includes(pkg.sender)) throw new HttpError('FORBIDDEN');
      const verifications = await listVerifications(deps.x.store.read, pkg.id);
      res.json({
        package: viewPackage(pkg),
        deliveries: deliveries.map((row) => viewWithClock(deps, pkg, row)),
        events: await listEvents(deps.x.store.read, pkg.id),
        chainHead: {
          seq: pkg.event_seq,
          hash: pkg.event_head,
          rule: 'hash = SHA-256(JSON [package_id, seq, at, type, delivery_id, actor, data, prev_hash])',
        },
        verifications: verifications.map((row) => ({
          ...viewVerification(row),
          report: JSON.parse(row.report) as unknown,
        })),
      });
    },
  });
}

/** One certificate, CRL or OCSP answer that a verdict of this package stands on. */
function getEvidenceItem(deps: GatewayDeps): AnyRoute {
  return defineRoute({
    method: 'get',
    path: '/api/v1/packages/:id/evidence/:sha256',
    summary: {
      vi: 'Chứng thư số, CRL hoặc OCSP mà kết quả kiểm tra dựa vào (DER)',
      en: 'A certificate, CRL or OCSP answer that a verdict of this package stands on (DER)',
    },
    access: 'token',
    params: z.object({ id: z.string().max(60), sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    responses: { 200: 'application/octet-stream' },
    async handle({ params, principal, res }) {
      const { pkg } = await visiblePackage(deps, principal(), params.id);
      const kept = (await listVerifications(deps.x.store.read, pkg.id)).flatMap(
        (row) => viewVerification(row).evidence,
      );
      if (!kept.some(({ sha256 }) => sha256 === params.sha256)) throw new HttpError('NOT_FOUND');
      res.type('application/octet-stream');
      res.setHeader('Content-Disposition', `attachment; filename="${params.sha256}.der"`);
      res.send(await deps.x.blobs.read(params.sha256));
    },
  });
}

/** All routes of this resource. */
export function evidenceRoutes(deps: GatewayDeps): AnyRoute[] {
  return [getEvidence(deps), getEvidenceItem(deps)];
}
