-- The processes that share the shards. One that was not seen for a while is gone, whatever its row says.
create table nodes (
    id         uuid primary key,
    name       text not null,
    version    text not null,
    started_at timestamptz not null default now(),
    seen_at    timestamptz not null default now(),
    -- It is told to end: it takes no shard any more, and gives those that it has.
    leaving    boolean not null default false,
    -- How much it had of what when it was last seen.
    actors        bigint not null default 0,
    breakers_open bigint not null default 0,
    in_flight     bigint not null default 0, -- requests
    spilled       bigint not null default 0,
    -- In its part of the queue; null where that did not answer.
    ready         bigint,
    handed_out    bigint,
    scheduled     bigint
) with (fillfactor = 50);
