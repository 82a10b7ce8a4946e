import { expect, test } from "vitest";
import type { InputEvent, Outcome } from "@compositord/client";
import { RemoteInput, wheelEvent } from "../src/input/remote.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve));

function bench() {
  const sent: (readonly InputEvent[])[] = [];
  const reported: Outcome[] = [];
  let answer: (outcome: Outcome) => void = () => undefined;
  const remote = new RemoteInput({
    send: (request) => {
      if (request.type === "Input") sent.push(request.events);
      return { id: sent.length, outcome: new Promise((resolve) => (answer = resolve)) };
    },
    toWorld: (x, y) => ({ x: x * 10, y: y * 10 }),
    report: (outcome) => reported.push(outcome),
  });
  const answered = async (outcome: Outcome = { ok: true }) => {
    answer(outcome);
    await turn();
  };
  return { remote, sent, reported, answered };
}

test("events keep their order, and motions that only pile up become one", async () => {
  const { remote, sent, answered } = bench();
  remote.motion(1, 1);
  remote.motion(2, 2);
  remote.motion(3, 3);
  remote.buttons(1);
  remote.motion(4, 4);
  remote.buttons(0);
  remote.key("KeyA", true);
  expect(sent).toEqual([[{ kind: "motion", x: 10, y: 10 }]]);
  await answered();
  expect(sent[1]).toEqual([
    { kind: "motion", x: 30, y: 30 },
    { kind: "button", button: 0, pressed: true },
    { kind: "motion", x: 40, y: 40 },
    { kind: "button", button: 0, pressed: false },
    { kind: "key", code: "KeyA", pressed: true },
  ]);
});

test("keys are pressed and released once, and all of them in the end", async () => {
  const { remote, sent, answered } = bench();
  remote.key("KeyA", true);
  remote.key("KeyA", true);
  remote.key("KeyB", false);
  remote.key("", true);
  remote.buttons(2 | 4);
  await answered();
  remote.releaseAll();
  await answered();
  expect(sent.flat().map((event) => ("code" in event ? `${event.code} ${String(event.pressed)}` : "button" in event ? `${event.button} ${String(event.pressed)}` : event.kind))).toEqual(["KeyA true", "2 true", "1 true", "KeyA false", "2 false", "1 false"]);
});

test("no message has more than the server takes, and what waits has an end", async () => {
  const { remote, sent, answered } = bench();
  for (let index = 0; index < 1000; index += 1) remote.text(String(index));
  for (let round = 0; round < 20; round += 1) await answered();
  expect(Math.max(...sent.map((events) => events.length))).toBe(64);
  expect(sent.flat().length).toBe(513);
});

test("texts of one message have no more bytes than the server takes", async () => {
  const { remote, sent, answered } = bench();
  remote.motion(0, 0);
  for (const letter of ["a", "b", "c"]) remote.text(letter.repeat(1000));
  for (let round = 0; round < 4; round += 1) await answered();
  expect(sent.slice(1).map((events) => events.length)).toEqual([1, 1, 1]);
});

test("after a failure, what waited behind it is dropped and the user is told", async () => {
  const { remote, sent, reported, answered } = bench();
  remote.text("a");
  remote.text("b");
  await answered({ ok: false, failure: { code: "forbidden", member: null, message: "no" } });
  expect(reported.length).toBe(1);
  remote.text("c");
  expect(sent.flat()).toEqual([{ kind: "text", text: "a" }, { kind: "text", text: "c" }]);
});

test("a wheel has clicks, a touchpad only a distance", () => {
  expect(wheelEvent({ deltaX: 0, deltaY: 120, deltaMode: 0 })).toEqual({ kind: "wheel", deltaY: 120, clicksY: 1 });
  expect(wheelEvent({ deltaX: -3.5, deltaY: 0, deltaMode: 0 })).toEqual({ kind: "wheel", deltaX: -3.5 });
  expect(wheelEvent({ deltaX: 0, deltaY: -3, deltaMode: 1 })).toEqual({ kind: "wheel", deltaY: -120, clicksY: -1 });
  expect(wheelEvent({ deltaX: 0, deltaY: 0, deltaMode: 0 })).toBeNull();
});
