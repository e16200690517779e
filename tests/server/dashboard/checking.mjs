// Runs the check of the dashboard over cases from the standard input, and says what came of each.

import { readFileSync } from "node:fs";

const { check, NotProven } = await import(process.argv[2]);

const answers = [];
for (const one of JSON.parse(readFileSync(0, "utf8"))) {
  const steps = [];
  const answer = { steps };
  try {
    answer.kept = await check({
      index: one.index,
      entry: new Uint8Array(Buffer.from(one.entry, "base64")),
      proof: one.proof,
      key: one.key,
      kept: one.kept,
      askGrowth: async () => one.growth,
      told: (...step) => steps.push(step),
    });
    answer.verdict = "proven";
  } catch (error) {
    answer.verdict = error instanceof NotProven ? "not proven" : "not known";
    answer.why = error.message;
  }
  answers.push(answer);
}
process.stdout.write(JSON.stringify(answers));
