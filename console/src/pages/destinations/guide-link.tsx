// The way to a type's guide, in a tab of its own, so that a form stays open beside it.
import { Link } from '@tanstack/react-router';
import type { DestinationType } from '../../api/destinations';

export function GuideLink({ type: { type, label } }: { type: DestinationType }) {
  return <Link to="/destinations/guide/$type" params={{ type }} target="_blank" rel="noopener">Guide to {label} (opens a tab)</Link>;
}
