import { createContext, useCallback, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { vi, type Messages } from "./vi";

export type Language = "vi" | "en";

/** The texts, and how numbers and days are written, in the reader's language. */
export interface Speech {
  language: Language;
  m: Messages;
  /** 10.365 / 10,365 */
  number: (value: number) => string;
  /** A percentage as reports give it ("45.9"): 45,9 % / 45.9%; a dash for none. */
  percent: (value: string | null | undefined) => string;
  /** A score as it comes ("57.55"): 57,55 / 57.55; a dash while it is open. */
  score: (value: string | null | undefined) => string;
  /** A Vietnamese day (YYYY-MM-DD): 20/12/2020. */
  day: (value: string) => string;
  /** An instant, to the second, in Vietnamese time: 20/12/2020 23:59:59. */
  instant: (value: Date) => string;
  /** An instant (RFC 3339), to the minute, in Vietnamese time: 20/12/2020 23:59; a dash for none. */
  moment: (value: string | null | undefined) => string;
  /** The Vietnamese day of an instant (RFC 3339): 20/12/2020. */
  date: (value: string) => string;
  change: (language: Language) => void;
}

const KEPT = "bdtx.language";
const LOCALES: Record<Language, string> = { vi: "vi-VN", en: "en-GB" };
export const TIME_ZONE = "Asia/Ho_Chi_Minh";

const Spoken = createContext<Speech | null>(null);

interface Texts {
  language: Language;
  m: Messages;
}

const VIETNAMESE: Texts = { language: "vi", m: vi };

/** Vietnamese comes with the page; English is fetched for who asks for it. */
async function textsOf(language: Language): Promise<Texts> {
  return language === "vi" ? VIETNAMESE : { language, m: (await import("./en")).en };
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [wanted, setWanted] = useState<Language>(() => (localStorage.getItem(KEPT) === "en" ? "en" : "vi"));
  const [texts, setTexts] = useState<Texts | null>(wanted === "vi" ? VIETNAMESE : null);
  const change = useCallback((next: Language) => {
    localStorage.setItem(KEPT, next);
    setWanted(next);
  }, []);
  useEffect(() => {
    let asked = true;
    textsOf(wanted)
      // What cannot be fetched is no reason to show nothing; the next visit asks again.
      .catch(() => VIETNAMESE)
      .then((found) => {
        if (!asked) return;
        document.documentElement.lang = found.language;
        setTexts(found);
      });
    return () => {
      asked = false;
    };
  }, [wanted]);
  const speech = useMemo(() => texts && speechOf(texts, change), [texts, change]);
  return speech && <Spoken.Provider value={speech}>{children}</Spoken.Provider>;
}

export function useSpeech(): Speech {
  const speech = useContext(Spoken);
  if (speech === null) throw new Error("outside of LanguageProvider");
  return speech;
}

function speechOf({ language, m }: Texts, change: Speech["change"]): Speech {
  const locale = LOCALES[language];
  const whole = new Intl.NumberFormat(locale);
  const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const hundredths = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  // The day's own date, whatever zone the browser is in.
  const days = new Intl.DateTimeFormat(locale, { day: "2-digit", month: "2-digit", year: "numeric", timeZone: "UTC" });
  const dates = new Intl.DateTimeFormat(locale, { day: "2-digit", month: "2-digit", year: "numeric", timeZone: TIME_ZONE });
  const seconds = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: TIME_ZONE });
  const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: TIME_ZONE });
  return {
    language,
    m,
    number: (value) => whole.format(value),
    percent: (value) => (value == null ? "–" : `${tenths.format(Number(value))}%`),
    score: (value) => (value == null ? "–" : hundredths.format(Number(value))),
    day: (value) => days.format(new Date(`${value}T00:00:00Z`)),
    instant: (value) => `${dates.format(value)} ${seconds.format(value)}`,
    moment: (value) => (value == null ? "–" : `${dates.format(new Date(value))} ${clock.format(new Date(value))}`),
    date: (value) => dates.format(new Date(value)),
    change,
  };
}
