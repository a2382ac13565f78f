// How many alerts are open, by severity; each number leads to those alerts.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { openCountsQuery } from '../../api/alerts';
import { Loaded } from '../../parts/loaded';
import { Nothing } from '../../parts/nothing';
import { SEVERITIES, SEVERITY_WORDS } from '../../parts/severity';

export function OpenAlerts() {
  const counts = useQuery(openCountsQuery);
  return (
    <Loaded query={counts} what="Open alerts">
      {(found) => (SEVERITIES.every((severity) => found[severity].count === 0)
        ? <Nothing title="No open alert">Nothing of the last 30 days waits for anybody.</Nothing>
        : (
          <div className="counts">
            {SEVERITIES.map((severity) => (
              <Link key={severity} to="/alerts" search={{ status: ['OPEN'], severity: [severity] }}>
                <div className="count">{found[severity].count}{found[severity].isMore && '+'}</div>
                <div>{SEVERITY_WORDS[severity]}</div>
              </Link>
            ))}
          </div>
        ))}
    </Loaded>
  );
}
