import type { Rate } from "./reports";

/** A rate as reporting writes it: half-up to one place, exactly (whole numbers alone). */
export function rate(numerator: number, denominator: number): Rate {
  if (denominator <= 0) return { numerator, denominator, percent: null };
  const tenths = Math.floor((2000 * numerator + denominator) / (2 * denominator));
  return { numerator, denominator, percent: `${Math.floor(tenths / 10)}.${tenths % 10}` };
}
