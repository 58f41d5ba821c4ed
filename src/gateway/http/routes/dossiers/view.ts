/** What the API shows of a dossier, and who may see it. */
import { z } from 'zod';
import { DOSSIER_STATES, type DossierState } from '../../../../packages/index.ts';
import { maySee, type Principal } from '../../../access/index.ts';
import { type DossierRow, findDossier } from '../../../store/index.ts';
import type { GatewayDeps } from '../../deps.ts';
import { HttpError } from '../../problem.ts';

/** Parameter of every address of one dossier. */
export const codeParams = z.object({ code: z.string().max(60) });
/** A dossier without what is sealed. */
export const dossierView = z.object({
  code: z.string(),
  agency: z.string(),
  procedureCode: z.string(),
  state: z.int(),
  stateText: z.string(),
  procedureName: z.string(),
  receivedAt: z.iso.datetime(),
  dueAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  fees: z.object({ askedVnd: z.int(), paidVnd: z.int() }),
  rating: z.int().nullable(),
  portal: z.object({ state: z.string().nullable() }),
  ministry: z.object({ system: z.string().nullable(), state: z.string().nullable() }),
  result: z.object({ sha256: z.string(), verdict: z.string().nullable(), href: z.string() }).nullable(),
  packageId: z.string(),
  updatedAt: z.iso.datetime(),
});

/** A dossier without what is sealed: applicant and form are read from the package by those who may. */
export function viewDossier(row: DossierRow): z.infer<typeof dossierView> {
  return {
    code: row.code,
    agency: row.agency,
    procedureCode: row.procedure_code,
    state: row.state,
    stateText: DOSSIER_STATES[row.state as DossierState].vi,
    procedureName: row.procedure_name,
    receivedAt: new Date(row.received_at).toISOString(),
    dueAt: row.due_at === null ? null : new Date(row.due_at).toISOString(),
    finishedAt: row.finished_at === null ? null : new Date(row.finished_at).toISOString(),
    fees: { askedVnd: row.fee_vnd, paidVnd: row.paid_vnd },
    rating: row.rating,
    portal: { state: row.portal_state },
    ministry: { system: row.ministry_system, state: row.ministry_state },
    result:
      row.result_sha256 === null
        ? null
        : {
            sha256: row.result_sha256,
            verdict: row.result_verdict,
            href: `/api/v1/dossiers/${row.code}/result`,
          },
    packageId: row.package_id,
    updatedAt: new Date(row.updated_at).toISOString(),
  };
}

/** The dossier when it is the holder's to see. @throws HttpError NOT_FOUND */
export async function ownDossier(deps: GatewayDeps, principal: Principal, code: string): Promise<DossierRow> {
  const row = await findDossier(deps.x.store.read, code);
  if (row === undefined || !maySee(principal, row.agency)) throw new HttpError('NOT_FOUND');
  return row;
}
