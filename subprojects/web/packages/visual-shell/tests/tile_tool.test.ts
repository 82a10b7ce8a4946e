import { expect, test } from "vitest";
import type { Request } from "@compositord/client";
import { TileTool } from "../src/tiles/tile_tool.ts";

function bench() {
  const sent: Request[] = [];
  const reported: string[] = [];
  const tool = new TileTool(
    (request) => {
      sent.push(request);
      return { id: sent.length, outcome: Promise.resolve({ ok: true }) };
    },
    (what) => reported.push(what),
  );
  return { tool, sent, reported };
}

test("a stroke touches every cell on its way once, and a new stroke begins where it is put down", () => {
  const { tool, sent } = bench();
  tool.brick = "a.png";
  tool.stroke({ x: 0, y: 0 });
  tool.stroke({ x: 3, y: 1 });
  tool.stroke({ x: 3, y: 1 });
  tool.lift();
  tool.stroke({ x: 9, y: 9 });
  expect(sent.map((request) => "x" in request && "y" in request && `${request.x},${request.y}`)).toEqual(["0,0", "1,0", "2,1", "3,1", "9,9"]);
  expect(sent[0]).toEqual({ type: "PutTile", x: 0, y: 0, brick: "a.png" });
});

test("placing wants a brick, removing does not", async () => {
  const { tool, sent, reported } = bench();
  expect(tool.problem).toMatch(/Choose a brick/);
  tool.action = "remove";
  expect(tool.problem).toBeNull();
  tool.apply({ x: -1, y: 2 });
  expect(sent).toEqual([{ type: "RemoveTile", x: -1, y: 2 }]);
  await Promise.resolve();
  expect(reported).toEqual(["remove the tile"]);
});
