// Parts of the console that are loaded when they are needed. Without a connection they are waited for; from a server
// that has another version by now they cannot be had, and then that is said.
import { lazyRouteComponent } from '@tanstack/react-router';
import { answered, lookForUpdate, noteLost } from '../api/connection';

/** Loads a part; waits for the connection where that is what is missing. */
export async function late<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (thrown) {
    if (!isMissing(thrown)) throw thrown;
    if (await lookForUpdate()) throw thrown;
    noteLost();
    await answered();
    return load();
  }
}

/** A page that is loaded when it is opened. */
export function latePage<T extends Record<string, unknown>, K extends keyof T & string>(load: () => Promise<T>, name: K) {
  return lazyRouteComponent(() => late(load), name);
}

/** Whether something thrown means that a file of the console could not be had. */
export function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && /dynamically imported module|preload CSS|Importing a module script failed/i.test(thrown.message);
}
