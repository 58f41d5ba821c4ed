/** The drop zone: sends files to be verified and shows each report. Nothing a file brings is ever read as markup. */
import { renderReport, tell } from './report.js';

const MOST_FILES = 10;
// Control characters and marks that turn the direction of text, as html.ts shows them.
const MISLEADING = /(?![\t\n\r])[\p{Cc}\p{Bidi_Control}]/gu;

/** The browser's twin of `element` in html.ts. */
function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    node.append(typeof child === 'string' ? child.replace(MISLEADING, '\ufffd') : child);
  }
  return node;
}

/** Asks the gateway. Resolves to its answer; throws an Error whose message may be shown. */
async function ask(file, words, lang, accept, keep) {
  const body = new FormData();
  body.append('file', file, file.name);
  if (keep) body.append('keep', '1');
  let answer;
  try {
    answer = await fetch('/api/v1/verifications', {
      method: 'POST',
      body,
      headers: { 'Accept-Language': lang, Accept: accept },
    });
  } catch {
    throw new Error(tell(words, 'error.network'));
  }
  if (answer.ok) return answer;
  const content = await answer.json().catch(() => ({}));
  throw new Error(content.detail ?? `HTTP ${answer.status}`);
}

/** Buttons under a report: the same file is sent again, since nothing of it was kept. */
function actions(file, words, lang) {
  const said = h('p', { role: 'status' });
  const button = (word, work) => {
    const node = h('button', { type: 'button', class: 'quiet' }, tell(words, word));
    node.addEventListener('click', async () => {
      node.disabled = true;
      try {
        said.replaceChildren(await work());
      } catch (cause) {
        said.replaceChildren(cause.message);
      }
      node.disabled = false;
    });
    return node;
  };
  const pdf = button('verify.pdf', async () => {
    const answer = await ask(file, words, lang, 'application/pdf', false);
    const href = URL.createObjectURL(await answer.blob());
    const link = h('a', { href, download: `${file.name}.bao-cao.pdf` }, `${file.name}.bao-cao.pdf`);
    link.click();
    return link;
  });
  const share = button('verify.share', async () => {
    const answer = await ask(file, words, lang, 'application/json', true);
    const href = answer.headers.get('Location');
    if (href === null) return tell(words, 'verify.notKept');
    return h('a', { href }, new URL(href, location.href).href);
  });
  return h('div', { class: 'report-actions' }, pdf, share, said);
}

/** Makes the drop zone of the page work. */
export function startVerify(zone, words, lang) {
  const form = zone.querySelector('form');
  const input = zone.querySelector('input[type=file]');
  const result = zone.querySelector('[data-result]');
  const limit = Number(zone.dataset.limitBytes);
  let round = 0;

  async function checkOne(file) {
    if (file.size > limit)
      return h(
        'p',
        { class: 'report bad' },
        tell(words, 'verify.tooLarge', { name: file.name, limit: zone.dataset.limit }),
      );
    try {
      const answer = await ask(file, words, lang, 'application/json', false);
      const node = renderReport(h, await answer.json(), words, lang);
      node.append(actions(file, words, lang));
      return node;
    } catch (cause) {
      return h(
        'p',
        { class: 'report bad' },
        tell(words, 'verify.failed', { name: file.name, reason: cause.message }),
      );
    }
  }

  async function checkAll(files) {
    if (files.length === 0) return;
    round += 1;
    const own = round;
    result.replaceChildren();
    result.setAttribute('aria-busy', 'true');
    for (const file of files.slice(0, MOST_FILES)) {
      const working = h('p', { class: 'working' }, tell(words, 'verify.working', { name: file.name }));
      result.append(working);
      const node = await checkOne(file);
      if (own !== round) return; // the user has dropped something else meanwhile
      working.replaceWith(node);
    }
    if (files.length > MOST_FILES)
      result.append(h('p', { class: 'note note-wait' }, tell(words, 'verify.tooMany', { n: MOST_FILES })));
    result.removeAttribute('aria-busy');
  }

  form.addEventListener('submit', (event) => event.preventDefault());
  input.addEventListener('change', () => {
    const files = [...input.files];
    input.value = ''; // so that choosing the same file again checks it again
    void checkAll(files);
  });
  for (const type of ['dragenter', 'dragover']) {
    document.addEventListener(type, (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      zone.classList.add('dropping');
    });
  }
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) zone.classList.remove('dropping');
  });
  document.addEventListener('drop', (event) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    zone.classList.remove('dropping');
    if (files.length === 0) return;
    event.preventDefault();
    zone.scrollIntoView({ block: 'nearest' });
    void checkAll(files);
  });
}
