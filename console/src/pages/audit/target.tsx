// What an entry of the audit log is about: its name or id, as a link where it has a page.
import { Link } from '@tanstack/react-router';
import { textOf } from '../../api/audit';
import type { AuditEntry } from '../../api/types';
import { Dotted } from '../../parts/dotted';
import { ThingLink, type Thing } from '../../parts/thing-link';

type Map = Record<string, unknown>;
type Target = { text: string; thing?: Thing; id?: string };

/** Names and ids, the one that says most first. */
const NAMES = ['displayName', 'integrationLabel', 'label', 'name', 'email', 'userName', 'title', 'username'] as const;
const MANY = ['ids', 'detections', 'alertIds'] as const;
/** Names that stand in a row. */
const SHOWN_MAX = 3;

const PAGES: readonly (readonly [RegExp, Thing | 'alert'])[] = [
  [/^\/(rules|scheduled-rules|simple-rules|correlation-rules|policies|data-models|globals|internal\/detections|content\/versions)(\/|$)/, 'detection'],
  [/^\/(log-sources|log-source-alarms)\//, 'log-source'], [/^\/destinations(\/|$)/, 'destination'], [/^\/(alerts|alert-comments$)/, 'alert'],
];

export function AuditTarget({ entry }: { entry: AuditEntry }) {
  const { actionDetails } = textOf(entry);
  const targets = targetsOf(entry);
  if (targets.length === 0) return null;
  const isGone = actionDetails?.method === 'DELETE';
  return (
    <div className="small breakable">
      {targets.slice(0, SHOWN_MAX).map(({ text, thing, id }, index) => (
        <span key={index}>
          {index > 0 && ', '}
          {id === undefined || isGone ? <Dotted>{text}</Dotted>
            : thing ? <ThingLink thing={thing} id={id}>{text}</ThingLink> : <Link to="/alerts/$id" params={{ id }}>{text}</Link>}
        </span>
      ))}
      {targets.length > SHOWN_MAX && ` and ${targets.length - SHOWN_MAX} more`}
    </div>
  );
}

function targetsOf(entry: AuditEntry): Target[] {
  const { actionParams, actionDetails, actor } = textOf(entry);
  const { dynamic } = mapOf(actionParams);
  const input = { ...mapOf(dynamic), ...mapOf(mapOf(dynamic)['input']) };
  const [before, after] = [mapOf(actionDetails?.before), mapOf(actionDetails?.after)];
  const page = PAGES.find(([route]) => route.test(actionDetails?.route ?? ''))?.[1];
  const linked = (text: string, id: string | null): Target => (page && id ? { text, id, ...(page === 'alert' ? {} : { thing: page }) } : { text });
  const many = MANY.map((key) => input[key]).find((list): list is unknown[] => Array.isArray(list) && list.length > 0);
  if (many) return many.flatMap((one) => textIn(one) ?? textIn(mapOf(one)['id']) ?? []).map((id) => linked(id, id));
  const ofAlert = page === 'alert' ? textIn(input['alertId']) : null;
  const id = ofAlert ?? textIn(input['id']) ?? textIn(after['id']) ?? textIn(after['integrationId']);
  const name = NAMES.map((key) => textIn(after[key]) ?? textIn(before[key]) ?? textIn(input[key])).find((one) => one);
  const text = name ?? id;
  // Of what people do about themselves the row says who.
  return text && text !== actor?.id ? [linked(text, id)] : [];
}

const mapOf = (value: unknown): Map => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Map : {});
const textIn = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
