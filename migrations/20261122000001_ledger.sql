-- The ledger: the record of what is owed. See README.md beside this file for the numbers that smallint columns hold.

-- The lowest UUIDv7 of an instant: the bound of a partition.
create function uuid_at(at timestamptz) returns uuid language sql immutable as $$
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

-- The instant a UUIDv7 was made at.
create function made_at(id uuid) returns timestamptz language sql immutable as $$
    select to_timestamp(('x' || lpad(replace(left(id::text, 13), '-', ''), 16, '0'))::bit(64)::bigint / 1000.0)
$$;

-- One row: what was fixed at the first start.
create table instance (
    one        boolean primary key default true check (one),
    id         uuid not null default gen_random_uuid(),
    shards     smallint not null check (shards between 1 and 256),
    created_at timestamptz not null default now()
);

-- One row, raised by every change of a tenant, an endpoint, a subscription or a secret. Its row lock makes
-- versions visible in order, so "everything above the version I know" is exactly what I do not know.
create table subscriptions_version (
    one     boolean primary key default true check (one),
    version bigint not null
) with (fillfactor = 10);
insert into subscriptions_version (version) values (0);

create table tenants (
    id         text primary key check (id ~ '^[a-z0-9_-]{1,63}$'),
    name       text not null,
    version    bigint not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz
);
create index tenants_version on tenants (version);

-- Only a hash of a key is stored. An operator's key has no tenant.
create table keys (
    id           uuid primary key,
    tenant       text references tenants (id),
    name         text not null,
    role         smallint not null,
    hash         bytea not null unique,
    prefix       text not null,
    created_at   timestamptz not null default now(),
    expires_at   timestamptz,
    last_used_at timestamptz,
    check (role = 0 or tenant is not null)
);
create index keys_tenant on keys (tenant, id);

create table endpoints (
    id                        uuid primary key,
    tenant                    text not null references tenants (id),
    name                      text not null,
    url                       text not null,
    user_id                   text,
    status                    smallint not null default 0,
    status_reason             text,
    custom_headers            jsonb not null default '{}',
    header_prefix             text not null,
    max_in_flight             integer not null,
    timeout_ms                integer not null,
    max_retries               integer not null,
    retry_schedule            jsonb not null,
    auto_disable_after        integer,
    auto_disable_min_duration_ms bigint not null,
    version                   bigint not null,
    created_at                timestamptz not null default now(),
    updated_at                timestamptz not null default now(),
    deleted_at                timestamptz
);
create index endpoints_tenant on endpoints (tenant, id) where deleted_at is null;
create index endpoints_version on endpoints (version);

create table subscriptions (
    endpoint_id uuid not null references endpoints (id) on delete cascade,
    pattern     text not null,
    ordinal     smallint not null,
    primary key (endpoint_id, pattern)
);

-- The newest row without an end signs first; one with an end signs beside it until then.
create table endpoint_secrets (
    endpoint_id uuid not null references endpoints (id) on delete cascade,
    number      integer not null,
    sealed      bytea not null,
    vault_key   text not null,
    hint        text not null,
    created_at  timestamptz not null default now(),
    expires_at  timestamptz,
    primary key (endpoint_id, number)
);

-- What the endpoint's actor must find again after a crash. Every recorded batch touches it: room for HOT updates.
create table endpoint_state (
    endpoint_id          uuid primary key references endpoints (id) on delete cascade,
    spill_from           bigint,
    success_count        bigint not null default 0,
    failure_count        bigint not null default 0,
    consecutive_failures integer not null default 0,
    failing_since        timestamptz,
    last_success_at      timestamptz,
    last_failure_at      timestamptz
) with (fillfactor = 50);

-- Who owns a shard, and the fence that keeps a former owner from writing.
create table shards (
    shard      smallint primary key,
    owner      uuid,
    node       text,
    epoch      bigint not null default 0,
    expires_at timestamptz,
    -- What is owed by events made before this is finished, in `troubled`, or read by a spilling endpoint.
    watermark  timestamptz not null default now(),
    -- Raised by whatever lowers the watermark: an audit that began before does not raise it again.
    lowered    bigint not null default 0
) with (fillfactor = 50);

