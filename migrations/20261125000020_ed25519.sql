-- Which signatures an endpoint's requests carry: 0 v1, 1 v1a, 2 both.
alter table endpoints add column signatures smallint not null default 0;

-- The ed25519 key of each secret, by which v1a is signed: what signs is sealed like the secret, its public half is
-- shown. A secret older than this has none until its endpoint asks for v1a.
alter table endpoint_secrets
    add column key_sealed    bytea,
    add column key_vault_key text,
    add column public_key    bytea,
    add check (num_nulls(key_sealed, key_vault_key, public_key) in (0, 3));
