import { useEffect, useId, useRef, type ReactNode } from "react";
import type { ApiFault } from "../api/client";
import { useSpeech } from "../messages/language";

interface Props {
  question: string;
  /** What the confirming button says. */
  act: string;
  /** What happens at the confirmation; a repeat of the same after a lost answer comes under the same key. */
  confirm: (key: string) => void;
  /** What was filled in beside the question: with other words it is another call. */
  words?: string;
  cancel: () => void;
  busy: boolean;
  fault: ApiFault | null;
  /** Whether what is asked for in the dialog is not there yet. */
  incomplete?: boolean;
  children?: ReactNode;
}

/** The one question before something is decided: a modal dialog, closed by Esc or "cancel" with nothing done. */
export function Confirm({ question, act, confirm, words = "", cancel, busy, fault, incomplete = false, children }: Props) {
  const { m } = useSpeech();
  const dialog = useRef<HTMLDialogElement>(null);
  const call = useRef({ words, key: crypto.randomUUID() });
  const title = useId();
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={title}
      onCancel={(event) => {
        event.preventDefault();
        if (!busy) cancel();
      }}
    >
      <form
        className="prose"
        onSubmit={(event) => {
          event.preventDefault();
          if (call.current.words !== words) call.current = { words, key: crypto.randomUUID() };
          confirm(call.current.key);
        }}
      >
        <h2 id={title}>{question}</h2>
        {children}
        {fault !== null && <p role="alert" className="refused">{refusal(fault.status, m.confirm)}</p>}
        <p className="buttons">
          <button disabled={busy || incomplete}>{busy ? m.confirm.busy : act}</button>
          <button type="button" className="quiet" disabled={busy} onClick={cancel}>
            {m.confirm.cancel}
          </button>
        </p>
      </form>
    </dialog>
  );
}

function refusal(status: number, m: { forbidden: string; gone: string; conflict: string; failed: string }): string {
  if (status === 403) return m.forbidden;
  if (status === 404) return m.gone;
  return status === 409 ? m.conflict : m.failed;
}
