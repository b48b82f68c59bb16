import { Link } from "@tanstack/react-router";
import { useSpeech } from "../messages/language";

/** In place of a page that none of the reader's roles opens. */
export function NotForYou() {
  const { m } = useSpeech();
  return (
    <section className="card prose" role="alert">
      <h1>{m.fault.forbidden}</h1>
      <p>
        <Link to="/">{m.notFound.home}</Link>
      </p>
    </section>
  );
}
