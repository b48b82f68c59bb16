import type { Result } from "../../api/results";
import { useSpeech } from "../../messages/language";
import { Select } from "../../parts/Select";

/** A list is of one course: which, with how many are ready in each. */
export function CourseSelect({ rows, chosen, choose }: { rows: readonly Result[]; chosen: string; choose: (course: string) => void }) {
  const { m, number } = useSpeech();
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row.course, (counts.get(row.course) ?? 0) + 1);
  const options = [...counts]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([course, count]) => ({ value: course, label: `${course} (${number(count)})` }));
  return <Select label={m.lists.course} chosen={chosen} options={options} choose={choose} />;
}
