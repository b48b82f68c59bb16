import { paperOf, type Certificate } from "../../api/evidence";
import { useSpeech } from "../../messages/language";

/** Her certificate: to take home, and to show to anybody who asks whether it is real. */
export function Paper({ certificate }: { certificate: Certificate }) {
  const { m, day } = useSpeech();
  const { number, issuer, issued_on, state, drawn, verify_url, ended_why } = certificate;
  return (
    <div className={state === "valid" ? "paper" : "paper void"}>
      <p>
        <b>{m.mine.certificate(number)}</b>
        <br />
        {m.mine.issued(issuer, day(issued_on))}
        {state !== "valid" && ` ${[m.evidence.ended[state], ended_why].filter(Boolean).join(": ")}`}
      </p>
      <p className="actions">
        {drawn ? (
          <a className="button" href={paperOf(certificate)} download={`${number.replace(/\W+/g, "-")}.pdf`}>
            {m.mine.download}
          </a>
        ) : (
          m.mine.drawing
        )}
        <a href={verify_url}>{m.mine.verify}</a>
      </p>
    </div>
  );
}
