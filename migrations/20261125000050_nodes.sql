-- The processes that share the shards. One that was not seen for a while is gone, whatever its row says.
create table nodes (
    id         uuid primary key,
    name       text not null,
    version    text not null,
    started_at timestamptz not null default now(),
    seen_at    timestamptz not null default now(),
    -- It is told to end: it takes no shard any more, and gives those that it has.
    leaving    boolean not null default false
) with (fillfactor = 50);
