/** A set of object numbers: a bit each for the numbers real files use, since a walk of a large file meets millions. */
export class NumberSet {
  #bits = new Uint8Array(1024);
  readonly #others = new Set<number>();

  has(num: number): boolean {
    if (num >= MAX_BITS) return this.#others.has(num);
    return ((this.#bits[num >> 3] ?? 0) & (1 << (num & 7))) !== 0;
  }

  add(num: number): void {
    if (num >= MAX_BITS) {
      this.#others.add(num);
      return;
    }
    const at = num >> 3;
    if (at >= this.#bits.length) this.#grow(at);
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (num & 7));
  }

  #grow(at: number): void {
    const wider = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
    wider.set(this.#bits);
    this.#bits = wider;
  }
}

/** Numbers with a bit: 8 Mi, one MiB of them. */
const MAX_BITS = 8 * 1024 * 1024;
