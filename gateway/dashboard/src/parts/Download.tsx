import { useState } from "react";
import { demandOk } from "../api/client";
import { useSpeech } from "../messages/language";

interface File {
  file: string;
  /** What is in it, for who hears the button alone. */
  about: string;
  /** What the button says, where it is not just an Excel file of what is on screen. */
  label?: string;
}

interface Props extends File {
  /** The address of what is on screen; asked for at the click. */
  address: () => string;
  /** Brings the screen up to date: the file never says other than what is on it. */
  renew: () => Promise<unknown>;
}

const PRECONDITION_FAILED = 412;
const TRIES = 6;

/** A button that saves a report with the very numbers on screen, and says where it could not. */
export function Download({ address, renew, ...file }: Props) {
  return <Save make={() => fetched(address, renew)} {...file} />;
}

/** A button that saves what `make` makes at the click, and says where it could not. */
export function Save({ make, file, about, label }: File & { make: () => Promise<Blob> }) {
  const { m } = useSpeech();
  const [state, setState] = useState<"idle" | "busy" | "failed">("idle");

  async function save() {
    setState("busy");
    try {
      keep(await make(), file);
      setState("idle");
    } catch {
      setState("failed");
    }
  }

  return (
    <span className="download">
      <button type="button" className="quiet" disabled={state === "busy"} onClick={() => void save()}>
        <span aria-hidden="true">↓ </span>
        {label ?? m.download.button}
        <span className="unseen"> {about}</span>
      </button>
      <span role="status">{state === "failed" ? m.download.failed : state === "busy" ? m.download.busy : ""}</span>
    </span>
  );
}

/**
 * Where the figures have moved on since they were shown (412), they are shown anew and asked for once more. Where they move faster
 * than can be asked for, the file is of its own moment, and what is shown follows it.
 */
async function fetched(address: Props["address"], renew: Props["renew"]): Promise<Blob> {
  for (let left = TRIES; left > 0; left -= 1) {
    const answer = await fetch(address());
    if (answer.status !== PRECONDITION_FAILED) return content(answer);
    await renew();
  }
  const latest = new URL(address(), window.location.origin);
  latest.searchParams.delete("version");
  const file = await content(await fetch(latest));
  await renew();
  return file;
}

async function content(answer: Response): Promise<Blob> {
  demandOk(answer);
  return answer.blob();
}

function keep(made: Blob, file: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(made);
  link.download = file;
  link.click();
  URL.revokeObjectURL(link.href);
}
