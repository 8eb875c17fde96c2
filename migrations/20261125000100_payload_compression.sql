-- Payloads of more than some 2 KB are compressed before they are kept: by lz4 where this Postgres has it, at a tenth of what
-- its own method costs. Those of before stay as they are.
do $$
declare
    part regclass;
begin
    alter table events alter data set compression lz4;
    for part in select inhrelid::regclass from pg_inherits where inhparent = 'events'::regclass loop
        execute format('alter table %s alter data set compression lz4', part);
    end loop;
exception when feature_not_supported then
    raise notice 'this postgres has no lz4: payloads are compressed by pglz';
end
$$;
