// Documents to begin with.
import type { Permission } from '../../api/types';

export type Example = { title: string; needs: Permission | null; query: string; variables: string };

const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10) + 'T00:00:00Z';

/** Those that the permissions allow. Made when they are asked for: they have days in them. */
export function examplesFor(permissions: readonly string[]): Example[] {
  return examples().filter(({ needs }) => needs === null || permissions.includes(needs));
}

const examples = (): Example[] => [
  {
    title: 'List alerts', needs: 'AlertRead', query: `query Alerts($input: AlertsInput!) {
  alerts(input: $input) {
    edges {
      node {
        id
        title
        severity
        status
        createdAt
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`, variables: JSON.stringify({ input: { createdAtAfter: daysAgo(7), createdAtBefore: daysAgo(-1), severities: ['HIGH', 'CRITICAL'] } }, null, 2),
  },
  {
    title: 'Roles', needs: 'UserRead', query: `query Roles {
  roles {
    name
    permissions
  }
}
`, variables: '',
  },
  {
    title: 'Log sources', needs: 'LogSourceRead', query: `query Sources {
  sources {
    edges {
      node {
        integrationId
        integrationLabel
        integrationType
        isHealthy
        lastEventReceivedAtTime
      }
    }
  }
}
`, variables: '',
  },
  {
    title: 'Detections', needs: 'RuleRead', query: `query Detections {
  detections(input: { first: 25 }) {
    edges {
      node {
        ... on Rule {
          id
          severity
          enabled
          logTypes
        }
      }
    }
  }
}
`, variables: '',
  },
  {
    title: 'Resolve alerts', needs: 'AlertModify', query: `mutation Resolve($input: UpdateAlertStatusByIdInput!) {
  updateAlertStatusById(input: $input) {
    alerts {
      id
      status
    }
  }
}
`, variables: JSON.stringify({ input: { ids: ['ID'], status: 'RESOLVED' } }, null, 2),
  },
  {
    title: 'What can be asked', needs: null, query: `query Fields {
  __schema {
    queryType {
      fields {
        name
        description
      }
    }
  }
}
`, variables: '',
  },
];
