/** `ứng phó`, whose horn the engine does not see in capitals: no other words are abbreviated with a U before a P. */
const RESPONSE = /(?<!\p{L})UP(?=\p{Lu}{2})/gu;

/** Puts the horn back on what stands for `ứng phó` in an abbreviation: `UPKPHQ`. */
export function repairResponse(text: string): string {
  return text.replace(RESPONSE, 'ƯP');
}
