-- How many endpoints a tenant has, so that another one is made without counting all of them. Kept right by whoever writes,
-- an older node too; all who change it hold the row of `subscriptions_version`.
alter table tenants add column endpoints integer not null default 0;
update tenants t set endpoints = (select count(*) from endpoints e where e.tenant = t.id and e.deleted_at is null);

-- And a user of it: few.
create index endpoints_user on endpoints (tenant, user_id) where user_id is not null and deleted_at is null;

-- Once a statement: a tenant that goes has many.
create function count_endpoints() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        update tenants t set endpoints = endpoints + c.more
        from (select tenant, count(*) as more from made where deleted_at is null group by tenant) c
        where t.id = c.tenant;
    elsif tg_op = 'DELETE' then
        update tenants t set endpoints = endpoints - c.fewer
        from (select tenant, count(*) as fewer from gone where deleted_at is null group by tenant) c
        where t.id = c.tenant;
    else
        update tenants t set endpoints = endpoints + c.more
        from (select m.tenant, count(*) filter (where m.deleted_at is null) - count(*) filter (where g.deleted_at is null) as more
              from made m join gone g on g.id = m.id group by m.tenant) c
        where t.id = c.tenant and c.more <> 0;
    end if;
    return null;
end
$$;
create trigger endpoints_made after insert on endpoints referencing new table as made
    for each statement execute function count_endpoints();
create trigger endpoints_changed after update on endpoints referencing new table as made old table as gone
    for each statement execute function count_endpoints();
create trigger endpoints_gone after delete on endpoints referencing old table as gone
    for each statement execute function count_endpoints();
