-- Up to which event, by id, accepted events were all published to the stream ACCEPTED. No row: they never were.
create table accepted_bus (
    only_one  boolean primary key default true check (only_one),
    published uuid not null
);
