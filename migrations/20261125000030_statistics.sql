-- What attempts at an endpoint came to, hour by hour: added up in memory by whoever records, and flushed every few
-- seconds. Several nodes add to the same rows.

create table endpoint_hours (
    endpoint_id uuid not null,
    hour        timestamptz not null,
    tenant      text not null,
    outcomes    integer[] not null, -- how many of each, by the number of the outcome
    duration_ms bigint not null,    -- of all attempts together
    durations   integer[] not null, -- how many in each bucket of domain::histogram
    primary key (endpoint_id, hour)
) with (fillfactor = 50);
create index endpoint_hours_tenant on endpoint_hours (tenant, hour);
create index endpoint_hours_hour on endpoint_hours (hour);

-- Two lists of counts, added up place by place.
create function added(a integer[], b integer[]) returns integer[] language sql immutable as $$
    select array_agg(coalesce(x, 0) + coalesce(y, 0) order by place) from unnest(a, b) with ordinality as s (x, y, place)
$$;

-- How much waits for an endpoint: of what was never tried, from where it reads or among its newest, and of retries, so
-- many rows are looked at and no more.
create function backlog(endpoint uuid, rows bigint) returns bigint language sql stable as $$
    select (select count(*) from (
            select status from deliveries where endpoint_id = endpoint
                and position >= (select spill_from from endpoint_state s where s.endpoint_id = endpoint)
            order by position limit rows) owed where status = 0)
        + (select count(*) from (
            select status from deliveries where endpoint_id = endpoint and not exists
                (select from endpoint_state s where s.endpoint_id = endpoint and s.spill_from is not null)
            order by position desc limit least(rows, 500)) newest where status = 0)
        + (select count(*) from (
            select from troubled where endpoint_id = endpoint and status = 1 limit rows) retrying)
$$;
