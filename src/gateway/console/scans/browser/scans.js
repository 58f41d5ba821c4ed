/** Scans: hands files in, waits until they are read, signs the digitised copy. */
import { ask, busy, keyOf } from './forms.js';

const SCAN = /\.(pdf|tiff?|jpe?g|png)$/i;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => String(values[name] ?? ''));

/** Sends a form so that one sees how far it is. Gives the answer's JSON. */
function upload(path, body, headers, onShare, network) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('Accept-Language', document.documentElement.lang);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = 'json';
    request.upload.addEventListener('progress', ({ loaded, total }) => total > 0 && onShare(loaded / total));
    request.addEventListener('error', () => reject(new Error(network)));
    request.addEventListener('load', () => {
      const { status, response } = request;
      if (status < 300) return resolve(response);
      const errors = (response?.errors ?? []).map(({ message }) => message);
      reject(new Error([response?.detail ?? `HTTP ${status}`, ...errors].join(' · ')));
    });
    request.send(body);
  });
}

const handIn = document.querySelector('[data-scan-form]');
if (handIn !== null) {
  const words = JSON.parse(handIn.dataset.words);
  const output = handIn.querySelector('output');
  const list = handIn.querySelector('[data-scan-list]');
  const order = new Intl.Collator('vi', { numeric: true });
  const chosen = [];
  // The same scans sent again after a lost answer are the same job.
  let key = keyOf();

  const control = (sign, word, file, act) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = sign;
    button.setAttribute('aria-label', fill(words[word], { name: file.name }));
    button.dataset.act = word;
    button.addEventListener('click', act);
    return button;
  };
  function move(from, to) {
    if (to < 0 || to >= chosen.length) return;
    const word = to < from ? 'up' : 'down';
    chosen.splice(to, 0, ...chosen.splice(from, 1));
    draw();
    list.children[to].querySelector(`[data-act=${word}]`).focus();
  }
  function draw() {
    key = keyOf();
    list.replaceChildren(
      ...chosen.map((file, at) => {
        const item = document.createElement('li');
        const name = document.createElement('span');
        name.textContent = file.name;
        item.append(
          name,
          control('↑', 'up', file, () => move(at, at - 1)),
          control('↓', 'down', file, () => move(at, at + 1)),
          control('✕', 'remove', file, () => {
            chosen.splice(at, 1);
            draw();
            (
              list.children[Math.min(at, chosen.length - 1)]?.querySelector('[data-act=remove]') ??
              handIn.elements.file
            ).focus();
          }),
        );
        return item;
      }),
    );
  }
  /** Why a file is not taken; null: it is. */
  function fault({ name, size, lastModified }) {
    if (!SCAN.test(name)) return 'kind';
    if (size === 0) return 'empty';
    if (size > Number(handIn.dataset.limit)) return 'large';
    const same = (other) => other.name === name && other.size === size && other.lastModified === lastModified;
    return chosen.some(same) ? 'twice' : null;
  }
  function add(files) {
    const faults = [];
    for (const file of [...files].sort((a, b) => order.compare(a.name, b.name))) {
      const word = fault(file);
      if (word === null) chosen.push(file);
      else faults.push(fill(words[word], { name: file.name }));
    }
    output.className = 'bad-text';
    output.textContent = faults.join(' ');
    draw();
  }
  handIn.elements.file.addEventListener('change', ({ target }) => {
    add(target.files);
    target.value = '';
  });
  const drop = handIn.querySelector('.scan-drop');
  for (const name of ['dragover', 'dragleave', 'drop'])
    handIn.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle('dropping', name === 'dragover');
      if (name === 'drop') add(event.dataTransfer.files);
    });
  handIn.elements.urgent.addEventListener('change', () => {
    key = keyOf();
  });
  handIn.addEventListener('submit', (event) => {
    event.preventDefault();
    void busy(handIn, async () => {
      if (chosen.length === 0) throw new Error(words.none);
      const body = new FormData();
      body.set('urgent', String(handIn.elements.urgent.checked));
      for (const file of chosen) body.append('file', file, file.name);
      const told = (share) => {
        output.textContent = fill(words.sent, { percent: Math.floor(100 * share) });
      };
      const headers = { 'Idempotency-Key': key };
      const { id } = await upload('/api/v1/ocr-jobs', body, headers, told, words.network);
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
      // Nobody loses what he is writing.
      if (!document.activeElement.matches('input, textarea')) return location.reload();
      count.textContent = waiting.dataset.over;
      return;
    }
    if (pages > 0) {
      bar.max = pages;
      bar.value = pagesDone;
      count.textContent = fill(waiting.dataset.pages, { done: pagesDone, pages });
    } else if (state === 'running') count.textContent = waiting.dataset.opening;
  });
  waiting.querySelector('button')?.addEventListener('click', async (event) => {
    event.target.disabled = true;
    await ask(event.target.dataset.cancel, 'DELETE').catch((cause) => {
      count.textContent = cause.message;
    });
  });
}

document.addEventListener('click', async (event) => {
  const button = event.target instanceof Element ? event.target.closest('[data-again], [data-back]') : null;
  if (button === null) return;
  button.disabled = true;
  const { again, back } = button.dataset;
  const review = document.querySelector('[data-review]')?.dataset.review ?? '';
  const path = again ?? `/api/v1/ocr-jobs/${encodeURIComponent(review)}/corrections`;
  try {
    await ask(path, 'POST', back ?? '{}', { 'Content-Type': 'application/json' });
    location.reload();
  } catch (cause) {
    button.disabled = false;
    button.after(` ${cause.message}`);
  }
});

const copy = document.querySelector('[data-copy-form]');
copy?.addEventListener('submit', (event) => {
  event.preventDefault();
  void busy(copy, async () => {
    const values = [...new FormData(copy)].map(([name, value]) => [name, value.trim().replace(/\s+/g, ' ')]);
    const { docCode, key, ...metadata } = Object.fromEntries(values);
    const body = JSON.stringify({ docCode, key, metadata });
    await ask(copy.dataset.copyForm, 'POST', body, { 'Content-Type': 'application/json' });
    location.hash = 'ban-so-hoa';
    location.reload();
  });
});
