-- The counts of all of a tenant's endpoints together, with how late what was delivered was (by the buckets of domain::histogram),
-- and the events that were accepted for it: what its overview shows, however many endpoints it has.
create table tenant_hours (
    tenant      text not null,
    hour        timestamptz not null,
    accepted    bigint not null default 0,
    outcomes    integer[] not null default '{}',
    duration_ms bigint not null default 0,
    durations   integer[] not null default '{}',
    lags        integer[] not null default '{}',
    primary key (tenant, hour)
) with (fillfactor = 50);
create index tenant_hours_hour on tenant_hours (hour);
