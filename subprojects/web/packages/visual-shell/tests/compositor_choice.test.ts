import { expect, test } from "vitest";
import type { PlacedCompositor } from "@compositord/client";
import { addressOf, choices, chosenCompositor } from "../src/ui/compositor_choice.ts";

const compositor = (name: string, connected: boolean): PlacedCompositor => ({
  name,
  driver: "sway",
  connected,
  gridSize: 100,
  capabilities: [],
  offset: { x: 0, y: 0 },
});

test("a choice is part of the page's address, and everything else in it stays", () => {
  const address = addressOf("The Drift", "http://127.0.0.1:8765/?token=x#map");
  expect(chosenCompositor(address)).toBe("The Drift");
  expect(address).toContain("token=x");
  expect(addressOf(undefined, address)).toBe("http://127.0.0.1:8765/?token=x#map");
  expect(chosenCompositor("http://127.0.0.1:8765/?compositor=")).toBeUndefined();
});

test("each compositor is offered with how it stands", () => {
  expect(choices([compositor("a", true), compositor("b", true)]).map((each) => each.text)).toEqual(["All compositors", "a", "b"]);
  expect(choices([compositor("a", true), compositor("b", false)])).toEqual([
    { name: "", text: "All compositors (1 of 2)" },
    { name: "a", text: "a" },
    { name: "b", text: "b (gone)" },
  ]);
});
