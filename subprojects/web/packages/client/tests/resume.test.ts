/** A client that loses its connection, against a real WebSocket server that can tell what changed since a revision. */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket as NodeWebSocket, WebSocketServer } from "ws";
import type { WebSocket as ServerSocket } from "ws";
import { Connection, emptyState, reduce, resumeUrl, Store } from "../src/index.ts";
import type { State, StateMessage, WebSocketClass, World } from "../src/index.ts";
import { commitArbitrary, contents, messagesOf, snapshotOf } from "./history.ts";
import type { Commit } from "./history.ts";
import { camera, compositor, hello, window } from "./samples.ts";

/** How far back changes are known. */
const REMEMBERED = 4;

/** What changed from one world to a later one, in one update for each kind of thing. */
function changes(from: World, to: World): StateMessage[] {
  const differs = <K, V>(old: ReadonlyMap<K, V>, now: ReadonlyMap<K, V>) => [...now].filter(([key, value]) => old.get(key) !== value).map(([, value]) => value);
  const gone = <K, V>(old: ReadonlyMap<K, V>, now: ReadonlyMap<K, V>) => [...old.keys()].filter((key) => !now.has(key));
  const commit: Commit = {
    compositor: to.compositor,
    cameras: differs(from.cameras, to.cameras),
    goneCameras: gone(from.cameras, to.cameras),
    windows: differs(from.windows, to.windows),
    goneWindows: gone(from.windows, to.windows),
    tiles: Object.fromEntries(to.tiles.changesSince(from.tiles)),
  };
  return from.revision === to.revision ? [] : messagesOf(commit, to.revision);
}

/** The same for the same world, in whatever order its parts came. */
function asText(world: World): string {
  const inOrder = (_: string, value: unknown): unknown =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  return JSON.stringify(contents(world), inOrder);
}

class HistoryServer {
  readonly sockets: WebSocketServer;
  /** For each client that came: what it knew, and the types of what it was sent first. */
  readonly greetings: { readonly known: string | null; readonly types: readonly string[] }[] = [];
  /** Every world that there was, as text. */
  readonly everSeen = new Set<string>();
  #runs = 0;
  #state: State = emptyState;
  #worlds = new Map<number, World>();

  private constructor(sockets: WebSocketServer) {
    this.sockets = sockets;
    this.restart();
    sockets.on("connection", (socket, request) => this.#greet(socket, request));
  }

  static async start(): Promise<HistoryServer> {
    const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    await once(sockets, "listening");
    return new HistoryServer(sockets);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.sockets.address() as AddressInfo).port}/`;
  }

  get world(): World {
    if (this.#state.world === null) throw new Error("there is always a world");
    return this.#state.world;
  }

  /** Another run, whose revisions begin anew. */
  restart(): void {
    this.#runs += 1;
    this.#worlds.clear();
    const greeted = reduce(emptyState, { ...hello, instance: `run ${this.#runs}` });
    this.#state = reduce(greeted, { type: "Snapshot", revision: 1, compositor, cameras: [camera], windows: [{ ...window, pid: this.#runs }], tiles: {} });
    this.#keep();
    this.cut();
  }

  /** Sends all of the commit's messages, or only the first `parts` and then hangs up. */
  commit(commit: Commit, parts = Infinity): void {
    const messages = messagesOf(commit, this.world.revision + 1);
    for (const message of messages) this.#state = reduce(this.#state, message);
    this.#keep();
    for (const socket of this.sockets.clients) for (const message of messages.slice(0, parts)) socket.send(JSON.stringify(message));
    if (parts < messages.length) this.cut();
  }

  cut(): void {
    for (const socket of this.sockets.clients) socket.close();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets.clients) socket.terminate();
    this.sockets.close();
    await once(this.sockets, "close");
  }

  #keep(): void {
    this.#worlds.set(this.world.revision, this.world);
    this.everSeen.add(asText(this.world));
  }

  #greet(socket: ServerSocket, request: IncomingMessage): void {
    const { searchParams } = new URL(request.url ?? "/", this.url);
    const { instance, revision } = this.world;
    const known = searchParams.get("instance");
    const since = Number(searchParams.get("revision"));
    const from = known === instance && since >= revision - REMEMBERED ? this.#worlds.get(since) : undefined;
    const messages = from === undefined ? [snapshotOf(this.world)] : changes(from, this.world);
    this.greetings.push({ known: known === null ? null : `${known}, ${since}`, types: messages.map(({ type }) => type) });
    for (const message of [{ ...hello, instance, revision }, ...messages]) socket.send(JSON.stringify(message));
  }
}

class Client {
  readonly store = new Store();
  readonly connection: Connection;

  constructor(server: HistoryServer) {
    this.connection = new Connection({
      url: server.url,
      onMessage: (message) => this.store.apply(message),
      known: () => this.store.world,
      webSocket: NodeWebSocket as unknown as WebSocketClass,
      backoff: { first: 1, longest: 3, jitter: 0, attempts: Infinity },
      steady: 0,
    });
    this.connection.open();
  }

