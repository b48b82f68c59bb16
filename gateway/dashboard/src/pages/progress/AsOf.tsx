import { useEffect, useState } from "react";
import type { Timeline } from "../../api/reports";
import { useSpeech } from "../../messages/language";

interface Props {
  course: Timeline | undefined;
  /** The day looked at; none: now. */
  asOf: string | undefined;
  /** When the figures were last asked for, in ms. */
  checkedAt: number;
  /** The last asking failed; what is shown is what came before. */
  lost: boolean;
  change: (day: string | undefined) => void;
}

const SETTLED_MS = 200;

/** The slider through the course's days, and whether what is shown is live. */
export function AsOf({ course, asOf, checkedAt, lost, change }: Props) {
  const { m, day, instant } = useSpeech();
  const days = course?.days.map((row) => row.day) ?? [];
  const [moving, setMoving] = useState<number | null>(null);
  const last = Math.max(days.length - 1, 0);
  // A day before the course or after it stands at the end it lies beyond.
  const settled = asOf === undefined || asOf > (days[last] ?? "") ? last : Math.max(days.indexOf(asOf), 0);
  const place = moving ?? settled;

  // A day is asked for when the slider rests: dragging through a hundred days is not a hundred questions.
  useEffect(() => {
    if (moving === null) return;
    const waiting = setTimeout(() => {
      change(days[moving]);
      setMoving(null);
    }, SETTLED_MS);
    return () => clearTimeout(waiting);
  }, [moving]); // eslint-disable-line

  const live = asOf === undefined && moving === null;
  const words = live ? m.asOf.now : day((moving === null ? asOf : days[moving]) ?? "2020-01-01");
  const step = (by: number) => change(days[Math.min(Math.max(settled + by, 0), last)]);
  return (
    <section className="card as-of" aria-label={m.asOf.label}>
      <div className="as-of-words">
        <b>{m.asOf.label}</b>
        <output>{words}</output>
        {live ? (
          <span className={lost ? "live lost" : "live"} title={instant(new Date(checkedAt))}>
            {lost ? m.asOf.lost : m.asOf.live}
          </span>
        ) : (
          <button type="button" onClick={() => change(undefined)}>
            {m.asOf.back}
          </button>
        )}
      </div>
      {days.length > 1 && (
        <div className="slider">
          <button type="button" className="quiet" aria-label={m.asOf.before} disabled={settled === 0} onClick={() => step(-1)}>
            <span aria-hidden="true">‹</span>
          </button>
          <span aria-hidden="true">{day(days[0]!)}</span>
          <input
            type="range"
            aria-label={m.asOf.slider}
            aria-valuetext={words}
            min={0}
            max={last}
            value={place}
            onChange={(event) => setMoving(Number(event.target.value))}
          />
          <span aria-hidden="true">{day(days[last]!)}</span>
          <button type="button" className="quiet" aria-label={m.asOf.after} disabled={settled === last} onClick={() => step(1)}>
            <span aria-hidden="true">›</span>
          </button>
        </div>
      )}
    </section>
  );
}
