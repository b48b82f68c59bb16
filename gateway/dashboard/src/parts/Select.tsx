import { useId } from "react";

export interface Option {
  value: string;
  label: string;
}

interface Props {
  label: string;
  chosen: string;
  /** Options, or groups of them. */
  options: readonly (Option | { legend: string; options: readonly Option[] })[];
  choose: (value: string) => void;
}

/** One of many, from a list that opens. */
export function Select({ label, chosen, options, choose }: Props) {
  const id = useId();
  return (
    <span className="select">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={chosen} onChange={(event) => choose(event.target.value)}>
        {options.map((one) =>
          "legend" in one ? (
            <optgroup key={one.legend} label={one.legend}>
              {one.options.map(line)}
            </optgroup>
          ) : (
            line(one)
          ),
        )}
      </select>
    </span>
  );
}

function line({ value, label }: Option) {
  return (
    <option key={value} value={value}>
      {label}
    </option>
  );
}
