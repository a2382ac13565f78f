// Light, dark, or what the system has.
import { Stored } from './stored';

export type Theme = 'system' | 'light' | 'dark';
export const theme = new Stored<Theme>('theme', ['system', 'light', 'dark']);

const DARK = 'pf-v6-theme-dark';
const system = window.matchMedia('(prefers-color-scheme: dark)');

function apply(): void {
  const isDark = theme.value === 'dark' || (theme.value === 'system' && system.matches);
  document.documentElement.classList.toggle(DARK, isDark);
}

/** Follows the choice and the system from now on. */
export function followTheme(): void {
  apply();
  theme.subscribe(apply);
  system.addEventListener('change', apply);
}
