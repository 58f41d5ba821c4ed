/** Keeps the wall screen fresh: the server says that something changed, the page is asked for again. */
async function show() {
  try {
    const answer = await fetch(location.href);
    if (answer.status === 401) return location.reload();
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const region of document.querySelectorAll('[data-region]')) {
      const fresh = page.querySelector(`[data-region="${region.dataset.region}"]`);
      if (fresh !== null) region.replaceChildren(...fresh.childNodes);
    }
    document.body.dataset.shown = String(Number(document.body.dataset.shown ?? 0) + 1);
  } catch {
    // The next change, or the browser's own reconnection, tries again.
  }
}

const events = new EventSource('/man-hinh/su-kien');
events.addEventListener('change', show);
events.addEventListener('error', () => {
  // Closed for good (signed out, say): the page itself says why.
  if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
});
