// @vitest-environment jsdom
/** Hooks in a real React against a real WebSocket server that speaks as compositord does. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Suspense, use, useRef } from "react";
import type { ReactElement } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket as NodeWebSocket, WebSocketServer } from "ws";
import { CompositorClient, CompositorProvider, useCamera, useCompositor, useTiles, useWindows } from "../src/index.ts";
import type { CameraHandle, CompositorHandle } from "../src/index.ts";
import { camera, compositor, hello, window } from "../../client/tests/samples.ts";
import { acting, render, until } from "./render.tsx";

const snapshot = { type: "Snapshot", revision: 1, compositor, cameras: [camera], windows: [window, { ...window, id: 2, title: "above", stacking: 1 }], tiles: { "0,0": { brick: "a.png", timestamp: 1 } } };

let server: WebSocketServer;
let url = "";
let came = 0;
const requests: { readonly type: string; readonly id: number }[] = [];

beforeEach(async () => {
  globalThis.WebSocket = NodeWebSocket as unknown as typeof WebSocket;
  came = 0;
  requests.length = 0;
  server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  server.on("connection", (socket) => {
    came += 1;
    socket.on("message", (data: Buffer) => {
      const request = JSON.parse(data.toString()) as { type: string; id: number };
      requests.push(request);
      socket.send(JSON.stringify({ type: "Ack", id: request.id }));
    });
    for (const message of [hello, snapshot]) socket.send(JSON.stringify(message));
  });
});

afterEach(async () => {
  for (const client of server.clients) client.terminate();
  server.close();
  await once(server, "close");
});

function tell(message: object): Promise<void> {
  return acting(async () => {
    for (const client of server.clients) client.send(JSON.stringify(message));
    await new Promise((resolve) => setTimeout(resolve, 1));
  });
}

test("components share one connection, opened once in StrictMode, and closed when the last one is gone", async () => {
  const List = (): ReactElement => <p>{useWindows({ url }).map(({ title }) => title).join(", ")}</p>;
  const Status = (): ReactElement => {
    const { connected, compositor: behind } = useCompositor({ url });
    return <b>{connected ? `connected to ${behind?.name ?? ""}` : "not connected"}</b>;
  };
  const { element, unmount } = await render(<><Status /><List /><List /></>);
  expect(element.querySelector("b")?.textContent).toBe("not connected");
  await until(() => element.textContent.includes("above"));
  expect(element.querySelector("b")?.textContent).toBe("connected to wayland-1");
  expect(element.querySelector("p")?.textContent).toBe("a shell, above");
  expect(came).toBe(1);
  const [socket] = server.clients;
  const closed = once(socket ?? server, "close");
  await unmount();
  await closed;
  // Who comes back sees at once what was known.
  const again = await render(<List />);
  expect(again.element.textContent).toBe("a shell, above");
});

test("a component renders only when its part of the world changed", async () => {
  let renders = 0;
  const List = (): ReactElement => {
    const count = useRef(0);
    count.current += 1;
    renders += 1;
    return <p>{useWindows({ url }).length}</p>;
  };
  const Tiles = (): ReactElement => <i>{useTiles({ url })?.size}</i>;
  const { element } = await render(<><List /><Tiles /></>);
  await until(() => element.textContent === "21");
  const before = renders;
  await tell({ type: "ManifestUpdate", revision: 2, tiles: { "5,5": { brick: "b.png", timestamp: 2 } } });
  await until(() => element.textContent === "22");
  expect(renders).toBe(before);
  await tell({ type: "WindowUpdate", revision: 3, windows: [], removed: [2] });
  await until(() => element.textContent === "12");
});

test("a camera is driven from the page and follows the compositor", async () => {
  let handle: CameraHandle | undefined;
  const View = (): ReactElement => {
    handle = useCamera(undefined, { url });
    return <p>{handle.pose?.x}</p>;
  };
  const { element } = await render(<View />);
  await until(() => element.textContent === "0");
  await acting(() => handle?.panBy(25, 0));
  await until(() => element.textContent === "25");
  await until(() => requests.some(({ type }) => type === "SetCamera"));
  await tell({ type: "CameraUpdate", revision: 2, removed: [], cameras: [{ ...camera, x: 400, target: { x: 400, y: 0, zoom: 1 } }] });
  await until(() => element.textContent === "400");
});

test("a client of one's own is provided to everything below", async () => {
  let handle: CompositorHandle | undefined;
  const View = (): ReactElement => {
    handle = useCompositor();
    return <p>{useWindows().length}</p>;
  };
  const client = new CompositorClient({ url });
  const { element } = await render(<CompositorProvider client={client}><View /></CompositorProvider>);
  await until(() => element.textContent === "2");
  expect(handle?.client).toBe(client);
  expect(came).toBe(1);
  expect(await handle?.request({ type: "Focus", window: 1 }).outcome).toEqual({ ok: true });
});

test("a render that suspends opens nothing until it is shown", async () => {
  let proceed = (): void => undefined;
  const data = new Promise<string>((resolve) => (proceed = () => resolve("ready")));
  const Slow = (): ReactElement => {
    const windows = useWindows({ url });
    return <p>{`${use(data)}: ${windows.length}`}</p>;
  };
  const { element } = await render(<Suspense fallback="…"><Slow /></Suspense>);
  expect(element.textContent).toBe("…");
  expect(came).toBe(0);
  await acting(() => proceed());
  await until(() => element.textContent === "ready: 2");
  expect(came).toBe(1);
});
