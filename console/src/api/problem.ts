// What can go wrong with a call: always a sentence for people, and the status to decide by.

/** The status of a call that something else than the server answered. */
export const NOT_OURS = 502;
/** The status of a call that was given up; it is not asked for again by itself, which would take as long again. */
export const TIMED_OUT = 504;

/** Why a call did not do what it should. */
export class Problem extends Error {
  /** HTTP status; 0 when the server did not answer. */
  readonly status: number;
  /** Seconds after which it may be tried again, when the server says so. */
  readonly retryAfter: number | null;
  /** The answer's body, for the few calls that say more than a message. */
  readonly body: unknown;

  constructor(status: number, message: string, retryAfter: number | null = null, body: unknown = null) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
    this.body = body;
  }
}

/** The problem in anything thrown, so that a page can always say what failed. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  return new Problem(0, thrown instanceof Error ? thrown.message : String(thrown));
}
