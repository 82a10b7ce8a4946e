/** How long to wait before trying again. */
export interface Backoff {
  /** Milliseconds before the first attempt; doubles with each one. */
  readonly first: number;
  readonly longest: number;
  /** The part of a delay by which it may be shorter or longer, so that pages do not come back all at once. */
  readonly jitter: number;
  /** After so many attempts in a row it is given up. */
  readonly attempts: number;
}

/** For a page that shows a compositor: it never gives up. */
export const pageBackoff: Backoff = { first: 1000, longest: 30_000, jitter: 0.2, attempts: Infinity };

/** For clients of the orchestrator: 3, 6, 12 … seconds, ten times. */
export const orchestratorBackoff: Backoff = { first: 3000, longest: 1_536_000, jitter: 0.05, attempts: 10 };

/** The delay before an attempt, counted from 0; `random` is from 0 to 1. */
export function reconnectDelay({ first, longest, jitter }: Backoff, attempt: number, random: number): number {
  return Math.min(longest, first * 2 ** Math.min(attempt, 30)) * (1 - jitter + 2 * jitter * random);
}
