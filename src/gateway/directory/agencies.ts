/** The directory: who exists, under which codes, and which counterparty reaches them. */
import { parseAgencyCode } from '../../packages/index.ts';
import type { AgencyRow, Queries, Store } from '../store/index.ts';
import { forgetAgencies } from './recent.ts';

/** Counterparties an agency can sit behind. `inbox`: its own system connects to this gateway. */
export const AGENCY_SYSTEMS = ['inbox', 'provincial', 'vxp'] as const;
/** One of {@link AGENCY_SYSTEMS}, or a system that takes its mail from the broker (LIENTHONG_AMQP_SYSTEMS). */
export type AgencySystem = string;

/** Whether `word` can name one. */
export function isAgencySystem(word: string): boolean {
  return /^[a-z][a-z0-9-]{0,40}$/.test(word) && word !== 'gateway';
}

/** An agency as people add it. */
export interface NewAgency {
  readonly code: string;
  readonly name: string;
  readonly otherCode?: string | null;
  readonly parent?: string | null;
  readonly system: AgencySystem;
  readonly mail?: string | null;
  /** Default: an operator's entry. See `AgencyTable.source`. */
  readonly source?: string;
  /** Last day the code is in force, `yyyy-MM-dd`. */
  readonly validUntil?: string | null;
}

const BATCH = 500;

/** `AgencyTable.source` of what a document system registered. */
export function registeredBy(systemId: string): string {
  return `system:${systemId}`;
}

/** Codes and names as they are searched: without marks, case and doubled spaces. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .replace(/[đĐ]/g, 'd')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

/** Integration centres carry `W00` at level 1 and are never recipients (vietnam-standards §2). */
export function isIntegrationCentre(code: string): boolean {
  return code.split('.').includes('W00');
}

/** Adds or renews agencies. Code and name are trimmed; the other code is kept when none is given. */
export async function saveAgencies(store: Store, agencies: readonly NewAgency[], now: number): Promise<void> {
  for (let i = 0; i < agencies.length; i += BATCH) {
    const rows = agencies.slice(i, i + BATCH).map((agency) => ({
      code: agency.code.trim(),
      name: agency.name.trim(),
      other_code: agency.otherCode ?? null,
      parent: agency.parent ?? null,
      system: agency.system,
      active: 1,
      updated_at: now,
      mail: agency.mail ?? null,
      source: agency.source ?? null,
      valid_until: agency.validUntil ?? null,
      folded: fold(`${agency.code} ${agency.otherCode ?? ''} ${agency.name}`),
      synced_at: null,
    }));
    await store.write((tx) =>
      tx
        .insertInto('agencies')
        .values(rows)
        .onConflict((conflict) =>
          conflict.column('code').doUpdateSet((eb) => ({
            name: eb.ref('excluded.name'),
            other_code: eb.fn.coalesce('excluded.other_code', 'agencies.other_code'),
            parent: eb.fn.coalesce('excluded.parent', 'agencies.parent'),
            system: eb.ref('excluded.system'),
            mail: eb.fn.coalesce('excluded.mail', 'agencies.mail'),
            source: eb.fn.coalesce('excluded.source', 'agencies.source'),
            valid_until: eb.ref('excluded.valid_until'),
            folded: eb.ref('excluded.folded'),
            active: 1,
            updated_at: now,
          })),
        )
        .execute(),
    );
  }
  forgetAgencies(store);
}

/** What {@link listAgencies} and {@link agencyPages} give. */
export interface ListAgencies {
  /** Codes after this one. */
  readonly after?: string;
  readonly limit: number;
  /** Default: integration centres are left out. */
  readonly includeCentres?: boolean;
  /** Default: only agencies in force. */
  readonly includeDeleted?: boolean;
}

/** One page of the directory, by code. */
export async function listAgencies(tx: Queries, options: ListAgencies): Promise<AgencyRow[]> {
  let query = tx.selectFrom('agencies').selectAll().orderBy('code').limit(options.limit);
  if (options.includeDeleted !== true) query = query.where('active', '=', 1);
  if (options.after !== undefined) query = query.where('code', '>', options.after);
  const rows = await query.execute();
  return options.includeCentres === true ? rows : rows.filter((row) => !isIntegrationCentre(row.code));
}

/** The whole directory in pages of `limit`, by code; other work runs in between. */
export async function* agencyPages(tx: Queries, options: ListAgencies): AsyncGenerator<AgencyRow[]> {
  let { after } = options;
  for (;;) {
    // Centres are left out here: a page that held nothing else would look like the end.
    const page = await listAgencies(tx, {
      ...options,
      includeCentres: true,
      ...(after === undefined ? {} : { after }),
    });
    const last = page.at(-1);
    if (last === undefined) return;
    yield options.includeCentres === true ? page : page.filter((row) => !isIntegrationCentre(row.code));
    after = last.code;
  }
}

/** Codes of the agencies that a document system registered itself. */
export async function agenciesRegisteredBy(tx: Queries, systemId: string): Promise<string[]> {
  const rows = await tx
    .selectFrom('agencies')
    .select('code')
    .where('source', '=', registeredBy(systemId))
    .where('active', '=', 1)
    .execute();
  return rows.map((row) => row.code);
}

/** Takes an agency out of force; it stays for what was sent to it before. @returns whether it was in force. */
export async function deactivateAgency(store: Store, code: string, now: number): Promise<boolean> {
  const results = await store.write((tx) =>
    tx
      .updateTable('agencies')
      .set({ active: 0, updated_at: now })
      .where('code', '=', code)
      .where('active', '=', 1)
      .execute(),
  );
  forgetAgencies(store);
  return results.some((result) => Number(result.numUpdatedRows) > 0);
}

/** Whether a code lies below one of these in the same ministry or province, e.g. `000.00.13.H53` below `000.00.00.H53`. */
export function isBelowOneOf(code: string, ancestors: readonly string[]): boolean {
  const below = parseAgencyCode(code);
  if (below === undefined || below.form === 'centre') return false;
  return ancestors.some((ancestor) => {
    const above = parseAgencyCode(ancestor);
    if (above === undefined || above.form === 'centre' || above.root !== below.root) return false;
    if (above.levels.length >= below.levels.length) return false;
    return above.levels.every((level, index) => level === below.levels[index]);
  });
}
