-- Which types of events a tenant has: seen with an accepted event, or described by somebody, or both.
create table event_types (
    tenant        text not null,
    type          text not null,
    description   text,
    -- JSON, as it was given.
    example       text,
    -- When somebody described it last.
    described_at  timestamptz,
    events        bigint not null default 0,
    first_seen_at timestamptz,
    last_seen_at  timestamptz,
    primary key (tenant, type)
);
