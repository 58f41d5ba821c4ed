/** Watches the free space of the data folder, so that taking in stops before the disk is full and what is under way can finish. */
import { statfs } from 'node:fs/promises';

export interface DiskWatch {
  /** True while less than the reserve is free. */
  isLow(): boolean;
  /** Looks again now. */
  look(): Promise<void>;
  stop(): void;
}

/** How often it looks. 64 uploads at 100 MB/s write 1 GB in the meantime only on disks that are larger than that. */
const LOOK_MS = 1_000;

/** Starts watching `folder`; it is low when less than `reserveBytes` are free for us. A folder that can't be asked is not low. */
export async function watchDisk(folder: string, reserveBytes: number): Promise<DiskWatch> {
  let low = false;
  async function look(): Promise<void> {
    try {
      const { bavail, bsize } = await statfs(folder);
      low = bavail * bsize < reserveBytes;
    } catch {
      low = false;
    }
  }
  await look();
  const timer = setInterval(() => void look(), LOOK_MS);
  timer.unref();
  return { isLow: () => low, look, stop: () => clearInterval(timer) };
}
