// Where a delivery stands, in words.
export const STATES = [
  ['failed', 'Given up'], ['pending', 'Waiting'], ['delivered', 'Delivered'], ['cancelled', 'Cancelled'], ['any', 'Any'],
] as const;
