/** An event of each type, as a vendor's program sends it (contracts, section 2); null: one without `data`. */
const DATA = {
  "account.created": null,
  "account.first_login": null,
  "course.registered": null,
  "material.completed": { material: "video-1", kind: "video", of: 5 },
  "task.completed": { task: "nhiem-vu-1", of: 3 },
  "quiz.submitted": { attempt: 1, questions: 40, correct: 31 },
  "essay.submitted": { essay: "bai-1", attempt: 1 },
  "essay.graded": { essay: "bai-1", attempt: 1, score: "75", scale: "100", grader: "cotcan.001@longan.edu.vn" },
  "final.submitted": { attempt: 1 },
  "final.graded": { attempt: 1, score: "68.5", scale: "100", grader: "cotcan.001@longan.edu.vn" },
  "profile.confirmed": { correct: true, fields: [] },
  "survey.completed": { answers: { content: 5, organisation: 4, staff: 4 } },
  "question.asked": { question: "cau-hoi-1" },
  "question.answered": { question: "cau-hoi-1" },
  "test.graded": { test: "kiem-tra-1", kind: "theory", score: "7.5", scale: "10" },
} as const;

export type EventType = keyof typeof DATA;

export const EVENT_TYPES = Object.keys(DATA) as EventType[];

/** The example as a body to be sent, with an id that was not used before. */
export function exampleOf(type: EventType, now: Date): string {
  const event = {
    id: `thu-${crypto.randomUUID()}`,
    type,
    timestamp: now.toISOString(),
    learner: { account: "gv.000001@longan.edu.vn" },
    course: "GV-TH-TOAN-M1",
    ...(DATA[type] === null ? {} : { data: DATA[type] }),
  };
  return JSON.stringify(event, null, 2);
}
