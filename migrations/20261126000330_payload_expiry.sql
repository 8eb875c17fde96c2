-- Payloads that go before their events (retention.payload_days): an event without `data` has lost them.
alter table events alter column data drop not null;
