// How log sources and destinations do: one word and one colour for each state, on every page.
import { Label, type LabelProps } from '@patternfly/react-core';

type Shown = { word: string; color: NonNullable<LabelProps['color']> };

const HEALTH = {
  healthy: { word: 'Healthy', color: 'green' },
  /** It goes on, and not all is as it should be. */
  degraded: { word: 'Degraded', color: 'orange' },
  failing: { word: 'Failing', color: 'red' },
  silent: { word: 'Silent', color: 'orange' },
  paused: { word: 'Paused', color: 'red' },
  disabled: { word: 'Disabled', color: 'grey' },
  unreadable: { word: 'Unreadable', color: 'red' },
} as const satisfies Record<string, Shown>;

export type Health = keyof typeof HEALTH;

export function HealthLabel({ health }: { health: Health }) {
  const { word, color } = HEALTH[health];
  return <Label isCompact color={color}>{word}</Label>;
}

type Does = { state: 'healthy' | 'failing' | 'paused' | 'disabled' | 'unreadable'; failuresInARow: number };

/** The server calls a destination failing after several failures in a row; after the first one it is not healthy. */
export function healthOf({ state, failuresInARow }: Does): Health {
  return state === 'healthy' && failuresInARow > 0 ? 'degraded' : state;
}
