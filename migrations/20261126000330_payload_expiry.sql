-- Payloads that go before their events (retention.payload_days): an event without `data` has lost them.
-- contract: a node of the version before reads every event but one that has lost its payload, and none has before that setting is set,
-- which is for when all nodes are new.
alter table events alter column data drop not null;
