import { useQueryClient } from "@tanstack/react-query";
import { useId, useState, type FormEvent } from "react";
import { useSpeech } from "../../messages/language";
import { deliver, WrongSecretError, type Exchange } from "./delivery";
import { EVENT_TYPES, exampleOf, type EventType } from "./examples";
import { Outcome } from "./Outcome";

const FIRST: EventType = "quiz.submitted";

/** An event to write, a secret to sign it with, and what came of it. */
export function TrialForm({ sandboxes }: { sandboxes: string[] }) {
  const { m } = useSpeech();
  const id = useId();
  const queries = useQueryClient();
  const [source, setSource] = useState(sandboxes[0]!);
  const [type, setType] = useState<EventType>(FIRST);
  const [body, setBody] = useState(() => exampleOf(FIRST, new Date()));
  const [secret, setSecret] = useState("");
  const [wrongSecret, setWrongSecret] = useState(false);
  const [busy, setBusy] = useState(false);
  const [exchange, setExchange] = useState<Exchange | null>(null);

  function choose(next: EventType) {
    setType(next);
    setBody(exampleOf(next, new Date()));
  }

  async function send(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setWrongSecret(false);
    try {
      setExchange(await deliver(source, secret, body, new Date()));
      void queries.invalidateQueries({ queryKey: ["source", source] });
    } catch (fault) {
      if (!(fault instanceof WrongSecretError)) throw fault;
      setWrongSecret(true);
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className="pair">
      <form className="card form" onSubmit={(event) => void send(event)}>
        <label>
          {m.sandbox.source}
          <select value={source} onChange={(event) => setSource(event.target.value)}>
            {sandboxes.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          {m.sandbox.type}
          <select value={type} onChange={(event) => choose(event.target.value as EventType)}>
            {EVENT_TYPES.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label>
          {m.sandbox.body}
          <textarea rows={14} spellCheck={false} value={body} onChange={(event) => setBody(event.target.value)} required />
        </label>
        <p className="note">{m.sandbox.bodyNote}</p>
        <label>
          {m.sandbox.secret}
          <input
            type="password"
            autoComplete="off"
            placeholder="whsec_…"
            value={secret}
            onChange={(event) => setSecret(event.target.value)}
            aria-describedby={`${id}-secret`}
            aria-invalid={wrongSecret}
            required
          />
        </label>
        <p id={`${id}-secret`} className="note">
          {m.sandbox.secretNote}
        </p>
        {wrongSecret && (
          <p role="alert" className="bad">
            {m.sandbox.wrongSecret}
          </p>
        )}
        <button disabled={busy}>{m.sandbox.send}</button>
      </form>
      <Outcome exchange={exchange} />
    </div>
  );
}
