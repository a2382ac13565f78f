"""Your own settings of detections go into a global of this name; this one has none."""
