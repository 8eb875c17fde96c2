-- Of how many lowerings the owner of a shard has taken note: at `looked = lowered` it has looked through all that lies
-- above the watermark since it was lowered last. Whoever wants an owner to look raises `lowered`, and waits.
alter table shards add column looked bigint not null default 0;
