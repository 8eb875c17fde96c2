-- Who may send webhooks to us, for which tenant.
create table sources (
    id         uuid primary key,
    tenant     text not null references tenants (id),
    name       text not null,
    kind       smallint not null,
    per_minute integer not null,
    hmac       jsonb, -- of the kind generic-hmac alone: domain::inbound::GenericHmac
    version    bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index sources_tenant on sources (tenant, id);

-- The newest has no end; one with an end is right beside it until then.
create table source_secrets (
    source_id  uuid not null references sources (id) on delete cascade,
    number     integer not null,
    sealed     bytea not null,
    vault_key  text not null,
    hint       text not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    primary key (source_id, number)
);

-- How many requests a source sent, by the second, `second` first. No reference: the source of the configuration is in no
-- table, and has the nil id. Every request updates it: room for HOT updates.
create table source_turns (
    source_id uuid primary key,
    second    bigint not null,
    counts    integer[] not null
) with (fillfactor = 30);

-- What was counted in the `size` seconds up to `second`, the newest first, out of counts up to `was`. A `was` far ahead of it
-- is of a clock that was set back since: then nothing.
create function counted_until(second bigint, was bigint, counts integer[], size integer) returns integer[]
language sql immutable as $$
    select (array_fill(0, array[(case when was > second + size then size
        else least(greatest(second - was, 0), size) end)::integer]) || counts)[1:size]
$$;

-- domain::inbound::Note, of what came from a source.
alter table events add column inbound text;
