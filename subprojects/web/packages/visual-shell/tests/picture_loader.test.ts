import { describe, expect, test } from "vitest";
import { PictureLoader } from "../src/tiles/picture_loader.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve));

/** A loader whose pictures come when the test says so. */
function bench() {
  const asked: string[] = [];
  const answers = new Map<string, (picture: string | null) => void>();
  const ended: (readonly [string, string | null])[] = [];
  const loader = new PictureLoader<string>(
    (brick, version) =>
      new Promise((resolve, reject) => {
        asked.push(`${brick}@${version}`);
        answers.set(brick, (picture) => (picture === null ? reject(new Error("none")) : resolve(picture)));
      }),
    (brick, picture) => ended.push([brick, picture]),
  );
  const answer = async (brick: string, picture: string | null) => {
    answers.get(brick)?.(picture);
    await turn();
  };
  return { asked, ended, loader, answer };
}

const names = (count: number) => Array.from({ length: count }, (_, index) => ({ brick: `b${index}`, version: 1 }));

describe("the loader of pictures", () => {
  test("asks for a few at a time, in the order of importance, and for each once", async () => {
    const { asked, loader, answer, ended } = bench();
    loader.want(names(8));
    loader.want(names(8));
    expect(asked).toEqual(["b0@1", "b1@1", "b2@1", "b3@1", "b4@1"]);
    await answer("b1", "picture");
    expect(asked.slice(5)).toEqual(["b5@1"]);
    expect(ended).toEqual([["b1", "picture"]]);
    expect([loader.state("b1"), loader.state("b0"), loader.state("b7")]).toEqual(["ready", "loading", "waiting"]);
  });

  test("does not ask for what is out of sight before its turn came", async () => {
    const { asked, loader, answer } = bench();
    loader.want(names(8));
    loader.want([{ brick: "other", version: 3 }]);
    await answer("b0", "picture");
    await answer("b1", "picture");
    expect(asked.slice(5)).toEqual(["other@3"]);
  });

  test("what failed is asked for again only after retry, or when it was out of sight", async () => {
    const { asked, loader, answer, ended } = bench();
    loader.want(names(1));
    await answer("b0", null);
    expect(ended).toEqual([["b0", null]]);
    loader.want(names(1));
    expect([asked.length, loader.state("b0")]).toEqual([1, "failed"]);
    loader.retry();
    loader.want(names(1));
    expect(asked.length).toBe(2);
    await answer("b0", null);
    loader.want([]);
    expect(loader.state("b0")).toBe("waiting");
  });

  test("a picture that was renewed while it was under way is fetched again, and the old one not shown", async () => {
    const { asked, loader, answer, ended } = bench();
    loader.want(names(1));
    loader.renew("b0");
    await answer("b0", "old");
    expect(ended).toEqual([]);
    loader.want([{ brick: "b0", version: 2 }]);
    await answer("b0", "new");
    expect(asked).toEqual(["b0@1", "b0@2"]);
    expect(ended).toEqual([["b0", "new"]]);
  });
});
