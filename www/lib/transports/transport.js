// @ts-check
/*
 * transport: the seam between the connection and whatever carries it.
 *
 * A transport brings answers of the change feed, no more: it knows nothing
 * of states, retries or the store.  To add another (sse.js, websocket.js):
 * write run() beside these files, add it to TRANSPORTS in ../client.js and
 * let ../machine.js say when it runs.  One that streams calls link.answer()
 * as often as it likes before its promise settles.
 */

/**
 * What the client hands to a transport for one run.
 * @typedef {object} Link
 * @property {typeof globalThis.fetch} fetch
 * @property {(params: Record<string, string>) => string} url  the feed's
 *     address, resuming at the client's cursor
 * @property {string|null} since  that cursor
 * @property {(path: string) => string} file  the address of one of the
 *     project's published files
 * @property {AbortSignal} signal  fires when the run is no longer wanted
 * @property {(body: unknown) => void} answer  a parsed answer of the feed
 */

/**
 * @typedef {object} Transport
 * @property {string} name
 * @property {(link: Link) => Promise<void>} run  settles when it is over;
 *     rejects with a Failure
 */

export {};
