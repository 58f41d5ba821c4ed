/** What officers do on their pages: choose, see, place, sign with a key or the plugin, authorise, refuse. */
const lang = document.documentElement.lang === 'en' ? 'en' : 'vi';
const { words } = await import(`./words-${lang}.js`);

/** Room a list needs for its arrow, pixels. */
const ARROW_PX = 24;

function tell(word, values = {}) {
  return (words[word] ?? word).replace(/\{(\w+)\}/g, (_all, name) => String(values[name] ?? ''));
}

async function ask(method, path, body, headers = {}) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: {
        'Accept-Language': lang,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Error(tell('network'));
  }
  const value = await answer.json().catch(() => ({}));
  if (answer.ok) return value;
  const first = value.errors?.[0]?.message;
  throw new Error(
    [value.detail ?? `HTTP ${answer.status}`, first].filter((text) => text !== undefined).join(' '),
  );
}

function say(place, text, isBad = false) {
  place.textContent = text;
  place.className = isBad ? 'bad-text' : 'good-text';
}

function requestKey() {
  return crypto.randomUUID === undefined ? String(Math.random()).slice(2) + Date.now() : crypto.randomUUID();
}

// -------------------------------------------------------------------------------------------- jobs

/** Follows a job to a point where somebody has to do something, or to its end. */
function follow(id, onView) {
  return new Promise((resolve, reject) => {
    const source = new EventSource(`/api/v1/signatures/${id}/events`);
    source.addEventListener('progress', (event) => {
      const view = JSON.parse(event.data);
      onView(view);
      if (['waiting', 'running'].includes(view.state)) return;
      source.close();
      resolve(view);
    });
    let faults = 0;
    source.onerror = () => {
      faults += 1;
      if (faults < 10) return;
      source.close();
      reject(new Error(tell('network')));
    };
  });
}

const dialog = document.querySelector('[data-consent]');

/** Asks the key's holder. Resolves to false when they give up. */
function askConsent(job) {
  const [pin, otp] = [dialog.querySelector('#pin'), dialog.querySelector('#otp')];
  const output = dialog.querySelector('output');
  dialog.querySelector('[data-consent-hint]').textContent = tell('consent.hint', {
    total: Math.min(job.total - job.signed - job.failed, job.needs.most),
  });
  dialog.querySelector('[data-pin]').hidden = !job.needs.pin;
  dialog.querySelector('[data-otp]').hidden = !job.needs.otp;
  pin.value = '';
  otp.value = '';
  say(output, '');
  dialog.querySelector('[data-send-otp]').onclick = async () => {
    try {
      await ask('POST', `/api/v1/signatures/${job.id}/otp`, {});
      say(output, tell('otpSent'));
      otp.focus();
    } catch (error) {
      say(output, error.message, true);
    }
  };
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.querySelector('form').onsubmit = async (event) => {
      event.preventDefault();
      if (event.submitter?.value === 'cancel') {
        dialog.close();
        return resolve(false);
      }
      const given = {
        ...(job.needs.pin ? { pin: pin.value } : {}),
        ...(job.needs.otp ? { otp: otp.value } : {}),
      };
      try {
        await ask('POST', `/api/v1/signatures/${job.id}/authorisation`, given);
      } catch (error) {
        return say(output, error.message, true);
      }
      pin.value = '';
      dialog.close();
      resolve(true);
    };
    dialog.oncancel = () => resolve(false);
  });
}

/** Signs requests and tells how it goes. Resolves to true when all are signed. */
async function signAll(body, output) {
  const { jobId } = await ask('POST', '/api/v1/signing-requests/signatures', body, {
    'Idempotency-Key': requestKey(),
  });
  return toItsEnd(jobId, output);
}

