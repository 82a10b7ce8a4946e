/**
 * One camera as a page shows it: follows the compositor's smoothly, and drives it without lag.
 *
 * What the user does to the page moves `pose` at once and is sent as SetCamera, one request under
 * way at a time and at most one per frame. Until the compositor has answered the newest of them,
 * its updates describe the past (echoes of our older requests, or what was there before them) and
 * are not shown; otherwise the map would jump back under the user's fingers. As soon as the newest
 * is answered, refused or overdue, the compositor's word holds again, whoever moved the camera.
 *
 * A fling is the user's movement going on by itself: sent like a drag, and ended by whoever touches the camera next.
 */
import { COORDINATE_LIMIT } from "./protocol.ts";
import type { Camera, CameraPose } from "./protocol.generated.ts";
import type { Request, Sent } from "./requests.ts";

export interface CameraSyncOptions {
  readonly origin: string;
  readonly send: (request: Request) => Sent;
  /** Whether requests reach the compositor at present. While they do not, the user cannot move the camera. */
  readonly ready?: () => boolean;
  /** Called when a tick() is due that nobody may expect. */
  readonly wake: () => void;
  readonly now?: () => number;
}

/** After its Ack, a request shows in an update within a frame or two, unless somebody else moved the camera after it. */
const ANSWER_DEADLINE = 250;
/** Updates that come further apart than this are single events, not frames of a movement. */
const MOVEMENT_GAP = 250;
/** While a camera moves its next update is awaited so long with frames, which tell how often the page draws. */
const AWAITED = 50;
/** So many updates in a row have to come slowly for a movement to be slow: single ones come late on every busy machine. */
const GAPS = 4;
/** Longest time in which to glide from one update to the next. */
const LONGEST_SPAN = 50;

/** The time constant with which a fling slows down: it goes on for its speed times this. */
const FLING_DECAY = 325;
/** A fling ends when it would move less than this many output pixels more. */
const FLING_END = 0.5;

interface MutablePose {
  x: number;
  y: number;
  zoom: number;
}

