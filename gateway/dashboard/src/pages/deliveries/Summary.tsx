import type { Seen } from "../../api/sources";
import { useSpeech } from "../../messages/language";
import { Answer } from "../../parts/Answer";

/** When the source was last seen, and what became of all its events. */
export function Summary({ seen }: { seen: Seen }) {
  const { m, number, instant } = useSpeech();
  const { events, waiting } = seen;
  const since = instant(new Date(seen.registered_at));
  return (
    <div className="answers" role="group" aria-label={m.deliveries.summary}>
      <Answer
        question={m.deliveries.lastSeen}
        value={seen.last_seen_at === null ? m.deliveries.never : instant(new Date(seen.last_seen_at))}
        name="last-seen"
      >
        {m.deliveries.sent(number(seen.deliveries), since)}
      </Answer>
      <Answer question={m.deliveries.accepted} value={number(events.accepted)} name="accepted">
        {m.deliveries.repeated(number(events.duplicates))}
      </Answer>
      {seen.sandbox ? (
        <Answer question={m.deliveries.unknown} value={number(events.parked)} name="waiting">
          {m.deliveries.unknownOf}
        </Answer>
      ) : (
        <Answer question={m.deliveries.waiting} value={number(waiting.events)} name="waiting">
          {waiting.events > 0 ? m.deliveries.waitingOf(number(waiting.learners)) : m.deliveries.noneWaiting}
        </Answer>
      )}
      <Answer question={m.deliveries.rejected} value={number(events.rejected)} name="rejected" good={events.rejected + seen.malformed === 0}>
        {m.deliveries.malformedOf(number(seen.malformed))}
      </Answer>
    </div>
  );
}