/** Stays with a job until it is over, asking its key's holder whenever it waits for them. */
async function toItsEnd(jobId, output) {
  for (;;) {
    const job = await follow(jobId, (view) =>
      say(output, tell('progress', { ...view, queue: view.waitingAtKey })),
    );
    if (job.state === 'consent') {
      if (await askConsent(job)) continue;
      await ask('DELETE', `/api/v1/signatures/${jobId}`);
      return false;
    }
    if (job.state !== 'done') {
      say(output, tell('stopped', { reason: job.reason?.text ?? job.state }), true);
      return false;
    }
    if (job.failed === 0) {
      say(output, tell('done', job));
      return true;
    }
    const { items } = await ask('GET', `${job.files}?limit=1000`);
    const reason = items.find((item) => item.reason !== null)?.reason.text ?? '';
    say(output, tell('someFailed', { ...job, reason }), true);
    return false;
  }
}

/** Calls a function of the plugin and gives its answer; plugins say 0, "0" or true for done. */
async function runPlugin({ function: name, argument }) {
  const run = globalThis[name];
  if (typeof run !== 'function') throw new Error(tell('plugin.missing'));
  const answer = await new Promise((resolve) => run(JSON.stringify(argument), resolve));
  let result = answer;
  try {
    if (typeof answer === 'string') result = JSON.parse(answer);
  } catch {
    throw new Error(answer || tell('plugin.missing'));
  }
  if (![true, 0, '0'].includes(result?.Status))
    throw new Error(result?.Message || result?.Error || tell('stopped', { reason: '' }));
}

/** Files handed to the plugin in one list (as the server allows). */
const PLUGIN_MOST = 30;

/** Signs requests with the plugin: lists of them where it takes lists, else one after the other. */
async function signWithPlugin(ids, output) {
  const takesLists = typeof globalThis.vgca_sign_files === 'function';
  const parts = [];
  for (let at = 0; at < ids.length; at += takesLists ? PLUGIN_MOST : 1)
    parts.push(ids.slice(at, at + (takesLists ? PLUGIN_MOST : 1)));
  let signed = 0;
  for (const part of parts) {
    const [first] = part;
    const many = takesLists && part.length > 1;
    const path = many ? '/api/v1/signing-requests/bridge' : `/api/v1/signing-requests/${first}/bridge`;
    await runPlugin(await ask('POST', path, many ? { ids: part } : {}));
    for (const id of part)
      if ((await ask('GET', `/api/v1/signing-requests/${id}`)).state === 'signed') {
        signed += 1;
        batch.querySelector(`[data-key="${CSS.escape(id)}"]`)?.remove();
      }
    say(output, tell('plugin.done', { signed, total: ids.length }), signed < ids.length);
  }
}

async function whileBusy(form, work) {
  const buttons = [...form.querySelectorAll('button')];
  for (const button of buttons) button.disabled = true;
  form.setAttribute('aria-busy', 'true');
  try {
    await work();
  } catch (error) {
    say(form.querySelector('output'), error.message, true);
  } finally {
    form.removeAttribute('aria-busy');
    for (const button of buttons) button.disabled = false;
  }
}

// -------------------------------------------------------------------------------------------- the list

const batch = document.querySelector('form[data-batch]');
batch?.querySelector('[data-all]')?.addEventListener('change', (event) => {
  for (const box of batch.querySelectorAll('input[name=id]')) box.checked = event.target.checked;
});
/** A list shows one line of a key's name; the whole stands below it where that is cut. */
for (const list of document.querySelectorAll('select#key')) {
  const pen = document.createElement('canvas').getContext('2d');
  const whole = list.parentElement.querySelector('[data-key-name]');
  const show = () => {
    const { font, paddingLeft, paddingRight } = getComputedStyle(list);
    pen.font = font;
    whole.textContent = list.selectedOptions[0].textContent;
    const room =
      list.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight) - ARROW_PX;
    whole.hidden = pen.measureText(whole.textContent).width <= room;
  };
  list.addEventListener('change', show);
  addEventListener('resize', show);
  show();
}

