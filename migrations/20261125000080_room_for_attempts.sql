-- A finished delivery grows from 84 bytes to some 850, of which a page holds nine: so many are written to a page to begin
-- with, and each then grows in its place. With a fillfactor of 30 every fourth moved to another page, and all indexes with it.
create or replace function make_partitions(first date, last date) returns integer language plpgsql as $$
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
                    case parent when 'deliveries' then ' with (fillfactor = 10)' else '' end);
                made := made + 1;
            end if;
        end loop;
    end loop;
    return made;
end
$$;

do $$
declare
    part regclass;
begin
    for part in select inhrelid::regclass from pg_inherits where inhparent = 'deliveries'::regclass loop
        execute format('alter table %s set (fillfactor = 10)', part);
    end loop;
end
$$;
