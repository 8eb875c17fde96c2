-- Where the line of turns of a tenant with a rate limit begins, while several nodes send for it: each takes a stretch,
-- and the next one begins behind it. A row is written a few times a second for as long as there is something to send.
create table tenant_turns (
    tenant  text primary key references tenants (id),
    next_at timestamptz not null
) with (fillfactor = 50);
