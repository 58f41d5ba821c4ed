import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync, appendFileSync } from 'node:fs';
import { basename, join } from 'node:path';
const root = process.argv[2]!; const out = process.argv[3]!; const files = process.argv.slice(4);
const { createOcrService } = await import(`${root}/src/ocr/index.ts`);
const words = ['Xin','chào','Việt','Nam'].map((t,i)=>({text:t,confidence:0.95,box:[20+i*60,40,70+i*60,68]}));
const reading = { width: 1654, height: 2339, dpi: 200, rotation: 0, skewDegrees: 0, lines: [{words, box:[20,40,300,68]}], barcodes: [] };
const service = createOcrService({ jobs: 1, engine: { readPage: () => Promise.resolve(reading), close: () => Promise.resolve() } });
writeFileSync(out,'');
for (const f of files) for (const pdfa of [false, 'if-possible'] as const) {
  let line: string;
  const c=process.cpuUsage();
  try { const { pdf, result } = await service.recognize([{ name: basename(f), bytes: readFileSync(f) }], { pdfa, redo: true });
    line = `${createHash('sha256').update(pdf).digest('hex').slice(0,16)} ${pdf.length} ${result.pages.length} ${result.problems.map((p:any)=>p.code)}`; }
  catch (e: any) { line = `error ${e.code ?? e.message}`; }
  appendFileSync(out, `${basename(f)} ${pdfa} ${line}\n`);
}
await service.close();
