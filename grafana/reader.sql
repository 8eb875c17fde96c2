-- The role that Grafana reads the ledger with: what its panels show, and nothing else. No payload, no URL, no header, no
-- secret. For `psql -v password=… -f grafana/reader.sql`, as the owner of the ledger's tables, after the first migration; again
-- after an upgrade, where a panel wants more.
\set ON_ERROR_STOP on

select 'create role hookyard_reader login' where not exists (select from pg_roles where rolname = 'hookyard_reader') \gexec
alter role hookyard_reader with login connection limit 10 password :'password';
alter role hookyard_reader set default_transaction_read_only = on;
-- A panel that takes longer costs the ledger more than it tells.
alter role hookyard_reader set statement_timeout = '10s';

grant usage on schema public to hookyard_reader;
grant select (id, name, deleted_at) on tenants to hookyard_reader;
grant select (id, tenant, name, status, deleted_at) on endpoints to hookyard_reader;
grant select (endpoint_id, spill_from, consecutive_failures, failing_since, last_success_at, last_failure_at, breaker_pause_ms,
    hold_until) on endpoint_state to hookyard_reader;
grant select on endpoint_hours to hookyard_reader;
grant select (endpoint_id, tenant, status, reason, attempts, next_attempt_at, since) on troubled to hookyard_reader;
