-- Events whose time has not come (state 0), those on their way into `events` (1), and those that were cancelled (2), without
-- their payload. The id is of the time of deliver_at.
create table scheduled_events (
    id           uuid primary key,
    tenant       text not null,
    key          text,
    type         text not null,
    occurred_at  timestamptz not null,
    expires_at   timestamptz,
    source       smallint not null,
    channels     text[],
    data         bytea not null,
    inbound      text,
    cloud_event  jsonb,
    deliver_at   timestamptz not null,
    created_at   timestamptz not null,
    state        smallint not null default 0,
    claimed_at   timestamptz,
    cancelled_at timestamptz
);
create index scheduled_events_due on scheduled_events (state, deliver_at, id);
create index scheduled_events_tenant on scheduled_events (tenant, id);
