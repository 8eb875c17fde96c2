-- domain::trace::TraceContext, of what came with a traceparent: that, and behind a space its tracestate where it had one.
alter table events add column trace text;
alter table scheduled_events add column trace text;
