/** Progress of a job as server-sent events. */
import type { Response } from 'express';

/** Another process may be doing the work: its row is looked at this often. */
const LOOK_MS = 2_000;

/**
 * Sends `event: progress` with the view of a job at every change, and ends when the job does.
 * @param watch calls its argument at each change this process sees; gives what ends that.
 * @param look the job as it is now; null: it is gone.
 */
export async function sendProgress(
  res: Response,
  watch: (listener: () => void) => () => void,
  look: () => Promise<{ view: unknown; isOver: boolean } | null>,
): Promise<void> {
  res.status(200).set({
    'Content-Type': 'text/event-stream',
    'Cache-Control': 'no-store',
    'X-Accel-Buffering': 'no',
  });
  let isSending = false;
  let again = false;
  const send = async (): Promise<void> => {
    again = isSending;
    if (isSending) return;
    isSending = true;
    try {
      const seen = await look();
      if (seen === null || res.writableEnded) return;
      res.write(`event: progress\ndata: ${JSON.stringify(seen.view)}\n\n`);
      if (seen.isOver) finish();
    } finally {
      isSending = false;
    }
    if (again && !res.writableEnded) await send();
  };
  const unwatch = watch(() => void send().catch(finish));
  const timer = setInterval(() => void send().catch(finish), LOOK_MS);
  function finish(): void {
    unwatch();
    clearInterval(timer);
    res.end();
  }
  res.on('close', finish);
  await send();
}
