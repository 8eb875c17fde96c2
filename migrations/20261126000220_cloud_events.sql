-- domain::cloudevents::Attributes, of what came as a CloudEvent: what it says besides, to go out with it again.
alter table events add column cloud_event jsonb;
