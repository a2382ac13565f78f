// A moment: in the chosen zone, with the other way to write it at hand.
import { Tooltip } from '@patternfly/react-core';
import { useStored } from '../app/stored';
import { ago, written, zone } from '../app/time';

type Props = { at: string | null | undefined; never?: string; isRelative?: boolean };

export function Moment({ at, never = 'never', isRelative = false }: Props) {
  const name = useStored(zone);
  if (!at) return <span className="subtle">{never}</span>;
  const exact = written(at, name);
  if (!isRelative) return <time dateTime={at} className="moment">{exact}</time>;
  return <Tooltip content={exact}><time dateTime={at} tabIndex={0}>{ago(at, Date.now())}</time></Tooltip>;
}
