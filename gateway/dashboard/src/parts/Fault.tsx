import type { ApiFault } from "../api/client";
import { useSpeech } from "../messages/language";

interface Props {
  fault: ApiFault;
  again: () => void;
  /** What is said of what is not there or out of reach, where it is no unit. */
  hidden?: string;
}

/** What went wrong, in place of what was to be shown; a session that ended is told by the shell. */
export function Fault({ fault, again, hidden }: Props) {
  const { m } = useSpeech();
  if (fault.status === 401) return null;
  return (
    <section className="card fault" role="alert">
      <h2>{m.fault.title}</h2>
      <p>{fault.status === 404 ? (hidden ?? m.fault.hidden) : m.fault.away}</p>
      {fault.requestId !== null && <p className="note">{m.fault.code(fault.requestId)}</p>}
      <button type="button" onClick={again}>
        {m.fault.again}
      </button>
    </section>
  );
}
