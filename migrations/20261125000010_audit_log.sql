-- Who did what, written in the transaction that did it: names of fields that changed, never what is in them. When, the id
-- knows (made_at). No reference to anything: a line outlives what it is about.
create table audit_log (
    id         uuid primary key,
    tenant     text, -- null: of the instance
    key_id     uuid, -- null: the service itself, or its command line
    key_name   text not null,
    role       smallint,
    action     text not null,
    subject    text not null,
    changed    text[] not null,
    request_id text
);
create index audit_log_tenant on audit_log (tenant, id);
