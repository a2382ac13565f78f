// Where a delivery stands, in words and colours.
export const STATES = [
  ['failed', 'Failed'], ['pending', 'Waiting'], ['delivered', 'Delivered'], ['cancelled', 'Cancelled'], ['any', 'Any'],
] as const;
export const STATE_WORDS = Object.fromEntries(STATES) as Record<(typeof STATES)[number][0], string>;
export const STATE_COLOURS = { delivered: 'green', pending: 'blue', failed: 'red', cancelled: 'grey' } as const;
