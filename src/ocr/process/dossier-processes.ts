import { type Child, childScript, startChild } from './child.ts';

/** Where the processes of dossiers come from; each serves one dossier at a time. */
export interface DossierProcesses {
  /** A process that knows nothing of any dossier: the one made ready when there is one. */
  take(): Child;
  /**
   * Takes a process back whose dossier was read to its end without trouble, to forget it and serve another. One whose
   * dossier had any trouble is not to be given back, but killed.
   */
  giveBack(child: Child): void;
  /** Makes one ready for the next dossier, where that is wished. */
  makeReady(): void;
  /** Ends what is ready; nothing is made ready afterwards. */
  close(): void;
}

/** Time to load PDFium and the PDF library, ms; a busy machine is no error. */
const READY_TIMEOUT_MS = 60_000;
/** A process is replaced after this many dossiers: whatever a library keeps, it keeps no longer. */
const DOSSIERS_PER_CHILD = 50;
/** … or when it holds more than this after it forgot one, bytes: ordinary dossiers leave it at 120 to 150 MB. */
const MAX_RESIDENT = 192 * 1024 * 1024;

/**
 * @param keepReady keep a process for the next dossier: to start one and to load its libraries takes a second and more
 *   of CPU time, as much as reading a page
 */
export function createDossierProcesses(options: { niceness: number; keepReady: boolean }): DossierProcesses {
  const served = new WeakMap<Child, number>();
  let ready: Child | null = null;
  let closed = false;

  const start = (): Child => startChild(childScript(import.meta.url, './dossier-child'), options.niceness);

  function makeReady(): void {
    if (closed || !options.keepReady || ready?.alive) return;
    ready = start();
    // One that fails at this is dead, and replaced when the next dossier comes.
    ready.call('load', null, { timeoutMs: READY_TIMEOUT_MS, timeoutCode: 'OCR_TIMEOUT' }).catch(() => {});
  }

  /** Ends one that is too large, unless the next dossier has it already: its own limits hold there. */
  function judge(child: Child, resident: number): void {
    if (resident <= MAX_RESIDENT || ready !== child) return;
    child.kill();
    ready = null;
    makeReady();
  }

  return {
    take() {
      const taken = ready?.alive ? ready : start();
      ready = null;
      return taken;
    },
    giveBack(child) {
      const dossiers = (served.get(child) ?? 0) + 1;
      served.set(child, dossiers);
      if (closed || !options.keepReady || ready?.alive || !child.alive || dossiers >= DOSSIERS_PER_CHILD) {
        child.kill();
        return;
      }
      ready = child;
      child
        .call<number>('forget', null, { timeoutMs: READY_TIMEOUT_MS, timeoutCode: 'OCR_TIMEOUT' })
        .then((resident) => judge(child, resident))
        // It is dead, and replaced when the next dossier comes.
        .catch(() => {});
    },
    makeReady,
    close() {
      closed = true;
      ready?.kill();
      ready = null;
    },
  };
}
