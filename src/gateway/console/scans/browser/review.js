/** Looking a reading over: one page at a time, scan beside text; only what is seen is fetched and drawn. */
import { tell } from './report.js';

const DOUBTFUL = 0.9;
const KEPT_PAGES = 8;
/** How far the picture is enlarged at a time, and at most. */
const STEP = 1.4;
const LARGEST = 4;

function h(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** Makes the review page work. */
export function startReview(root) {
  const words = JSON.parse(root.dataset.words);
  const job = root.dataset.review;
  const base = `/api/v1/ocr-jobs/${encodeURIComponent(job)}`;
  const buttons = [...root.querySelectorAll('.scan-pages button')];
  const pages = buttons.map((button) => Number(button.dataset.page));
  const sheet = root.querySelector('[data-sheet]');
  const text = root.querySelector('[data-text]');
  const fields = root.querySelector('[data-fields]');
  const at = root.querySelector('[data-at]');
  const count = root.querySelector('[data-count]');
  const said = root.querySelector('[data-told]');
  const cache = new Map();
  let page = 0;
  let shown = null;
  let selected = -1;
  let zoom = 1;
  /** The correction sent last; settles when it is kept or refused. */
  let sending = Promise.resolve('');
  let corrections = Number(/\d+/.exec(count.textContent)?.[0] ?? 0);

  const say = (message) => {
    said.textContent = message;
  };

  function fetchPage(number) {
    let known = cache.get(number);
    if (known === undefined) {
      known = fetch(`${base}/pages/${number}`).then((answer) => {
        if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
        return answer.json();
      });
      known.catch(() => cache.delete(number));
    }
    cache.delete(number);
    cache.set(number, known);
    for (const old of cache.keys()) if (cache.size > KEPT_PAGES) cache.delete(old);
    return known;
  }

  /** Puts an element over a box of the page, in shares of the sheet. */
  function place(node, [x0, y0, x1, y1], { width, height }) {
    node.style.left = `${(100 * x0) / width}%`;
    node.style.top = `${(100 * y0) / height}%`;
    node.style.width = `${(100 * (x1 - x0)) / width}%`;
    node.style.height = `${(100 * (y1 - y0)) / height}%`;
  }

  function isDoubtful(word) {
    return word.confidence < DOUBTFUL && word.text !== '';
  }

  function drawSheet(content) {
    const parts = [];
    if (content.image === null) parts.push(h('p', 'empty', tell(words, 'scan.noPicture')));
    else {
      const picture = h('img');
      picture.alt = tell(words, 'scan.picture', { page: String(content.page) });
      picture.decoding = 'async';
      picture.src = content.image;
      picture.width = content.width;
      picture.height = content.height;
      parts.push(picture);
    }
    for (const [index, word] of content.words.entries()) {
      const mark = h('i', isDoubtful(word) ? 'scan-mark doubtful' : 'scan-mark');
      mark.dataset.word = String(index);
      place(mark, word.box, content);
      parts.push(mark);
    }
    const pointer = h('i', 'scan-pointer');
    pointer.hidden = true;
    parts.push(pointer);
    sheet.replaceChildren(...parts);
  }

  function wordNode(word, index) {
    const node = h('span', isDoubtful(word) ? 'scan-word doubtful' : 'scan-word', word.text);
    if (word.was !== undefined) node.classList.add('changed');
    if (word.read !== undefined || word.was !== undefined) node.title = word.was ?? word.read;
    node.dataset.word = String(index);
    return node;
  }

  function drawText(content) {
    const lines = [];
    let last = -1;
    for (const [index, word] of content.words.entries()) {
      if (word.line !== last) lines.push(h('p'));
      last = word.line;
      lines.at(-1).append(wordNode(word, index), ' ');
    }
    text.replaceChildren(...lines);
  }

  function mark(button, on) {
    if (on) button?.setAttribute('aria-current', 'true');
    else button?.removeAttribute('aria-current');
  }

  async function open(number) {
    if (!pages.includes(number)) return;
    mark(buttons[pages.indexOf(page)], false);
    page = number;
    const button = buttons[pages.indexOf(number)];
    mark(button, true);
    // The address leads back here, also after the page was loaded again.
    history.replaceState(null, '', `#trang-${number}`);
    button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    at.textContent = tell(words, 'scan.page', { page: String(number), pages: String(pages.length) });
    if (button.dataset.unread !== undefined) {
      shown = null;
      selected = -1;
      const why = tell(words, 'scan.unreadPage', { page: String(number) });
      sheet.replaceChildren(h('p', 'empty', why));
      text.replaceChildren();
      root.dataset.shown = String(number);
      return say(why);
    }
    let content;
    try {
      content = await fetchPage(number);
    } catch {
      return say(tell(words, 'scan.network'));
    }
    if (page !== number) return;
    shown = content;
    selected = -1;
    drawSheet(content);
    drawText(content);
    // What was said last was of another page.
    say('');
    root.dataset.shown = String(number);
    const next = pages[pages.indexOf(number) + 1];
    if (next !== undefined && buttons[pages.indexOf(next)].dataset.unread === undefined)
      fetchPage(next).catch(() => undefined);
  }

  function nodesOf(index) {
    return [...root.querySelectorAll(`[data-word="${index}"]`)];
  }

  /** @param done what was done before, told first: the next word's own words would take its place */
  function select(index, done = '') {
    for (const node of nodesOf(selected)) node.classList.remove('selected');
    selected = index;
    for (const node of nodesOf(index)) {
      node.classList.add('selected');
      if (zoom === 1 || node.parentElement !== sheet)
        node.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      else centre(node);
    }
    const { text: word, confidence } = shown.words[index];
    say(done + tell(words, 'scan.word', { word, percent: String(Math.round(100 * confidence)) }));
  }

  /** Brings a place of the enlarged picture into its middle; the page itself stays where it is. */
  function centre(node) {
    const view = sheet.parentElement;
    const [x, y] = [node.offsetLeft + node.offsetWidth / 2, node.offsetTop + node.offsetHeight / 2];
    view.scrollTo(x - view.clientWidth / 2, y - view.clientHeight / 2);
  }

  /** The word before or after the selected one, on this page. */
  function nextWord(by) {
    const last = (shown?.words.length ?? 0) - 1;
    if (last >= 0) select(selected < 0 ? 0 : Math.min(last, Math.max(0, selected + by)));
  }

  /** Enlarges the picture and keeps in sight the word or field that is marked, else what was in its middle. */
  function enlarge(by) {
    const view = sheet.parentElement;
    const before = zoom;
    zoom = Math.min(LARGEST, Math.max(1, zoom * by));
    const [x, y] = [view.scrollLeft + view.clientWidth / 2, view.scrollTop + view.clientHeight / 2];
    sheet.style.setProperty('--zoom', String(zoom));
    const marked = sheet.querySelector('.scan-mark.selected, .scan-pointer:not([hidden])');
    if (marked) centre(marked);
    else
      view.scrollTo((x * zoom) / before - view.clientWidth / 2, (y * zoom) / before - view.clientHeight / 2);
  }

  /** The next doubtful word after the selected one, on this page or a later one. */
  async function nextDoubt(done = '') {
    const here = shown?.words.findIndex((word, index) => index > selected && isDoubtful(word)) ?? -1;
    if (here >= 0) return select(here, done);
    const later = buttons.find((button, i) => pages[i] > page && Number(button.dataset.doubtful) > 0);
    if (later === undefined) return say(done + tell(words, 'scan.noMore'));
    await open(Number(later.dataset.page));
    const first = shown?.words.findIndex(isDoubtful) ?? -1;
    if (first >= 0) select(first, done);
  }

  async function send(path, body) {
    try {
      const answer = await fetch(`${base}/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Accept-Language': document.documentElement.lang },
        body: JSON.stringify(body),
      });
      if (answer.ok) return '';
      const content = await answer.json().catch(() => ({}));
      return content.detail ?? `HTTP ${answer.status}`;
    } catch {
      return tell(words, 'scan.network');
    }
  }

  async function correct(change) {
    sending = send('corrections', change);
    const refused = await sending;
    if (refused !== '') {
      say(tell(words, 'scan.failed', { reason: refused }));
      return false;
    }
    corrections += 1;
    root.querySelector('[data-open]').hidden = false;
    count.textContent = tell(words, 'scan.corrections', { count: String(corrections) });
    say(tell(words, 'scan.saved', { value: change.value }));
    return true;
  }

  function editWord() {
    const word = shown?.words[selected];
    const node = text.querySelector(`[data-word="${selected}"]`);
    if (word === undefined || node === null || 'readOnly' in root.dataset) return;
    const [editedPage, index] = [page, selected];
    const input = h('input', 'scan-edit');
    input.value = word.text;
    input.size = Math.max(4, word.text.length + 1);
    input.setAttribute('aria-label', tell(words, 'scan.editWord', { word: word.text }));
    node.replaceWith(input);
    input.focus();
    input.select();
    let over = false;
    const end = (value) => {
      over = true;
      const fresh = wordNode(value === null ? word : { ...word, ...value }, index);
      if (page === editedPage && selected === index) fresh.classList.add('selected');
      input.replaceWith(fresh);
    };
    /** Keeps what was typed; what was refused stays to be mended. @returns whether it was kept */
    async function keep(value) {
      over = true;
      if (!(await correct({ page: editedPage, word: index, value }))) {
        over = false;
        return false;
      }
      const wasDoubtful = isDoubtful(word);
      Object.assign(word, { was: word.was ?? word.text, text: value, confidence: 1 });
      const button = buttons[pages.indexOf(editedPage)];
      if (wasDoubtful && button) {
        button.dataset.doubtful = String(Math.max(0, Number(button.dataset.doubtful) - 1));
        const small = button.querySelector('small');
        if (small) small.textContent = button.dataset.doubtful === '0' ? '' : button.dataset.doubtful;
      }
      end({});
      if (page === editedPage)
        for (const drawn of sheet.querySelectorAll(`[data-word="${index}"]`))
          drawn.classList.remove('doubtful');
      return true;
    }
    input.addEventListener('keydown', async (event) => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        end(null);
      }
      if (event.key !== 'Enter' || event.isComposing || over) return;
      event.preventDefault();
      event.stopPropagation();
      const value = input.value.trim();
      if (value === word.text && !isDoubtful(word)) return end(null);
      if (await keep(value)) await nextDoubt(`${tell(words, 'scan.saved', { value })} · `);
      else input.focus();
    });
    input.addEventListener('blur', () => {
      // Another window is in front: the clerk comes back to it.
      if (over || !document.hasFocus()) return;
      const value = input.value.trim();
      if (value === word.text) end(null);
      else void keep(value);
    });
  }

  /** Shows where on the paper a field stands. */
  async function showField(input) {
    if (input.dataset.page === undefined) return;
    await open(Number(input.dataset.page));
    const pointer = sheet.querySelector('.scan-pointer');
    if (pointer === null || shown === null) return;
    place(pointer, input.dataset.box.split(',').map(Number), shown);
    pointer.hidden = false;
    if (zoom > 1) centre(pointer);
    else pointer.scrollIntoView({ block: 'center', inline: 'nearest' });
    say(tell(words, 'scan.fieldPlace', { page: String(page) }));
  }

  fields.addEventListener('focusin', (event) => void showField(event.target));
  fields.addEventListener('submit', (event) => event.preventDefault());
  fields.addEventListener('change', async (event) => {
    const input = event.target;
    const value = 'oneLine' in input.dataset ? input.value.trim().replace(/\s+/g, ' ') : input.value;
    if (!(await correct({ field: input.name, value }))) return;
    input.closest('.scan-field').classList.remove('doubtful');
    input.closest('.scan-field').classList.add('changed');
  });
  root.addEventListener('click', (event) => {
    const word = event.target.closest('[data-word]');
    if (word !== null) {
      const index = Number(word.dataset.word);
      const again = index === selected;
      select(index);
      if (again) editWord();
      return;
    }
    const turn = event.target.closest('.scan-pages button');
    if (turn !== null) void open(Number(turn.dataset.page));
  });
  const step = (by) => open(pages[pages.indexOf(page) + by]);
  const actions = {
    before: () => step(-1),
    after: () => step(1),
    next: nextDoubt,
    async confirm() {
      // A value still on its way belongs into what is made now; one that was refused is told already.
      if ((await sending) !== '') return;
      const refused = await send('confirm', {});
      say(refused === '' ? tell(words, 'scan.confirmed') : tell(words, 'scan.failed', { reason: refused }));
      if (refused === '') location.reload();
    },
    smaller: () => enlarge(1 / STEP),
    larger: () => enlarge(STEP),
  };
  for (const button of root.querySelectorAll('[data-do]'))
    button.addEventListener('click', () => void actions[button.dataset.do]());

  const keys = {
    n: nextDoubt,
    j: () => step(1),
    k: () => step(-1),
    PageDown: () => step(1),
    PageUp: () => step(-1),
    ArrowRight: () => nextWord(1),
    ArrowLeft: () => nextWord(-1),
    '+': actions.larger,
    '=': actions.larger,
    '-': actions.smaller,
    Enter: editWord,
    f: () => fields.querySelector('input, textarea')?.focus(),
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (target.matches?.('input, textarea, select')) {
      if (event.key === 'Escape') target.blur();
      return;
    }
    if (event.key === 'Enter' && target.matches?.('button, a, summary, select')) return;
    // An enlarged picture is moved about by the arrows.
    if (
      event.key.startsWith('Arrow') &&
      (target.matches?.('select') || (zoom > 1 && target === sheet.parentElement))
    )
      return;
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act === undefined) return;
    event.preventDefault();
    void act();
  });
  const asked = Number(/^#trang-(\d+)$/.exec(location.hash)?.[1]);
  if (pages.length > 0) void open(pages.includes(asked) ? asked : pages[0]);
}
