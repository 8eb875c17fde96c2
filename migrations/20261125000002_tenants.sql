-- What an operator may set of a tenant. Null: no limit of its own.

alter table tenants
    add column max_deliveries_per_second integer check (max_deliveries_per_second > 0),
    add column max_endpoints             integer check (max_endpoints >= 0),
    add column max_endpoints_per_user    integer check (max_endpoints_per_user >= 0),
    add column paused                    boolean not null default false, -- its endpoints are sent nothing
    add column purged_at                 timestamptz;                    -- nothing of a deleted tenant is left

create index tenants_to_purge on tenants (deleted_at) where deleted_at is not null and purged_at is null;
