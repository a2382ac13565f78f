// Keys without a field: single ones (`j`), two after one another (`g o`), and `Mod-k`, which is Ctrl-K or Cmd-K.
// Nothing is taken from who types, chooses in a menu or has a dialog open. The page's own keys win over the frame's.
import { useEffect, useRef } from 'react';

type Act = () => void;
/** What a key does; with `does`, the list of keys (`?`) tells it. */
export type Key = Act | { does: string; act: Act };
export type Keys = Partial<Record<string, Key>>;
/** The keys of one part of the console, as the list tells them. */
export type KeyGroup = { title: string; keys: readonly { name: string; does: string }[] };

type Layer = { title: string; keys: () => Keys };

/** How long the second key of two may take. */
const SECOND_KEY_MS = 1_500;
const TYPED_IN = 'input:not([type=checkbox]), textarea, select, [contenteditable=true], [role=dialog], [role=menu], [role=listbox]';

/** What is open, the newest last. */
const layers: Layer[] = [];
let first: string | null = null;
let timer: number | undefined;

/** Has keys as long as the component is there; `title` is the part of the console in the list of keys. */
export function useKeys(keys: Keys, title = 'This page'): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const layer: Layer = { title, keys: () => latest.current };
    layers.push(layer);
    if (layers.length === 1) document.addEventListener('keydown', press);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      if (layers.length === 0) document.removeEventListener('keydown', press);
    };
  }, [title]);
}

/** The keys of what is open now, the page's own first. */
export function keysNow(): KeyGroup[] {
  const groups = new Map<string, { name: string; does: string }[]>();
  for (const { title, keys } of [...layers].reverse()) {
    const told = Object.entries(keys()).flatMap(([name, key]) =>
      (typeof key === 'object' ? [{ name, does: key.does }] : []));
    if (told.length > 0) groups.set(title, [...groups.get(title) ?? [], ...told]);
  }
  return [...groups].map(([title, keys]) => ({ title, keys }));
}

function press(event: KeyboardEvent): void {
  const isModifier = ['Shift', 'Control', 'Meta', 'Alt', 'CapsLock'].includes(event.key);
  if (isModifier || event.defaultPrevented || event.isComposing || event.altKey || isTyping(event)) return;
  const before = first;
  forget();
  const name = (event.ctrlKey || event.metaKey ? 'Mod-' : '') + event.key;
  const act = before === null ? find(name) : find(`${before} ${name}`);
  if (act) {
    event.preventDefault();
    act();
  } else if (before === null && begins(name)) {
    first = name;
    timer = window.setTimeout(forget, SECOND_KEY_MS);
  }
}

function forget(): void {
  first = null;
  window.clearTimeout(timer);
}

function find(name: string): Act | undefined {
  const key = layers.map((layer) => layer.keys()[name]).findLast((one) => one !== undefined);
  return typeof key === 'object' ? key.act : key;
}

function begins(name: string): boolean {
  return layers.some((layer) => Object.keys(layer.keys()).some((one) => one.startsWith(`${name} `)));
}

/** Looks into editors too: what happens in a shadow root has its host for a target. */
function isTyping(event: KeyboardEvent): boolean {
  return event.composedPath().some((one) => one instanceof Element && one.matches(TYPED_IN));
}

/** A key as it is written on a page. */
export function KeyName({ name }: { name: string }) {
  const words = name.split(' ');
  return <>{words.map((word, index) => <span key={index}>{index > 0 && ' then '}<kbd>{word.replace('Mod-', MOD)}</kbd></span>)}</>;
}

const MOD = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘ ' : 'Ctrl ';
