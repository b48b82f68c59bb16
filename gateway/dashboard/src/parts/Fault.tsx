import type { ApiFault } from "../api/client";
import { useSpeech } from "../messages/language";

/** A wrong address, a page that is not for the reader's roles, a member of the address that is no such thing. */
const REFUSED: readonly number[] = [400, 403, 422];

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
  // What was refused is refused again; who does not answer may answer later.
  const refused = REFUSED.includes(fault.status);

  function words(): string {
    if (fault.status === 404) return hidden ?? m.fault.hidden;
    if (fault.status === 403) return m.fault.forbidden;
    return refused ? m.fault.refused : m.fault.away;
  }

  return (
    <section className="card fault" role="alert">
      <h2>{m.fault.title}</h2>
      <p>{words()}</p>
      {fault.requestId !== null && <p className="note">{m.fault.code(fault.requestId)}</p>}
      {!refused && (
        <button type="button" onClick={again}>
          {m.fault.again}
        </button>
      )}
    </section>
  );
}