-- An immutable fact. `data` is the payload, byte for byte as it came; `key` the producer's own id of it.
create table events (
    id          uuid not null primary key,
    tenant      text not null,
    key         text,
    type        text not null,
    occurred_at timestamptz not null,
    source      smallint not null,
    data        bytea not null
) partition by range (id);
create index events_tenant on events (tenant, id);

create sequence delivery_position;

-- One event owed to one endpoint. No index may mention status: it would make every update non-HOT.
create table deliveries (
    event_id        uuid not null,
    endpoint_id     uuid not null,
    position        bigint not null default nextval('delivery_position'),
    status          smallint not null default 0,
    reason          smallint,
    attempts        integer not null default 0,
    base            integer not null default 0, -- attempts made before the present set (a manual retry starts a new one)
    outcome         smallint,                   -- of the last attempt, with its response status and error
    response_status smallint,
    error           text,
    updated_at      timestamptz,
    delivered_at    timestamptz,
    first_attempt   bytea,                      -- the whole record of attempt 1
    primary key (event_id, endpoint_id)
) partition by range (event_id);
create index deliveries_endpoint on deliveries (endpoint_id, position);

-- Attempts from the second on.
create table attempts (
    event_id    uuid not null,
    endpoint_id uuid not null,
    number      integer not null,
    record      bytea not null,
    primary key (event_id, endpoint_id, number)
) partition by range (event_id);

-- Only what is retrying or dead: due times, dead letters.
create table troubled (
    event_id        uuid not null,
    endpoint_id     uuid not null,
    tenant          text not null,
    type            text not null,
    position        bigint not null,
    status          smallint not null,
    reason          smallint,
    attempts        integer not null,
    next_attempt_at timestamptz,
    since           timestamptz not null default now(),
    primary key (event_id, endpoint_id)
) with (fillfactor = 70);
create index troubled_tenant on troubled (tenant, status, event_id, endpoint_id);
create index troubled_endpoint on troubled (endpoint_id, status, next_attempt_at);
create index troubled_due on troubled (next_attempt_at) where status = 1;

-- (tenant, event id) seen, by hash; unpartitioned, so that a conflict is found whatever the day.
create table dedupe (
    hash       uuid primary key,
    event_id   uuid not null,
    expires_at timestamptz not null
);
create index dedupe_expires on dedupe (expires_at);

-- What came from a broker and could not be mapped to a tenant's event.
create table unroutable (
    id         uuid primary key,
    tenant     text,
    source     text not null,
    subject    text not null,
    reason     text not null,
    payload    bytea not null,
    created_at timestamptz not null default now()
);
create index unroutable_tenant on unroutable (tenant, id);

-- A replay of dead letters, worked off in the background.
create table replays (
    id          uuid primary key,
    tenant      text not null,
    filter      jsonb not null,
    total       bigint not null,
    done        bigint not null default 0,
    cursor_event    uuid,
    cursor_endpoint uuid,
    created_at  timestamptz not null default now(),
    finished_at timestamptz
);
create index replays_open on replays (id) where finished_at is null;

-- Partitions of one day each, for every day from `first` to `last`; made ahead, so that no insert waits for one.
create function make_partitions(first date, last date) returns integer language plpgsql as $$
declare
    day date;
    parent text;
    name text;
    made integer := 0;
begin
    for day in select generate_series(first, last, interval '1 day')::date loop
        foreach parent in array array['events', 'deliveries', 'attempts'] loop
            name := parent || '_' || to_char(day, 'YYYYMMDD');
            if to_regclass(name) is null then
                execute format('create table %I partition of %I for values from (%L) to (%L)%s', name, parent,
                    uuid_at(day::timestamp at time zone 'UTC'), uuid_at((day + 1)::timestamp at time zone 'UTC'),
                    -- A finished delivery gains its first attempt's record: room for it keeps the update HOT.
                    case parent when 'deliveries' then ' with (fillfactor = 30)' else '' end);
                made := made + 1;
            end if;
        end loop;
    end loop;
    return made;
end
$$;
select make_partitions((now() at time zone 'UTC')::date - 1, (now() at time zone 'UTC')::date + 7);
