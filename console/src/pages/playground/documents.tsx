// The documents that are open, one beside the other.
import { Button } from '@patternfly/react-core';
import PlusIcon from '@patternfly/react-icons/dist/esm/icons/plus-icon';
import TimesIcon from '@patternfly/react-icons/dist/esm/icons/times-icon';
import { titleOf } from './document';
import type { Drafts } from './use-drafts';

export function Documents({ drafts }: { drafts: Drafts }) {
  return (
    <ul aria-label="Documents" className="documents">
      {drafts.drafts.map(({ id, query }) => {
        const title = titleOf(query);
        const isShown = id === drafts.draft.id;
        return (
          <li key={id} className={isShown ? 'document-shown' : ''}>
            <Button variant="link" aria-current={isShown ? 'true' : undefined} onClick={() => drafts.show(id)}>{title}</Button>
            <Button variant="plain" size="sm" icon={<TimesIcon />} aria-label={`Close ${title}`} onClick={() => drafts.close(id)} />
          </li>
        );
      })}
      {!drafts.isFull && (
        <li><Button variant="plain" icon={<PlusIcon />} aria-label="New document" onClick={() => drafts.add('')} /></li>
      )}
    </ul>
  );
}
