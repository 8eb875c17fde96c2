-- What is sent as Authorization to an endpoint: its kind (0 bearer, 1 basic), and the header's value, sealed.
alter table endpoints
    add column auth_kind      smallint,
    add column auth_sealed    bytea,
    add column auth_vault_key text,
    add check (num_nulls(auth_kind, auth_sealed, auth_vault_key) in (0, 3));
