-- An endpoint's rate limit and order, and what of its condition its actor must find again after a crash.

alter table endpoints
    add column rate_limit_enabled      boolean not null default false,
    add column max_requests_per_minute integer not null default 60 check (max_requests_per_minute > 0),
    add column burst                   integer not null default 10 check (burst > 0), -- attempts at once after a rest
    add column ordered                 boolean not null default false; -- one after the other, in the order of publishing

alter table endpoint_state
    add column breaker_until    timestamptz, -- the end of the breaker's last pause, …
    add column breaker_pause_ms bigint,      -- … and its length: the next is twice that. Null: the breaker is closed
    add column hold_until       timestamptz; -- it asked for time: no attempt before this
