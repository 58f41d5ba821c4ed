/** Shows a PDF page by page with PDF.js, and lets the place of a signature be dragged on it. Points, origin lower left. */
import * as pdfjs from './pdf.mjs';

/** The frame's first size: that of a leader's image, 45 by 18 mm. */
const FIRST = { width: 128, height: 51 };
const STEP = 4;
const SMALLEST = 20;

export async function openViewer(root, tell) {
  const canvas = root.querySelector('canvas');
  const sheet = root.querySelector('[data-sheet]');
  const frame = root.querySelector('[data-frame]');
  const label = root.querySelector('[data-page]');
  pdfjs.GlobalWorkerOptions.workerSrc = root.dataset.worker;
  const loading = pdfjs.getDocument({
    url: root.dataset.viewer,
    // The page's policy allows no evaluated code and no WebAssembly; scripts in documents are never run.
    useWasm: false,
    // Without its decoders beside this file scans would be white.
    wasmUrl: new URL('./', import.meta.url).href,
    enableXfa: false,
    isEvalSupported: false,
    stopAtErrors: false,
  });
  let pdf;
  try {
    pdf = await loading.promise;
  } catch {
    label.textContent = tell('unreadable');
    return null;
  }
  let number = pdf.numPages;
  let size = { width: 595, height: 842 };
  let box = null;
  let drawing = null;

  async function show(wanted) {
    number = Math.max(1, Math.min(pdf.numPages, wanted));
    const page = await pdf.getPage(number);
    const shown = page.getViewport({ scale: 1 });
    size = { width: shown.width, height: shown.height };
    const scale = (Math.max(320, sheet.clientWidth) / shown.width) * Math.min(2, devicePixelRatio || 1);
    const viewport = page.getViewport({ scale });
    if (drawing !== null) drawing.cancel();
    canvas.width = Math.floor(viewport.width);
    canvas.height = Math.floor(viewport.height);
    drawing = page.render({ canvas, viewport });
    try {
      await drawing.promise;
    } catch (error) {
      if (error.name !== 'RenderingCancelledException') throw error;
    }
    drawing = null;
    label.textContent = tell('page', { page: number, pages: pdf.numPages });
    root.dataset.shown = String(number);
    place();
  }

  function clamp(next) {
    const width = Math.max(SMALLEST, Math.min(next.width, size.width));
    const height = Math.max(SMALLEST, Math.min(next.height, size.height));
    const x = Math.max(0, Math.min(next.x, size.width - width));
    const y = Math.max(0, Math.min(next.y, size.height - height));
    return { x, y, width, height };
  }

  function place() {
    frame.hidden = box === null;
    if (box === null) return;
    box = clamp(box);
    const percent = (value, whole) => `${(value / whole) * 100}%`;
    frame.style.left = percent(box.x, size.width);
    frame.style.width = percent(box.width, size.width);
    frame.style.bottom = percent(box.y, size.height);
    frame.style.height = percent(box.height, size.height);
  }

  frame.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    frame.focus();
    frame.setPointerCapture(event.pointerId);
    const start = { x: event.clientX, y: event.clientY, box };
    const scale = size.width / sheet.clientWidth;
    const edge = frame.getBoundingClientRect();
    const resizes = event.clientX > edge.right - 16 && event.clientY > edge.bottom - 16;
    const move = (next) => {
      const [dx, dy] = [(next.clientX - start.x) * scale, (next.clientY - start.y) * scale];
      box = clamp(
        resizes
          ? {
              x: start.box.x,
              y: start.box.y - dy,
              width: start.box.width + dx,
              height: start.box.height + dy,
            }
          : { ...start.box, x: start.box.x + dx, y: start.box.y - dy },
      );
      place();
    };
    const end = () => {
      frame.removeEventListener('pointermove', move);
      frame.removeEventListener('pointerup', end);
    };
    frame.addEventListener('pointermove', move);
    frame.addEventListener('pointerup', end);
  });
  frame.addEventListener('keydown', (event) => {
    const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] }[
      event.key
    ];
    if (by === undefined || box === null) return;
    event.preventDefault();
    box = clamp(
      event.shiftKey
        ? { ...box, width: box.width + by[0], height: box.height + by[1] }
        : { ...box, x: box.x + by[0], y: box.y + by[1] },
    );
    place();
  });
  root.querySelector('[data-previous]').addEventListener('click', () => show(number - 1));
  root.querySelector('[data-next]').addEventListener('click', () => show(number + 1));
  addEventListener('resize', () => show(number));
  await show(number);

  return {
    /** Shows or hides the frame. */
    choose(isWanted, wanted) {
      box = isWanted ? (wanted ?? { x: size.width - FIRST.width - 60, y: size.height / 3, ...FIRST }) : null;
      place();
      if (isWanted) frame.focus();
    },
    show,
    place: () =>
      box === null
        ? undefined
        : {
            page: number,
            box: [box.x, box.y, box.width, box.height].map((value) => Math.round(value * 10) / 10),
          },
  };
}
