import { useLocation } from "@tanstack/react-router";
import { useSpeech } from "../../messages/language";
import { paperName } from "../../parts/essays";

/** The mark that was given just now; it belongs to the step that led here, and is gone with the next. */
export function Marked() {
  const { m, number } = useSpeech();
  const marked = useLocation({ select: ({ state }) => state.marked });
  if (marked === undefined) return null;
  const points = `${number(Number(marked.score))}/${number(Number(marked.scale))}`;
  return (
    <section className="card outcome" role="status">
      <p>{m.marking.done(paperName(m, marked.paper), marked.name, points)}</p>
    </section>
  );
}
