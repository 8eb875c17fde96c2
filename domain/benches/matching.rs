//! What it costs to find the endpoints of an event among many subscriptions.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use domain::matching::{EventType, Index, Pattern};

const TENANT: &str = "acme";

/// Ten endpoints get all orders, each of the others those of one type.
fn index(subscriptions: u32) -> Index<u32> {
    let mut index = Index::new();
    for n in 0..subscriptions {
        let written = if n < 10 { "order.>".to_owned() } else { format!("order.t{n}") };
        let Ok(pattern) = Pattern::try_from(written) else { continue };
        index.insert(TENANT, &pattern, n);
    }
    index
}

fn finding(criterion: &mut Criterion) {
    let Ok(event_type) = EventType::try_from("order.t500") else { return };
    let mut group = criterion.benchmark_group("an event among subscriptions");
    for subscriptions in [1_000, 10_000] {
        let index = index(subscriptions);
        group.bench_with_input(BenchmarkId::from_parameter(subscriptions), &index, |bencher, index| {
            let mut found = Vec::new();
            bencher.iter(|| {
                index.matches(TENANT, black_box(&event_type), &mut found);
                found.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, finding);
criterion_main!(benches);
