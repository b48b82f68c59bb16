import { useSpeech } from "../../messages/language";

export function ProgressPage() {
  const { m } = useSpeech();
  return <h1>{m.progress.nav}</h1>;
}
