/** The part of date-chinese (no types of its own are found) that the lunar holidays are compared with. */
declare module 'date-chinese' {
  export class CalendarVietnamese {
    constructor(cycle?: number, year?: number, month?: number, leap?: boolean, day?: number);
    newYear(year: number): number;
    fromJDE(jde: number): void;
    get(): [cycle: number, year: number, month: number, leap: boolean, day: number];
    toGregorian(): { year: number; month: number; day: number };
  }
}
