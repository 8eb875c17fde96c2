//! What it costs to read a request that publishes, and to write and read the references that share a message.

use std::hint::black_box;
use std::time::Duration;

use actors::ports::Reference;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use domain::id::{DeliveryId, EndpointId, EventId, Shard};
use domain::tenant::TenantId;
use hookyard::api::{Terms, read_event};
use hookyard::bus::{Group, read_group};
use time::macros::datetime;
use uuid::Uuid;

const TERMS: Terms =
    Terms { now: datetime!(2026-01-02 03:04:05 UTC), deliver_at_max: Duration::from_hours(24) };
/// As many as a message has places.
const REFERENCES: u128 = 64;

fn publishing(criterion: &mut Criterion) {
    let Ok(tenant) = "acme".parse::<TenantId>() else { return };
    let mut group = criterion.benchmark_group("read a request that publishes");
    for bytes in [400, 20_000] {
        let body = format!(r#"{{"event":"order.paid","data":{{"pad":"{}"}}}}"#, "x".repeat(bytes));
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(bytes), &body, |bencher, body| {
            bencher.iter(|| read_event(black_box(body.as_bytes()), &tenant, TERMS, [1; 10]).is_ok());
        });
    }
    group.finish();
}

fn sharing(criterion: &mut Criterion) {
    let references = (0..REFERENCES).map(|n| {
        let id = |of: u128| Uuid::from_u128((0x019b_7c1e << 96) | (of << 64) | n);
        let delivery = DeliveryId { event: EventId(id(1)), endpoint: EndpointId(id(2)) };
        Reference { delivery, position: 1_000_000 + n as i64, number: 1 }
    });
    let group = Group { shard: Shard(3), references: references.collect() };
    let (subject, written) = (group.subject(), group.write());
    criterion.bench_function("write a group of 64 references", |bencher| {
        bencher.iter(|| black_box(&group).write());
    });
    criterion.bench_function("read a group of 64 references", |bencher| {
        bencher.iter(|| read_group(&subject, black_box(&written)).references.len());
    });
}

criterion_group!(benches, publishing, sharing);
criterion_main!(benches);
