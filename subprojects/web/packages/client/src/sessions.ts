/**
 * Sessions of compositord.v1, over a Connection: starts, cancels and lists them, and follows what happens in them. A
 * follower is told each event once and in order, whatever becomes of the connection meanwhile.
 */
import type { Connection, ConnectionState } from "./connection.ts";
import type { Session, SessionType } from "./protocol.generated.ts";
import type { Failure, Outcome, Request } from "./requests.ts";
import { sessionAfter } from "./session_events.ts";
import type { FollowedEvent, SessionMessage } from "./session_events.ts";
import type { Dispose } from "./store.ts";

type MembersOf<T extends Request["type"]> = Omit<Extract<Request, { type: T }>, "type">;

/** All sessions at one moment; another object whenever something changed. */
export interface SessionsSnapshot {
  /** The server has told which there are. What is shown while there is no connection is what was known last. */
  readonly known: boolean;
  readonly sessions: ReadonlyMap<string, Session>;
  /** What can be spawned. */
  readonly types: readonly SessionType[];
  /** Why they are not told, such as a grant that is missing. */
  readonly failure: Failure | null;
}

export interface SessionFollower {
  onEvent(event: FollowedEvent): void;
  /** Nothing more will come: the session is no longer kept (null), or may not be followed. */
  onEnd?(failure: Failure | null): void;
}

export type SpawnOutcome = { readonly ok: true; readonly session: Session } | Extract<Outcome, { ok: false }>;

interface Following {
  readonly follower: SessionFollower;
  /** Sequence of the last event that it was told. */
  last: number;
}

/** Where a session stands that is followed by itself, not only with all of them. */
interface Position {
  readonly followers: Set<Following>;
  /** The server is being asked to tell from an earlier event on; `again`: and has to be asked once more. */
  asked: { again: boolean } | null;
}

const nothing: SessionsSnapshot = { known: false, sessions: new Map(), types: [], failure: null };

export class Sessions {
  readonly #connection: Connection;
  readonly #listeners = new Set<() => void>();
  readonly #positions = new Map<string, Position>();
  #snapshot = nothing;
  #live = false;
  #instance = "";
  #listing = false;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.subscribe((state) => this.#onConnection(state));
    connection.subscribeSessions((message) => this.#receive(message));
    this.#onConnection(connection.state);
  }

  get snapshot(): SessionsSnapshot {
    return this.#snapshot;
  }

