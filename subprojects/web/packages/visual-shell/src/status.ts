/** The state of the connection and of the compositor, in words that people understand. */
import { assertNever } from "@compositord/client";
import type { ConnectionState, World } from "@compositord/client";

export type StatusKind = "connecting" | "connected" | "compositor-gone" | "waiting" | "unauthorized" | "closed";

export interface Status {
  readonly kind: StatusKind;
  readonly text: string;
  /** What changes by itself, such as a countdown; not worth being read out each time. */
  readonly detail: string;
  /** In how many milliseconds `detail` will be another one, or null. */
  readonly changesIn: number | null;
}

const lasting = (kind: StatusKind, text: string, detail = ""): Status => ({ kind, text, detail, changesIn: null });

export function describeStatus(connection: ConnectionState, world: World | null, now: number): Status {
  switch (connection.kind) {
    case "connecting":
      return lasting("connecting", "Connecting to compositord…");
    case "waiting": {
      const left = Math.max(0, connection.retryAt - now);
      const seconds = Math.ceil(left / 1000);
      const changesIn = left - (seconds - 1) * 1000;
      const text = `${connection.reason.charAt(0).toUpperCase()}${connection.reason.slice(1)}`;
      return { kind: "waiting", text, detail: `Reconnecting in ${Math.max(1, seconds)} s`, changesIn: Math.max(50, changesIn) };
    }
    case "unauthorized":
      return lasting("unauthorized", `Not let in: ${connection.reason}`);
    case "closed":
      return lasting("closed", "Not connected");
    case "open": {
      if (world === null) return lasting("connecting", "Connecting to compositord…");
      const { compositor } = world;
      if (!compositor.connected) return lasting("compositor-gone", `Compositor gone: ${compositor.reason ?? "waiting for it to come back"}`);
      const count = world.windows.size;
      // Where the windows really are, such a compositor does not tell.
      const laidOut = compositor.capabilities.includes("geometry") ? "" : ", laid out here: the compositor does not tell where";
      const there = world.compositors.filter((each) => each.connected).length;
      const combined = world.compositors.length > 1 && world.compositors.every(({ name }) => name !== compositor.name);
      const whom = combined ? `${there} of ${world.compositors.length} compositors` : compositor.name;
      const missing = combined ? world.compositors.filter((each) => !each.connected) : [];
      const why = missing.map((each) => `; ${each.name}: ${each.reason ?? "waiting for it to come back"}`).join("");
      return lasting("connected", `Connected to ${whom}`, `${count === 1 ? "1 window" : `${count} windows`}${laidOut}${why}`);
    }
    default:
      return assertNever(connection);
  }
}
