/** Paper dossiers: sends the scans, finds procedures while one types, sends what a person says of the fields. */
import { ask, busy, keyOf } from './forms.js';

const form = document.querySelector('[data-paper-form]');
if (form !== null) {
  const found = new Map();
  const code = form.elements.procedureCode;
  const list = document.querySelector('#paper-procedures');
  let timer = 0;
  // The same scans sent again after a lost answer are the same dossier.
  let key = keyOf();
  form.addEventListener('change', () => {
    key = keyOf();
  });
  code.addEventListener('input', () => {
    const known = found.get(code.value);
    if (known !== undefined) {
      form.elements.procedureName.value = known.name;
      form.elements.fieldCode.value = known.fieldCode;
      form.elements.fieldName.value = known.fieldName;
    }
    clearTimeout(timer);
    if (code.value.trim().length < 2 || known !== undefined) return;
    timer = setTimeout(async () => {
      const { items } = await ask(
        `/api/v1/procedures?limit=12&q=${encodeURIComponent(code.value)}`,
        'GET',
      ).catch(() => ({ items: [] }));
      list.replaceChildren();
      for (const item of items) {
        found.set(item.code, item);
        const option = document.createElement('option');
        option.value = item.code;
        option.textContent = item.name;
        list.append(option);
      }
    }, 200);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void busy(form, async () => {
      const data = new FormData(form);
      const text = (name) => String(data.get(name) ?? '').trim();
      const metadata = { key: text('key'), review: data.get('always') === null ? 'doubtful' : 'always' };
      for (const name of ['procedureCode', 'procedureName', 'fieldCode', 'fieldName'])
        metadata[name] = text(name);
      if (text('dueAt') !== '') metadata.dueAt = `${text('dueAt')}T17:00:00+07:00`;
      const body = new FormData();
      body.set('metadata', JSON.stringify(metadata));
      for (const file of form.elements.file.files) body.append('file', file, file.name);
      const { id } = await ask('/api/v1/paper-dossiers', 'POST', body, { 'Idempotency-Key': key });
      location.assign(`/ho-so-giay/${encodeURIComponent(id)}`);
    });
  });
}

document.addEventListener('submit', (event) => {
  const fields = event.target;
  if (!(fields instanceof HTMLFormElement) || fields.dataset.paperFields === undefined) return;
  event.preventDefault();
  void busy(fields, async () => {
    const body = JSON.stringify({ values: Object.fromEntries(new FormData(fields)) });
    await ask(fields.dataset.paperFields, 'POST', body, { 'Content-Type': 'application/json' });
    location.reload();
  });
});

document.addEventListener('click', async (event) => {
  const button = event.target instanceof Element ? event.target.closest('[data-paper-do]') : null;
  if (button === null) return;
  button.disabled = true;
  await ask(button.dataset.paperDo, button.dataset.method).catch((cause) => {
    document.querySelector('[data-said]').textContent = cause.message;
  });
  location.reload();
});
