// One technique: its id and name, and how many detections that run name it.
import type { Ref } from 'react';
import type { ShownTechnique } from './shown';
import { isNamed, levelOf } from './shown';

type Props = ShownTechnique & { onOpen: () => void; tabIndex?: number; onFocus?: () => void; ref?: Ref<HTMLButtonElement> };

export function Cell({ technique, isPart, onOpen, tabIndex, onFocus, ref }: Props) {
  const { id, name, enabled, disabled, notRunYet } = technique;
  const level = levelOf(technique);
  const isOff = level === 0 && isNamed(technique);
  const classes = ['technique', `technique-${level}`, isPart ? 'technique-part' : '', isOff ? 'technique-off' : ''];
  const all = enabled.length + disabled.length + notRunYet.length;
  return (
    <button type="button" ref={ref} className={classes.join(' ')} onClick={onOpen} tabIndex={tabIndex} onFocus={onFocus}>
      {name} <span className="subtle">{id}</span>
      {all > 0 && <div className="technique-count">{enabled.length === all ? `${all} enabled` : `${enabled.length} of ${all} enabled`}</div>}
    </button>
  );
}
