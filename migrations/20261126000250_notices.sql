-- What Hookyard itself tells a tenant's endpoints: written with what it is about, published and deleted a moment later.
create table notices (
    id          bigint generated always as identity primary key,
    tenant      text not null,
    -- domain::notice::Notice
    kind        smallint not null,
    endpoint_id uuid,
    event_id    uuid,
    -- What only the moment knows, merged into what the ledger knows when it is published.
    data        jsonb not null default '{}',
    -- Of those of one key one is published, as long as keys are remembered.
    key         text,
    made_at     timestamptz not null default now()
);

-- Endpoints that failed and were set active again, until they deliver.
create table recoveries (
    endpoint_id uuid primary key references endpoints (id) on delete cascade,
    since       timestamptz not null
);

-- Of a dead letter it is noted at once whether anybody wants to hear of it.
create index subscriptions_to_dead_letters on subscriptions (endpoint_id)
    where pattern in ('delivery.dead', 'delivery.*', 'delivery.>');
