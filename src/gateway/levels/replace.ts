/** Puts a completed file where the one of a lower level was found: results of jobs, requests, digitised copies. */
import {
  findOcrJob,
  findSigningItem,
  findSigningRequest,
  type LevelCompletionRow,
  moveSigningRequest,
  type Queries,
  updateOcrJob,
  updateSigningItem,
} from '../store/index.ts';

/** Only the very file that was raised is replaced: one signed again since then is another. */
export async function replaceFile(
  tx: Queries,
  before: LevelCompletionRow,
  after: LevelCompletionRow,
): Promise<void> {
  const change = {
    signed_sha256: after.sha256,
    report_sha256: after.report_sha256,
    level: after.level,
    updated_at: after.updated_at,
  };
  if (before.source === 'item') {
    const [job = '', seq = '0'] = before.source_id.split('/');
    const item = await findSigningItem(tx, job, Number(seq));
    if (item?.signed_sha256 !== before.sha256) return;
    await updateSigningItem(tx, job, Number(seq), change);
    if (item.request_id !== null) await replaceRequest(tx, item.request_id, before.sha256, change);
  } else if (before.source === 'request') await replaceRequest(tx, before.source_id, before.sha256, change);
  else if (before.source === 'copy') await replaceCopy(tx, before, after);
}

async function replaceRequest(
  tx: Queries,
  id: string,
  was: string,
  change: Parameters<typeof moveSigningRequest>[3],
): Promise<void> {
  const request = await findSigningRequest(tx, id);
  if (request?.signed_sha256 === was) await moveSigningRequest(tx, id, 'signed', change);
}

async function replaceCopy(
  tx: Queries,
  before: LevelCompletionRow,
  after: LevelCompletionRow,
): Promise<void> {
  const job = await findOcrJob(tx, before.source_id);
  if (job?.copy == null) return;
  const copy = JSON.parse(job.copy) as { sha256: string };
  if (copy.sha256 !== before.sha256) return;
  await updateOcrJob(tx, job.id, {
    copy: JSON.stringify({ ...copy, sha256: after.sha256, level: after.level }),
  });
}
