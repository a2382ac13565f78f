// What a new schema begins with.
export const NEW_TEXT = `schema: Custom.MyLogs
description: What these logs are
fields:
  - name: time
    type: timestamp
    timeFormats: [rfc3339]
    isEventTime: true
    required: true
    description: When it happened
  - name: user
    type: string
    indicators: [username]
    description: Who did it
`;