  /** Waits until something holds; test timeouts are the deadline. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        for (const dispose of disposes) dispose();
        resolve();
      };
      const disposes = [this.store.subscribe(look), this.connection.subscribe(look)];
      look();
    });
  }

  isAt(world: World): boolean {
    const mine = this.store.world;
    return this.connection.state.kind === "open" && mine?.instance === world.instance && mine.revision === world.revision;
  }
}

const open: { server: HistoryServer; client: Client }[] = [];

async function start(): Promise<{ server: HistoryServer; client: Client }> {
  const server = await HistoryServer.start();
  const both = { server, client: new Client(server) };
  open.push(both);
  await both.client.until(() => both.client.isAt(server.world));
  return both;
}

async function stop(): Promise<void> {
  for (const { server, client } of open.splice(0)) {
    client.connection.close();
    await server.stop();
  }
}

afterEach(stop);

const nothing: Commit = { compositor: undefined, cameras: [], goneCameras: [], windows: [], goneWindows: [], tiles: {} };
const retitled = (title: string): Commit => ({ ...nothing, windows: [{ ...window, title }] });

describe("after a lost connection", () => {
  test("only what changed comes, on top of the last state", async () => {
    const { server, client } = await start();
    const before = client.store.world;
    server.cut();
    await client.until(() => client.connection.state.kind === "waiting");
    expect(client.store.world).toBe(before);
    server.commit(retitled("later"));
    await client.until(() => client.isAt(server.world));
    expect(server.greetings).toEqual([
      { known: null, types: ["Snapshot"] },
      { known: "run 1, 1", types: ["CompositorUpdate", "CameraUpdate", "WindowUpdate"] },
    ]);
    expect(client.store.world?.windows.get(window.id)?.title).toBe("later");
    expect(client.store.world?.cameras).toBe(before?.cameras);
  });

  test("nothing comes when nothing changed, and the state is still the same object", async () => {
    const { server, client } = await start();
    const before = client.store.world;
    server.cut();
    await client.until(() => client.connection.state.kind === "waiting");
    await client.until(() => client.connection.state.kind === "open");
    expect(server.greetings.at(-1)).toEqual({ known: "run 1, 1", types: [] });
    expect(client.store.world).toBe(before);
  });

  test("in the middle of a commit, that commit comes again as a whole", async () => {
    const { server, client } = await start();
    server.commit({ ...retitled("whole"), goneCameras: [camera.name] }, 1);
    await client.until(() => client.isAt(server.world));
    expect(server.greetings.at(-1)?.known).toBe("run 1, 1");
    expect(contents(client.store.world as World)).toEqual(contents(server.world));
  });

  test("another run of the server replaces everything, also when its revisions are the same", async () => {
    const { server, client } = await start();
    server.restart();
    await client.until(() => client.isAt(server.world));
    expect(server.greetings.at(-1)).toEqual({ known: "run 1, 1", types: ["Snapshot"] });
    expect(client.store.world?.windows.get(window.id)?.pid).toBe(2);
  });

  test("a state that came from a subscription is not resumed, and the subscription is asked for again", async () => {
    const { server, client } = await start();
    const asked = once(server.sockets, "connection").then(async ([socket]) => {
      const [data] = (await once(socket as ServerSocket, "message")) as [Buffer];
      return JSON.parse(data.toString()) as unknown;
    });
    void client.connection.request({ type: "Subscribe", kinds: ["cameras"] });
    server.cut();
    expect(await asked).toMatchObject({ type: "Subscribe", kinds: ["cameras"] });
    expect(server.greetings.at(-1)?.known).toBeNull();
  });

  test("the address keeps what it had", () => {
    const known = { instance: "a&b", revision: 7 };
    expect(resumeUrl("ws://host:1/path?token=x", known)).toBe("ws://host:1/path?token=x&instance=a%26b&revision=7");
    expect(resumeUrl("ws://host:1/", null)).toBe("ws://host:1/");
  });
});

const stepArbitrary = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("commit" as const), commit: commitArbitrary }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("commit" as const), commit: commitArbitrary, parts: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("cut" as const, "restart" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("comes back" as const, "catches up" as const) }) },
);

test("a client that loses its connection anywhere ends in the same state as one that never does, and shows no other", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepArbitrary, { maxLength: 14 }), async (steps) => {
      const { server, client } = await start();
      const neverWas: string[] = [];
      client.store.subscribe((world) => {
        if (!server.everSeen.has(asText(world))) neverWas.push(asText(world));
      });
      for (const step of steps) {
        if (step.kind === "commit") server.commit(step.commit, "parts" in step ? step.parts : Infinity);
        else if (step.kind === "catches up") await client.until(() => client.isAt(server.world));
        else if (step.kind === "comes back") await client.until(() => client.connection.state.kind === "open");
        else server[step.kind]();
      }
      await client.until(() => client.isAt(server.world));
      expect(asText(client.store.world as World)).toBe(asText(server.world));
      expect(neverWas).toEqual([]);
      await stop();
    }),
    { numRuns: 60 },
  );
}, 30_000);
