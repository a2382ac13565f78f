-- Deliveries in order of their making, for lists of all states.
CREATE INDEX deliveries_created ON deliveries (created_at, id);

PRAGMA user_version = 2;
