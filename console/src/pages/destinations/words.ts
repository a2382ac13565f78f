// What a destination gets, in words.
import { ALERT_TYPES } from '../../api/destinations';
import type { Destination } from '../../api/types';
import { SEVERITIES, SEVERITY_WORDS } from '../../parts/severity';

export function severitiesOf({ severities }: Destination): string {
  if (severities.length === 0) return 'only when named';
  if (severities.length === SEVERITIES.length) return 'all';
  return SEVERITIES.filter((one) => severities.includes(one)).map((one) => SEVERITY_WORDS[one]).join(', ');
}

export function alertTypesOf({ alertTypes }: Destination): string {
  if (alertTypes.length === 0) return 'all but system errors';
  if (alertTypes.length === ALERT_TYPES.length) return 'all';
  return ALERT_TYPES.filter(([word]) => alertTypes.includes(word)).map(([, text]) => text).join(', ');
}

export const logTypesOf = ({ logTypes }: Destination): string => (logTypes.length === 0 ? 'all' : logTypes.join(', '));
