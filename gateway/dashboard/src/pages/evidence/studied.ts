import type { Evidence, ExplainedResult } from "../../api/explained";
import type { Messages } from "../../messages/vi";
import type { Marking, Rubric } from "../../api/marks";
import { essayName } from "../../parts/essays";

/** A line of what the learning platform saw; many pieces of a kind are one line, from the first to the last. */
export interface StudiedLine {
  key: string;
  at: string;
  until: string;
  what: string;
  /** Whose deed it is: a marker's account, the vendor's name, or null for the learner's own. */
  by: { account: string } | { vendor: string } | null;
  /** Of a mark: which paper, and how it came about where it was given here. */
  mark?: { paper: string; attempt: number; name: string; marking: Marking | null; rubric: Rubric | null };
}

type Kind = keyof ExplainedResult["composition"];
const KINDS: readonly Kind[] = ["document", "graphic", "video", "task"];

/** The inputs of a result as lines, oldest first. */
export function studied({ inputs, composition, rule }: ExplainedResult, m: Messages): StudiedLine[] {
  const lines = [...KINDS.flatMap((kind) => items(inputs, kind, composition[kind], m)), ...inputs.flatMap((one) => single(one, rule, m))];
  return lines.sort((one, other) => one.at.localeCompare(other.at) || one.key.localeCompare(other.key));
}

/** The keys of the marks that count: of each paper that of the highest marked attempt, of it the newest (contracts, section 2). */
export function counting(lines: readonly StudiedLine[]): Set<string> {
  const found = new Map<string, StudiedLine>();
  for (const line of lines) {
    if (line.mark !== undefined && line.mark.attempt >= (found.get(line.mark.paper)?.mark?.attempt ?? 0)) found.set(line.mark.paper, line);
  }
  return new Set([...found.values()].map(({ key }) => key));
}

function items(inputs: readonly Evidence[], kind: Kind, of: number, m: Messages): StudiedLine[] {
  const seen = inputs.filter(({ facts, type }) => facts?.kind === kind && (type === "material.completed" || type === "task.completed"));
  const [first] = seen;
  if (first === undefined) return [];
  const done = new Set(seen.map(({ facts }) => facts?.item)).size;
  return [{ key: kind, at: first.at, until: seen.at(-1)!.at, what: m.evidence.items(m.evidence.kinds[kind], done, of), by: null }];
}

function single({ event_id, type, at, facts, vendor }: Evidence, rule: ExplainedResult["rule"], m: Messages): StudiedLine[] {
  const text = (name: string) => String(facts?.[name] ?? "–");
  const score = () => text("score").replace(".", m.decimal);
  const essay = () => essayName(m, text("essay"));
  const line = (what: string, by: StudiedLine["by"] = null): StudiedLine[] => [{ key: event_id, at, until: at, what, by }];
  const marked = (name: string, paper: string): StudiedLine[] => {
    const rubric = rule.criteria?.[paper === "final" ? "final" : "essay"] ?? null;
    const mark = { paper, attempt: Number(facts?.attempt), name, marking: (facts?.marking as Marking | undefined) ?? null, rubric };
    return line(m.evidence.marked(name, score(), text("scale")), facts?.grader == null ? null : { account: text("grader") }).map((one) => ({ ...one, mark }));
  };
  switch (type) {
    case "account.created":
      return line(m.evidence.account, { vendor });
    case "account.first_login":
      return line(m.evidence.login);
    case "course.registered":
      return line(m.evidence.registered);
    case "quiz.submitted":
      return line(m.evidence.quiz(text("attempt"), text("correct"), text("questions")));
    case "essay.submitted":
      return line(m.evidence.handedIn(essay(), text("attempt")));
    case "final.submitted":
      return line(m.evidence.handedIn(m.final, text("attempt")));
    case "essay.graded":
      return marked(essay(), `essay:${text("essay")}`);
    case "final.graded":
      return marked(m.final, "final");
    case "profile.confirmed":
      return line(facts?.correct === true ? m.evidence.profileRight : m.evidence.profileWrong);
    case "survey.completed":
      return line(m.evidence.survey);
    case "question.asked":
      return line(m.evidence.asked);
    case "question.answered":
      return line(m.evidence.answered, { vendor });
    case "test.graded":
      return line(m.evidence.tested(text("test"), score(), text("scale")), { vendor });
    default:
      return []; // materials and tasks, told above
  }
}
