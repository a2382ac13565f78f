// One sign for each type of destination, drawn by us: strokes on a field of 24 by 24. None is a vendor's mark; each
// shows what becomes of an alert there.

/** Path data by the word of the type; several paths are drawn over each other. */
export const GLYPHS: Record<string, readonly string[]> = {
  // Talking: a bubble, and what is in it.
  slack: ['M4 5h16v11H11l-4 4v-4H4z', 'M8 9h8', 'M8 12h5'],
  slack_bot: ['M5 9h14v10H5z', 'M12 9V5', 'M12 4v.01', 'M9 13v2', 'M15 13v2', 'M2.5 13v3', 'M21.5 13v3'],
  discord: ['M4 5h16v11H11l-4 4v-4H4z', 'M8 8v5', 'M12 8v5', 'M16 8v5'],
  msteams: ['M8 9m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0', 'M16.5 10m-2.2 0a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0 -4.4 0', 'M2.5 19c0-3.5 2.5-5 5.5-5s5.5 1.5 5.5 5z', 'M15.5 14.5c3 0 6 1 6 4.5h-5'],
  // Work to do: lists, branches, tickets.
  asana: ['M4 6l1.5 1.5L8 5', 'M4 12l1.5 1.5L8 11', 'M4 18l1.5 1.5L8 17', 'M11.5 6.5H20', 'M11.5 12.5H20', 'M11.5 18.5H20'],
  github: ['M7 6m-2 0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0', 'M7 18m-2 0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0', 'M17 8m-2 0a2 2 0 1 0 4 0a2 2 0 1 0 -4 0', 'M7 8v8', 'M17 10c0 4-6 2.5-10 5'],
  jira_cloud: ['M3.5 12.5h17v3a1.5 1.5 0 0 0 0 3v2h-17v-2a1.5 1.5 0 0 0 0-3z', 'M8 9.5a3 3 0 0 1 .3-6a4.2 4.2 0 0 1 7.7 1a2.6 2.6 0 0 1 .5 5z', 'M13 14.5v4'],
  jira_datacenter: ['M3.5 12.5h17v3a1.5 1.5 0 0 0 0 3v2h-17v-2a1.5 1.5 0 0 0 0-3z', 'M13 14.5v4', 'M5 3.5h14v6H5z', 'M8 6.5h.01', 'M11 6.5h5'],
  servicenow: ['M6 4.5h12v16H6z', 'M9.5 2.5h5v4h-5z', 'M9 11h6', 'M9 14h6', 'M9 17h3'],
  // Waking somebody: bells, pagers, sirens.
  incidentio: ['M7 17v-5a5 5 0 0 1 10 0v5', 'M4.5 17h15v3h-15z', 'M12 3V1.5', 'M4.5 6L3.3 5', 'M19.5 6l1.2-1', 'M12 11v3'],
  opsgenie: ['M6 17V11a6 6 0 0 1 12 0v6l2 2H4z', 'M10 21.5h4', 'M12 5V3'],
  pagerduty: ['M4 7h16v11H4z', 'M7 10h10v3.5H7z', 'M7.5 16h.01', 'M11 16h.01', 'M17 4.5a3 3 0 0 0-3-2', 'M14.5 16H17'],
  // Clouds and stores: topics, queues, indexes.
  sns: ['M4 10v4h3l8 4.5v-13L7 10z', 'M18 9.5a4 4 0 0 1 0 5', 'M8 14.5l1 5h2.5l-1-4'],
  sqs: ['M3 8h4v8H3z', 'M10 8h4v8h-4z', 'M17 8h4v8h-4z', 'M3 20.5h17', 'M18 18.5l2 2l-2 2'],
  pubsub: ['M12 12m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0', 'M12 9.5V6', 'M10 13.5l-3.5 2.5', 'M14 13.5l3.5 2.5', 'M12 4.3v.01', 'M5 17.2h.01', 'M19 17.2h.01'],
  splunk: ['M4 20.5V14', 'M8 20.5V9', 'M12 20.5v-7', 'M17 8m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0', 'M20 11l2 2.5', 'M16 20.5V15'],
  // Doing something by itself: flows, gears, calls.
  blinkops: ['M12 2.5l8.5 5v9l-8.5 5l-8.5-5v-9z', 'M10 8.5l5.5 3.5l-5.5 3.5z'],
  mindflow: ['M3 8c3-4 6-4 9 0s6 4 9 0', 'M3 16c3-4 6-4 9 0s6 4 9 0', 'M12 8v8'],
  rapid7: ['M12 12m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0', 'M12 2.5v4', 'M12 17.5v4', 'M2.5 12h4', 'M17.5 12h4', 'M5.3 5.3l2.8 2.8', 'M15.9 15.9l2.8 2.8', 'M18.7 5.3l-2.8 2.8', 'M8.1 15.9l-2.8 2.8'],
  tines: ['M9.5 3h5v4.5h-5z', 'M3 16.5h5V21H3z', 'M16 16.5h5V21h-5z', 'M12 7.5V12', 'M5.5 16.5V12h13v4.5'],
  torq: ['M19.5 12a7.5 7.5 0 1 1-2.5-5.6', 'M17.5 2.5v4.2h-4.2', 'M12 8.5V12l2.5 2'],
  webhook: ['M8.5 4C5.5 4 7 10.5 4 12c3 1.5 1.5 8 4.5 8', 'M15.5 4c3 0 1.5 6.5 4.5 8c-3 1.5-1.5 8-4.5 8', 'M9.5 12h.01', 'M12 12h.01', 'M14.5 12h.01'],
};

/** For a type that is newer than this console. */
export const UNKNOWN_GLYPH: readonly string[] = ['M4 4.5h16v15H4z', 'M12 15v.01', 'M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3q-1 .4-1 1.2'];
