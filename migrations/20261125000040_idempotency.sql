-- The answers to requests with an Idempotency-Key, for as long as the key is remembered. Sealed: an answer may hold a secret.
create table idempotency (
    hash        uuid primary key, -- the first 128 bits of the SHA-256 of whose key it is, and the key
    fingerprint bytea not null,   -- the SHA-256 of what was asked
    sealed      bytea not null,
    vault_key   text not null,
    expires_at  timestamptz not null
);
create index idempotency_expires on idempotency (expires_at);
