// The destinations that an alert went to, as the list has them: the last attempt of each counts.
import type { Alert } from '../../api/types';

export function Sent({ alert: { deliveries, deliveryOverflow } }: { alert: Alert }) {
  const last = new Map(deliveries.map((attempt) => [attempt.outputId, attempt]));
  if (last.size === 0) return <span className="line subtle">nowhere yet</span>;
  const words = [...last.values()].map(({ label, success }) => (success ? label : `${label}: failed`));
  const text = `${words.join(', ')}${deliveryOverflow ? ', and earlier ones' : ''}`;
  const isFailed = deliveries.length > 0 && [...last.values()].some(({ success }) => !success);
  return <span className={isFailed ? 'line problem' : 'line'} title={text}>{text}</span>;
}
