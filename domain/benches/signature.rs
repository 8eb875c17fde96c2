//! What the two signatures of an attempt cost: `webhook-signature` and the hex one.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use domain::signature::{Secret, Signer, sign_hex, standard_header};

const ID: &str = "evt_01h455vb4pex5vsknk084sn02q_01h455vb4pex5vsknk084sn02r";
const AT_SECS: i64 = 1_767_323_045;

fn signing(criterion: &mut Criterion) {
    let secret = Secret::generate([7; 32]);
    let mut group = criterion.benchmark_group("two signatures");
    for bytes in [400, 20_000] {
        let body = vec![b'x'; bytes];
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_with_input(BenchmarkId::from_parameter(bytes), &body, |bencher, body| {
            bencher.iter(|| {
                let body = black_box(body.as_slice());
                (standard_header([Signer::V1(&secret)], ID, AT_SECS, body), sign_hex(&secret, body))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, signing);
criterion_main!(benches);
