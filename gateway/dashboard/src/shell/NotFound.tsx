import { Link } from "@tanstack/react-router";
import { useSpeech } from "../messages/language";

export function NotFound() {
  const { m } = useSpeech();
  return (
    <section className="card prose">
      <h1>{m.notFound.title}</h1>
      <p>{m.notFound.text}</p>
      <p>
        <Link to="/">{m.notFound.home}</Link>
      </p>
    </section>
  );
}
