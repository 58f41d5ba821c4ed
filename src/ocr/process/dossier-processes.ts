import { type Child, childScript, startChild } from './child.ts';

/** Where the processes of dossiers come from; each serves one dossier and is never used again. */
export interface DossierProcesses {
  /** A fresh process: the one made ready when there is one. */
  take(): Child;
  /** Makes one ready for the next dossier, where that is wished. */
  makeReady(): void;
  /** Ends what is ready; nothing is made ready afterwards. */
  close(): void;
}

/** Time to load PDFium and the PDF library, ms; a busy machine is no error. */
const READY_TIMEOUT_MS = 60_000;

/** @param keepReady start the process of the next dossier before it comes: its start takes a second of CPU time */
export function createDossierProcesses(options: { niceness: number; keepReady: boolean }): DossierProcesses {
  let ready: Child | null = null;
  let closed = false;

  const start = (): Child => startChild(childScript(import.meta.url, './dossier-child'), options.niceness);

  return {
    take() {
      const taken = ready?.alive ? ready : start();
      ready = null;
      return taken;
    },
    makeReady() {
      if (closed || !options.keepReady || ready?.alive) return;
      ready = start();
      // One that fails at this is dead, and replaced when the next dossier comes.
      ready.call('load', null, { timeoutMs: READY_TIMEOUT_MS, timeoutCode: 'OCR_TIMEOUT' }).catch(() => {});
    },
    close() {
      closed = true;
      ready?.kill();
      ready = null;
    },
  };
}
