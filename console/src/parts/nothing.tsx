// An empty state: what could be here, and what to do next.
import { EmptyState, EmptyStateActions, EmptyStateBody, EmptyStateFooter } from '@patternfly/react-core';
import type { ComponentType, ReactNode } from 'react';
import SearchIcon from '@patternfly/react-icons/dist/esm/icons/search-icon';

type Props = { title: string; children: ReactNode; action?: ReactNode; icon?: ComponentType };

export function Nothing({ title, children, action, icon = SearchIcon }: Props) {
  return (
    <EmptyState titleText={title} headingLevel="h2" icon={icon} variant="sm">
      <EmptyStateBody>{children}</EmptyStateBody>
      {action && <EmptyStateFooter><EmptyStateActions>{action}</EmptyStateActions></EmptyStateFooter>}
    </EmptyState>
  );
}
