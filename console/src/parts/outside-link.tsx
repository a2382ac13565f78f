// A link to somewhere else: only to web pages, and so that the other side learns nothing of this one.
import type { ReactNode } from 'react';

export function OutsideLink({ address, children }: { address: string; children?: ReactNode }) {
  if (!isWeb(address)) return <span className="breakable">{address}</span>;
  return <a href={address} target="_blank" rel="noopener noreferrer" className="breakable">{children ?? address}</a>;
}

/** Whether an address may be a link at all. */
export function isWeb(address: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}
