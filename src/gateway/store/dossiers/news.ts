/** What comes back to one-stop systems, the webhooks that are told of it, and the files they name by digest. */
import type { Queries } from '../database.ts';
import type { DossierNewsRow, UploadRow, WebhookRow } from '../schema.ts';
import { nextValue } from '../tables/inbox.ts';

/** Writes one piece of news. The agency's row of the sequence stays locked until the commit, so numbers are in the order of commits. */
export async function tellNews(
  tx: Queries,
  news: { agency: string; code: string; type: string; data: Readonly<Record<string, unknown>> },
  now: number,
): Promise<void> {
  const seq = await nextValue(tx, `news:${news.agency}`);
  await tx
    .insertInto('dossier_news')
    .values({
      agency: news.agency,
      seq,
      at: now,
      code: news.code,
      type: news.type,
      data: JSON.stringify(news.data),
    })
    .execute();
}

/** News of one agency after `after`, oldest first. */
export async function readNews(
  tx: Queries,
  agency: string,
  after: number,
  limit: number,
): Promise<DossierNewsRow[]> {
  return tx
    .selectFrom('dossier_news')
    .selectAll()
    .where('agency', '=', agency)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute();
}

/** Number of the last news of an agency; 0: none yet. */
export async function lastNews(tx: Queries, agency: string): Promise<number> {
  const row = await tx
    .selectFrom('dossier_news')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('agency', '=', agency)
    .executeTakeFirst();
  return Number(row?.seq ?? 0);
}

export async function insertWebhook(tx: Queries, row: WebhookRow): Promise<void> {
  await tx.insertInto('webhooks').values(row).execute();
}

export async function listWebhooks(tx: Queries, agency: string): Promise<WebhookRow[]> {
  return tx.selectFrom('webhooks').selectAll().where('agency', '=', agency).orderBy('id').execute();
}

export async function findWebhook(tx: Queries, id: string): Promise<WebhookRow | undefined> {
  return tx.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function updateWebhook(tx: Queries, id: string, change: Partial<WebhookRow>): Promise<void> {
  await tx.updateTable('webhooks').set(change).where('id', '=', id).execute();
}

export async function deleteWebhook(tx: Queries, id: string): Promise<void> {
  await tx.deleteFrom('webhooks').where('id', '=', id).execute();
}

/** Webhooks whose next try is due. */
export async function findDueWebhooks(tx: Queries, now: number): Promise<WebhookRow[]> {
  return tx
    .selectFrom('webhooks')
    .selectAll()
    .where('paused', '=', 0)
    .where('next_attempt_at', '<=', now)
    .orderBy('next_attempt_at')
    .execute();
}

/** Remembers that an agency brought these bytes; the same again changes nothing. */
export async function insertUploads(tx: Queries, rows: readonly UploadRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx
    .insertInto('uploads')
    .values([...rows])
    .onConflict((conflict) => conflict.columns(['agency', 'sha256']).doNothing())
    .execute();
}

/** The uploads of this agency among `digests`. */
export async function findUploads(
  tx: Queries,
  agency: string,
  digests: readonly string[],
): Promise<UploadRow[]> {
  if (digests.length === 0) return [];
  return tx
    .selectFrom('uploads')
    .selectAll()
    .where('agency', '=', agency)
    .where('sha256', 'in', [...digests])
    .execute();
}

/** News of one dossier, oldest first, at most 500. */
export async function listDossierNews(tx: Queries, code: string): Promise<DossierNewsRow[]> {
  return tx
    .selectFrom('dossier_news')
    .selectAll()
    .where('code', '=', code)
    .orderBy('seq')
    .limit(500)
    .execute();
}
