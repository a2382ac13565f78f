// The secret of a link stands behind `#`: taken once, and removed from the address, so that nobody reads it there.
import { useEffect, useState } from 'react';

export function useLinkToken(): string {
  const [token] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  useEffect(() => {
    if (window.location.hash !== '') window.history.replaceState(window.history.state, '', window.location.pathname);
  }, []);
  return token;
}
