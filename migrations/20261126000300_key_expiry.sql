-- Which key expires first is asked every minute.
create index keys_expiry on keys (expires_at) where expires_at is not null;