/** Documents chosen, or null when there are none. */
function chosen(output) {
  const everything = batch.querySelector('[data-everything]:checked')?.dataset.everything.split(' ');
  const ids = everything ?? [...batch.querySelectorAll('input[name=id]:checked')].map((box) => box.value);
  if (ids.length > 0) return ids;
  say(output, tell('nothingChosen'), true);
  return null;
}
batch?.querySelector('[data-plugin-many]')?.addEventListener('click', () => {
  const output = batch.querySelector('[data-progress]');
  const ids = chosen(output);
  if (ids !== null) void whileBusy(batch, () => signWithPlugin(ids, output));
});
batch?.addEventListener('submit', (event) => {
  event.preventDefault();
  const output = batch.querySelector('[data-progress]');
  const ids = chosen(output);
  const key = batch.querySelector('#key');
  if (ids === null || key === null) return;
  const may = key.selectedOptions[0].dataset.profiles.split(' ');
  const others = [...batch.querySelectorAll('input[name=id]:checked')].filter(
    (box) => !may.includes(box.dataset.profile),
  );
  if (others.length > 0) return say(output, tell('otherKinds', { count: others.length }), true);
  void whileBusy(batch, async () => {
    if (!(await signAll({ ids, key: key.value }, output))) return;
    for (const id of ids) batch.querySelector(`[data-key="${CSS.escape(id)}"]`)?.remove();
    for (const box of batch.querySelectorAll('[data-everything], [data-all]')) box.checked = false;
  });
});
batch?.querySelector('[data-everything]')?.addEventListener('change', (event) => {
  for (const box of batch.querySelectorAll('input[name=id], [data-all]')) {
    box.checked = event.target.checked;
    box.disabled = event.target.checked;
  }
});
for (const button of document.querySelectorAll('[data-resume]'))
  button.addEventListener('click', () =>
    whileBusy(batch, async () => {
      if (await toItsEnd(button.dataset.resume, batch.querySelector('[data-progress]'))) location.reload();
    }),
  );

// -------------------------------------------------------------------------------------------- one document

const desk = document.querySelector('[data-request]');
if (desk !== null) {
  const { openViewer } = await import('./viewer.js');
  const viewer = await openViewer(desk.querySelector('[data-viewer]'), tell);
  const form = desk.querySelector('form[data-sign]');
  const chooser = form?.querySelector('[data-place]');
  const laid = desk.dataset.place === '' ? null : JSON.parse(desk.dataset.place);

  async function choose(isWanted, place) {
    if (place != null) await viewer.show(place.page);
    const [x, y, width, height] = place?.box ?? [];
    viewer.choose(isWanted, place == null ? undefined : { x, y, width, height });
    chooser.setAttribute('aria-pressed', String(isWanted));
    chooser.textContent = tell(isWanted ? 'place.auto' : 'place');
  }
  if (viewer !== null && chooser != null) {
    if (laid !== null) await choose(true, laid);
    chooser.addEventListener('click', () => choose(chooser.getAttribute('aria-pressed') !== 'true'));
  }

  form?.addEventListener('submit', (event) => {
    event.preventDefault();
    void whileBusy(form, async () => {
      const place = viewer?.place();
      const number = form.querySelector('#issue-number')?.value.trim() ?? '';
      const date = form.querySelector('#issue-date')?.value ?? '';
      if ((number === '') !== (date === '')) throw new Error(tell('issueBoth'));
      const body = {
        ids: [desk.dataset.request],
        key: form.querySelector('#key').value,
        ...(place === undefined ? {} : { place }),
        ...(number === '' ? {} : { issue: { number, date } }),
      };
      if (await signAll(body, form.querySelector('[data-progress]'))) location.reload();
    });
  });

  form?.querySelector('[data-plugin]').addEventListener('click', () =>
    whileBusy(form, async () => {
      await runPlugin(await ask('POST', `/api/v1/signing-requests/${desk.dataset.request}/bridge`, {}));
      const now = await ask('GET', `/api/v1/signing-requests/${desk.dataset.request}`);
      if (now.state === 'signed') location.reload();
    }),
  );

  desk.querySelector('form[data-refuse]')?.addEventListener('submit', (event) => {
    event.preventDefault();
    const refusal = event.target;
    const reason = refusal.querySelector('textarea').value.trim();
    if (reason === '') return say(refusal.querySelector('output'), tell('reason.needed'), true);
    void whileBusy(refusal, async () => {
      await ask('POST', `/api/v1/signing-requests/${desk.dataset.request}/refusal`, { reason });
      location.reload();
    });
  });
}
document.documentElement.dataset.signing = 'ready';
