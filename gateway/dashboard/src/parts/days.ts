import { TIME_ZONE } from "../messages/language";

const DAY_MS = 86_400_000;
const days = new Intl.DateTimeFormat("en-CA", { timeZone: TIME_ZONE, year: "numeric", month: "2-digit", day: "2-digit" });

/** The Vietnamese day (YYYY-MM-DD) of an instant. */
export function dayOf(instant: string | Date): string {
  return days.format(typeof instant === "string" ? new Date(instant) : instant);
}

/** The end of a Vietnamese day (YYYY-MM-DD); of none, now. */
export function endOf(day: string | undefined): Date {
  return day === undefined ? new Date() : new Date(`${day}T23:59:59+07:00`);
}

/** Whole Vietnamese days from one instant to another; below 0 where the other comes first. */
export function daysBetween(from: string | Date, to: string | Date): number {
  return Math.round((Date.parse(dayOf(to)) - Date.parse(dayOf(from))) / DAY_MS);
}

/** A day as an address may hold it (YYYY-MM-DD); none where it is no day, or of a year the platform does not know. */
export function dayIn(value: unknown): string | undefined {
  if (typeof value !== "string" || !/^20\d{2}-\d{2}-\d{2}$/.test(value)) return undefined;
  const day = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value) ? value : undefined;
}
