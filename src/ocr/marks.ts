/** Letters without tone and accent marks, đ as d. */
export function stripMarks(text: string): string {
  return text.replace(/[đð]/g, 'd').replace(/[ĐÐ]/g, 'D').normalize('NFD').replace(/\p{M}/gu, '');
}
