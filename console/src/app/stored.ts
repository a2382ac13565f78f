// A choice that this browser remembers, and that every part of the page follows at once.
import { useSyncExternalStore } from 'react';

/** One choice among a few words. */
export class Stored<T extends string> {
  readonly #key: string;
  readonly #words: readonly T[];
  readonly #listeners = new Set<() => void>();
  #value: T;

  constructor(key: string, words: readonly [T, ...T[]]) {
    this.#key = `margay.${key}`;
    this.#words = words;
    this.#value = this.#read() ?? words[0];
    window.addEventListener('storage', (event) => {
      if (event.key === this.#key) this.#take(this.#read() ?? words[0]);
    });
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    try {
      localStorage.setItem(this.#key, value);
    } catch {
      // A browser that stores nothing forgets the choice with the page.
    }
    this.#take(value);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #take(value: T): void {
    this.#value = value;
    this.#listeners.forEach((listener) => listener());
  }

  #read(): T | null {
    try {
      const found = localStorage.getItem(this.#key);
      return this.#words.find((word) => word === found) ?? null;
    } catch {
      return null;
    }
  }
}

/** The choice as it is now, in a component. */
export function useStored<T extends string>(stored: Stored<T>): T {
  return useSyncExternalStore(stored.subscribe, () => stored.value);
}