  /** Called after every change of the snapshot, which is kept up to date as long as somebody is subscribed. */
  subscribe(listener: () => void): Dispose {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1 && this.#live) this.#followAll();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#unfollowAll();
    };
  }

  /** Tells of everything that happened after the event with the number `since`, and of all that will. */
  follow(session: string, follower: SessionFollower, since = 0): Dispose {
    const position = this.#positions.get(session) ?? { followers: new Set<Following>(), asked: null };
    this.#positions.set(session, position);
    const following = { follower, last: since };
    position.followers.add(following);
    if (this.#live) this.#tellAgain(session, position);
    return () => {
      position.followers.delete(following);
      if (position.followers.size > 0 || this.#positions.get(session) !== position) return;
      this.#positions.delete(session);
      // Who follows all of them goes on to be told of this one.
      if (this.#live && this.#listeners.size === 0) void this.#send({ type: "UnfollowSession", session });
    };
  }

  async spawn(members: MembersOf<"SpawnSession">): Promise<SpawnOutcome> {
    const outcome = await this.#send({ type: "SpawnSession", ...members });
    if (!outcome.ok) return outcome;
    if (outcome.answer?.type !== "SessionSpawned") return { ok: false, failure: { code: "deadline", member: null, message: "the server did not say which session that is" } };
    return { ok: true, session: outcome.answer.session };
  }

  /** Gives a session that has ended another task. */
  run(members: MembersOf<"RunTask">): Promise<Outcome> {
    return this.#send({ type: "RunTask", ...members });
  }

  /** Settles when the server has understood; the session's task_ended tells when it is done. */
  cancel(session: string): Promise<Outcome> {
    return this.#send({ type: "CancelSession", session });
  }

  /** Picks one of the session's choices, which it waits for. */
  choose(session: string, choice: string): Promise<Outcome> {
    return this.#send({ type: "ChooseSession", session, choice });
  }

  forget(session: string): Promise<Outcome> {
    return this.#send({ type: "ForgetSession", session });
  }

  #send(request: Request): Promise<Outcome> {
    return this.#connection.request(request).outcome;
  }

  #onConnection(state: ConnectionState): void {
    const live = state.kind === "open" && state.hello.grants.includes("sessions");
    if (state.kind === "open" && !live) this.#update({ known: false, failure: { code: "forbidden", member: null, message: "the grant sessions is needed" } });
    if (live === this.#live) return;
    this.#live = live;
    for (const position of this.#positions.values()) position.asked = null;
    this.#listing = false;
    if (state.kind !== "open" || !live) return;
    if (this.#instance !== "" && state.hello.instance !== this.#instance) {
      // Another run may remember less than this page was told.
      for (const { followers } of this.#positions.values()) for (const following of followers) following.last = 0;
    }
    this.#instance = state.hello.instance;
    // First what has to go on where it was; then all the others, from now on.
    for (const [session, position] of this.#positions) this.#tellAgain(session, position);
    if (this.#listeners.size > 0) this.#followAll();
  }

  #followAll(): void {
    void this.#send({ type: "FollowSession" }).then((outcome) => {
      if (!outcome.ok) this.#update({ failure: outcome.failure });
    });
    this.#list();
  }

  #unfollowAll(): void {
    if (!this.#live) return;
    void this.#send({ type: "UnfollowSession" });
    for (const [session, position] of this.#positions) this.#tellAgain(session, position);
  }

  #list(): void {
    if (this.#listing) return;
    this.#listing = true;
    // Taken in its place among the events: one that came after it would be lost on a list that is not there yet.
    this.#connection.request({ type: "ListSessions" }, { onOutcome: (outcome) => this.#takeList(outcome) });
  }

  #takeList(outcome: Outcome): void {
    this.#listing = false;
    if (!outcome.ok) this.#update({ failure: outcome.failure });
    else if (outcome.answer?.type === "SessionList") {
      const { sessions, types } = outcome.answer;
      // Of a session that something has happened in since, that is known already.
      const newest = sessions.map((session) => {
        const known = this.#snapshot.known ? this.#snapshot.sessions.get(session.id) : undefined;
        return [session.id, known !== undefined && known.sequence > session.sequence ? known : session] as const;
      });
      this.#update({ known: true, sessions: new Map(newest), types, failure: null });
    }
  }

  /** Asks for what the followers of a session lack. To begin elsewhere than it stands, the server has to stop first. */
  #tellAgain(session: string, position: Position): void {
    if (position.asked !== null) {
      position.asked.again = true;
      return;
    }
    const asked = { again: false };
    position.asked = asked;
    const since = Math.min(...[...position.followers].map(({ last }) => last));
    void this.#send({ type: "UnfollowSession", session });
    void this.#send({ type: "FollowSession", session, since }).then((outcome) => {
      // Not of this connection any more, or nobody follows it any more.
      if (position.asked !== asked) return;
      position.asked = null;
      if (!outcome.ok) this.#end(session, outcome.failure.code === "not_found" ? null : outcome.failure);
      else if (asked.again && position.followers.size > 0) this.#tellAgain(session, position);
    });
  }

  #end(session: string, failure: Failure | null): void {
    if (failure?.code === "offline") return;
    const position = this.#positions.get(session);
    this.#positions.delete(session);
    for (const { follower } of position?.followers ?? []) follower.onEnd?.(failure);
  }

  #receive(message: SessionMessage): void {
    const id = message.session;
    if (message.type === "SessionForgotten") {
      this.#end(id, null);
      if (!this.#snapshot.sessions.has(id)) return;
      const sessions = new Map(this.#snapshot.sessions);
      sessions.delete(id);
      this.#update({ sessions });
      return;
    }
    if (this.#listeners.size > 0) this.#apply(message);
    const position = this.#positions.get(id);
    if (position !== undefined) this.#tell(id, position, message);
  }

  #apply(event: FollowedEvent): void {
    const { known, sessions } = this.#snapshot;
    if (!known) return; // the list, which is on its way, has it
    const session = sessions.get(event.session);
    if (session === undefined) {
      this.#list();
      return;
    }
    const after = sessionAfter(session, event);
    if (after !== session) this.#update({ sessions: new Map(sessions).set(session.id, after) });
  }

  #tell(session: string, position: Position, event: FollowedEvent): void {
    const first = event.sequence - event.missed;
    let gap = false;
    for (const following of [...position.followers]) {
      if (event.sequence <= following.last) continue;
      if (first > following.last + 1) {
        gap = true;
        continue;
      }
      const missed = event.sequence - following.last - 1;
      following.last = event.sequence;
      following.follower.onEvent(missed === event.missed ? event : { ...event, missed });
    }
    // While the server is being asked it may have happened between stop and begin, since all sessions are followed:
    // then the server stands behind it now.
    if (gap) this.#tellAgain(session, position);
  }

  #update(changed: Partial<SessionsSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...changed };
    for (const listener of [...this.#listeners]) listener();
  }
}
