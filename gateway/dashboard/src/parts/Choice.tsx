interface Props {
  legend: string;
  name: string;
  chosen: string;
  options: readonly { value: string; label: string }[];
  choose: (value: string) => void;
}

/** One of a few, side by side: radio buttons to keyboard and screen reader. */
export function Choice({ legend, name, chosen, options, choose }: Props) {
  return (
    <fieldset className="choice">
      <legend className="unseen">{legend}</legend>
      {options.map(({ value, label }) => (
        <label key={value}>
          <input type="radio" name={name} value={value} checked={value === chosen} onChange={() => choose(value)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
