/** What came, known to be there; for openapi-fetch gives either `data` or `error`. */
export function expect<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("The answer has no such part.");
  return value;
}
