import type { ReactNode } from "react";

interface Props {
  question: string;
  value: ReactNode;
  name: string;
  good?: boolean;
  children?: ReactNode;
}

/** A question with its answer in large, and what the answer rests on. */
export function Answer({ question, value, name, good, children }: Props) {
  return (
    <section className={`card answer${good ? " good" : ""}`} data-answer={name}>
      <h2>{question}</h2>
      <p className="value">{value}</p>
      <p className="note">{children}</p>
    </section>
  );
}
