/** Scans: hands files in, waits until they are read, signs the digitised copy. */
import { ask, busy, keyOf } from './forms.js';

const handIn = document.querySelector('[data-scan-form]');
if (handIn !== null) {
  // The same scans sent again after a lost answer are the same job.
  let key = keyOf();
  handIn.addEventListener('change', () => {
    key = keyOf();
  });
  handIn.addEventListener('submit', (event) => {
    event.preventDefault();
    void busy(handIn, async () => {
      const body = new FormData();
      body.set('urgent', String(handIn.elements.urgent.checked));
      for (const file of handIn.elements.file.files) body.append('file', file, file.name);
      const { id } = await ask('/api/v1/ocr-jobs', 'POST', body, { 'Idempotency-Key': key });
      location.assign(`/quet/${encodeURIComponent(id)}`);
    });
  });
}

const waiting = document.querySelector('[data-scan-wait]');
if (waiting !== null) {
  const bar = waiting.querySelector('progress');
  const count = waiting.querySelector('[data-scan-count]');
  const events = new EventSource(waiting.dataset.scanWait);
  events.addEventListener('progress', ({ data }) => {
    const { state, pages, pagesDone } = JSON.parse(data);
    if (state !== 'waiting' && state !== 'running') {
      events.close();
      return location.reload();
    }
    bar.max = Math.max(1, pages);
    bar.value = pagesDone;
    count.textContent = `${pagesDone}/${pages}`;
  });
  waiting.querySelector('button')?.addEventListener('click', async (event) => {
    event.target.disabled = true;
    await ask(event.target.dataset.cancel, 'DELETE').catch((cause) => {
      count.textContent = cause.message;
    });
  });
}

const copy = document.querySelector('[data-copy-form]');
copy?.addEventListener('submit', (event) => {
  event.preventDefault();
  void busy(copy, async () => {
    const { docCode, key, ...metadata } = Object.fromEntries(new FormData(copy));
    const body = JSON.stringify({ docCode: docCode.trim(), key, metadata });
    await ask(copy.dataset.copyForm, 'POST', body, { 'Content-Type': 'application/json' });
    location.hash = 'ban-so-hoa';
    location.reload();
  });
});
