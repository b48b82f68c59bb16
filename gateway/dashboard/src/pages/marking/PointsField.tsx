import { useId } from "react";
import { useSpeech } from "../../messages/language";

interface Props {
  title: string;
  most: string;
  value: string;
  fault: string | null;
  set: (value: string) => void;
}

/** One criterion: what is looked at, at the most how many points, and the points. */
export function PointsField({ title, most, value, fault, set }: Props) {
  const { m, number } = useSpeech();
  const id = useId();
  return (
    <li>
      <label htmlFor={id}>{title}</label>
      <span className="points">
        <input
          id={id}
          type="number"
          inputMode="decimal"
          min={0}
          max={most}
          step="any"
          required
          value={value}
          aria-invalid={fault !== null}
          aria-describedby={fault === null ? `${id}m` : `${id}m ${id}f`}
          onChange={(event) => set(event.target.value)}
          // A wheel that is turned to read on must not change what was given.
          onWheel={(event) => event.currentTarget.blur()}
        />
        <span id={`${id}m`} className="note">
          {m.marking.most(number(Number(most)))}
        </span>
      </span>
      {fault !== null && (
        <span id={`${id}f`} className="bad">
          {fault}
        </span>
      )}
    </li>
  );
}
