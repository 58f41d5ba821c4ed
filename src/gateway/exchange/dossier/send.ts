/** Steps and results of a dossier: each moves it and goes out as a package, in one transaction. */
import {
  DOSSIER_STATES,
  type DossierState,
  formatVietnamTime,
  isDossierMoveAllowed,
} from '../../../packages/index.ts';
import { type DossierRow, findDossier, type Queries, updateDossier } from '../../store/index.ts';
import { ExchangeError } from '../errors.ts';
import type { Accepted } from '../intake.ts';
import type { Exchange } from '../ports.ts';
import { defined, PORTAL_SYSTEM } from './body.ts';
import { keepDossierPackage, type SendOptions, withHeader } from './keep.ts';

/** Sends one step to the portal and moves the dossier, in one transaction. */
export async function sendProgress(
  x: Exchange,
  dossier: DossierRow,
  step: { handler: string; content: string; state: DossierState; handledAt: string },
  options: SendOptions,
): Promise<Accepted> {
  const message = await withHeader(
    x,
    'progress',
    { steps: [step] },
    dossier.code,
    dossier.agency,
    undefined,
    [PORTAL_SYSTEM],
  );
  return keepDossierPackage(x, message, {
    ...options,
    systems: [PORTAL_SYSTEM].filter((system) => x.counterparties.has(system)),
    key: options.key ?? `progress|${dossier.code}|${options.idempotency?.key ?? message.messageId}`,
    also: async (tx, pkg) => {
      await moveDossier(tx, dossier.code, step.state, x.now());
      await options.also?.(tx, pkg);
    },
  });
}

/** Sends a result to the portal and into the agency's inbox, and moves the dossier. */
export async function sendResult(
  x: Exchange,
  dossier: DossierRow,
  result: {
    state: DossierState;
    note?: string | undefined;
    papers: {
      name: string;
      paperNumber?: string;
      file?: { name: string; contentType: string; sizeBytes: number; sha256: string };
    }[];
  },
  options: SendOptions & { toInbox?: boolean },
): Promise<Accepted> {
  const body = defined({
    state: result.state,
    decidedAt: formatVietnamTime(new Date(x.now())),
    note: result.note,
    results: result.papers,
  });
  const message = await withHeader(x, 'result', body, dossier.code, dossier.agency, undefined, [
    PORTAL_SYSTEM,
  ]);
  return keepDossierPackage(x, message, {
    ...options,
    systems: [PORTAL_SYSTEM].filter((system) => x.counterparties.has(system)),
    key: options.key ?? `result|${dossier.code}|${options.idempotency?.key ?? message.messageId}`,
    also: async (tx, pkg) => {
      await moveDossier(tx, dossier.code, result.state, x.now());
      await options.also?.(tx, pkg);
    },
  });
}

/** The table of allowed moves decides between two systems that change one dossier at once; the loser is told why. */
async function moveDossier(tx: Queries, code: string, to: DossierState, now: number): Promise<void> {
  const current = await findDossier(tx, code);
  if (current === undefined) throw unknownDossier(code);
  if (!isDossierMoveAllowed(current.state, to)) {
    const from = DOSSIER_STATES[current.state as DossierState];
    throw new ExchangeError('DOSSIER_MOVE_NOT_ALLOWED', {
      vi: `Hồ sơ ${code} đang ở trạng thái "${from.vi}"; không thể chuyển sang "${DOSSIER_STATES[to].vi}".`,
      en: `Dossier ${code} is in state "${from.en}"; it may not move to "${DOSSIER_STATES[to].en}".`,
    });
  }
  await updateDossier(tx, code, { state: to, updated_at: now });
}

export function unknownDossier(code: string): ExchangeError {
  return new ExchangeError('DOSSIER_UNKNOWN', {
    vi: `Không có hồ sơ ${code}.`,
    en: `There is no dossier ${code}.`,
  });
}
