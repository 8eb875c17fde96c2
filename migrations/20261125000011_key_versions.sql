-- What a key is compared with: of the last change of it, as an endpoint's and a tenant's.

alter table keys add column version bigint not null default 0;
