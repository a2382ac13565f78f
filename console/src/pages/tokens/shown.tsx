// The value of a token, shown this one time.
import type { ApiToken } from '../../api/types';
import { CopyField } from '../../parts/copy-field';
import { ShownOnce } from '../../parts/dialog';

export function TokenShown({ token, onClose }: { token: ApiToken; onClose: () => void }) {
  return (
    <ShownOnce title={`The value of ${token.name}`} onClose={onClose}>
      <p className="above">
        Copy it now: it is shown this one time, and the server keeps only its digest.
        Programs send it as the header <code>X-API-Key</code>.
      </p>
      <CopyField value={token.value ?? ''} label="Value of the token" />
    </ShownOnce>
  );
}