function copyPose(to: MutablePose, from: CameraPose): void {
  to.x = from.x;
  to.y = from.y;
  to.zoom = from.zoom;
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

export class CameraSync {
  readonly #options: CameraSyncOptions;
  readonly #now: () => number;
  #camera: Camera;

  readonly #pose: MutablePose;
  readonly #from: MutablePose = { x: 0, y: 0, zoom: 1 };
  #tweenStart = 0;
  #tweenSpan = 0;
  #tweening = false;
  #lastUpdate = -Infinity;
  /** The last few gaps between updates of this movement, the oldest of them at `#oldestGap`. */
  readonly #gaps = new Float64Array(GAPS).fill(Infinity);
  #oldestGap = 0;
  /** Milliseconds from one frame of the page to the next, on average. */
  #frame = 1000 / 60;
  #lastTick = -Infinity;
  #goesOn = false;
  #moving = false;

  /** World units per millisecond. */
  #flingX = 0;
  #flingY = 0;
  #flingAt = 0;
  #flinging = false;

  /** Where the newest request wants the camera to rest. */
  readonly #wanted: MutablePose;
  #duration = 0;
  #unsent = false;
  #underWay = false;
  #newest: number | null = null;
  #answerTimer: ReturnType<typeof setTimeout> | undefined;
  #disposed = false;

  constructor(camera: Camera, options: CameraSyncOptions) {
    this.#camera = camera;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#pose = { x: camera.x, y: camera.y, zoom: camera.zoom };
    this.#wanted = { ...camera.target };
  }

  /** The compositor's newest state of this camera. */
  get camera(): Camera {
    return this.#camera;
  }

  /** What to show now. The same object all the time: read it, do not keep its values. */
  get pose(): CameraPose {
    return this.#pose;
  }

  /** Where the camera will rest when everything asked for has happened. */
  get target(): CameraPose {
    return this.driving ? this.#wanted : this.#camera.target;
  }

  /** Whether the compositor has yet to answer something that this page asked for. */
  get driving(): boolean {
    return this.#unsent || this.#underWay || this.#newest !== null;
  }

  /** Otherwise the view would run ahead of a camera that stays, and be pulled back at once. */
  get movable(): boolean {
    return !this.#camera.locked && (this.#options.ready?.() ?? true);
  }

  /** The compositor's camera changed. */
  follow(camera: Camera): void {
    this.#camera = camera;
    const { cause } = camera;
    if (camera.locked || (cause?.origin !== this.#options.origin && this.#flinging)) this.#flinging = false;
    if (cause !== null && cause.origin === this.#options.origin && cause.id === this.#newest) this.#answered();
    if (!this.driving) this.#approach();
  }

  /** Moves the view by a distance in world units. */
  panBy(dx: number, dy: number): boolean {
    this.stop();
    return this.#drive(this.#pose.x + dx, this.#pose.y + dy, this.#pose.zoom);
  }

  /** Changes the zoom so that one point of the world stays where it is on the screen. */
  zoomBy(factor: number, atX = this.#pose.x, atY = this.#pose.y): boolean {
    this.stop();
    const { zoomRange } = this.#camera;
    const zoom = clamp(this.#pose.zoom * factor, zoomRange.min, zoomRange.max);
    const kept = this.#pose.zoom / zoom;
    return this.#drive(atX + (this.#pose.x - atX) * kept, atY + (this.#pose.y - atY) * kept, zoom);
  }

  /** Lets the compositor animate to a pose; the page follows what it does. */
  glideTo(pose: CameraPose, duration: number): boolean {
    this.stop();
    if (!this.movable) return false;
    this.#want(pose.x, pose.y, pose.zoom, duration);
    return true;
  }

  /** Lets the view run on at a speed in world units per millisecond, slowing down. */
  fling(vx: number, vy: number): boolean {
    if (!this.movable) return false;
    this.#flingX = vx;
    this.#flingY = vy;
    this.#flingAt = this.#now();
    this.#flinging = true;
    this.#options.wake();
    return true;
  }

  /** Ends a fling where it is. */
  stop(): void {
    this.#flinging = false;
  }

  /** Call once per frame: sends what is due and moves `pose` on. Returns whether the next frame will differ. */
  tick(): boolean {
    if (this.#disposed) return false;
    const now = this.#now();
    if (this.#goesOn) this.#frame += (Math.min(now - this.#lastTick, 100) - this.#frame) / 4;
    this.#lastTick = now;
    this.#goesOn = this.#advance(now);
    return this.#goesOn;
  }

  #advance(now: number): boolean {
    if (this.#flinging) this.#runOn();
    if (this.#unsent && !this.#underWay) this.#send();
    const awaited = this.#moving && now - this.#lastUpdate < AWAITED;
    if (!this.#tweening) return this.#flinging || awaited;
    const passed = now - this.#tweenStart;
    if (passed >= this.#tweenSpan) {
      this.#tweening = false;
      copyPose(this.#pose, this.#camera);
      return awaited;
    }
    const part = Math.max(0, passed / this.#tweenSpan);
    this.#pose.x = this.#from.x + (this.#camera.x - this.#from.x) * part;
    this.#pose.y = this.#from.y + (this.#camera.y - this.#from.y) * part;
    this.#pose.zoom = this.#from.zoom * (this.#camera.zoom / this.#from.zoom) ** part;
    return true;
  }

  dispose(): void {
    this.#disposed = true;
    this.#flinging = false;
    clearTimeout(this.#answerTimer);
  }

  /** Exact for any length of a frame: what is left of the way shrinks exponentially. */
  #runOn(): void {
    const now = this.#now();
    const part = 1 - Math.exp(-Math.max(0, now - this.#flingAt) / FLING_DECAY);
    const { x, y, zoom } = this.#pose;
    const moved = this.#drive(x + this.#flingX * FLING_DECAY * part, y + this.#flingY * FLING_DECAY * part, zoom);
    this.#flingX *= 1 - part;
    this.#flingY *= 1 - part;
    this.#flingAt = now;
    this.#flinging = moved && Math.hypot(this.#flingX, this.#flingY) * FLING_DECAY * zoom > FLING_END;
  }

  #drive(x: number, y: number, zoom: number): boolean {
    if (!this.movable) return false;
    this.#want(x, y, zoom, 0);
    this.#tweening = false;
    copyPose(this.#pose, this.#wanted);
    return true;
  }

  #want(x: number, y: number, zoom: number, duration: number): void {
    const { zoomRange } = this.#camera;
    this.#wanted.x = clamp(x, -COORDINATE_LIMIT, COORDINATE_LIMIT);
    this.#wanted.y = clamp(y, -COORDINATE_LIMIT, COORDINATE_LIMIT);
    this.#wanted.zoom = clamp(zoom, zoomRange.min, zoomRange.max);
    this.#duration = duration;
    this.#unsent = true;
    this.#options.wake();
  }

  #send(): void {
    clearTimeout(this.#answerTimer);
    this.#unsent = false;
    const { x, y, zoom } = this.#wanted;
    const camera = this.#camera.name;
    const sent = this.#options.send({ type: "SetCamera", camera, x, y, zoom, duration: this.#duration, origin: this.#options.origin });
    this.#underWay = true;
    this.#newest = sent.id;
    void sent.outcome.then((outcome) => {
      if (this.#disposed) return;
      this.#underWay = false;
      if (!outcome.ok) {
        this.#giveUp(sent.id);
      } else if (this.#newest === sent.id) {
        this.#answerTimer = setTimeout(() => this.#giveUp(sent.id), ANSWER_DEADLINE);
      } else if (!this.driving) {
        // The update came before the Ack, so nothing else would show it.
        this.#approach();
      }
      this.#options.wake();
    });
  }

  #answered(): void {
    clearTimeout(this.#answerTimer);
    this.#newest = null;
  }

  #giveUp(id: number): void {
    if (this.#newest === id) this.#newest = null;
    if (!this.driving) this.#approach();
  }

  /**
   * Goes to the compositor's live pose: at once where updates come as often as the page draws, since to glide would only
   * be to be late; where they come less often, so that it is there a frame before the next one is to be expected. That is
   * told by the shortest of a few gaps: updates that came late, or were taken late, do not make a movement slow.
   */
  #approach(): void {
    const now = this.#now();
    const gap = now - this.#lastUpdate;
    this.#lastUpdate = now;
    copyPose(this.#from, this.#pose);
    this.#tweenStart = now;
    this.#moving = gap <= MOVEMENT_GAP;
    this.#tweenSpan = this.#moving ? clamp(this.#shortestGap(gap) - 1.25 * this.#frame, 0, LONGEST_SPAN) : 0;
    if (!this.#moving) this.#gaps.fill(Infinity);
    this.#tweening = true;
    this.#options.wake();
  }

  #shortestGap(newest: number): number {
    this.#gaps[this.#oldestGap] = newest;
    this.#oldestGap = (this.#oldestGap + 1) % GAPS;
    let shortest = newest;
    for (let index = 0; index < GAPS; index += 1) shortest = Math.min(shortest, this.#gaps[index] ?? shortest);
    return shortest;
  }
}
