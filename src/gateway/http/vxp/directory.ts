/** The directory as the VXP protocol lists it. */
import express, { type RequestHandler, type Router } from 'express';
import { vxpAnswer } from '../../../connectors/index.ts';
import type { VxpSystem } from '../../access/index.ts';
import { findAgencies, listAgencies, saveAgencies } from '../../directory/index.ts';
import type { GatewayDeps } from '../deps.ts';
import { axisTime } from './mailbox.ts';
import type { VxpCall } from './server.ts';

/** Adds the directory's operations; `call` authenticates. */
export function addVxpDirectory(
  router: Router,
  deps: GatewayDeps,
  call: (handler: (call: VxpCall) => Promise<void>) => RequestHandler,
): void {
  const { x } = deps;
  router.post(
    '/getAgenciesList',
    call(async ({ res }) => {
      const rows = await listAgencies(x.store.read, { limit: 200_000 });
      res.json(
        vxpAnswer.ok({
          data: rows.map((row) => ({
            id: row.code,
            pid: row.parent ?? '',
            code: row.code,
            oldCode: row.other_code ?? '',
            name: row.name,
            mail: '',
          })),
        }),
      );
    }),
  );
  router.post(
    '/getAgenciesListQD20',
    call(async ({ res }) => {
      const rows = await listAgencies(x.store.read, { limit: 200_000 });
      res.json(
        vxpAnswer.ok({
          data: rows.map((row) => ({
            id: row.code,
            code: row.code,
            code102: row.other_code ?? '',
            name: row.name,
            mail: '',
          })),
        }),
      );
    }),
  );
  router.post(
    '/getSynchronizeUnit',
    call(async ({ res }) => {
      const rows = await listAgencies(x.store.read, { limit: 200_000, includeCentres: true });
      res.json(
        vxpAnswer.ok({
          data: rows.map((row) => ({
            id: row.code,
            pid: row.parent ?? '',
            code: row.code,
            name: row.name,
            mail: '',
            version: '1',
            centerCode: deps.config.centreCode,
            deleted: row.active === 1 ? '0' : '1',
            modifyDate: axisTime(row.updated_at),
            isAgency: 'true',
          })),
        }),
      );
    }),
  );
  router.post(
    '/registerAgency',
    express.json({ type: () => true, limit: '64kb' }),
    call(async ({ system, req, res }) => {
      res.json(await register(deps, system, req.body as Record<string, unknown>));
    }),
  );
  router.post(
    '/deleteAgency',
    call(async ({ res }) => {
      // Taking an agency out of the directory is an administrator's act (lienthong agencies), never a document system's.
      res.json(vxpAnswer.fail('21', 'Việc xoá đơn vị do quản trị trục thực hiện'));
    }),
  );
}

/** A document system may rename the agencies it speaks for; it can't add others. */
async function register(
  deps: GatewayDeps,
  system: VxpSystem,
  body: Record<string, unknown>,
): Promise<object> {
  const code = String(body['code'] ?? '');
  if (!system.agencies.includes(code))
    return vxpAnswer.fail('19', `Hệ thống ${system.id} không quản lý đơn vị ${code}`);
  const known = (await findAgencies(deps.x.store.read, [code])).get(code);
  await saveAgencies(
    deps.x.store,
    [{ code, name: String(body['name'] ?? known?.name ?? code), system: 'inbox' }],
    deps.x.now(),
  );
  return vxpAnswer.ok();
}
