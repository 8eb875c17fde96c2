-- Names that an event bears, and by which an endpoint chooses: one without any gets every event.
alter table events add column channels text[];
alter table endpoints add column channels text[] not null default '{}';
