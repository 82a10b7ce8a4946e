/** Finds unified diffs in texts, whoever wrote them: what a session changes is shown as what it is. */

export type LineKind = "plain" | "head" | "place" | "added" | "removed";

const HUNK = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/;
const HEAD = /^(?:diff --git |index [0-9a-f]+\.\.|--- |\+\+\+ |new file mode |deleted file mode |similarity index |rename (?:from|to) )/;

/** What each line is. Only inside of a hunk, whose length its first line tells, a sign at the beginning means something. */
export function lineKinds(lines: readonly string[]): readonly LineKind[] {
  let [removed, added] = [0, 0];
  return lines.map((line, index) => {
    if (removed > 0 || added > 0) {
      if (line.startsWith("+") && added > 0) {
        added -= 1;
        return "added";
      }
      if (line.startsWith("-") && removed > 0) {
        removed -= 1;
        return "removed";
      }
      if (line.startsWith("\\")) return "plain";
      removed -= 1;
      added -= 1;
      return "plain";
    }
    const hunk = HUNK.exec(line);
    if (hunk !== null) {
      [removed, added] = [Number(hunk[1] ?? 1), Number(hunk[2] ?? 1)];
      return "place";
    }
    // A line of dashes in an ordinary text is none.
    const heads = HEAD.test(line) && (!line.startsWith("--- ") || lines[index + 1]?.startsWith("+++ ") === true) && (!line.startsWith("+++ ") || lines[index - 1]?.startsWith("--- ") === true);
    return heads ? "head" : "plain";
  });
}
