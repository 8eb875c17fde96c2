//! One node for now: a second one on the same ledger refuses to start, and says why.

use crate::support::app;

#[tokio::test(flavor = "multi_thread")]
async fn a_second_node_refuses_with_words() {
    let first = app().await;
    let refused = first.start_beside().await;
    assert!(
        refused.contains(&format!("another node (pid {} on ", std::process::id()))
            && refused.contains("only one node"),
        "{refused}"
    );
    // The first one did not notice.
    assert_eq!(first.operator().get("/tenants").await.status, 200);
}
