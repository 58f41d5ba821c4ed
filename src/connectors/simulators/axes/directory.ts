import type { Response, Router } from 'express';
import { z } from 'zod';
import { AXIS_CODES } from '../../axis-codes.ts';
import { vxpAnswer } from '../../vxp/index.ts';
import type { Ledger } from '../kit/ledger.ts';
import type { AxisAgency, AxisState } from './state.ts';

const registration = z.object({
  pcode: z.string(),
  code: z.string().min(1).max(35),
  name: z.string().min(1).max(200),
  mail: z.string().optional(),
});

/** The directory calls of the VXP protocol: lists of agencies, changes, registering and deleting one. */
export function addAxisDirectory(router: Router, state: AxisState, ledger: Ledger): void {
  const live = () => [...state.agencies.values()].filter((agency) => !agency.deleted);
  router.post('/getAgenciesList', (_req, res) => {
    const data = live().map((row) => ({ ...listed(row), oldCode: row.otherCode }));
    res.json(vxpAnswer.ok({ data }));
  });
  router.post('/getAgenciesListQD20', (_req, res) => {
    const level = Number((res.locals['args'] as Record<string, string>)['level'] ?? 0);
    const rows = live().filter((row) => !(level > 0) || row.code.split('.').length === level);
    res.json(vxpAnswer.ok({ data: rows.map((row) => ({ ...listed(row), code102: row.otherCode })) }));
  });
  router.post('/getSynchronizeUnit', (_req, res) => {
    const data = [...state.agencies.values()].map((row) => ({
      ...listed(row),
      oldCode: row.otherCode,
      version: row.version,
      centerCode: row.systemId,
      deleted: row.deleted,
      modifyDate: row.modified.toISOString(),
      isAgency: true,
    }));
    res.json(vxpAnswer.ok({ data }));
  });
  router.post('/registerAgency', async (req, res) => {
    const systemId = res.locals['systemId'] as string;
    const parsed = registration.safeParse(req.body);
    if (!parsed.success) return refuse(res, AXIS_CODES.invalidFile, 'Thông tin đơn vị không hợp lệ');
    const { code, name, pcode, mail = '' } = parsed.data;
    const known = state.agencies.get(code);
    if (known && !known.deleted && known.systemId !== systemId)
      return refuse(res, AXIS_CODES.badCredentials, 'Đơn vị thuộc hệ thống khác');
    state.register({ code, name, parentCode: pcode, mail, otherCode: known?.otherCode ?? '', systemId });
    await note(ledger, 'register-agency', code, systemId);
    res.json(vxpAnswer.ok());
  });
  router.post('/deleteAgency', async (_req, res) => {
    const systemId = res.locals['systemId'] as string;
    const code = (res.locals['args'] as Record<string, string>)['AgencyCode'] ?? '';
    if (!state.remove(systemId, code)) return refuse(res, AXIS_CODES.notFound, 'Không có đơn vị này');
    await note(ledger, 'delete-agency', code, systemId);
    res.json(vxpAnswer.ok());
  });
}

function refuse(res: Response, code: string, text: string): void {
  res.json(vxpAnswer.fail(code, text));
}

function note(ledger: Ledger, kind: string, code: string, systemId: string) {
  const key = `${systemId}|${code}|${ledger.entries().length}`;
  return ledger.append({ kind, id: code, key, sha256: '', from: systemId, to: [] });
}

function listed(row: AxisAgency) {
  return { id: row.id, pid: row.parentCode, code: row.code, name: row.name, mail: row.mail };
}
