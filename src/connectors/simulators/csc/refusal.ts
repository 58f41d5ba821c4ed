/** A refusal in the words of CSC §10.1. */
export class CscRefusal extends Error {
  /** e.g. `invalid_request`. */
  readonly word: string;

  constructor(word: string, description: string) {
    super(description);
    this.name = 'CscRefusal';
    this.word = word;
  }
}
