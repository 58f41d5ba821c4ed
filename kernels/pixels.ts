/** Loops over pixels (ADR 033). Callers say where in the memory everything lies; up to 64 octets past its end are read. */
export * from './ink';
export * from './levels';
export * from './profiles';
export * from './smaller';
export * from './turning';
