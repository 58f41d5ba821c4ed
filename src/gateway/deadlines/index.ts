export * from './calendar.ts';
export * from './deadline.ts';
export * from './lunar.ts';
export * from './watch.ts';
