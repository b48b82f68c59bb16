import type { ApiFault } from "../api/client";
import { useSpeech } from "../messages/language";

/** What went wrong, in place of what was to be shown; a session that ended is told by the shell. */
export function Fault({ fault, again }: { fault: ApiFault; again: () => void }) {
  const { m } = useSpeech();
  if (fault.status === 401) return null;
  return (
    <section className="card fault" role="alert">
      <h2>{m.fault.title}</h2>
      <p>{fault.status === 404 ? m.fault.hidden : m.fault.away}</p>
      {fault.requestId !== null && <p className="note">{m.fault.code(fault.requestId)}</p>}
      <button type="button" onClick={again}>
        {m.fault.again}
      </button>
    </section>
  );
}
