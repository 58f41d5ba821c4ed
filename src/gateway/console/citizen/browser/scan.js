/** Reads the receipt's QR or barcode with the camera: the browser's own reader, else the one we bring along. */
const base = new URL('.', import.meta.url);
const button = document.querySelector('[data-scan]');
const video = document.querySelector('[data-scan-video]');
const input = document.querySelector('input[name=ma]');
const LOOK_MS = 250;
const FORMATS = ['qr_code', 'code_128'];
let stream = null;

/** Gives a function from a frame to the texts in it. */
async function openReader() {
  if ('BarcodeDetector' in globalThis) {
    const known = await globalThis.BarcodeDetector.getSupportedFormats();
    if (FORMATS.every((format) => known.includes(format))) {
      const detector = new globalThis.BarcodeDetector({ formats: FORMATS });
      return async (source) => (await detector.detect(source)).map((found) => found.rawValue);
    }
  }
  await new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = new URL('zxing-reader.js', base);
    script.addEventListener('load', resolve);
    script.addEventListener('error', reject);
    document.head.append(script);
  });
  const { prepareZXingModule, readBarcodes } = globalThis.ZXingWASM;
  await prepareZXingModule({
    overrides: { locateFile: () => new URL('zxing-reader.wasm', base).href },
    fireImmediately: true,
  });
  const canvas = document.createElement('canvas');
  return async (source) => {
    canvas.width = source.videoWidth;
    canvas.height = source.videoHeight;
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    pen.drawImage(source, 0, 0);
    const frame = pen.getImageData(0, 0, canvas.width, canvas.height);
    const found = await readBarcodes(frame, { formats: ['QRCode', 'Code128'], tryHarder: true });
    return found.map(({ text }) => text);
  };
}

function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  video.hidden = true;
  button.textContent = button.dataset.start;
}

async function start() {
  button.textContent = button.dataset.stop;
  stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' }, audio: false });
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  const read = await openReader();
  while (stream !== null) {
    const [text] = video.videoWidth === 0 ? [] : await read(video);
    if (text !== undefined) {
      stop();
      input.value = text;
      input.form.submit();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

// Without a camera, or on a page that is not secure, the field alone does it.
if (button !== null && navigator.mediaDevices !== undefined) {
  button.hidden = false;
  button.addEventListener('click', () => (stream === null ? start().catch(stop) : stop()));
}
