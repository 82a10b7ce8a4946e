/** The client as most pages use it, against a server that has more tiles than it says at once. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket as NodeWebSocket, WebSocketServer } from "ws";
import { CompositorClient } from "../src/index.ts";
import type { WebSocketClass } from "../src/index.ts";
import { camera, compositor, hello, window } from "./samples.ts";

const webSocket = NodeWebSocket as unknown as WebSocketClass;
const tile = { brick: "a.png", timestamp: 1 };

let server: Server;
let url = "";
let asked: IncomingMessage[] = [];
let client: CompositorClient;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request);
    response.end(JSON.stringify({ "3,4": tile }));
  });
  new WebSocketServer({ server }).on("connection", (socket) => {
    socket.send(JSON.stringify(hello));
    socket.send(JSON.stringify({ type: "Snapshot", revision: 1, compositor, cameras: [camera], windows: [window], tiles: null }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterEach(async () => {
  client.close();
  server.closeAllConnections();
  server.close();
  await once(server, "close");
});

const complete = () =>
  new Promise<void>((resolve) => {
    const dispose = client.subscribe((world) => {
      if (world.tilesSince !== null) return;
      dispose();
      resolve();
    });
  });

test("tiles that the server did not say are fetched from the same server, and cameras are there by name", async () => {
  client = new CompositorClient({ url, webSocket });
  const done = complete();
  client.open();
  await done;
  expect(client.state.world?.tiles.at(3, 4)).toEqual(tile);
  expect(asked.map((request) => request.url)).toEqual(["/builder/map/manifest.json"]);
  expect(asked[0]?.headers.authorization).toBeUndefined();
  expect(client.camera(camera.name)?.camera).toEqual(camera);
  expect(client.camera()).toBe(client.camera(camera.name));
  expect(client.camera("none")).toBeUndefined();
});

test("the token is shown for them as well", async () => {
  client = new CompositorClient({ url, webSocket, token: "a token" });
  const done = complete();
  client.open();
  await done;
  expect(asked[0]?.headers.authorization).toBe("Bearer a token");
});
