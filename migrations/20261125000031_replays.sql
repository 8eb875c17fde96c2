-- What became of a replay, and the pages of a tenant's.

alter table replays
    add column owed         bigint not null default 0, -- how many it made owed
    add column cancelled_at timestamptz;               -- with `finished_at`, where it was ended before its end
create index replays_tenant on replays (tenant, id);
