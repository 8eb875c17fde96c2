-- When an event is to be sent no more.
alter table events add column expires_at timestamptz;
